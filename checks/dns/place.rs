//! Whose address it is that a name leads to inside a container: this machine's, one of the
//! engine's networks', another container's, or nobody's here.

use std::net::IpAddr;

use super::{Scene, mend::OF_THE_HOST, within::Inside};
use crate::{
    evidence::Evidence,
    facts::{Containers, EngineKind},
    probe::{
        connect::OwnAddress,
        engine::{Container, ListNetworks, ListedNetwork},
    },
};

/// What an engine writes for `host-gateway`, as typed under extra_hosts.
const HOST_GATEWAY: &str = "host-gateway";
/// What it stands for unless the engine was told otherwise (knowledge apps.md G.2).
const DEFAULT_GATEWAY: &str = "172.17.0.1";

/// The addresses that a name leads to inside a container, with whose they are.
pub(super) struct Place {
    at: Vec<(IpAddr, Whose)>,
}

/// Whose address it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    /// What the engine wrote for `host-gateway`, or gives as the machine's by its own name.
    Engine,
    /// The machine's in this network of the engine.
    Gateway(String),
    /// The machine's, in a network that the engine did not make.
    Machine,
    /// This container's.
    Container(String),
    /// None that is known here.
    Nobody,
}

impl Place {
    pub(super) async fn of(
        scene: &Scene<'_>,
        found: &Containers,
        seen: &Inside,
        name: &str,
    ) -> Self {
        let networks = scene.seen.ask(ListNetworks).await.ok();
        let networks = networks.as_ref().map_or(&[][..], |list| list.as_slice());
        let mut at = Vec::new();
        for ip in seen.addresses() {
            let by_engine = by_engine(scene.kind, seen, name);
            let whose = match whose(found, networks, by_engine, ip) {
                Whose::Nobody => owned(scene.seen, ip).await,
                known => known,
            };
            at.push((ip, whose));
        }
        Self { at }
    }

    /// Whether one of them may be this machine, or a container of its engine; also where none is
    /// known, since nothing speaks against it.
    pub(super) fn may_be_here(&self) -> bool {
        self.at.is_empty() || self.at.iter().any(|(_, whose)| *whose != Whose::Nobody)
    }

    /// Whether one of them is among these.
    pub(super) fn is_among(&self, addresses: &[IpAddr]) -> bool {
        self.at.iter().any(|(ip, _)| addresses.contains(ip))
    }

    /// Whether they are of IPv6 alone.
    pub(super) fn is_ipv6_alone(&self) -> bool {
        !self.at.is_empty() && self.at.iter().all(|(ip, _)| ip.is_ipv6())
    }

    /// For people: whose the first address is, where that is not what everybody expects.
    pub(super) fn whose(&self) -> Option<String> {
        let (ip, whose) = self.at.first()?;
        match whose {
            Whose::Engine | Whose::Machine => None,
            Whose::Gateway(network) => Some(format!("{ip} is the machine in network {network}")),
            Whose::Container(name) => Some(format!("{ip} is container {name}")),
            Whose::Nobody if ip.is_loopback() => None,
            Whose::Nobody => Some(format!(
                "{ip} is no address of this machine or of a network of this engine"
            )),
        }
    }

    /// The address on the bridge that a port would have to be published on for this container,
    /// where the engine runs on this machine itself.
    pub(super) fn bridge(&self, kind: EngineKind, seen: &Inside) -> Option<String> {
        let by_engine = seen.typed.as_deref() == Some(HOST_GATEWAY);
        let first = self.at.iter().find(|(ip, whose)| {
            ip.is_ipv4() && (by_engine || matches!(whose, Whose::Engine | Whose::Gateway(_)))
        });
        let (ip, _) = first.filter(|_| kind.shares_the_machine())?;
        Some(ip.to_string())
    }
}

/// Whether the engine itself chose the address: for `host-gateway`, or because an engine of this
/// kind knows the machine by addresses of its own, which stand nowhere.
fn by_engine(kind: EngineKind, seen: &Inside, name: &str) -> bool {
    match seen.typed.as_deref() {
        Some(typed) => typed == HOST_GATEWAY,
        None => kind.names_the_machine() && OF_THE_HOST.contains(&name),
    }
}

fn whose(found: &Containers, networks: &[ListedNetwork], by_engine: bool, ip: IpAddr) -> Whose {
    let text = ip.to_string();
    if by_engine {
        return Whose::Engine;
    }
    if let Some(network) = networks.iter().find(|it| it.gateways.contains(&ip)) {
        return Whose::Gateway(network.name.clone());
    }
    if let Some(network) = found.all.iter().find_map(|it| network_of(it, &text)) {
        return Whose::Gateway(network);
    }
    if text == DEFAULT_GATEWAY && networks.is_empty() {
        return Whose::Engine;
    }
    let mut all = found.all.iter();
    let container = all.find(|it| it.networks.values().any(|net| net.ip == text));
    container.map_or(Whose::Nobody, |it| Whose::Container(it.name.clone()))
}

/// The network of a container whose gateway this is.
fn network_of(container: &Container, gateway: &str) -> Option<String> {
    let mut networks = container.networks.iter();
    let (name, _) = networks.find(|(_, net)| net.gateway == gateway)?;
    Some(name.clone())
}

async fn owned(seen: &Evidence, address: IpAddr) -> Whose {
    // Loopback is whoever looks: never the machine for a container with a network of its own.
    let own =
        !address.is_loopback() && seen.ask(OwnAddress { address }).await.is_ok_and(|own| *own);
    match own {
        true => Whose::Machine,
        false => Whose::Nobody,
    }
}
