//! Commands in simulated containers: made, started over an upgraded connection, inspected.

use std::sync::{Arc, PoisonError};

use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE},
};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Duration, timeout},
};

use super::{
    super::{directory::Directory, listen::Body, random_hex, recorded, world::ExecAnswer},
    Engine, Found, failure, frame, ok,
};

/// How long a command waits for the end of its standard input.
const STDIN_LIMIT: Duration = Duration::from_secs(30);

/// A command that was made.
#[derive(Debug, Clone)]
pub(in super::super) struct Made {
    container: String,
    exit: i64,
    stdout: String,
    stderr: String,
    stdin: bool,
    started: bool,
}

/// What a client says of a command.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted {
    #[serde(default)]
    attach_stdin: Option<bool>,
    cmd: Vec<String>,
}

impl Engine {
    fn execs(&self) -> std::sync::MutexGuard<'_, std::collections::HashMap<String, Made>> {
        self.execs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `POST /containers/{id}/exec`.
    pub(super) fn make_exec(&self, container: &str, body: &[u8]) -> Response<Body> {
        let Ok(wanted) = serde_json::from_slice::<Wanted>(body) else {
            return failure(StatusCode::BAD_REQUEST, "invalid JSON");
        };
        self.with(container, |found| {
            if let Some(refused) = refusal(found) {
                return refused;
            }
            let id = random_hex() + &random_hex();
            self.execs().insert(id.clone(), self.made(found, &wanted));
            let mut response = ok(&json!({"Id": id}));
            *response.status_mut() = StatusCode::CREATED;
            response
        })
    }

    fn made(&self, found: Found<'_>, wanted: &Wanted) -> Made {
        let line = wanted.cmd.join(" ");
        let answer = self
            .world
            .exec
            .iter()
            .find(|answer| answer.container == found.name && line.contains(&answer.holds));
        let (exit, stdout, stderr) = match answer {
            Some(answer) => {
                let stdout = self.providers.retold(&stdout(answer));
                let stdout = self.flows.retold(stdout);
                (answer.exit, stdout, answer.stderr.clone())
            }
            None => not_found(&wanted.cmd),
        };
        Made {
            container: found.id(),
            exit,
            stdout,
            stderr,
            stdin: wanted.attach_stdin.unwrap_or(false),
            started: false,
        }
    }

    /// `POST /exec/{id}/start`.
    pub(super) fn start_exec(&self, id: &str, request: Request<Incoming>) -> Response<Body> {
        let made = self.execs().get_mut(id).map(|made| {
            made.started = true;
            made.clone()
        });
        let Some(made) = made else {
            return failure(
                StatusCode::NOT_FOUND,
                &format!("No such exec instance: {id}"),
            );
        };
        if !request.headers().contains_key(UPGRADE) {
            return stream(StatusCode::OK, Body::from(made.frames()));
        }
        tokio::spawn(attach(made, Arc::clone(&self.directory), request));
        let mut response = stream(StatusCode::SWITCHING_PROTOCOLS, Body::default());
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
        response
    }

    /// `GET /exec/{id}/json`.
    pub(super) fn tell_exec(&self, id: &str) -> Response<Body> {
        match self.execs().get(id) {
            Some(made) => ok(&json!({
                "ID": id,
                "Running": false,
                "ExitCode": made.started.then_some(made.exit),
                "ContainerID": made.container,
                "OpenStdin": made.stdin,
                "OpenStdout": true,
                "OpenStderr": true,
                "CanRemove": false,
                "Pid": 0,
            })),
            None => failure(
                StatusCode::NOT_FOUND,
                &format!("No such exec instance: {id}"),
            ),
        }
    }
}

impl Made {
    fn frames(&self) -> Vec<u8> {
        let mut frames = Vec::new();
        for (stderr, text) in [(false, &self.stdout), (true, &self.stderr)] {
            if !text.is_empty() {
                frames.extend(frame(stderr, text));
            }
        }
        frames
    }
}

fn stdout(answer: &ExecAnswer) -> String {
    let facts = answer.facts.as_deref().and_then(recorded::text);
    facts.map_or_else(
        || answer.stdout.clone(),
        |facts| format!("AKD_BEGIN{}AKD_END\n", facts.trim_end()),
    )
}

/// What the engine says of a program that the image does not have.
fn not_found(argv: &[String]) -> (i64, String, String) {
    let program = argv.first().map_or("", String::as_str);
    let words = format!(
        "OCI runtime exec failed: exec failed: unable to start container process: exec: {program:?}: executable file not found in $PATH: unknown\r\n"
    );
    (127, words, String::new())
}

/// A container whose processes do not run takes no command.
fn refusal(found: Found<'_>) -> Option<Response<Body>> {
    let message = match found.spec.status.as_str() {
        "running" => return None,
        "paused" => format!(
            "Container {} is paused, unpause the container before exec",
            found.name
        ),
        "restarting" => format!(
            "Container {} is restarting, wait until the container is running",
            found.id()
        ),
        _ => format!("container {} is not running", found.id()),
    };
    Some(failure(StatusCode::CONFLICT, &message))
}

fn stream(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/vnd.docker.multiplexed-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Reads standard input to its end where there is one, writes the output, hangs up. A client that
/// goes away early has nobody left to tell.
async fn attach(mut made: Made, directory: Arc<Directory>, request: Request<Incoming>) {
    let Ok(upgraded) = hyper::upgrade::on(request).await else {
        return;
    };
    let mut stream = TokioIo::new(upgraded);
    if made.stdin {
        let mut input = Vec::new();
        let _ = timeout(
            STDIN_LIMIT,
            (&mut stream).take(1 << 20).read_to_end(&mut input),
        )
        .await;
        made.stdout = directory.add_to(made.stdout, &String::from_utf8_lossy(&input));
    }
    let _ = stream.write_all(&made.frames()).await;
    let _ = stream.shutdown().await;
}
