//! The workers that are alive and the tasks that wait: judged together, since after a database
//! restart authentik lists no worker for minutes although tasks are worked off (measured.md).

use super::{Base, database_facts, rights, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::authentik_api::{AskQueue, AskWorkers, Queue, Workers},
    stack::Stack,
};

/// The workers that authentik has seen within two minutes.
///
/// # Errors
/// [`Unknown`] when neither API, `psql` nor `ak shell` tells.
pub async fn workers(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Workers, Unknown> {
    let by_api = match rights(stack, seen, &base.url).await {
        Ok(_) => {
            let url = base.url.clone();
            seen.ask(AskWorkers { base: url }).await
        }
        Err(why) => Err(why),
    };
    match by_api {
        Ok(workers) => Ok((*workers).clone()),
        Err(why) => from_inside(stack, seen, base, why, |told| told.workers).await,
    }
}

/// The tasks that wait.
///
/// # Errors
/// [`Unknown`] when neither API, `psql` nor `ak shell` tells.
pub async fn queue(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Queue, Unknown> {
    let by_api = match rights(stack, seen, &base.url).await {
        Ok(_) => {
            let url = base.url.clone();
            seen.ask(AskQueue { base: url }).await
        }
        Err(why) => Err(why),
    };
    match by_api {
        Ok(queue) => Ok((*queue).clone()),
        Err(why) => from_inside(stack, seen, base, why, |told| told.queue).await,
    }
}

/// What the containers told of both.
struct Told {
    workers: Option<Workers>,
    queue: Option<Queue>,
}

async fn from_inside<T>(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    api: Unknown,
    wanted: impl Fn(Told) -> Option<T>,
) -> Result<T, Unknown> {
    if let Ok(facts) = database_facts(stack, seen).await {
        let (workers, queue) = (facts.workers.clone(), facts.queue.clone());
        if let Some(told) = wanted(Told { workers, queue }) {
            return Ok(told);
        }
    }
    match shell_facts(stack, seen, base).await {
        Ok(facts) => {
            let (workers, queue) = (facts.workers.clone(), facts.queue.clone());
            wanted(Told { workers, queue }).ok_or(api)
        }
        // That there is nothing to ask with says less than a question that failed.
        Err(why) if api.is_not_configured() && !why.is_not_configured() => Err(why),
        Err(_) => Err(api),
    }
}
