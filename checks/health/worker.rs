//! The worker by what it does, not by its container: workers list and queue together, since after
//! a database restart the list stays empty for minutes although tasks are worked off (measured.md).
//! And the versions of server and worker.

use jiff::Timestamp;

use super::{Scene, say::ago};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{self, image_version},
    model::{Kind, Subject},
    probe::{
        Probe as _,
        authentik_api::{Queue, Workers},
        engine::{Container, InspectContainer, Status},
    },
};

/// How long a task may wait before a living worker is held to be stuck. Schedules and retries
/// keep tasks queued for a while on a healthy instance.
const PATIENCE_SECONDS: i64 = 600;
/// How long a task may wait while no worker shows itself, before none is held to be alive.
const GRACE_SECONDS: i64 = 60;
const ALIVE: &str = "a worker is alive and tasks are worked off";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    findings.merge(images(scene));
    if !scene.is_ready() {
        return findings;
    }
    let (workers, queue) = futures::join!(
        facts::workers(scene.stack, scene.seen, &scene.base),
        facts::queue(scene.stack, scene.seen, &scene.base)
    );
    match workers {
        Ok(workers) => {
            findings.merge(alive(scene, &workers, queue.as_ref()));
            findings.merge(versions(scene, &workers));
        }
        Err(why) if why.is_not_configured() => {
            findings.skipped(ALIVE, subject(scene), why.to_string());
        }
        Err(why) => findings.unknown(ALIVE, subject(scene), &why),
    }
    findings
}

fn worker_container<'a>(scene: &'a Scene<'_>) -> Option<&'a Container> {
    let found = scene.containers.as_ref().ok()?;
    found.roles.worker.first().map(|c| &**c)
}

/// The worker's container, else the worker of this instance.
fn subject(scene: &Scene<'_>) -> Subject {
    match worker_container(scene) {
        Some(container) => Subject::new(Kind::Worker, &container.name),
        None => Subject::new(Kind::Worker, &scene.base.url),
    }
}

fn alive(scene: &Scene<'_>, workers: &Workers, queue: Result<&Queue, &Unknown>) -> Findings {
    let mut findings = Findings::new();
    let cites = [format!("api GET {}/api/v3/tasks/workers", scene.base.url)];
    let waiting = queue.map_or(0, |queue| queue.count);
    let oldest: Option<Timestamp> = queue
        .ok()
        .and_then(|queue| queue.oldest.as_deref()?.parse().ok());
    let now = scene.seen.started();
    let waited = oldest.map_or(0, |at| now.as_second() - at.as_second());
    let container = worker_container(scene);
    let down = container.is_some_and(|c| c.state.status != Status::Running);
    let raised = |code| {
        Raised::new(code, subject(scene))
            .with("waiting", waiting)
            .with(
                "waiting_tasks",
                match waiting {
                    0 => String::new(),
                    1 => " and one task waits".into(),
                    more => format!(" and {more} tasks wait"),
                },
            )
            .with(
                "observed",
                match oldest {
                    Some(at) => format!(
                        "{} alive, {waiting} tasks queued, the oldest for {}",
                        workers.count,
                        ago(now, at)
                    ),
                    None => format!("{} alive, {waiting} tasks queued", workers.count),
                },
            )
            .with_some("worker", container.map(|c| c.name.clone()))
            .since(oldest.map(|at| at.to_string()))
            .cites(cites[0].clone())
    };
    match (workers.count, queue) {
        (0, Err(why)) if !down => findings.unknown(ALIVE, subject(scene), why),
        (0, _) if down || (waiting > 0 && waited >= GRACE_SECONDS) => {
            findings.raise(ALIVE, raised("health/no-worker"));
        }
        (0, _) if waiting > 0 => {
            let why = Unknown {
                key: cites[0].clone(),
                error: crate::probe::ProbeError::Failed {
                    what: "judging the worker".into(),
                    detail: format!(
                        "none shows itself, and the {waiting} tasks that wait do so for {waited} s \
                         only; ask again in a minute"
                    ),
                },
            };
            findings.unknown(ALIVE, subject(scene), &why);
        }
        (1.., Ok(_)) if waited >= PATIENCE_SECONDS => findings.raise(
            ALIVE,
            raised("health/queue-stuck")
                .with("oldest", oldest.map_or_else(String::new, |at| ago(now, at)))
                .with("patience", "10 minutes"),
        ),
        _ => findings.passed(ALIVE, subject(scene), &cites),
    }
    findings
}

/// Server and worker of one version, as authentik itself compares them.
fn versions(scene: &Scene<'_>, workers: &Workers) -> Findings {
    let mut findings = Findings::new();
    let odd = workers
        .rows
        .iter()
        .find(|row| row.version_matching == Some(false));
    let Some(row) = odd else {
        return findings;
    };
    let server = scene.server_name().unwrap_or_else(|| "the server".into());
    findings.raise(
        SAME_VERSION,
        mismatch(
            scene,
            (&server, "another version"),
            (&row.worker_id, row.version.as_deref().unwrap_or("unknown")),
        )
        .cites(format!("api GET {}/api/v3/tasks/workers", scene.base.url)),
    );
    findings
}

const SAME_VERSION: &str = "server and worker are of one version";

/// Server and worker of one version, by their images.
fn images(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Ok(found) = &scene.containers else {
        return findings;
    };
    let roles = &found.roles;
    let (Some(server), Some(worker)) = (roles.server.first(), roles.worker.first()) else {
        return findings;
    };
    let (Some(ours), Some(theirs)) = (image_version(server), image_version(worker)) else {
        return findings;
    };
    let cite = InspectContainer {
        id: worker.id.clone(),
    }
    .key();
    if ours.order(&theirs).is_eq() {
        findings.passed(SAME_VERSION, subject(scene), &[cite]);
        return findings;
    }
    findings.raise(
        SAME_VERSION,
        mismatch(
            scene,
            (&server.name, &ours.to_string()),
            (&worker.name, &theirs.to_string()),
        )
        .cites(cite),
    );
    findings
}

fn mismatch(scene: &Scene<'_>, one: (&str, &str), other: (&str, &str)) -> Raised {
    Raised::new("health/version-mismatch", subject(scene))
        .with("one", one.0)
        .with("one_version", one.1)
        .with("other", other.0)
        .with("other_version", other.1)
}
