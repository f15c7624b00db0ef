//! What failed and what was changed lately, by authentik's own events. `psql` stands before the
//! API: it groups thousands of failures where the API hands out a hundred a page.

use jiff::Timestamp;

use super::{Base, database_facts, rights, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        authentik_api::AskEvents,
        events::{ChangeRow, EventFacts, FailureRow, VersionRow},
    },
    stack::Stack,
};

/// The most rows that a source inside a container tells of each.
const MOST: usize = 200;

/// Failures and changes, each part as far as it was told.
#[derive(Debug, Clone)]
pub struct Events {
    /// Failures in groups, the latest first.
    pub failures: Result<Vec<FailureRow>, Unknown>,
    /// Changes of what a sign-in depends on, the latest first, from an hour before.
    pub changes: Result<Vec<ChangeRow>, Unknown>,
    /// Releases that ran with this database, the latest first.
    pub versions: Result<Vec<VersionRow>, Unknown>,
    /// Where failures before this time were cut off, because there were too many.
    pub failures_from: Option<Timestamp>,
    /// The same of changes.
    pub changes_from: Option<Timestamp>,
    /// Whether whoever told sees every event: a limited token may not, and does not say so.
    pub every: bool,
    /// The key of the evidence.
    pub cite: String,
}

/// The events, from the first source that tells them.
///
/// # Errors
/// [`Unknown`] when neither `psql`, the API nor `ak shell` tells.
pub async fn events(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Events, Unknown> {
    if let Ok(facts) = database_facts(stack, seen).await
        && let Some(events) = told_inside(&facts.events, "psql")
    {
        return Ok(events);
    }
    let why = match by_api(stack, seen, base).await {
        Ok(events) => return Ok(events),
        Err(why) => why,
    };
    match shell_facts(stack, seen, base).await {
        Ok(facts) => told_inside(&facts.events, "ak shell").ok_or_else(|| untold("ak shell")),
        Err(last) if why.is_not_configured() => Err(last),
        Err(_) => Err(why),
    }
}

async fn by_api(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Events, Unknown> {
    let user = rights(stack, seen, &base.url).await?;
    let ask = AskEvents {
        base: base.url.clone(),
        within: stack.within(Timestamp::now()),
    };
    let cite = ask.key();
    let facts = seen.ask(ask).await?;
    let untold = || untold("the API");
    Ok(Events {
        failures: facts.failures.clone().ok_or_else(untold),
        changes: facts.changes.clone().ok_or_else(untold),
        versions: Err(Unknown::not_configured(
            "the history of versions",
            "the API is not asked for the history of versions; akdoctor on authentik's own \
             machine asks its database",
        )),
        failures_from: facts.failures_from,
        changes_from: facts.changes_from,
        every: user.is_superuser || facts.shows_logins,
        cite,
    })
}

/// What a telling from inside a container holds; `None` when it holds no events at all.
fn told_inside(facts: &EventFacts, by: &str) -> Option<Events> {
    let failures = facts.failures.clone()?;
    let changes = facts.changes.clone().ok_or_else(|| untold(by));
    let last = failures.get(MOST - 1).map(|row| row.last);
    let oldest = changes.iter().flatten().nth(MOST - 1).map(|row| row.at);
    Some(Events {
        failures_from: facts.failures_from.or(last),
        changes_from: facts.changes_from.or(oldest),
        failures: Ok(failures),
        changes,
        versions: facts.versions.clone().ok_or_else(|| untold(by)),
        every: true,
        cite: by.to_owned(),
    })
}

fn untold(by: &str) -> Unknown {
    Unknown {
        key: by.to_owned(),
        error: ProbeError::Failed {
            what: by.to_owned(),
            detail: "it did not tell this of events; this release may keep it elsewhere".into(),
        },
    }
}
