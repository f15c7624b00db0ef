//! Whether a port answers inside a container, with whatever tool the container has.

use serde::{Deserialize, Serialize};

use super::{Exec, Executed, exec};
use crate::probe::{Probe, ProbeError, Tools};

/// bash, nc, curl, wget or python, the first that is there.
const SCRIPT: &str = include_str!("reach.sh");

/// A TCP connection from inside a running container.
#[derive(Debug, Clone, Serialize)]
pub struct ReachInside {
    /// The container's id.
    pub container: String,
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// The port took the connection.
    Open,
    /// Nothing listens there.
    Refused,
    /// No answer inside three seconds.
    TimedOut,
    /// The network has no way there, or a firewall rejects.
    NoRoute,
    /// The connection was closed at once.
    Reset,
    /// The name has no address.
    NoAddress,
    /// The container has no shell, or none of the tools.
    NoTool,
    /// The tool failed in words that this akdoctor does not know.
    Unclear(String),
}

impl Probe for ReachInside {
    const KIND: &'static str = "reach";
    type Answer = Reached;

    fn key(&self) -> String {
        format!("reach {} {}:{}", self.container, self.host, self.port)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<Reached, ProbeError> {
        let port = self.port.to_string();
        let argv = ["sh", "-c", SCRIPT, "akdoctor-reach", &self.host, &port];
        let question = Exec {
            container: self.container.clone(),
            argv: argv.map(str::to_owned).to_vec(),
            secrets: Vec::new(),
            stdin: None,
            label: "reach".into(),
        };
        Ok(reached(&exec::exec(tools, &question).await?))
    }
}

fn reached(ended: &Executed) -> Reached {
    let told = ended.stdout.strip_prefix("akdoctor ");
    let Some((code, said)) = told.and_then(|told| told.split_once('\n')) else {
        // 126 and 127: there is no shell to run it.
        return match ended.exit_code {
            126 | 127 => Reached::NoTool,
            code => Reached::Unclear(format!("its shell ended with exit code {code}")),
        };
    };
    match code {
        "none" => Reached::NoTool,
        "0" => Reached::Open,
        _ => of_words(said),
    }
}

/// The words of bash, busybox, nc, curl, wget and python for the same few ends.
fn of_words(said: &str) -> Reached {
    let low = said.to_ascii_lowercase();
    let holds = |words: &[&str]| words.iter().any(|word| low.contains(word));
    // curl and wget say so before they say what became of their request.
    if holds(&["* connected to ", "... connected."]) {
        Reached::Open
    } else if holds(&["refused"]) {
        Reached::Refused
    } else if holds(&[
        "bad address",
        "not resolve",
        "not known",
        "unknown host",
        "name resolution",
        "lookup failed",
        "no address",
    ]) {
        Reached::NoAddress
    } else if holds(&["timed out", "timeout"]) {
        Reached::TimedOut
    } else if holds(&["no route", "unreachable"]) {
        Reached::NoRoute
    } else if holds(&["reset"]) {
        Reached::Reset
    } else if holds(&["server returned error", "http/1"]) {
        Reached::Open
    } else {
        Reached::Unclear(said.trim().chars().take(200).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_end_in_the_words_of_every_tool() {
        let of = |stdout: &str| {
            reached(&Executed {
                exit_code: if stdout.is_empty() { 127 } else { 0 },
                stdout: stdout.into(),
                stderr: String::new(),
            })
        };
        assert_eq!(of("akdoctor 0\n\n"), Reached::Open);
        assert_eq!(of("akdoctor none\n\n"), Reached::NoTool);
        assert_eq!(of(""), Reached::NoTool);
        for (said, wanted) in [
            ("bash: connect: Connection refused", Reached::Refused),
            ("nc: bad address 'x'", Reached::NoAddress),
            ("bash: x: Name or service not known", Reached::NoAddress),
            ("curl: (6) Could not resolve host: x", Reached::NoAddress),
            ("wget: download timed out", Reached::TimedOut),
            ("nc: x (10.0.0.1:1): No route to host", Reached::NoRoute),
            ("wget: server returned error: HTTP/1.1 404", Reached::Open),
            (
                "* connect to ::1 port 1 failed: Connection refused\n* Connected to x (127.0.0.1) port 1",
                Reached::Open,
            ),
            (
                "Connecting to x:1... connected.\nHTTP request sent",
                Reached::Open,
            ),
            ("odd", Reached::Unclear("odd".into())),
        ] {
            assert_eq!(of(&format!("akdoctor 1\n{said}\n")), wanted, "{said}");
        }
    }
}
