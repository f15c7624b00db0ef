//! Who says what about a name, put side by side: the system's resolver and the hosts file here;
//! extra_hosts and the hosts file in a container.

use std::net::IpAddr;

use crate::{
    evidence::{Evidence, Unknown},
    facts::Containers,
    probe::{
        Probe as _, ProbeError,
        connect::{Connect, HostsFile, HostsLine, ReadHostsFile},
        engine::{Container, Flavour, InspectContainer, ReachInside, Reached, ReadFile},
        lookup::SystemLookup,
    },
};

/// What became of trying a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Door {
    /// It answers.
    Open,
    /// Something else than authentik answers.
    Stranger(String),
    Refused,
    TimedOut,
    NoRoute,
    Reset,
    NoAddress,
    /// It could not be tried, with the reason.
    Untried(String),
}

impl Door {
    /// What a failed look says of the port.
    pub(super) fn of(error: &ProbeError) -> Self {
        match error {
            ProbeError::Refused { .. } => Self::Refused,
            ProbeError::TimedOut { .. } | ProbeError::Breaker { .. } => Self::TimedOut,
            ProbeError::Unreachable { .. } => Self::NoRoute,
            ProbeError::Reset { .. } => Self::Reset,
            ProbeError::NoAddress { .. } => Self::NoAddress,
            // The port took the connection; what is wrong with TLS or HTTP is told elsewhere.
            ProbeError::Tls { .. } | ProbeError::Status { .. } => Self::Open,
            other => Self::Untried(other.to_string()),
        }
    }

    /// For people: "the connection was refused".
    pub(super) fn words(&self) -> String {
        match self {
            Self::Open => "it answers".into(),
            Self::Stranger(who) => format!("another program answers there ({who})"),
            Self::Refused => "the connection was refused".into(),
            Self::TimedOut => "no answer came in time".into(),
            Self::NoRoute => "there is no way there".into(),
            Self::Reset => "the connection was closed at once".into(),
            Self::NoAddress => "the name has no address".into(),
            Self::Untried(why) => format!("not tried: {why}"),
        }
    }
}

/// What is said of a name on this machine.
pub(super) struct Witnesses {
    /// What programs get.
    pub resolver: Result<Vec<IpAddr>, Unknown>,
    /// Lines of the hosts file; `None` where it could not be read.
    pub hosts: Option<Vec<HostsLine>>,
    pub cites: Vec<String>,
}

impl Witnesses {
    /// For people: each witness with its word.
    pub(super) fn told(&self) -> String {
        let list = |addresses: &[IpAddr]| crate::model::list_of(&super::here::texts(addresses));
        let mut parts = vec![match &self.resolver {
            Ok(addresses) => format!("the system says {}", list(addresses)),
            Err(_) => "the system knows no address".into(),
        }];
        match self.hosts.as_deref() {
            Some([]) => parts.push("the hosts file does not name it".into()),
            Some([line, ..]) => parts.push(format!(
                "hosts file line {} says {}",
                line.number, line.address
            )),
            None => {}
        }
        parts.join("; ")
    }
}

/// Asks every witness on this machine.
pub(super) async fn here(seen: &Evidence, name: &str) -> Witnesses {
    let lookup = SystemLookup { host: name.into() };
    let cites = vec![lookup.key()];
    if let Ok(address) = name.parse() {
        return Witnesses {
            resolver: Ok(vec![address]),
            hosts: None,
            cites: Vec::new(),
        };
    }
    let (resolver, hosts) = futures::join!(seen.ask(lookup), seen.ask(ReadHostsFile));
    Witnesses {
        resolver: resolver.map(|found| found.addresses.clone()),
        hosts: hosts.ok().map(|file| file.of(name).cloned().collect()),
        cites,
    }
}

/// Tries a port from this machine; with the evidence's key.
pub(super) async fn connect(seen: &Evidence, host: &str, port: u16) -> (Door, String) {
    let host = host.to_owned();
    let probe = Connect { host, port };
    let key = probe.key();
    let door = match seen.ask(probe).await {
        Ok(_) => Door::Open,
        Err(why) => Door::of(&why.error),
    };
    (door, key)
}

/// Tries a port inside a container; with the evidence's key.
pub(super) async fn reach(
    seen: &Evidence,
    container: &str,
    host: &str,
    port: u16,
) -> (Door, String) {
    let probe = ReachInside {
        container: container.to_owned(),
        host: host.to_owned(),
        port,
    };
    let key = probe.key();
    let door = match seen.ask(probe).await.as_deref() {
        Ok(Reached::Open) => Door::Open,
        Ok(Reached::Refused) => Door::Refused,
        Ok(Reached::TimedOut) => Door::TimedOut,
        Ok(Reached::NoRoute) => Door::NoRoute,
        Ok(Reached::Reset) => Door::Reset,
        Ok(Reached::NoAddress) => Door::NoAddress,
        Ok(Reached::NoTool) => Door::Untried("the container has no tool to try it with".into()),
        Ok(Reached::Unclear(said)) => Door::Untried(format!("its tool says {said:?}")),
        // That the command took too long says nothing of the port.
        Err(why) => Door::Untried(why.error.to_string()),
    };
    (door, key)
}

/// Asks the witnesses in a container.
pub(super) async fn inside(seen: &Evidence, container: &Container, name: &str) -> Inside {
    let probe = ReadFile {
        container: container.id.clone(),
        path: "/etc/hosts".into(),
    };
    let inspected = InspectContainer {
        id: container.id.clone(),
    };
    let cites = vec![inspected.key(), probe.key()];
    let file = seen.ask(probe).await.ok();
    let file = file.map(|file| HostsFile::read(&file.text));
    let mut entries = container.extra_hosts.iter();
    let typed = entries.find_map(|entry| {
        let (host, address) = entry.split_once([':', '='])?;
        (host == name).then(|| address.to_owned())
    });
    Inside {
        typed,
        hosts: file.map(|file| file.of(name).cloned().collect()),
        address: name.parse().ok(),
        cites,
    }
}

/// What is said of a name in a container.
pub(super) struct Inside {
    /// What was typed for it under extra_hosts.
    pub typed: Option<String>,
    /// Lines of its hosts file; `None` where it could not be read.
    pub hosts: Option<Vec<HostsLine>>,
    /// The name itself, where it is an address.
    pub address: Option<IpAddr>,
    pub cites: Vec<String>,
}

impl Inside {
    /// The addresses that its hosts file gives.
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        let lines = self.hosts.iter().flatten().map(|line| line.address);
        self.address.into_iter().chain(lines).collect()
    }

    /// For people: each witness with its word.
    pub(super) fn told(&self) -> String {
        let typed = match &self.typed {
            Some(address) => format!("extra_hosts says {address}"),
            None => "extra_hosts does not name it".into(),
        };
        match self.hosts.as_deref() {
            Some([]) => format!("{typed}; its /etc/hosts does not name it"),
            Some([line, ..]) => {
                let (number, address) = (line.number, line.address);
                format!("{typed}; its /etc/hosts line {number} says {address}")
            }
            None => format!("{typed}; its /etc/hosts could not be read"),
        }
    }

    /// Whether nothing gives it an address, judged without asking its resolver: its hosts file was
    /// read, and no DNS of this engine has such a name.
    pub(super) fn has_none(&self, found: &Containers, name: &str) -> bool {
        let of_host = super::mend::OF_THE_HOST.contains(&name);
        self.address.is_none()
            && self.hosts.as_ref().is_some_and(Vec::is_empty)
            && of_host
            && is_plain_linux(found)
    }
}

/// Whether the engine runs on Linux itself: then it gives containers no name for the machine and
/// keeps them from its loopback. Docker Desktop and its like do otherwise (knowledge apps.md G).
pub(super) fn is_plain_linux(found: &Containers) -> bool {
    let engine = &found.engine;
    let marks = [&engine.operating_system, &engine.kernel, &engine.name];
    let holds = |word: &str| {
        let mut marks = marks.iter();
        marks.any(|mark| mark.to_ascii_lowercase().contains(word))
    };
    let others = [
        "docker desktop",
        "docker-desktop",
        "linuxkit",
        "orbstack",
        "colima",
        "rancher",
        "microsoft",
    ];
    engine.flavour == Flavour::Docker && !engine.rootless && !others.iter().any(|word| holds(word))
}
