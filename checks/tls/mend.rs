//! Values that fixes are made of: what shows the certificate, and how that takes another one.

use super::{Scene, place::Place};
use crate::{
    check::Raised,
    facts::{Front, FrontKind, container_called, front},
    probe::engine::Container,
};

/// Who shows the certificate of a place.
pub(super) fn served(scene: &Scene<'_>, place: &Place<'_>, raised: Raised) -> Raised {
    let anywhere = || format!("whatever takes the connections to {}", place.at());
    let Ok(found) = &scene.containers else {
        return raised.with("where", anywhere()).with("elsewhere", true);
    };
    let behind = behind(scene, place);
    if let Some(front) = behind.and_then(|behind| front(found, place.port, behind)) {
        return by_front(raised, &front);
    }
    match behind.filter(|it| it.publishes(place.port) || it.network_mode == "host") {
        Some(_) if place.is_of_authentik() => raised
            .with("where", "authentik itself")
            .with("of_authentik", true),
        Some(own) => raised
            .with("where", format!("container {}", own.name))
            .with("own", own.name.clone()),
        None => raised.with("where", anywhere()).with("elsewhere", true),
    }
}

/// The container that is meant by a place: authentik's server, or the app's own.
fn behind<'a>(scene: &'a Scene<'_>, place: &Place<'_>) -> Option<&'a Container> {
    let found = scene.containers.as_ref().ok()?;
    if place.is_of_authentik() {
        return found.roles.server.first().map(|it| &**it);
    }
    let name = place.apps().next()?;
    let app = scene.apps.iter().find(|app| app.name == name)?;
    let called = || container_called(&found.all, &place.host).map(|it| &**it);
    app.container.as_deref().or_else(called)
}

fn by_front(raised: Raised, front: &Front) -> Raised {
    let name = front.container.name.clone();
    let raised = raised
        .with("where", format!("container {name}"))
        .with("front", name.clone());
    match front.kind {
        FrontKind::Traefik | FrontKind::Caddy => raised.with("renewing", name),
        FrontKind::Nginx => raised.with("nginx", name),
        FrontKind::NginxProxyManager => raised.with("manager", name),
        FrontKind::Apache | FrontKind::Haproxy => raised.with("reloading", name),
    }
}
