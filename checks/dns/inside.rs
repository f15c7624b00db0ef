//! The names by which apps reach authentik, from the container of each app.

use std::net::IpAddr;

use futures::future::join_all;

use super::{
    Fault, Scene, mend,
    witness::{self, Door, Inside},
};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Containers, NameUse, UsedBy, called_by, container_called, is_loopback},
    model::{Kind, Subject, list_of},
    probe::engine::{Container, Port, Status},
};

/// What `host-gateway` stands for unless the engine was told otherwise (knowledge G.2).
const DEFAULT_GATEWAY: &str = "172.17.0.1";

/// What an app's container sees, and the faults among it.
pub(super) async fn judge(scene: &Scene<'_>, app: &AppFacts) -> (Findings, Vec<Fault>) {
    let mut points = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let what = "its container reaches authentik by name";
    let found = match &scene.containers {
        Ok(found) => found,
        Err(why) if why.is_not_configured() => {
            points.skipped(what, subject, "no container engine to ask");
            return (points, Vec::new());
        }
        Err(why) => {
            points.unknown(what, subject, why);
            return (points, Vec::new());
        }
    };
    let Some(container) = app.container.as_deref() else {
        points.skipped(what, subject, "it has no known container on this engine");
        return (points, Vec::new());
    };
    if container.state.status != Status::Running {
        let why = format!("its container {} does not run", container.name);
        points.skipped(what, subject, why);
        return (points, Vec::new());
    }
    let (said, uses) = called_by(app, &scene.uses);
    let mut ways: Vec<NameUse> = Vec::new();
    for one in uses {
        let known = |other: &NameUse| other.name == one.name && other.port == one.port;
        if !ways.iter().any(known) {
            ways.push(one);
        }
    }
    if ways.is_empty() {
        let why = "it does not say by which address it reaches authentik";
        points.skipped(what, subject, why);
        return (points, Vec::new());
    }
    let mut faults = Vec::new();
    let looks = ways.iter().map(|one| {
        let way = Way {
            scene,
            found,
            app,
            container,
            one,
            said,
        };
        async move { way.judge().await }
    });
    for (point, fault) in join_all(looks).await {
        points.merge(point);
        faults.extend(fault);
    }
    (points, faults)
}

/// One name and port, from one app's container.
struct Way<'a> {
    scene: &'a Scene<'a>,
    found: &'a Containers,
    app: &'a AppFacts,
    container: &'a Container,
    one: &'a NameUse,
    /// Whether the app said that it uses this name.
    said: bool,
}

impl Way<'_> {
    fn what(&self) -> String {
        format!(
            "{}:{} answers inside container {}",
            self.one.name, self.one.port, self.container.name
        )
    }

    fn subject(&self) -> Subject {
        Subject::new(Kind::App, &self.app.name)
    }

    async fn judge(self) -> (Findings, Option<Fault>) {
        let mut points = Findings::new();
        let seen = witness::inside(self.scene.seen, self.container, &self.one.name).await;
        let (door, cite) = witness::reach(
            self.scene.seen,
            &self.container.id,
            &self.one.name,
            self.one.port,
        )
        .await;
        if door == Door::Open {
            points.passed(&self.what(), self.subject(), &[cite]);
            return (points, None);
        }
        if let Some(code) = self.code(&seen, &door) {
            let raised = self.raised(code, &seen, &door).cites(cite);
            let fault = Fault {
                what: self.what(),
                app: self.app.name.clone(),
                name: self.one.name.clone(),
                port: self.one.port,
                raised: mend::inside(self.scene, self.found, self.container, self.one, raised),
            };
            return (points, Some(fault));
        }
        let why = match &door {
            Door::Untried(why) => format!(
                "its settings look right ({}), which was inferred and not tried: {why}",
                seen.told()
            ),
            other => format!(
                "{}, and nothing answers there on this machine",
                other.words()
            ),
        };
        points.skipped(&self.what(), self.subject(), why);
        (points, None)
    }

    /// What is wrong, if anything is; `None` where it is nobody's fault or nobody's knowledge.
    fn code(&self, seen: &Inside, door: &Door) -> Option<&'static str> {
        let tried = !matches!(door, Door::Untried(_));
        let own_network = !matches!(self.container.network_mode.as_str(), "host");
        if self.one.is_loopback() {
            return own_network.then_some("dns/localhost-in-container");
        }
        let unsaid_neighbour = !self.said && self.shares_network_with_server();
        if unsaid_neighbour {
            return None;
        }
        let addresses = seen.addresses();
        let target = container_called(&self.found.all, &self.one.name);
        if let Some(target) =
            target.filter(|target| own_network && !target.shares_network(self.container))
        {
            let given = self.container.extra_hosts.iter();
            let by_extra_hosts = given.clone().any(|entry| names_host(entry, &self.one.name));
            if !by_extra_hosts && target.network_mode != "host" {
                return Some("dns/other-network");
            }
        }
        if *door == Door::NoAddress || (!tried && seen.has_none(self.found, &self.one.name)) {
            return Some("dns/container-name-missing");
        }
        if own_network && addresses.iter().any(IpAddr::is_loopback) {
            return Some("dns/container-name-wrong");
        }
        if self.published_on_loopback().is_some() && (tried || witness::is_plain_linux(self.found))
        {
            return Some("dns/refused-inside");
        }
        if tried && self.goes_elsewhere(seen, &addresses) {
            return Some("dns/container-name-wrong");
        }
        if !self.answers_here() {
            return None;
        }
        match door {
            Door::Refused => Some("dns/refused-inside"),
            Door::TimedOut => Some("dns/timed-out-inside"),
            Door::NoRoute => Some("dns/no-route-inside"),
            Door::Reset => Some("dns/reset-inside"),
            _ => None,
        }
    }

    fn shares_network_with_server(&self) -> bool {
        let mut servers = self.found.roles.server.iter();
        servers.any(|server| server.shares_network(self.container))
    }

    /// Whether a fixed address was typed that is none of this engine's gateways.
    fn goes_elsewhere(&self, seen: &Inside, addresses: &[IpAddr]) -> bool {
        let gateway = |ip: &IpAddr| {
            let text = ip.to_string();
            let all = self.found.all.iter().flat_map(|c| c.networks.values());
            // The default bridge's usual gateway stands for no container that might be on it.
            text == DEFAULT_GATEWAY || all.clone().any(|net| net.gateway == text)
        };
        seen.typed
            .as_deref()
            .is_some_and(|typed| typed != "host-gateway")
            && !addresses.is_empty()
            && !addresses.iter().any(gateway)
    }

    /// The publication that keeps containers out, if that is the only one.
    fn published_on_loopback(&self) -> Option<&Port> {
        published_on_loopback(self.found, self.one.port).map(|(_, port)| port)
    }

    /// Whether the port leads to a running container of this engine: then a refusal inside is no
    /// matter of authentik being down.
    fn answers_here(&self) -> bool {
        let mut publishing = self.found.publishing(self.one.port);
        publishing.any(|c| c.state.status == Status::Running)
    }

    fn raised(&self, code: &'static str, seen: &Inside, door: &Door) -> Raised {
        let container = &self.container.name;
        let addresses = super::here::texts(&seen.addresses());
        let place = match &self.one.by {
            UsedBy::Given { place, .. } => place.text.clone(),
            _ => "akdoctor.toml".into(),
        };
        let raised = Raised::new(code, self.subject())
            .with("app", self.app.name.clone())
            .with("container", container.clone())
            .with("name", self.one.name.clone())
            .with("port", self.one.port)
            .with("url", self.one.url.clone())
            .with("place", place)
            .with("told", seen.told())
            .with("how", door.words())
            .with("address", list_of(&addresses));
        let raised = seen.cites.iter().fold(raised, Raised::cites);
        match (door, self.said) {
            (Door::Untried(_), _) | (_, false) => raised.inferred(),
            _ => raised,
        }
    }
}

/// The container whose port is published for this machine alone, and that port.
pub(super) fn published_on_loopback(found: &Containers, port: u16) -> Option<(&Container, &Port)> {
    let publishing = found.publishing(port).next()?;
    let mut ports = publishing
        .ports
        .iter()
        .filter(|p| p.outside == port && p.protocol == "tcp");
    let first = ports.clone().next()?;
    ports
        .all(|p| is_loopback(&p.host_ip))
        .then_some((publishing.as_ref(), first))
}

/// Whether an entry of extra_hosts (`name:address`, `name=address`) names this host.
pub(super) fn names_host(entry: &str, name: &str) -> bool {
    entry.split([':', '=']).next() == Some(name)
}
