//! An app that does not answer where browsers open it.

use url::Url;

use super::{Scene, raised};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Start, is_loopback},
    model::{Kind, Subject, list_of},
    probe::{
        Probe as _, ProbeError,
        engine::{Container, InspectContainer, Status},
        lookup::SystemLookup,
    },
};

const REACHED: &str = "browsers reach it";

pub(super) fn judge(scene: &Scene<'_>, app: &AppFacts, start: &Start, why: &Unknown) -> Findings {
    let mut findings = Findings::new();
    let fault = match &why.error {
        ProbeError::Refused { .. } => refused(scene, app, start),
        error if error.is_timeout() => silent(app, start, "no answer came in time"),
        ProbeError::Unreachable { .. } => silent(app, start, "there is no way there"),
        ProbeError::Reset { .. } => silent(app, start, "the connection was closed at once"),
        ProbeError::NoAddress { host, .. } => {
            // The name is judged by itself, once for all who use it.
            let key = SystemLookup { host: host.clone() }.key();
            let error = why.error.clone();
            let subject = Subject::new(Kind::App, &app.name);
            findings.unknown(REACHED, subject, &Unknown { key, error });
            return findings;
        }
        _ => {
            findings.unknown(REACHED, Subject::new(Kind::App, &app.name), why);
            return findings;
        }
    };
    findings.raise(REACHED, fault);
    findings
}

fn silent(app: &AppFacts, start: &Start, how: &str) -> Raised {
    let paused = app
        .container
        .as_ref()
        .filter(|it| it.state.status == Status::Paused);
    match paused {
        Some(container) => stopped(app, start, container),
        None => raised("app-start/silent", app, start).with("how", how),
    }
}

fn refused(scene: &Scene<'_>, app: &AppFacts, start: &Start) -> Raised {
    let Some(container) = &app.container else {
        return raised("app-start/refused", app, start).with("by_hand", true);
    };
    if !container.state.status.is_up() {
        return stopped(app, start, container);
    }
    let url = Url::parse(&start.url).ok();
    let port = url.as_ref().and_then(Url::port_or_known_default);
    let here = url.as_ref().and_then(Url::host_str).is_some_and(|host| {
        is_loopback(host.trim_matches(['[', ']'])) || host == "host.docker.internal"
    });
    match port {
        Some(port) if here && elsewhere(container, port) => {
            let ports = container.ports.iter().filter(|it| it.outside != 0);
            let ports: Vec<String> = ports.map(|it| it.outside.to_string()).collect();
            let holder = scene
                .containers
                .as_ref()
                .and_then(|found| found.publishing(port).next());
            let published = match ports.is_empty() {
                true => "no port".to_owned(),
                false => format!("port {}", list_of(&ports)),
            };
            raised("app-start/port-elsewhere", app, start)
                .with("port", port)
                .with("published", published)
                .with_some("holder", holder.map(|it| it.name.clone()))
                .cites(inspected(container))
        }
        _ => raised("app-start/refused", app, start).cites(inspected(container)),
    }
}

/// Whether a container is published, if at all, on other ports than this one.
fn elsewhere(container: &Container, port: u16) -> bool {
    container.network_mode != "host" && !container.publishes(port)
}

fn stopped(app: &AppFacts, start: &Start, container: &Container) -> Raised {
    let state = &container.state;
    let paused = state.status == Status::Paused;
    let how = match &state.status {
        Status::Paused => "is paused".to_owned(),
        Status::Created => "was never started".to_owned(),
        Status::Restarting => format!("ends again and again, with exit code {}", state.exit_code),
        _ => format!("ended with exit code {}", state.exit_code),
    };
    raised("app-start/container-stopped", app, start)
        .with("container", container.name.clone())
        .with("how", how)
        .with_some("paused", paused.then_some(true))
        .with_some("stopped", (!paused).then_some(true))
        .since(state.finished.clone().filter(|_| !paused))
        .cites(inspected(container))
}

fn inspected(container: &Container) -> String {
    let id = container.id.clone();
    InspectContainer { id }.key()
}
