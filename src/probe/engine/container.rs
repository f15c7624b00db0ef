//! A container as its engine describes it, reduced to what judgements and fixes need.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A container, running or not.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Container {
    /// The full id.
    pub id: String,
    /// The name, without its leading slash.
    pub name: String,
    /// The image as it was asked for.
    pub image: String,
    /// `org.opencontainers.image.version` of the image, if it has one.
    pub image_version: Option<String>,
    /// Entry point arguments or command (`["server"]`, `["worker"]` for authentik).
    pub args: Vec<String>,
    /// When it was made, RFC 3339.
    pub created: Option<String>,
    /// How it is doing.
    pub state: State,
    /// How often the engine has restarted it.
    pub restart_count: u64,
    /// When the engine restarts it.
    pub restart_policy: RestartPolicy,
    /// Whether it writes to a terminal.
    pub tty: bool,
    /// The host name inside.
    pub hostname: String,
    /// `HostConfig.NetworkMode`.
    pub network_mode: String,
    /// Networks by name.
    pub networks: BTreeMap<String, Network>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// `HostConfig.ExtraHosts`, as typed (`host.docker.internal:host-gateway`).
    pub extra_hosts: Vec<String>,
    /// Mounts.
    pub mounts: Vec<Mount>,
    /// Its environment, secrets replaced by marks.
    pub env: BTreeMap<String, EnvValue>,
    /// Memory limit in bytes, 0 for none.
    pub memory_limit: u64,
    /// Limit of memory and swap together in bytes, -1 for none, 0 where the engine says nothing.
    #[serde(default)]
    pub memory_swap: i64,
    /// `HostConfig.LogConfig.Type`.
    pub log_driver: String,
    /// Where compose put it, if compose made it.
    pub compose: Option<Compose>,
}

/// How a container is doing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    /// Its status.
    pub status: Status,
    /// Whether the kernel killed it for want of memory.
    pub oom_killed: bool,
    /// Exit code of its last end; meaningful when it does not run.
    pub exit_code: i64,
    /// The engine's words when it could not be started.
    pub error: String,
    /// Last start, RFC 3339; `None` if never.
    pub started: Option<String>,
    /// Last end, RFC 3339; `None` if never.
    pub finished: Option<String>,
    /// Its health check, if it has one.
    pub health: Option<Health>,
}

/// A container's status, in the engine's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Made and never started.
    Created,
    /// Runs.
    Running,
    /// Frozen.
    Paused,
    /// Ended again and again.
    Restarting,
    /// Ended.
    #[default]
    Exited,
    /// Being removed, or a removal failed.
    Dead,
    /// A word that this akdoctor does not know.
    #[serde(untagged)]
    Other(String),
}

/// What a container's own health check says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Health {
    /// "starting", "healthy", "unhealthy".
    pub status: String,
    /// How many times in a row it has failed.
    pub failing_streak: u64,
    /// The last run's output, redacted, at most 4 KiB.
    pub last_output: Option<String>,
    /// When the last run ended, RFC 3339.
    pub last_end: Option<String>,
    /// The last run's exit code, 0 for a success; -1 when it was stopped after its time limit.
    #[serde(default)]
    pub last_exit: Option<i64>,
}

/// When the engine restarts a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RestartPolicy {
    /// "no", "always", "unless-stopped", "on-failure".
    pub name: String,
}

/// A container's place in a network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Network {
    /// Its IPv4 address, empty while it does not run.
    pub ip: String,
    /// The network's gateway.
    pub gateway: String,
    /// Its other names in this network.
    pub aliases: Vec<String>,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// The port inside.
    pub inside: u16,
    /// "tcp" or "udp".
    pub protocol: String,
    /// The address it is published on; empty or `0.0.0.0` for all.
    pub host_ip: String,
    /// The port outside.
    pub outside: u16,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// "volume", "bind", "tmpfs".
    pub kind: String,
    /// The volume's name, for a volume.
    pub name: Option<String>,
    /// Where it lies on the host.
    pub source: String,
    /// Where it lies inside.
    pub destination: String,
}

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvValue {
    /// No secret.
    Plain(String),
    /// A secret, as the mark that stands for it: equal secrets have equal marks within a run.
    Secret(String),
}

impl EnvValue {
    /// The value, unless it is a secret.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(value) => Some(value),
            Self::Secret(_) => None,
        }
    }
}

/// Where compose put a container, from its `com.docker.compose.*` labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compose {
    /// The project.
    pub project: String,
    /// The service.
    pub service: String,
    /// The compose files, as compose wrote them into the label.
    pub files: Vec<String>,
    /// The project's folder.
    pub folder: Option<String>,
    /// The version of the compose program that made it: 1.x is `docker-compose`, a program of its
    /// own, and 2.x a plugin of the engine's command line.
    #[serde(default)]
    pub version: Option<String>,
}

impl Status {
    /// Whether its processes exist: running or frozen.
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}

impl Container {
    /// The image without its tag and digest: `ghcr.io/goauthentik/server`.
    pub fn repository(&self) -> &str {
        let image = self.image.split('@').next().unwrap_or(&self.image);
        match image.rsplit_once(':') {
            // A colon before a slash belongs to a registry's port.
            Some((repository, tag)) if !tag.contains('/') => repository,
            _ => image,
        }
    }

    /// The image's tag.
    pub fn tag(&self) -> Option<&str> {
        let image = self.image.split('@').next().unwrap_or(&self.image);
        let (_, tag) = image.rsplit_once(':')?;
        (!tag.contains('/')).then_some(tag)
    }

    /// An environment variable that is no secret.
    pub fn plain_env(&self, name: &str) -> Option<&str> {
        self.env
            .get(name)?
            .plain()
            .filter(|value| !value.is_empty())
    }

    /// Whether this TCP port of the host leads to it.
    pub fn publishes(&self, port: u16) -> bool {
        self.ports
            .iter()
            .any(|p| p.outside == port && p.protocol == "tcp")
    }

    /// Whether both are in one network.
    pub fn shares_network(&self, other: &Self) -> bool {
        self.networks
            .keys()
            .any(|name| other.networks.contains_key(name))
    }

    /// Whether this container can only mean another container by this host name: no dotted name or
    /// address, which is looked up elsewhere, and none that `extra_hosts` give it. With the host's
    /// network it has no names of its own.
    pub fn knows_by_container(&self, host: &str) -> bool {
        let given = |entry: &String| entry.split([':', '=']).next() == Some(host);
        !host.contains(['.', ':'])
            && host != "localhost"
            && self.network_mode != "host"
            && !self.extra_hosts.iter().any(given)
    }

    /// Whether `asker` reaches this container under this host name: its name, an alias in a shared
    /// network, its address, or its service where both are of one compose project.
    pub fn answers_to(&self, host: &str, asker: &Self) -> bool {
        let service = match (&self.compose, &asker.compose) {
            (Some(ours), Some(theirs)) => ours.project == theirs.project && ours.service == host,
            _ => false,
        };
        let named = self.name == host || self.hostname == host;
        service
            || named
            || self
                .networks
                .values()
                .any(|net| net.ip == host || net.aliases.iter().any(|alias| alias == host))
    }
}
