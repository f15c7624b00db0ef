//! Values that fixes are made of: which proxy it is, and whom authentik is to trust.

use url::Url;

use super::{
    Elsewhere, Scene, trust,
    why::{VARIABLE, address_of},
};
use crate::{
    check::Raised,
    facts::{Front, FrontKind, front, override_file},
    probe::engine::Container,
};

/// authentik's server, and the proxy that takes the connections to the address that was asked.
pub(super) fn proxy<'a>(
    scene: &'a Scene<'_>,
    one: &Elsewhere<'_>,
) -> Option<(&'a Container, Front)> {
    let found = scene.containers.as_ref().ok()?;
    let server = found.roles.server.first()?;
    let port = Url::parse(&one.names.asked).ok()?.port_or_known_default()?;
    let front = front(found, port, server)?;
    Some((server, front))
}

pub(super) fn with(scene: &Scene<'_>, one: &Elsewhere<'_>, raised: Raised) -> Raised {
    let Some((server, proxy)) = proxy(scene, one) else {
        return raised
            .with("which", format!("the proxy at {}", one.names.asked))
            .with("another", true);
    };
    let flag = match proxy.kind {
        FrontKind::Traefik => "traefik",
        FrontKind::Caddy => "caddy",
        FrontKind::NginxProxyManager => "manager",
        FrontKind::Nginx => "nginx",
        FrontKind::Apache => "apache",
        FrontKind::Haproxy => "haproxy",
    };
    let raised = raised
        .with("which", format!("container {}", proxy.container.name))
        .with(flag, proxy.container.name.clone());
    trusted(server, &proxy, raised)
}

/// The ranges that authentik is to trust: those that it trusts now, and the proxy's.
fn trusted(server: &Container, proxy: &Front, raised: Raised) -> Raised {
    let Some(address) = address_of(&proxy.container, server) else {
        return raised;
    };
    let mut ranges = trust::ranges(server.plain_env(VARIABLE));
    let range = trust::range_for(address);
    if !ranges.contains(&range) {
        ranges.push(range);
    }
    let ranges = ranges.join(",");
    let raised = raised.with("ranges", ranges.clone());
    let plain = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '/' | ',');
    if !ranges.chars().all(plain) {
        return raised;
    }
    let body = format!("{{environment: {{{VARIABLE}: \"{ranges}\"}}}}");
    let values = override_file(server, &body).unwrap_or_default();
    values
        .into_iter()
        .fold(raised, |raised, (key, value)| raised.with(key, value))
}
