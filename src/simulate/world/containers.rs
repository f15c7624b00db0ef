//! Containers, their volumes, and what programs in them answer.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::time::Ago;

/// A container.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct Container {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The image as it was asked for.
    pub image: String,
    /// `org.opencontainers.image.version`.
    pub version: Option<String>,
    /// The entry point.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// The command.
    #[serde(default)]
    pub command: Vec<String>,
    /// The compose project.
    pub project: Option<String>,
    /// The compose service.
    pub service: Option<String>,
    /// When it was made.
    pub created: Ago,
    /// "running", "exited", "paused", "restarting", "created", "dead".
    pub status: String,
    /// Its last start.
    pub started: Option<Ago>,
    /// Its last end.
    pub finished: Option<Ago>,
    /// The exit code of its last end.
    #[serde(default)]
    pub exit_code: i64,
    /// Whether the kernel killed it for want of memory.
    #[serde(default)]
    pub oom_killed: bool,
    /// Why the engine could not start it.
    #[serde(default)]
    pub error: String,
    /// "starting", "healthy", "unhealthy"; `None` without a health check.
    pub health: Option<String>,
    /// What the last run of its health check said.
    #[serde(default)]
    pub health_output: String,
    /// How often in a row its health check failed.
    #[serde(default)]
    pub failing_streak: u64,
    /// How often the engine restarted it.
    #[serde(default)]
    pub restart_count: u64,
    /// When the engine restarts it.
    pub restart: String,
    /// Published ports, `0.0.0.0:9000:9000/tcp`.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Extra hosts, as typed.
    #[serde(default)]
    pub extra_hosts: Vec<String>,
    /// Volumes by the place where they are mounted.
    #[serde(default)]
    pub volumes: BTreeMap<String, String>,
    /// Its network.
    pub network: String,
    /// Its address there while it runs.
    pub ip: String,
    /// Memory limit in bytes, 0 for none.
    #[serde(default)]
    pub memory: u64,
    /// A recorded log.
    pub log: Option<String>,
    /// When its last line was written; just now unless said.
    #[serde(default)]
    pub log_ended: Ago,
    /// Authentication sources that a Gitea keeps in its database, by name.
    #[serde(default)]
    pub source: BTreeMap<String, Source>,
    /// Files besides `/etc/hosts` and `/etc/resolv.conf`, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Container {
    /// Whether its processes exist, running or frozen.
    pub(in crate::simulate) fn is_alive(&self) -> bool {
        matches!(self.status.as_str(), "running" | "paused")
    }
}

/// An authentication source of a Gitea.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct Source {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The client id.
    pub client_id: String,
    /// The URL of the discovery document.
    pub discovery: String,
}

/// What a program in a container answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct ExecAnswer {
    /// The container's name.
    pub container: String,
    /// What the command line must hold, words joined by spaces.
    pub holds: String,
    /// The exit code.
    #[serde(default)]
    pub exit: i64,
    /// Standard output.
    #[serde(default)]
    pub stdout: String,
    /// Standard output from a recorded file, between the marks of the facts script.
    pub facts: Option<String>,
    /// Standard error.
    #[serde(default)]
    pub stderr: String,
}

/// A volume.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct Volume {
    /// When it was made.
    pub created: Ago,
}
