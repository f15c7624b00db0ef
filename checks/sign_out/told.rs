//! Where authentik tells apps of a sign-out that began elsewhere (from 2025.8).

use url::Url;

use super::{Scene, raised, subject};
use crate::{
    check::Findings,
    facts::{Role, is_loopback},
    probe::flows::LogoutUri,
};

const REACHES: &str = "authentik can tell it of a sign-out";

pub(super) fn judge(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    for app in &scene.apps {
        let Some(provider) = &app.provider else {
            continue;
        };
        let Some(logout) = provider.logout.as_ref().filter(|logout| is_sent(logout)) else {
            continue;
        };
        match wrong(scene, &logout.uri) {
            Some(how) => {
                let raised = raised("sign-out/backchannel", app)
                    .with("uri", logout.uri.clone())
                    .with("how", how);
                findings.raise(REACHES, raised);
            }
            None => findings.passed(REACHES, subject(app), &[]),
        }
    }
    findings
}

/// Whether authentik itself sends it, and not the browser.
fn is_sent(logout: &LogoutUri) -> bool {
    logout.method.as_deref() != Some("frontchannel")
}

/// What is wrong with an address, as far as it says by itself.
fn wrong(scene: &Scene, uri: &str) -> Option<&'static str> {
    let url = Url::parse(uri).ok();
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) else {
        return Some("it is no address of the web");
    };
    let cores = scene.containers.as_ref().map(|found| {
        let servers = found.roles.of(Role::Server).iter();
        servers
            .chain(found.roles.of(Role::Worker))
            .collect::<Vec<_>>()
    })?;
    let apart = cores.iter().any(|core| core.network_mode != "host");
    (apart && is_loopback(url.host_str()?))
        .then_some("inside authentik's containers this name is the container itself")
}
