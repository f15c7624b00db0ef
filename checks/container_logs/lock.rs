//! The lock under which migrations run: every start takes it and gives it back. Neither line is a
//! fault; a start without the second is one.

use jiff::SignedDuration;

use super::{Log, Scene};
use crate::{check::Raised, probe::engine::Status, words::Component};

/// A large database may need minutes once after an update.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// Ids of the two lines in `signatures/benign.toml`.
const TAKEN: &str = "PG-16-WAIT";
const GIVEN_BACK: &str = "PG-16-FREE";

/// A lock that a running container has awaited or kept since its start.
pub(super) fn kept(scene: &Scene<'_>, log: &Log<'_>) -> Option<Raised> {
    let (source, digest) = (log.source, &log.digest);
    if !matches!(source.component, Component::Server | Component::Worker) {
        return None;
    }
    let count = |id: &str| digest.benign.get(id).copied().unwrap_or(0);
    let started = source.started()?;
    let running = source.container.state.status == Status::Running;
    let waits = scene.now.duration_since(started);
    if !running || count(TAKEN) <= count(GIVEN_BACK) || waits < PATIENCE {
        return None;
    }
    let raised = Raised::new("container-logs/migration-lock", source.subject.clone())
        .since(Some(started.to_string()))
        .with("container", source.container.name.clone())
        .with("ago", format!("{} minutes ago", waits.as_mins()))
        .cites(log.cite.clone());
    Some(match &scene.database {
        Some((name, login)) => raised
            .with("database", name.clone())
            .with("database_user", login.user.clone())
            .with("database_name", login.database.clone()),
        None => raised,
    })
}
