//! The workers that are alive and the tasks that wait: judged together, since after a database
//! restart authentik lists no worker for minutes although tasks are worked off (measured.md).

use super::{Base, rights, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::authentik_api::{AskQueue, AskWorkers, Queue, Workers},
    stack::Stack,
};

/// The workers that authentik has seen within two minutes.
///
/// # Errors
/// [`Unknown`] when neither API nor `ak shell` tells.
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
        Err(why) => {
            let facts = shell_facts(stack, seen, base).await;
            let told = facts.ok().and_then(|facts| facts.workers.clone());
            told.ok_or(why)
        }
    }
}

/// The tasks that wait.
///
/// # Errors
/// [`Unknown`] when neither API nor `ak shell` tells.
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
        Err(why) => {
            let facts = shell_facts(stack, seen, base).await;
            let told = facts.ok().and_then(|facts| facts.queue.clone());
            told.ok_or(why)
        }
    }
}
