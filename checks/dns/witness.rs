//! Who says what about a name on this machine, put side by side: the system's resolver, the hosts
//! file, the DNS server; and what becomes of trying a port, here and in a container.

use std::net::IpAddr;

use crate::{
    evidence::{Evidence, Unknown},
    model::list_of,
    probe::{
        Probe as _, ProbeError,
        connect::{Connect, HostsLine, ReadHostsFile},
        dns::AskDns,
        engine::{ReachInside, Reached},
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
#[derive(Clone)]
pub(super) struct Witnesses {
    /// What programs get.
    pub resolver: Result<Vec<IpAddr>, Unknown>,
    /// Lines of the hosts file; `None` where it could not be read.
    pub hosts: Option<Vec<HostsLine>>,
    /// What the DNS server says; `None` where it was not asked.
    pub dns: Option<Result<Vec<IpAddr>, Unknown>>,
    pub cites: Vec<String>,
}

impl Witnesses {
    /// For people: each witness with its word.
    pub(super) fn told(&self) -> String {
        let mut parts = vec![match &self.resolver {
            Ok(addresses) => format!("the system says {}", listed(addresses)),
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
        match &self.dns {
            Some(Ok(addresses)) if addresses.is_empty() => {
                parts.push("the DNS server does not know it".into());
            }
            Some(Ok(addresses)) => {
                let hides = match self.hidden().is_empty() {
                    true => "",
                    false => ", which the hosts file hides",
                };
                parts.push(format!("the DNS server says {}{hides}", listed(addresses)));
            }
            Some(Err(_)) => parts.push("the DNS server gives no answer".into()),
            None => {}
        }
        parts.join("; ")
    }

    /// Asks the DNS server as well. It is asked about a name that is at fault only: what it says
    /// of any other changes nothing, and a server that is away would keep everybody waiting.
    pub(super) async fn with_dns(mut self, seen: &Evidence, name: &str) -> Self {
        let probe = AskDns { host: name.into() };
        if AskDns::knows(name) {
            self.cites.push(probe.key());
            let answer = seen.ask(probe).await;
            self.dns = Some(answer.map(|says| says.addresses.clone()));
        }
        self
    }

    /// What the DNS server says and nobody hears, since a line of the hosts file says otherwise.
    pub(super) fn hidden(&self) -> Vec<IpAddr> {
        let (Some(Ok(addresses)), Some([_, ..])) = (&self.dns, self.hosts.as_deref()) else {
            return Vec::new();
        };
        let heard = self.resolver.as_deref().unwrap_or_default();
        let unheard = addresses.iter().filter(|ip| !heard.contains(ip));
        unheard.copied().collect()
    }

    /// Whether nobody answered the resolver, which is no answer "there is no such name": the words
    /// of glibc and musl for `EAI_AGAIN`.
    pub(super) fn nobody_answered(&self) -> bool {
        let Err(Unknown {
            error: ProbeError::NoAddress { detail, .. },
            ..
        }) = &self.resolver
        else {
            return false;
        };
        let again = ["temporary failure", "try again"];
        let detail = detail.to_ascii_lowercase();
        again.iter().any(|word| detail.contains(word)) && !matches!(self.dns, Some(Ok(_)))
    }
}

fn listed(addresses: &[IpAddr]) -> String {
    list_of(&super::here::texts(addresses))
}

/// Asks the system's resolver and the hosts file.
pub(super) async fn here(seen: &Evidence, name: &str) -> Witnesses {
    let lookup = SystemLookup { host: name.into() };
    let cites = vec![lookup.key()];
    if let Ok(address) = name.parse() {
        return Witnesses {
            resolver: Ok(vec![address]),
            hosts: None,
            dns: None,
            cites: Vec::new(),
        };
    }
    let (resolver, hosts) = futures::join!(seen.ask(lookup), seen.ask(ReadHostsFile));
    Witnesses {
        resolver: resolver.map(|found| found.addresses.clone()),
        hosts: hosts.ok().map(|file| file.of(name).cloned().collect()),
        dns: None,
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
