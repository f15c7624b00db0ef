//! The containers of this machine's engine, and which part each of authentik's plays.

use std::sync::Arc;

use futures::future::join_all;

use super::roles::Roles;
use crate::{
    evidence::{Evidence, Unknown},
    probe::engine::{AskEngine, Container, Engine, InspectContainer, ListContainers, Listed},
    stack::Stack,
};

/// More containers than a diagnosis needs; the rest are listed and not inspected.
const INSPECT_AT_MOST: usize = 300;

/// The containers of the engine.
#[derive(Debug, Clone)]
pub struct Containers {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Every container that could be inspected.
    pub all: Vec<Arc<Container>>,
    /// Containers that were listed and could not be inspected (one may vanish in between).
    pub unseen: Vec<(Listed, Unknown)>,
    /// Which parts of authentik they play.
    pub roles: Roles,
}

impl Containers {
    /// The container of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Container>> {
        self.all.iter().find(|container| container.name == name)
    }

    /// Running containers that publish this TCP port on the host.
    pub fn publishing(&self, port: u16) -> impl Iterator<Item = &Arc<Container>> {
        self.all
            .iter()
            .filter(move |container| container.state.status.is_up() && container.publishes(port))
    }
}

/// The containers, with their parts.
///
/// # Errors
/// [`Unknown`] when there is no engine, or it cannot be asked.
pub async fn containers(stack: &Stack, seen: &Evidence) -> Result<Containers, Unknown> {
    let (engine, listed) = futures::join!(seen.ask(AskEngine), seen.ask(ListContainers));
    let (engine, listed) = (engine?, listed?);
    let looks = listed.iter().take(INSPECT_AT_MOST).map(|one| async {
        let probe = InspectContainer { id: one.id.clone() };
        (one.clone(), seen.ask(probe).await)
    });
    let mut all: Vec<Arc<Container>> = Vec::new();
    let mut unseen = Vec::new();
    for (one, answer) in join_all(looks).await {
        match answer {
            Ok(container) => all.push(container),
            Err(why) => unseen.push((one, why)),
        }
    }
    let mut all: Vec<_> = all.into_iter().map(|one| hidden(one, seen)).collect();
    // Engines list the newest first, which says nothing; names make a run repeatable.
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let roles = Roles::among(&all, stack);
    Ok(Containers {
        engine,
        all,
        unseen,
        roles,
    })
}

/// A container whose own words hold no secret of any other: each was asked about before the
/// environments of all were known, and a health check may well print its database's password.
fn hidden(container: Arc<Container>, seen: &Evidence) -> Arc<Container> {
    let mut container = Arc::unwrap_or_clone(container);
    let state = &mut container.state;
    state.error = seen.hide(&state.error);
    let health = state.health.as_mut();
    if let Some(output) = health.and_then(|health| health.last_output.as_mut()) {
        *output = seen.hide(output);
    }
    Arc::new(container)
}
