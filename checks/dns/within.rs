//! Who says what about a name in a container, put side by side: its own resolver, extra_hosts, its
//! hosts file, its resolv.conf. What its own resolver says wins over what the others come to.

use std::net::IpAddr;

use crate::{
    evidence::Evidence,
    facts::EngineKind,
    model::list_of,
    probe::{
        Probe as _,
        connect::{HostsFile, HostsLine},
        engine::{Container, InspectContainer, ReadFile, ResolveInside, Resolved},
    },
};

/// The engine's own DNS server for containers, in every network but the default bridge.
const EMBEDDED: &str = "127.0.0.11";

/// What is said of a name in a container.
pub(super) struct Inside {
    /// What was typed for it under extra_hosts.
    pub typed: Option<String>,
    /// Lines of its hosts file; `None` where it could not be read.
    pub hosts: Option<Vec<HostsLine>>,
    /// The name itself, where it is an address.
    pub address: Option<IpAddr>,
    /// What its own resolver says; `None` where it was not asked, or cannot be.
    pub resolver: Option<Resolved>,
    /// The DNS servers of its resolv.conf; `None` where it was not read.
    pub servers: Option<Vec<String>>,
    pub cites: Vec<String>,
}

/// Asks what was written down for it.
pub(super) async fn inside(seen: &Evidence, container: &Container, name: &str) -> Inside {
    let probe = file_of(container, "/etc/hosts");
    let inspected = InspectContainer {
        id: container.id.clone(),
    };
    let cites = vec![inspected.key(), probe.key()];
    let file = seen.ask(probe).await.ok();
    let file = file.map(|file| HostsFile::read(&file.text));
    let mut entries = container.extra_hosts.iter();
    let typed = entries.find_map(|entry| {
        let (host, address) = entry.split_once([':', '='])?;
        host.eq_ignore_ascii_case(name).then(|| address.to_owned())
    });
    Inside {
        typed,
        hosts: file.map(|file| file.of(name).cloned().collect()),
        address: name.parse().ok(),
        resolver: None,
        servers: None,
        cites,
    }
}

fn file_of(container: &Container, path: &str) -> ReadFile {
    ReadFile {
        container: container.id.clone(),
        path: path.into(),
    }
}

impl Inside {
    /// Asks its own resolver and its resolv.conf as well, for a port that does not answer.
    pub(super) async fn with_resolver(
        mut self,
        seen: &Evidence,
        container: &Container,
        name: &str,
    ) -> Self {
        if self.address.is_some() {
            return self;
        }
        let look = ResolveInside {
            container: container.id.clone(),
            host: name.to_owned(),
        };
        let file = file_of(container, "/etc/resolv.conf");
        let keys = [look.key(), file.key()];
        let (resolved, file) = futures::join!(seen.ask(look), seen.ask(file));
        let named = self.hosts.as_ref().is_none_or(|lines| !lines.is_empty());
        self.resolver = resolved.ok().and_then(|resolved| match &*resolved {
            // That tool does not read the hosts file.
            Resolved::NotInDns if named => None,
            Resolved::NotInDns => Some(Resolved::NoAddress),
            Resolved::NoTool | Resolved::Unclear(_) => None,
            told => Some(told.clone()),
        });
        self.servers = file.ok().map(|file| servers_of(&file.text));
        if self.resolver.is_some() {
            self.cites.push(keys[0].clone());
        }
        if self.servers.is_some() {
            self.cites.push(keys[1].clone());
        }
        self
    }

    /// The addresses that it has there: by its own resolver, else by its hosts file.
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        if let Some(Resolved::To(addresses)) = &self.resolver {
            return addresses.clone();
        }
        let lines = self.hosts.iter().flatten().map(|line| line.address);
        self.address.into_iter().chain(lines).collect()
    }

    /// Whether its own resolver says that there is no such name.
    pub(super) fn says_none(&self) -> bool {
        self.resolver == Some(Resolved::NoAddress)
    }

    /// Whether its DNS server is the engine's own, which knows the other containers.
    pub(super) fn asks_the_engine(&self) -> bool {
        let servers = self.servers.as_ref();
        servers.is_some_and(|servers| servers.iter().any(|server| server == EMBEDDED))
    }

    /// For people: each witness with its word.
    pub(super) fn told(&self) -> String {
        let mut parts = Vec::new();
        match &self.resolver {
            Some(Resolved::To(addresses)) => {
                let list = list_of(&super::here::texts(addresses));
                parts.push(format!("its own resolver says {list}"));
            }
            Some(_) => parts.push("its own resolver knows no address".into()),
            None => {}
        }
        parts.push(match &self.typed {
            Some(address) => format!("extra_hosts says {address}"),
            None => "extra_hosts does not name it".into(),
        });
        parts.push(match self.hosts.as_deref() {
            Some([]) => "its /etc/hosts does not name it".into(),
            Some([line, ..]) => {
                let (number, address) = (line.number, line.address);
                format!("its /etc/hosts line {number} says {address}")
            }
            None => "its /etc/hosts could not be read".into(),
        });
        match self.servers.as_deref() {
            Some([]) => parts.push("its resolv.conf names no DNS server".into()),
            Some(servers) if !self.asks_the_engine() => {
                parts.push(format!("its DNS server is {}", list_of(servers)));
            }
            _ => {}
        }
        parts.join("; ")
    }

    /// Whether nothing gives it an address, judged without its resolver: its hosts file was read,
    /// and an engine of this kind has no such name.
    pub(super) fn has_none(&self, kind: EngineKind, name: &str) -> bool {
        let of_host = super::mend::OF_THE_HOST.contains(&name);
        self.resolver.is_none()
            && self.address.is_none()
            && self.hosts.as_ref().is_some_and(Vec::is_empty)
            && of_host
            && !kind.names_the_machine()
    }
}

/// The `nameserver` lines of a resolv.conf (resolv.conf(5)).
fn servers_of(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next().map(str::to_owned))?
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(resolver: Option<Resolved>) -> Inside {
        Inside {
            typed: None,
            hosts: Some(HostsFile::read("10.0.0.1 a\n").lines),
            address: None,
            resolver,
            servers: Some(servers_of("# x\nsearch b\nnameserver 10.0.0.2\n")),
            cites: Vec::new(),
        }
    }

    #[test]
    fn its_own_resolver_wins() {
        let texts = |seen: &Inside| super::super::here::texts(&seen.addresses());
        assert_eq!(texts(&with(None)), ["10.0.0.1"]);
        let seen = with(Some(Resolved::To(vec![[10, 0, 0, 9].into()])));
        assert_eq!(texts(&seen), ["10.0.0.9"]);
        assert_eq!(
            seen.told(),
            "its own resolver says 10.0.0.9; extra_hosts does not name it; its /etc/hosts line 1 \
             says 10.0.0.1; its DNS server is 10.0.0.2"
        );
    }
}
