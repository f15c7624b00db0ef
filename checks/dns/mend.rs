//! Values that fixes are made of: lines for the hosts file, an override file for compose, ranges
//! for firewalls.

use std::net::Ipv4Addr;

use super::{Fault, Scene, inside::published_on_loopback, witness::Witnesses};
use crate::{
    check::Raised,
    facts::{Containers, NameUse, container_called},
    model::{Kind, Subject, list_of},
    probe::{
        Probe as _,
        engine::{Container, Flavour, InspectContainer},
    },
};

/// Values that belong to one container's own mend.
pub(super) const OF_ONE: [&str; 7] = [
    "override_file",
    "override_name",
    "override_yaml",
    "folder",
    "project",
    "service",
    "compose_file",
];

/// Names that mean the machine that runs the containers.
pub(super) const OF_THE_HOST: [&str; 4] = [
    "host.docker.internal",
    "gateway.docker.internal",
    "host.containers.internal",
    "docker.for.mac.localhost",
];

/// Compose files that compose finds by itself, with its own override file for each.
const OVERRIDES: [(&str, &str); 4] = [
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
];

/// The line for the hosts file, where the name can only mean this machine.
pub(super) fn hosts_line(scene: &Scene<'_>, raised: Raised, name: &str) -> Raised {
    if !OF_THE_HOST.contains(&name) || scene.containers.is_err() {
        return raised;
    }
    raised
        .with("local_name", true)
        .with("hosts_line", format!("127.0.0.1 {name}"))
}

/// The line of the hosts file that is wrong, and what it should be.
pub(super) fn wrong_line(
    scene: &Scene<'_>,
    raised: Raised,
    name: &str,
    seen: &Witnesses,
) -> Raised {
    let raised = hosts_line(scene, raised, name);
    let Some([line]) = seen.hosts.as_deref() else {
        return raised;
    };
    let text = line.text.trim_start();
    let rest = text.trim_start_matches(|c: char| !c.is_whitespace());
    raised
        .with("line", line.number)
        .with("line_text", line.text.clone())
        .with("line_right", format!("127.0.0.1{rest}"))
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
    let raised = raised
        .with_some("range", range(container))
        .with_some("better", opened_instead(scene, one))
        .with_some("by_hand", by_hand(container, &one.name))
        .with_some(
            "network",
            container_called(&found.all, &one.name)
                .and_then(|target| target.networks.keys().next().cloned()),
        )
        .with_some(
            "holder",
            found.publishing(one.port).next().map(|c| c.name.clone()),
        );
    match override_file(found, container, &one.name) {
        Some(values) if OF_THE_HOST.contains(&one.name.as_str()) => values
            .into_iter()
            .fold(raised, |raised, (key, value)| raised.with(key, value)),
        _ => raised,
    }
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

/// The exact words for a compose file, or for `docker run`.
fn by_hand(container: &Container, name: &str) -> Option<String> {
    if !OF_THE_HOST.contains(&name) {
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

/// An override file, where compose 2 made the container from one file that it finds by itself.
fn override_file(
    found: &Containers,
    container: &Container,
    name: &str,
) -> Option<Vec<(&'static str, String)>> {
    let compose = container.compose.as_ref()?;
    let folder = compose.folder.as_deref()?;
    let old = compose
        .version
        .as_deref()
        .is_some_and(|v| v.starts_with("1."));
    let [file] = compose.files.as_slice() else {
        return None;
    };
    let base = file.strip_prefix(folder)?.trim_start_matches('/');
    let (_, over) = OVERRIDES.iter().find(|(known, _)| *known == base)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let starts_well = compose
        .service
        .starts_with(|c: char| c.is_ascii_alphanumeric());
    if old
        || found.engine.flavour != Flavour::Docker
        || !starts_well
        || !compose.service.chars().all(plain)
    {
        return None;
    }
    // Flow style: one line, so that the command is one too.
    let yaml = format!(
        "services: {{{}: {{extra_hosts: [\"{name}:host-gateway\"]}}}}",
        compose.service
    );
    Some(vec![
        ("override_file", format!("{folder}/{over}")),
        ("override_name", (*over).to_owned()),
        ("override_yaml", yaml),
        ("folder", folder.to_owned()),
        ("project", compose.project.clone()),
        ("service", compose.service.clone()),
        ("compose_file", file.clone()),
    ])
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
    let key = InspectContainer {
        id: container.id.clone(),
    }
    .key();
    Some(raised.cites(key))
}
