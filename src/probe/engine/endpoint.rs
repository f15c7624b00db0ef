//! Where the container engine is: socket, `DOCKER_HOST`, Docker context, Podman's socket.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::context;

/// How to reach the engine, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEndpoint {
    /// There.
    At {
        /// The way.
        transport: Transport,
        /// "DOCKER_HOST", "context work"; `None` for a socket found at its usual place.
        configured_by: Option<String>,
    },
    /// Nothing configured and no socket at any usual place.
    Absent {
        /// The places looked at.
        looked_at: Vec<String>,
    },
    /// Configured in a way that akdoctor cannot use, such as an ssh context.
    Unusable {
        /// Who configured it.
        configured_by: String,
        /// Why not, and what to do.
        why: String,
    },
}

/// A way to speak HTTP with an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A unix socket.
    Unix(PathBuf),
    /// Plain TCP, `host:port`.
    Tcp(String),
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
        }
    }
}

/// A variable of the environment; empty counts as not set, as it does for the docker client.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a configured address is of no use, and what to do.
pub(super) type Why = String;

impl EngineEndpoint {
    /// Finds the engine as the docker client does (`DOCKER_HOST`, then `DOCKER_CONTEXT`, then the
    /// current context), then by Podman's `CONTAINER_HOST`, then at the usual places. Only looks
    /// for files; whether anything answers is seen when it is asked.
    pub fn discover(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        configured(&set).unwrap_or_else(|| among(usual_places(&set), &|path| path.exists()))
    }
}

fn configured(env: Env<'_>) -> Option<EngineEndpoint> {
    let tls = env("DOCKER_TLS_VERIFY").is_some();
    if let Some(host) = env("DOCKER_HOST") {
        return Some(endpoint("DOCKER_HOST".into(), transport(&host, tls)));
    }
    if let Some(context) = context::chosen(env) {
        let transport = context.host.and_then(|host| transport(&host, context.tls));
        return Some(endpoint(format!("context {}", context.name), transport));
    }
    let host = env("CONTAINER_HOST")?;
    Some(endpoint("CONTAINER_HOST".into(), transport(&host, false)))
}

fn endpoint(configured_by: String, transport: Result<Transport, Why>) -> EngineEndpoint {
    match transport {
        Ok(transport) => EngineEndpoint::At {
            transport,
            configured_by: Some(configured_by),
        },
        Err(why) => EngineEndpoint::Unusable { configured_by, why },
    }
}

/// Reads an address as the docker client writes it.
fn transport(host: &str, tls: bool) -> Result<Transport, Why> {
    let Some((scheme, rest)) = host.trim().split_once("://") else {
        return Err(format!("{host:?} has no scheme such as unix:// or tcp://"));
    };
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Transport::Unix(rest.into())),
        "tcp" | "http" if tls => Err(
            "it asks for TLS, which akdoctor does not speak with an engine; run akdoctor on the \
             engine's own machine"
                .into(),
        ),
        "tcp" | "http" => with_port(rest).ok_or_else(|| format!("{host:?} names no host")),
        "ssh" => Err(
            "it goes over ssh, which akdoctor does not speak; run akdoctor on that machine, or \
             forward its socket with `ssh -L` and set DOCKER_HOST"
                .into(),
        ),
        other => Err(format!(
            "akdoctor cannot reach an engine by {other}://; set DOCKER_HOST to a unix:// or \
             tcp:// address"
        )),
    }
}

/// `host:port`; the docker client takes port 2375 where none is given.
fn with_port(rest: &str) -> Option<Transport> {
    let address = rest.split('/').next().filter(|a| !a.is_empty())?;
    let after_brackets = address.rsplit(']').next().unwrap_or(address);
    Some(Transport::Tcp(if after_brackets.contains(':') {
        address.to_owned()
    } else {
        format!("{address}:2375")
    }))
}

/// Where engines put their socket, the likeliest first.
fn usual_places(env: Env<'_>) -> Vec<PathBuf> {
    let below = |variable: &str, paths: &[&str]| -> Vec<PathBuf> {
        let root = env(variable).map(PathBuf::from);
        let root = root.filter(|root| root.is_absolute());
        root.map(|root| paths.iter().map(|path| root.join(path)).collect())
            .unwrap_or_default()
    };
    let mut places = vec![PathBuf::from("/var/run/docker.sock")];
    places.extend(below("XDG_RUNTIME_DIR", &["docker.sock"]));
    places.extend(below(
        "HOME",
        &[
            ".docker/run/docker.sock",
            ".docker/desktop/docker.sock",
            ".colima/default/docker.sock",
            ".orbstack/run/docker.sock",
            ".rd/docker.sock",
        ],
    ));
    places.extend(below("XDG_RUNTIME_DIR", &["podman/podman.sock"]));
    places.push("/run/podman/podman.sock".into());
    places
}

fn among(places: Vec<PathBuf>, is_there: &dyn Fn(&Path) -> bool) -> EngineEndpoint {
    match places.iter().find(|place| is_there(place)) {
        Some(place) => EngineEndpoint::At {
            transport: Transport::Unix(place.clone()),
            configured_by: None,
        },
        None => EngineEndpoint::Absent {
            looked_at: places
                .iter()
                .map(|place| place.display().to_string())
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(address: &str) -> Result<Transport, Why> {
        Ok(Transport::Tcp(address.into()))
    }

    #[test]
    fn addresses_read_as_the_docker_client_reads_them() {
        assert_eq!(
            transport("unix:///run/x.sock", false),
            Ok(Transport::Unix("/run/x.sock".into()))
        );
        assert_eq!(
            transport("tcp://10.0.0.1:2375", false),
            tcp("10.0.0.1:2375")
        );
        assert_eq!(transport("http://proxy:80/", false), tcp("proxy:80"));
        assert_eq!(transport("tcp://dind", false), tcp("dind:2375"));
        assert_eq!(transport("tcp://[::1]", false), tcp("[::1]:2375"));
        assert_eq!(transport("tcp://[::1]:80", false), tcp("[::1]:80"));
    }

    #[test]
    fn what_cannot_be_used_says_why_and_what_to_do() {
        for (host, tls, word) in [
            ("ssh://root@server", false, "ssh -L"),
            ("tcp://server:2376", true, "TLS"),
            ("npipe:////./pipe/docker_engine", false, "npipe"),
            ("/var/run/docker.sock", false, "no scheme"),
            ("tcp://", false, "names no host"),
        ] {
            let why = transport(host, tls).unwrap_err();
            assert!(why.contains(word), "{host}: {why}");
        }
    }

    #[test]
    fn the_first_socket_that_is_there_wins() {
        let env = |name: &str| match name {
            "HOME" => Some("/home/a".to_owned()),
            "XDG_RUNTIME_DIR" => Some("/run/user/1".to_owned()),
            _ => None,
        };
        let places = usual_places(&env);
        let there = [
            "/home/a/.colima/default/docker.sock",
            "/run/podman/podman.sock",
        ];
        let found = among(places.clone(), &|path| {
            there.iter().any(|t| path == Path::new(t))
        });
        let first = EngineEndpoint::At {
            transport: Transport::Unix(there[0].into()),
            configured_by: None,
        };
        assert_eq!(found, first);
        let EngineEndpoint::Absent { looked_at } = among(places, &|_| false) else {
            panic!("nothing is there");
        };
        assert_eq!(looked_at.len(), 9);
        assert!(looked_at.contains(&"/run/user/1/podman/podman.sock".to_owned()));
    }
}
