//! Events by the API: the newest of each kind, page after page, until they are too old to be of
//! interest or too many. It has no filter by time (measured.md).

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::{ask::Api, pages::Page};
use crate::probe::{
    Probe, ProbeError, Tools,
    events::{CHANGES, EARLIER, EventFacts, EventWire, FAILURES, add_logins, grouped},
    http::place_of,
};

const VIEW_EVENT: &str = "authentik_events.view_event";
/// Events of a page.
const PAGE: usize = 100;
/// Pages that are read of failures, and of changes.
const PAGES: usize = 3;

/// What failed and what was changed lately. Needs `view_event`.
#[derive(Debug, Clone, Serialize)]
pub struct AskEvents {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// How far back, in seconds.
    pub within: u64,
}

impl Probe for AskEvents {
    const KIND: &'static str = "api";
    const LIMIT: Option<Duration> = super::LIST;
    type Answer = EventFacts;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/events/events/", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<EventFacts, ProbeError> {
        let api = Api::new(tools, &self.base, Some(VIEW_EVENT))?;
        let now = Timestamp::now();
        // First alone: a token that may not ask is refused once.
        let failed = newest(&api, &FAILURES, back(now, self.within), PAGES).await?;
        let (changed, logins) = futures::try_join!(
            newest(&api, &CHANGES, back(now, self.within + EARLIER), PAGES),
            newest(&api, &["login"], back(now, self.within), 1),
        )?;
        let failures = failed.events.iter().filter_map(EventWire::failure);
        let mut failures = grouped(failures.collect());
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        for login in &logins.events {
            if let Some(name) = login.who() {
                let known = last.entry(name).or_insert(login.created);
                *known = (*known).max(login.created);
            }
        }
        add_logins(&mut failures, &last);
        Ok(EventFacts {
            failures: Some(failures),
            changes: Some(
                changed
                    .events
                    .iter()
                    .filter_map(EventWire::change)
                    .collect(),
            ),
            versions: None,
            failures_from: failed.from,
            changes_from: changed.from,
            shows_logins: logins.came,
        })
    }
}

/// The newest events of some actions.
struct Newest {
    events: Vec<EventWire>,
    /// Where older ones were left out.
    from: Option<Timestamp>,
    /// Whether any came, however old.
    came: bool,
}

fn back(now: Timestamp, within: u64) -> Timestamp {
    let back = SignedDuration::from_secs(i64::try_from(within).unwrap_or(i64::MAX));
    now.saturating_sub(back).unwrap_or(Timestamp::MIN)
}

/// `actions` is exact and may be repeated (measured.md); a release that does not know it ignores
/// it, so every event is held against what was asked for. An event that comes twice, because new
/// ones pushed it to the next page, counts once.
async fn newest(
    api: &Api<'_>,
    actions: &[&str],
    since: Timestamp,
    pages: usize,
) -> Result<Newest, ProbeError> {
    let mut events: Vec<EventWire> = Vec::new();
    let mut any = false;
    for number in 1..=pages {
        let page: Page<EventWire> = match api.get(&path(actions, number)).await {
            // Old events went away while the list was read.
            Err(ProbeError::Absent { .. }) if number > 1 => break,
            page => page?,
        };
        let came = page.results.len();
        let asked_for = |event: &EventWire| actions.contains(&event.action.as_str());
        any |= page.results.iter().any(asked_for);
        let oldest = page.results.iter().map(|event| event.created).min();
        let before = events.last().map_or(Timestamp::MAX, |event| event.created);
        let fitting = page.results.into_iter().filter(|event| {
            actions.contains(&event.action.as_str())
                && event.created >= since
                && event.created < before
        });
        events.extend(fitting);
        if came < PAGE || oldest.is_none_or(|oldest| oldest < since) {
            return Ok(Newest {
                events,
                from: None,
                came: any,
            });
        }
    }
    let from = events.last().map(|event| event.created);
    Ok(Newest {
        events,
        from,
        came: any,
    })
}

fn path(actions: &[&str], page: usize) -> String {
    let mut query = Serializer::new(String::new());
    for action in actions {
        query.append_pair("actions", action);
    }
    query
        .append_pair("ordering", "-created")
        .append_pair("page_size", &PAGE.to_string());
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    format!("/events/events/?{}", query.finish())
}
