//! One way of an app to authentik: a name and a port, from the app's container.

use std::sync::Arc;

use super::{
    Fault, Scene, mend,
    place::Place,
    space::Space,
    within::{self, Inside},
    witness::{self, Door},
};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Containers, NameUse, UsedBy, container_called},
    model::{Kind, Subject, list_of},
    probe::engine::{Container, Status},
};

/// One name and port, from one app's container.
pub(super) struct Way<'a> {
    pub scene: &'a Scene<'a>,
    pub found: &'a Containers,
    pub app: &'a AppFacts,
    pub container: &'a Container,
    pub space: &'a Space,
    pub one: &'a NameUse,
    /// Whether the app said that it uses this name.
    pub said: bool,
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

    /// The point, and the fault if it is one.
    pub(super) async fn judge(self) -> (Findings, Option<Fault>) {
        let mut points = Findings::new();
        let (name, port) = (&self.one.name, self.one.port);
        let seen = within::inside(self.scene.seen, self.container, name).await;
        let (door, cite) = witness::reach(self.scene.seen, &self.container.id, name, port).await;
        if door == Door::Open {
            if let Some(place) = self.leads_astray(&seen).await {
                let raised = self
                    .raised("dns/container-name-wrong", &seen, &door, &place)
                    .with("how", "something answers that is not this machine")
                    .cites(cite);
                return (points, Some(self.fault(raised)));
            }
            if self.leads_to_itself(&seen) {
                let why = "something answers in the container itself; that it is authentik was \
                           not seen";
                points.skipped(&self.what(), self.subject(), why);
            } else {
                points.passed(&self.what(), self.subject(), &[cite]);
            }
            return (points, None);
        }
        let seen = seen
            .with_resolver(self.scene.seen, self.container, name)
            .await;
        let place = Place::of(self.scene, self.found, &seen, name).await;
        if let Some(code) = self.code(&seen, &door, &place).await {
            let raised = self.raised(code, &seen, &door, &place).cites(cite);
            return (points, Some(self.fault(raised)));
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

    fn fault(&self, raised: Raised) -> Fault {
        Fault {
            what: self.what(),
            app: self.app.name.clone(),
            name: self.one.name.clone(),
            port: self.one.port,
            raised: mend::inside(self.scene, self.found, self.container, self.one, raised),
        }
    }

    /// Where a name of the machine leads to another one although authentik is on this: a router or
    /// a proxy on the way may take connections to anywhere, so that an open port proves little.
    async fn leads_astray(&self, seen: &Inside) -> Option<Place> {
        let is_host = mend::OF_THE_HOST.contains(&self.one.name.as_str());
        let is_server = |c: &Arc<Container>| self.found.roles.server.iter().any(|s| s.id == c.id);
        let mut publishing = self.found.publishing(self.one.port);
        let here = is_host
            && self.scene.kind.shares_the_machine()
            && publishing.any(|c| is_server(c) && c.state.status == Status::Running);
        if !here || seen.addresses().is_empty() {
            return None;
        }
        let place = Place::of(self.scene, self.found, seen, &self.one.name).await;
        (!place.may_be_here()).then_some(place)
    }

    /// Whether the name means the container itself, which has a network of its own.
    fn leads_to_itself(&self, seen: &Inside) -> bool {
        let addresses = seen.addresses();
        let by_address = !addresses.is_empty() && addresses.iter().all(|ip| ip.is_loopback());
        matches!(self.space, Space::Own) && (self.one.is_loopback() || by_address)
    }

    /// What is wrong, if anything is; `None` where it is nobody's fault or nobody's knowledge.
    async fn code(&self, seen: &Inside, door: &Door, place: &Place) -> Option<&'static str> {
        if self.one.is_loopback() {
            return self
                .space
                .is_apart()
                .then_some("dns/localhost-in-container");
        }
        let named = || container_called(&self.found.all, &self.one.name).is_some();
        if !self.said && (self.shares_network_with_server() || named()) {
            return None;
        }
        self.of_the_name(seen, door)
            .or(self.of_the_place(door, place).await)
    }

    /// A name that has no address, or means a container elsewhere or this one itself.
    fn of_the_name(&self, seen: &Inside, door: &Door) -> Option<&'static str> {
        let tried = !matches!(door, Door::Untried(_));
        let (name, kind) = (&self.one.name, self.scene.kind);
        let target = container_called(&self.found.all, name);
        let elsewhere =
            |target: &&Arc<Container>| !self.space.shares_network(self.container, target);
        if let Some(target) = target.filter(elsewhere)
            && self.space.is_apart()
            && seen.typed.is_none()
            && target.network_mode != "host"
        {
            return Some("dns/other-network");
        }
        let none = *door == Door::NoAddress || seen.says_none();
        if none || (!tried && seen.has_none(kind, name)) {
            return Some("dns/container-name-missing");
        }
        self.leads_to_itself(seen)
            .then_some("dns/container-name-wrong")
    }

    /// An address at which the port does not answer.
    async fn of_the_place(&self, door: &Door, place: &Place) -> Option<&'static str> {
        let tried = !matches!(door, Door::Untried(_));
        let sure = match door {
            Door::Untried(_) => self.scene.kind.shares_the_machine(),
            door => *door == Door::Refused,
        };
        let for_here_alone = mend::published_on_loopback(self.found, self.one.port).is_some();
        if sure && for_here_alone && place.may_be_here() {
            return Some("dns/refused-inside");
        }
        if !tried || !self.answers_here().await {
            return None;
        }
        if place.is_ipv6_alone() {
            return Some("dns/container-ipv6-only");
        }
        if !place.may_be_here() && !self.leads_there_from_here(place).await {
            return Some("dns/container-name-wrong");
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
        servers.any(|server| self.space.shares_network(self.container, server))
    }

    /// Whether the port answers on this machine: then what happens inside is no matter of
    /// authentik being down.
    async fn answers_here(&self) -> bool {
        let (name, port) = (self.one.name.as_str(), self.one.port);
        let is_host = mend::OF_THE_HOST.contains(&name);
        let running = |c: &&Arc<Container>| c.state.status == Status::Running;
        let is_server = |c: &Arc<Container>| self.found.roles.server.iter().any(|s| s.id == c.id);
        let mut publishing = self.found.publishing(port).filter(running);
        if publishing.any(|c| is_host || is_server(c)) {
            return true;
        }
        // Another name may mean another machine, whose port says nothing of this one's.
        let host = if is_host { "localhost" } else { name };
        let (door, _) = witness::connect(self.scene.seen, host, port).await;
        door == Door::Open
    }

    /// Whether the same address answers this machine: then the name is right, and the way is not.
    async fn leads_there_from_here(&self, place: &Place) -> bool {
        let (name, port) = (self.one.name.as_str(), self.one.port);
        let here = witness::here(self.scene.seen, name).await;
        if !place.is_among(here.resolver.as_deref().unwrap_or_default()) {
            return false;
        }
        let (door, _) = witness::connect(self.scene.seen, name, port).await;
        door == Door::Open
    }

    fn raised(&self, code: &'static str, seen: &Inside, door: &Door, place: &Place) -> Raised {
        let container = &self.container.name;
        let addresses = super::here::texts(&seen.addresses());
        let setting = match &self.one.by {
            UsedBy::Given { place, .. } => place.text.clone(),
            _ => "akdoctor.toml".into(),
        };
        let told = match place.whose() {
            Some(whose) => format!("{}; {whose}", seen.told()),
            None => seen.told(),
        };
        let raised = Raised::new(code, self.subject())
            .with("app", self.app.name.clone())
            .with("container", container.clone())
            .with("name", self.one.name.clone())
            .with("port", self.one.port)
            .with("url", self.one.url.clone())
            .with("place", setting)
            .with("told", told)
            .with("how", door.words())
            .with("address", list_of(&addresses))
            .with_some("bridge_address", place.bridge(self.scene.kind, seen));
        let raised = seen.cites.iter().fold(raised, Raised::cites);
        let resolved = code == "dns/container-name-missing" && seen.says_none();
        match (door, self.said) {
            (Door::Untried(_), _) if !resolved => raised.inferred(),
            (_, false) => raised.inferred(),
            _ => raised,
        }
    }
}
