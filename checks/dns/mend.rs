//! Values that fixes are made of: lines for the hosts file, words for the engine at hand, ranges
//! for firewalls, addresses to publish on.

use std::net::{IpAddr, Ipv4Addr};

use super::{Fault, Scene, notes, overlay, witness::Witnesses};
use crate::{
    check::Raised,
    facts::{Containers, EngineKind, NameUse, container_called, is_loopback, is_plain},
    model::{Kind, Subject, list_of},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer, Port},
    },
};

/// Values that belong to one container's own mend.
pub(super) const OF_ONE: [&str; 7] = [
    "override_file",
    "override_name",
    "override_yaml",
    "folder",
    "compose_file",
    "made",
    "by_hand",
];

/// Names that mean the machine that runs the containers.
pub(super) const OF_THE_HOST: [&str; 4] = [
    "host.docker.internal",
    "gateway.docker.internal",
    "host.containers.internal",
    "docker.for.mac.localhost",
];

/// The line for the hosts file, where the name can only mean this machine, with what else to know
/// of the engine's kind.
pub(super) fn hosts_line(scene: &Scene<'_>, raised: Raised, name: &str) -> Raised {
    let raised = raised.with("hosts_note", notes::hosts_file(scene.kind));
    if !OF_THE_HOST.contains(&name) || !scene.engine_is_here() {
        return raised;
    }
    let line = format!("127.0.0.1 {name}");
    let raised = raised.with("local_name", true);
    match cfg!(windows) {
        true => raised.with("windows_line", line),
        false => raised.with("hosts_line", line),
    }
}

/// The line of the hosts file that is wrong, and what it should be; without it, where it hides a
/// DNS server that is right.
pub(super) fn wrong_line(
    scene: &Scene<'_>,
    raised: Raised,
    name: &str,
    seen: &Witnesses,
    by_dns: bool,
) -> Raised {
    let raised = hosts_line(scene, raised, name);
    let Some([line]) = seen.hosts.as_deref() else {
        return raised;
    };
    let text = line.text.trim_start();
    let rest = text.trim_start_matches(|c: char| !c.is_whitespace());
    let raised = raised
        .with("line", line.number)
        .with("line_note", notes::hosts_line(scene.kind))
        .with("line_text", line.text.clone());
    match by_dns {
        true => raised.with("line_off", format!("# {}", line.text)),
        false => raised.with("line_right", format!("127.0.0.1{rest}")),
    }
}

/// The URL that both a browser and a container can open in place of this one: an address of
/// authentik that is neither loopback nor a container's.
pub(super) fn opened_instead(scene: &Scene<'_>, one: &NameUse) -> Option<String> {
    let better = scene.uses.iter().find(|other| {
        matches!(other.by, crate::facts::UsedBy::Instance)
            && !other.is_loopback()
            && !super::urls::is_of_containers(scene, other)
    })?;
    swapped(one, better)
}

/// The same path at another address of authentik.
fn swapped(one: &NameUse, better: &NameUse) -> Option<String> {
    let rest = one.url.split_once("://")?.1;
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let scheme_and_host = better.url.trim_end_matches('/');
    Some(format!("{scheme_and_host}{path}"))
}

/// Everything that the fixes of a fault in a container want.
pub(super) fn inside(
    scene: &Scene<'_>,
    found: &Containers,
    container: &Container,
    one: &NameUse,
    raised: Raised,
) -> Raised {
    let kind = scene.kind;
    let target = container_called(&found.all, &one.name);
    let unnamed = target.filter(|it| own_network(it).is_none());
    let nixos = found.engine.operating_system.starts_with("NixOS");
    let raised = raised
        .with(kind.flag(), true)
        .with("gateway_note", notes::gateway(kind))
        .with("firewall_note", notes::firewall(kind))
        .with_some("nixos", nixos.then_some(true))
        .with_some(
            "range",
            range(container).filter(|_| kind.shares_the_machine()),
        )
        .with_some("better", opened_instead(scene, one))
        .with_some("network", target.and_then(|it| own_network(it)))
        .with_some("unnamed", unnamed.map(|it| it.name.clone()))
        .with_some(
            "holder",
            found.publishing(one.port).next().map(|c| c.name.clone()),
        );
    // A name of a container belongs to a network; the machine's, and one that the machine serves,
    // can be given to it as host-gateway.
    if target.is_some() || !takes_host_gateway(kind) || !of_this_machine(scene, found, one) {
        return raised;
    }
    let raised = raised.with_some("by_hand", by_hand(container, &one.name));
    match overlay::extra_host(container, &one.name) {
        Some(values) => overlay::with(raised, values),
        None => raised,
    }
}

/// Whether `host-gateway` leads to where this engine publishes ports: Rancher Desktop has none
/// (knowledge apps.md G.1).
fn takes_host_gateway(kind: EngineKind) -> bool {
    kind != EngineKind::Rancher
}

/// Whether the name means this machine, or an authentik that this machine serves at that port.
fn of_this_machine(scene: &Scene<'_>, found: &Containers, one: &NameUse) -> bool {
    let served = || {
        let mut servers = found.roles.server.iter();
        servers.any(|server| server.publishes(one.port))
    };
    let is_address = one.name.parse::<IpAddr>().is_ok();
    OF_THE_HOST.contains(&one.name.as_str()) || (scene.engine_is_here() && !is_address && served())
}

/// The first network of a container in which names are known: not the default bridge, nor the
/// machine's.
fn own_network(container: &Container) -> Option<String> {
    let mut names = container.networks.keys();
    let own = |name: &&String| !matches!(name.as_str(), "bridge" | "podman" | "host" | "none");
    names.find(own).cloned()
}

/// The private range that its address is in: engines make networks from these.
fn range(container: &Container) -> Option<&'static str> {
    let ip = container
        .networks
        .values()
        .find_map(|net| net.ip.parse::<Ipv4Addr>().ok())?;
    match ip.octets() {
        [172, 16..=31, ..] => Some("172.16.0.0/12"),
        [192, 168, ..] => Some("192.168.0.0/16"),
        [10, ..] => Some("10.0.0.0/8"),
        _ => None,
    }
}

/// The exact words for a compose file, or for a container that was made by hand.
fn by_hand(container: &Container, name: &str) -> Option<String> {
    if !is_plain(name) {
        return None;
    }
    Some(match &container.compose {
        Some(compose) => format!(
            "under services: {}: write extra_hosts: [\"{name}:host-gateway\"]",
            compose.service
        ),
        None => format!(
            "container {} was not made by compose: make it anew with --add-host {name}:host-gateway",
            container.name
        ),
    })
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

/// The fault of a port that is published for this machine alone, if it is that.
pub(super) fn published(found: &Containers, port: u16, faults: &[Fault]) -> Option<Raised> {
    let (container, published) = published_on_loopback(found, port)?;
    let mut servers = found.roles.server.iter();
    let kind = match servers.any(|server| server.id == container.id) {
        true => Kind::Server,
        false => Kind::Container,
    };
    let apps: Vec<String> = faults.iter().map(|fault| fault.app.clone()).collect();
    let subject = Subject::new(kind, &container.name);
    let raised = Raised::new("dns/published-on-loopback", subject)
        .with("container", container.name.clone())
        .with("port", port)
        .with("apps", list_of(&apps))
        .with("host_ip", published.host_ip.clone())
        .with(
            "ports_line",
            format!("\"{}:{}\"", published.outside, published.inside),
        );
    let raised = match faults.iter().any(|fault| fault.raised.certain) {
        true => raised,
        false => raised.inferred(),
    };
    let mut bridges = faults
        .iter()
        .filter_map(|it| it.raised.values.get("bridge_address"));
    let bridge = bridges.next().and_then(|bridge| bridge.as_str());
    let raised = match bridge.and_then(|ip| overlay::port(container, ip, published)) {
        Some(values) => overlay::with(raised.with_some("bridge", bridge), values),
        None => raised,
    };
    let key = InspectContainer {
        id: container.id.clone(),
    }
    .key();
    Some(raised.cites(key))
}
