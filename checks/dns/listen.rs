//! From 2026.5 authentik listens on `[::]` unless it is told otherwise, and ends where IPv6 is
//! switched off (knowledge authentik.md A.1, row "default listen", and ST-11 of D.2).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Scene, overlay};
use crate::{
    check::{Findings, Raised},
    facts::{Condition, Roles, condition, image_version, version},
    model::{Kind, Subject},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer, LogTail},
    },
};

const WHAT: &str = "it can listen, with IPv6 or without";
/// The first release that listens on `[::]`.
const SINCE: (u16, u16) = (2026, 5);
/// The error of the system where there is no IPv6 (EAFNOSUPPORT on Linux).
const NO_IPV6: [&str; 2] = ["Address family not supported by protocol", "(os error 97)"];
/// Lines from the end of the log; it ends right after the error.
const LINES: u32 = 60;
/// How long ago a line may be and still tell of now.
const RECENT: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Ok(found) = &scene.containers else {
        return findings;
    };
    let servers = found.roles.server.iter().map(|it| (Kind::Server, it));
    let workers = found.roles.worker.iter().map(|it| (Kind::Worker, it));
    for (kind, container) in servers.chain(workers) {
        if !listens_on_ipv6(scene, container).await {
            continue;
        }
        let subject = Subject::new(kind, &container.name);
        match said_so(scene, kind, container).await {
            Some(log) => findings.raise(WHAT, raised(&found.roles, container, subject, log)),
            None => findings.passed(WHAT, subject, &[inspected(container)]),
        }
    }
    findings
}

/// Whether its release listens on `[::]` and nothing tells it otherwise.
async fn listens_on_ipv6(scene: &Scene<'_>, container: &Container) -> bool {
    let told = container.plain_env("AUTHENTIK_LISTEN__HTTP");
    if told.is_some_and(|place| !place.starts_with('[')) {
        return false;
    }
    let release = match image_version(container) {
        Some(release) => Some(release),
        None => version(scene.stack, scene.seen, &scene.base).await,
    };
    release.is_some_and(|release| release.at_least(SINCE.0, SINCE.1))
}

/// The evidence of the log in which it says that it could not listen; one that is well is not
/// asked, since what it said long ago is no fault now.
async fn said_so(scene: &Scene<'_>, kind: Kind, container: &Arc<Container>) -> Option<String> {
    let is_well = match kind {
        Kind::Server => {
            let sight = condition(scene.seen, &scene.base).await;
            matches!(sight.condition, Condition::Ready)
        }
        _ => container.state.status.is_up() && container.restart_count == 0,
    };
    if is_well {
        return None;
    }
    let probe = LogTail {
        container: container.id.clone(),
        tty: container.tty,
        lines: LINES,
    };
    let key = probe.key();
    let log = scene.seen.ask(probe).await.ok()?;
    let lately = scene.seen.started() - RECENT;
    let moment = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
    let started = moment(&container.state.started);
    // One that ends again and again has just been started by the engine when it is looked at.
    let counts = |at: Option<Timestamp>| at.is_none_or(|at| at >= lately || Some(at) >= started);
    let mut lines = log.lines.iter().filter(|line| counts(moment(&line.at)));
    let says = lines.any(|line| NO_IPV6.iter().all(|words| line.text.contains(words)));
    says.then_some(key)
}

fn inspected(container: &Container) -> String {
    InspectContainer {
        id: container.id.clone(),
    }
    .key()
}

fn raised(roles: &Roles, container: &Container, subject: Subject, log: String) -> Raised {
    let raised = Raised::new("dns/listens-on-ipv6", subject)
        .with("container", container.name.clone())
        .cites(inspected(container))
        .cites(log);
    let core = roles.server.iter().chain(&roles.worker);
    match overlay::listen(container, core.map(AsRef::as_ref)) {
        Some(values) => overlay::with(raised, values),
        None => raised,
    }
}
