//! Whether a proxy does not say it, or authentik does not believe it: what authentik saw of a
//! request through the proxy, what it answers when it is asked directly in a proxy's words, and
//! whether the proxy is among those that it trusts.

use std::net::IpAddr;

use url::Url;

use super::{Elsewhere, Scene, mend, trust};
use crate::{
    facts,
    model::list_of,
    probe::{
        Probe as _,
        authentik_api::{AskEcho, Echo},
        engine::{Container, InspectContainer},
        oidc::{AskForwarded, Told},
    },
};

/// The variable that says whom authentik trusts.
pub(super) const VARIABLE: &str = "AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS";

/// Why the name is lost.
#[derive(Default)]
pub(super) struct Why {
    /// Whether authentik does not believe the proxy.
    pub(super) not_trusted: bool,
    clues: Vec<String>,
    pub(super) cites: Vec<String>,
}

impl Why {
    /// Everything that tells something, in one sentence without an end.
    pub(super) fn words(&self) -> String {
        match self.clues.is_empty() {
            true => "whether the proxy says so was not seen".into(),
            false => list_of(&self.clues),
        }
    }
}

pub(super) async fn of(scene: &Scene<'_>, one: &Elsewhere<'_>) -> Why {
    let mut why = Why::default();
    let ((), direct) = futures::join!(echo(scene, one, &mut why), direct(scene, one));
    if let Some((clue, cite)) = direct {
        why.clues.push(clue);
        why.cites.push(cite);
    }
    untrusted(scene, one, &mut why);
    why
}

/// What authentik saw of a request of our own through the same address: a token that may ask.
async fn echo(scene: &Scene<'_>, one: &Elsewhere<'_>, why: &mut Why) {
    let is_base = facts::origin(&scene.base.url).is_some_and(|base| base == one.names.asked);
    let may = facts::rights(scene.stack, scene.seen, &scene.base.url).await;
    if !is_base || may.is_err() {
        return;
    }
    let ask = AskEcho {
        base: scene.base.url.clone(),
    };
    let cite = ask.key();
    if let Ok(echo) = scene.seen.ask(ask).await {
        why.clues.push(told(&echo));
        why.cites.push(cite);
    }
}

fn told(echo: &Echo) -> String {
    let headers = ["x-forwarded-proto", "x-forwarded-scheme", "forwarded"];
    let mut headers = headers.iter();
    let proto = headers.find_map(|name| Some((name, echo.forwarded.get(*name)?)));
    let proto = match proto {
        Some((name, value)) => format!("{name}: {value}"),
        None => "no X-Forwarded-Proto".into(),
    };
    format!("authentik saw {proto} and the host {}", echo.host)
}

/// What authentik answers at its own port when it is told of the request as a proxy should tell.
async fn direct(scene: &Scene<'_>, one: &Elsewhere<'_>) -> Option<(String, String)> {
    let port = own_port(scene)?;
    let asked = Url::parse(&one.names.asked).ok()?;
    if asked.port_or_known_default() == Some(port) {
        return None;
    }
    let path = Url::parse(&one.document.url).ok()?.path().to_owned();
    let ask = AskForwarded {
        url: format!("http://localhost:{port}{path}"),
        host: one.names.asked_authority().to_owned(),
        proto: asked.scheme().to_owned(),
    };
    let cite = ask.key();
    let answer = scene.seen.ask(ask).await.ok()?;
    let Told::Document(document) = &*answer else {
        return None;
    };
    let issuer = facts::origin(document.issuer.as_deref()?)?;
    let clue = match issuer == one.names.asked {
        true => format!("told so directly at port {port}, it answers with {issuer}"),
        false => format!("even told so directly at port {port}, it answers with {issuer}"),
    };
    Some((clue, cite))
}

/// The port of this machine at which authentik takes plain HTTP itself.
fn own_port(scene: &Scene<'_>) -> Option<u16> {
    let found = scene.containers.as_ref().ok()?;
    let place = found.engine.endpoint.strip_prefix("tcp://");
    let host = place.and_then(|place| place.rsplit_once(':'));
    if host.is_some_and(|(host, _)| !facts::is_loopback(host)) {
        return None;
    }
    let mut ports = found.roles.server.first()?.ports.iter();
    let own = ports.find(|port| port.inside == 9000 && port.protocol == "tcp")?;
    (own.outside != 0).then_some(own.outside)
}

/// From 2026.8 authentik believes what trusted proxies say, and nobody else (knowledge A.1).
fn untrusted(scene: &Scene<'_>, one: &Elsewhere<'_>, why: &mut Why) {
    let believes_all = scene
        .version
        .as_ref()
        .is_none_or(|it| !it.at_least(2026, 8));
    let Some((server, proxy)) = mend::proxy(scene, one).filter(|_| !believes_all) else {
        return;
    };
    let Some(address) = address_of(&proxy.container, server) else {
        return;
    };
    let ranges = trust::ranges(server.plain_env(VARIABLE));
    if trust::holds(&ranges, address) != Some(false) {
        return;
    }
    why.not_trusted = true;
    why.clues.push(format!(
        "container {} has the address {address}, which is in none of {}",
        proxy.container.name,
        list_of(&ranges)
    ));
    let id = server.id.clone();
    why.cites.push(InspectContainer { id }.key());
}

/// The address from which a proxy comes: the one in a network that both are in.
pub(super) fn address_of(proxy: &Container, server: &Container) -> Option<IpAddr> {
    let shared = |name: &&String| server.networks.contains_key(*name);
    let name = proxy.networks.keys().find(shared)?;
    proxy.networks.get(name)?.ip.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authentik_saw_is_told() {
        let mut echo = Echo {
            host: "authentik:9000".into(),
            secure: false,
            forwarded: std::collections::BTreeMap::new(),
        };
        assert_eq!(
            told(&echo),
            "authentik saw no X-Forwarded-Proto and the host authentik:9000"
        );
        echo.forwarded
            .insert("x-forwarded-proto".into(), "http".into());
        assert!(told(&echo).contains("x-forwarded-proto: http"));
    }
}
