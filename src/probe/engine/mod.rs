//! Questions to a container engine, Docker or Podman, all read-only.

mod about;
mod archive;
mod authorities;
mod client;
mod command_line;
mod container;
mod container_log;
mod context;
mod describe;
mod endpoint;
mod exec;
mod frames;
mod log;
mod network;
mod raw;
mod reach;
mod resolve;
mod secret;
mod settings;

use serde::{Deserialize, Serialize};

pub use authorities::{AskAuthorities, Authorities};
pub(super) use client::Client;
pub use container::{
    Compose, Container, EnvValue, Health, Mount, Network, Port, RestartPolicy, State, Status,
};
pub use container_log::{ContainerLog, follow};
pub use endpoint::{EngineEndpoint, Transport};
#[cfg(fuzzing)]
pub use frames::unframed;
pub use network::{ListNetworks, ListedNetwork};
pub use reach::{ReachInside, Reached};
pub use resolve::{ResolveInside, Resolved};
pub(super) use secret::{file as secret_file, flag, variable};
pub use settings::{AskSettings, FoundSettings, taken};

use super::{Probe, ProbeError, Tools};

/// Which engine answers.
#[derive(Debug, Clone, Serialize)]
pub struct AskEngine;

/// The engine that answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    /// Docker or Podman.
    pub flavour: Flavour,
    /// Its version.
    pub version: String,
    /// The version of its API.
    pub api_version: String,
    /// What it says it runs on ("Docker Desktop", "Debian GNU/Linux 12").
    pub operating_system: String,
    /// The kernel's release.
    pub kernel: String,
    /// The host's name as the engine knows it.
    pub name: String,
    /// Whether it runs without root (`SecurityOptions` holds `name=rootless`).
    pub rootless: bool,
    /// Where it was asked, for people.
    pub endpoint: String,
}

/// Which program speaks to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Flavour {
    /// Docker.
    Docker,
    /// Podman behind the Docker API.
    Podman,
}

impl Probe for AskEngine {
    const KIND: &'static str = "engine";
    type Answer = Engine;

    fn key(&self) -> String {
        "engine".into()
    }

    async fn look(&self, tools: &Tools) -> Result<Engine, ProbeError> {
        about::engine(tools).await
    }
}

/// Every container, running or not.
#[derive(Debug, Clone, Serialize)]
pub struct ListContainers;

/// One line of the list: enough to decide whom to inspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The full id.
    pub id: String,
    /// The name, without its leading slash.
    pub name: String,
    /// The image as it was asked for.
    pub image: String,
    /// The command line, as the engine abridges it.
    pub command: String,
    /// Where compose put it, if compose made it.
    pub compose: Option<Compose>,
}

impl Probe for ListContainers {
    const KIND: &'static str = "containers";
    type Answer = Vec<Listed>;

    fn key(&self) -> String {
        "containers".into()
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<Listed>, ProbeError> {
        describe::list(tools).await
    }
}

/// All about one container.
#[derive(Debug, Clone, Serialize)]
pub struct InspectContainer {
    /// Its id; names go unencoded into paths, ids are safe.
    pub id: String,
}

impl Probe for InspectContainer {
    const KIND: &'static str = "inspect";
    type Answer = Container;

    fn key(&self) -> String {
        format!("inspect {}", self.id)
    }

    async fn look(&self, tools: &Tools) -> Result<Container, ProbeError> {
        describe::inspect(tools, &self.id).await
    }
}

/// A named volume.
#[derive(Debug, Clone, Serialize)]
pub struct InspectVolume {
    /// Its name.
    pub name: String,
}

/// What the engine knows of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// When it was made, RFC 3339 as the engine writes it.
    pub created: Option<String>,
}

impl Probe for InspectVolume {
    const KIND: &'static str = "volume";
    type Answer = Volume;

    fn key(&self) -> String {
        format!("volume {}", self.name)
    }

    async fn look(&self, tools: &Tools) -> Result<Volume, ProbeError> {
        describe::volume(tools, &self.name).await
    }
}

/// A secret named by where it stands: resolved inside a look, never in a question or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRef {
    /// The id of the container whose environment holds it.
    pub container: String,
    /// The variable.
    pub variable: String,
}

/// A command in a running container. The caller answers for its being read-only.
#[derive(Debug, Clone, Serialize)]
pub struct Exec {
    /// The container's id.
    pub container: String,
    /// Program and arguments; no shell in between.
    pub argv: Vec<String>,
    /// Variables that take their value from a secret, by name.
    pub secrets: Vec<(String, SecretRef)>,
    /// What the program reads on its standard input.
    pub stdin: Option<String>,
    /// Distinguishes this question where `argv` is long; part of the key.
    pub label: String,
}

/// How a command in a container ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// Its exit code; 126 and 127 when the program could not be started.
    pub exit_code: i64,
    /// Standard output, at most 8 MiB, redacted.
    pub stdout: String,
    /// The last 16 KiB of standard error, redacted.
    pub stderr: String,
}

impl Probe for Exec {
    const KIND: &'static str = "exec";
    type Answer = Executed;

    fn key(&self) -> String {
        format!("exec {} {}", self.container, self.label)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<Executed, ProbeError> {
        exec::exec(tools, self).await
    }
}

/// A file in a container, by the archive API: works without a shell and in stopped containers.
#[derive(Debug, Clone, Serialize)]
pub struct ReadFile {
    /// The container's id.
    pub container: String,
    /// Absolute path inside.
    pub path: String,
}

/// A file's text, at most 1 MiB, decoded leniently, redacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileText {
    /// The text.
    pub text: String,
}

impl Probe for ReadFile {
    const KIND: &'static str = "file";
    type Answer = FileText;

    fn key(&self) -> String {
        format!("file {}:{}", self.container, self.path)
    }

    async fn look(&self, tools: &Tools) -> Result<FileText, ProbeError> {
        archive::file(tools, self).await
    }
}

/// The end of a container's log.
#[derive(Debug, Clone, Serialize)]
pub struct LogTail {
    /// The container's id.
    pub container: String,
    /// Whether it writes to a terminal (then the stream has no frames); from inspect.
    pub tty: bool,
    /// How many lines from the end.
    pub lines: u32,
}

/// Lines of a log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLines {
    /// Each at most 256 KiB, redacted, with the engine's own time stamp cut off.
    pub lines: Vec<LogLine>,
}

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The engine's time stamp, RFC 3339.
    pub at: Option<String>,
    /// Whether it came on standard error.
    pub stderr: bool,
    /// The text.
    pub text: String,
}

impl Probe for LogTail {
    const KIND: &'static str = "log";
    type Answer = LogLines;

    fn key(&self) -> String {
        format!("log {} tail {}", self.container, self.lines)
    }

    async fn look(&self, tools: &Tools) -> Result<LogLines, ProbeError> {
        log::tail(tools, self).await
    }
}
