//! Commands in running containers: standard input, both outputs apart, exit code.

use std::{collections::VecDeque, time::Duration};

use bollard::{
    container::LogOutput,
    errors::Error as EngineError,
    exec::{CreateExecOptions, StartExecResults},
};
use futures::{Stream, StreamExt};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::{
    Exec, Executed,
    client::{Client, meaning},
    describe::called,
    secret,
};
use crate::probe::{ProbeError, Tools};

/// The most of standard output that is read.
const STDOUT: usize = 8 << 20;
/// How much of the end of standard error is kept.
const STDERR: usize = 16 << 10;
/// How often, and how far apart, the exit code is asked for: engines close the streams a little
/// before they know it.
const EXIT_CODE_TRIES: u32 = 20;
const EXIT_CODE_PAUSE: Duration = Duration::from_millis(25);

pub(super) async fn exec(tools: &Tools, question: &Exec) -> Result<Executed, ProbeError> {
    let client = Client::connect(tools).await?;
    let mut env = Vec::new();
    for (name, at) in &question.secrets {
        let value = secret::resolve(&client, at).await?;
        tools.redact.learn(&value);
        env.push(format!("{name}={value}"));
    }
    let outcome = run(&client, question, env).await?;
    Ok(Executed {
        exit_code: outcome.exit_code,
        stdout: tools.redact.text(&outcome.stdout),
        stderr: tools.redact.text(&outcome.stderr),
    })
}

/// Creates, starts and follows the command. Only the whole look's limit bounds how long the
/// command itself may run; a command that may take long carries its own `timeout`.
async fn run(client: &Client, question: &Exec, env: Vec<String>) -> Result<Executed, ProbeError> {
    let what = format!("{} in {}", question.label, called(&question.container));
    let options = CreateExecOptions {
        attach_stdin: Some(question.stdin.is_some()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        env: Some(env),
        cmd: Some(question.argv.clone()),
        ..Default::default()
    };
    let created = client.docker.create_exec(&question.container, options);
    let id = client.ask(&what, created).await?.id;
    match client.ask(&what, started(client, &id)).await? {
        Started::Runs(attached) => {
            let (stdout, stderr) = follow(attached, question.stdin.as_deref(), &what).await?;
            let exit_code = exit_code(client, &id, &what).await?;
            Ok(tidied(exit_code, &stdout, &stderr))
        }
        Started::NoSuchProgram(message) => Ok(Executed {
            exit_code: 127,
            stdout: String::new(),
            stderr: message,
        }),
    }
}

enum Started {
    Runs(StartExecResults),
    NoSuchProgram(String),
}

/// Newer engines refuse to start what they cannot find; older ones say so on the output.
async fn started(client: &Client, id: &str) -> Result<Started, EngineError> {
    match client.docker.start_exec(id, None).await {
        Ok(results) => Ok(Started::Runs(results)),
        Err(EngineError::DockerResponseServerError { message, .. })
            if is_runtime_failure(&message) =>
        {
            Ok(Started::NoSuchProgram(message))
        }
        Err(error) => Err(error),
    }
}

/// The words of runc and crun when a program cannot be started.
fn is_runtime_failure(text: &str) -> bool {
    text.contains("OCI runtime exec failed")
        || (text.contains("executable file") && text.contains("not found"))
}

/// Writes the input and reads the outputs at the same time: a program that prints before it has
/// read everything would otherwise wait for us as we for it.
async fn follow(
    attached: StartExecResults,
    stdin: Option<&str>,
    what: &str,
) -> Result<(Vec<u8>, Vec<u8>), ProbeError> {
    let StartExecResults::Attached { output, input } = attached else {
        return Err(ProbeError::Malformed {
            what: what.into(),
            detail: "the engine did not attach to the command's output".into(),
        });
    };
    let (outputs, ()) = tokio::join!(read(output, what), write(input, stdin));
    outputs
}

/// Sends the input and closes it. A program that ends without reading it is no failure.
async fn write(mut input: impl AsyncWrite + Unpin, text: Option<&str>) {
    if let Some(text) = text
        && input.write_all(text.as_bytes()).await.is_ok()
    {
        let _ = input.shutdown().await;
    }
}

async fn read(
    mut output: impl Stream<Item = Result<LogOutput, EngineError>> + Unpin,
    what: &str,
) -> Result<(Vec<u8>, Vec<u8>), ProbeError> {
    let (mut stdout, mut stderr) = (Vec::new(), VecDeque::new());
    while let Some(chunk) = output.next().await {
        match chunk.map_err(|error| meaning(error, what))? {
            LogOutput::StdOut { message } => stdout.extend_from_slice(&message),
            // Without a frame around it, it is the engine that speaks.
            LogOutput::StdErr { message } | LogOutput::Console { message } => {
                stderr.extend(message);
                let surplus = stderr.len().saturating_sub(STDERR);
                stderr.drain(..surplus);
            }
            LogOutput::StdIn { .. } => {}
        }
        if stdout.len() > STDOUT {
            return Err(ProbeError::TooLarge {
                what: what.into(),
                limit: "8 MiB".into(),
            });
        }
    }
    Ok((stdout, stderr.into()))
}

async fn exit_code(client: &Client, id: &str, what: &str) -> Result<i64, ProbeError> {
    for _ in 0..EXIT_CODE_TRIES {
        let state = client.ask(what, client.docker.inspect_exec(id)).await?;
        if let (Some(code), Some(false) | None) = (state.exit_code, state.running) {
            return Ok(code);
        }
        tokio::time::sleep(EXIT_CODE_PAUSE).await;
    }
    Err(ProbeError::Failed {
        what: what.into(),
        detail: "its output ended, but the engine does not tell its exit code".into(),
    })
}

/// Moves the engine's words about a program that could not be started from standard output,
/// where older engines write them, to standard error.
fn tidied(exit_code: i64, stdout: &[u8], stderr: &[u8]) -> Executed {
    let mut stdout = String::from_utf8_lossy(stdout).into_owned();
    let mut stderr = String::from_utf8_lossy(stderr).into_owned();
    if matches!(exit_code, 126 | 127) && is_runtime_failure(&stdout) {
        stderr.push_str(&std::mem::take(&mut stdout));
    }
    Executed {
        exit_code,
        stdout,
        stderr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_words_are_no_output_of_the_program() {
        let words =
            b"OCI runtime exec failed: exec failed: \"psql\": executable file not found\r\n";
        let executed = tidied(126, words, b"");
        assert_eq!(executed.stdout, "");
        assert!(executed.stderr.contains("executable file not found"));
        let printed = tidied(0, words, b"");
        assert!(printed.stdout.starts_with("OCI runtime"), "{printed:?}");
    }

    #[tokio::test]
    async fn only_the_end_of_standard_error_is_kept() {
        let frame = |message: Vec<u8>| {
            Ok(LogOutput::StdErr {
                message: message.into(),
            })
        };
        let chunks = futures::stream::iter([frame(vec![b'a'; STDERR]), frame(b"end".to_vec())]);
        let (_, stderr) = read(chunks, "x").await.unwrap();
        assert_eq!(stderr.len(), STDERR);
        assert!(stderr.ends_with(b"aend"));
    }

    #[tokio::test]
    async fn endless_output_is_too_large() {
        let chunks = futures::stream::repeat_with(|| {
            Ok(LogOutput::StdOut {
                message: vec![b'y'; 1 << 20].into(),
            })
        });
        let error = read(chunks, "yes").await.unwrap_err();
        assert!(matches!(error, ProbeError::TooLarge { .. }), "{error}");
    }
}
