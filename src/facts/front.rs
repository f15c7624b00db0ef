//! The reverse proxy before a program: the container that takes the connections to a port, where it
//! is none of those that are asked for.

use std::sync::Arc;

use super::Containers;
use crate::probe::engine::Container;

/// Proxies that are known by their image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontKind {
    /// Traefik.
    Traefik,
    /// Caddy.
    Caddy,
    /// Nginx Proxy Manager, which is told by its own interface.
    NginxProxyManager,
    /// nginx, and images made of it.
    Nginx,
    /// The Apache web server.
    Apache,
    /// HAProxy.
    Haproxy,
}

/// A reverse proxy.
#[derive(Debug, Clone)]
pub struct Front {
    /// Its container.
    pub container: Arc<Container>,
    /// What it is.
    pub kind: FrontKind,
}

/// Parts of a repository's last name, in the order in which they are looked for.
const IMAGES: [(&str, FrontKind); 9] = [
    ("nginx-proxy-manager", FrontKind::NginxProxyManager),
    ("traefik", FrontKind::Traefik),
    ("caddy", FrontKind::Caddy),
    ("nginx", FrontKind::Nginx),
    ("openresty", FrontKind::Nginx),
    ("swag", FrontKind::Nginx),
    ("httpd", FrontKind::Apache),
    ("apache", FrontKind::Apache),
    ("haproxy", FrontKind::Haproxy),
];

impl FrontKind {
    fn of(container: &Container) -> Option<Self> {
        let name = container.repository().rsplit('/').next()?;
        let mut known = IMAGES.iter();
        let found = known.find(|(part, _)| name.contains(part));
        found.map(|(_, kind)| *kind)
    }
}

/// The proxy that takes connections to a port and can pass them on to `behind`: it publishes the
/// port and shares a network with that, or one of the two has the machine's network.
pub fn front(found: &Containers, port: u16, behind: &Container) -> Option<Front> {
    let of_machine = |it: &Container| it.network_mode == "host";
    let takes = |it: &Container| it.publishes(port) || of_machine(it);
    let reaches =
        |it: &Container| it.shares_network(behind) || of_machine(it) || of_machine(behind);
    found.all.iter().find_map(|it| {
        let kind = FrontKind::of(it).filter(|_| it.id != behind.id)?;
        let is = it.state.status.is_up() && takes(it) && reaches(it);
        is.then(|| Front {
            container: Arc::clone(it),
            kind,
        })
    })
}
