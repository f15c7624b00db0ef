//! What authentik's own events say failed since `--since`: who was refused again and again, which
//! expression broke for which app, which request ended in an exception. Joined with the logs by
//! the id of the request, so that a fault which both tell is one story.

mod logins;
mod rest;

pub(super) use logins::people_shut_out;
pub(super) use rest::{is_of_mapping, script_of};

use jiff::{SignedDuration, Timestamp};

use super::container_logs::{self, LogFault};
use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Events},
    model::{Kind, Subject, clock, list_of, times},
    probe::events::FailureRow,
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// A failure stands that was seen at least twice within so many seconds, as in a log.
const STANDING: i64 = 600;
const REFUSED: &str = "no sign-in is refused again and again";
const BROKEN: &str = "the expressions of policies and mappings run";
const OTHERS: &str = "no other failure stands in authentik's events";

/// What every part of this check judges by.
struct Scene<'a> {
    seen: &'a Evidence,
    base: Base,
    now: Timestamp,
    events: Events,
    failures: Vec<FailureRow>,
    apps: Vec<AppFacts>,
    logs: Vec<LogFault>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (events, apps, logs) = futures::join!(
        facts::events(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        container_logs::faults(stack, seen)
    );
    let mut findings = Findings::new();
    let instance = Subject::new(Kind::Instance, &base.url);
    let events = match events {
        Ok(events) => events,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            findings.skipped("its events", instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let failures = events.failures.clone()?;
    let scene = Scene {
        seen,
        base,
        now: seen.started(),
        events,
        failures,
        apps,
        logs,
    };
    findings.merge(logins::judge(&scene));
    findings.merge(rest::judge(&scene));
    for what in [REFUSED, BROKEN, OTHERS] {
        settle(&scene, what, &mut findings);
    }
    Ok(findings)
}

/// Says of a promise that nothing spoke against that it holds, if everything was seen.
fn settle(scene: &Scene<'_>, what: &str, findings: &mut Findings) {
    if findings.points.iter().any(|point| point.what == what) {
        return;
    }
    let subject = Subject::new(Kind::Instance, &scene.base.url);
    let cite = &scene.events.cite;
    let unseen = |why: String| Unknown::not_configured(cite.clone(), why);
    if !scene.events.every {
        let why = "the token's user is no superuser and may not be shown every event".into();
        findings.unknown(what, subject, &unseen(why));
    } else if let Some(from) = scene.events.failures_from {
        let from = clock(from, scene.now);
        let why = format!("there are so many failures that only those since {from} were read");
        findings.unknown(what, subject, &unseen(why));
    } else {
        findings.passed(what, subject, std::slice::from_ref(cite));
    }
}

impl Scene<'_> {
    /// A fault that some failures tell of.
    fn raised(&self, code: &'static str, subject: Subject, row: &FailureRow) -> Raised {
        let (first, last) = (Some(row.first), Some(row.last));
        let mut raised = Raised::new(code, subject)
            .since(Some(row.first.to_string()))
            .with("count", row.count)
            .with("seen", times(row.count, first, last, self.now))
            .with("in_log", "")
            .cites(self.events.cite.clone())
            .apart();
        if let Some(log) = self.log_of(row) {
            // What authentik writes of every event tells nothing that the event does not.
            let line = match log.sample.as_str() {
                "Created Event" => String::new(),
                line => format!(": {line}"),
            };
            let words = format!("; {} logged the same request{line}", log.container);
            raised = raised.with("in_log", words).cites(log.cite.clone());
        }
        raised
    }

    /// What the logs say of the same request.
    fn log_of(&self, row: &FailureRow) -> Option<&LogFault> {
        let mut logs = self.logs.iter();
        logs.find(|log| log.requests.iter().any(|id| row.requests.contains(id)))
    }

    /// What stands, or, of what is over, what was.
    fn weighed(&self, raised: Raised, row: &FailureRow) -> Raised {
        let recently = row.before_last.is_some_and(|before| {
            self.now.duration_since(before) <= SignedDuration::from_secs(STANDING)
        });
        if recently { raised } else { raised.past() }
    }

    fn app_of(&self, row: &FailureRow) -> Option<&AppFacts> {
        app_of(&self.apps, &self.failures, row)
    }

    /// The app, the application as authentik calls it, or all of authentik.
    fn subject_of(&self, row: &FailureRow) -> Subject {
        match (self.app_of(row), &row.key.application) {
            (Some(app), _) => Subject::new(Kind::App, &app.name),
            (None, Some(application)) => Subject::new(Kind::App, application),
            (None, None) => Subject::new(Kind::Instance, &self.base.url),
        }
    }
}

/// The app that failures are about, by themselves or by what else was told of the same request: of
/// a mapping that breaks at the token endpoint only the event of its provider names one.
pub(super) fn app_of<'a>(
    apps: &'a [AppFacts],
    failures: &[FailureRow],
    row: &FailureRow,
) -> Option<&'a AppFacts> {
    let named = |row: &FailureRow| {
        let key = &row.key;
        let mut apps = apps.iter();
        apps.find(|app| {
            let provider = app.provider.as_ref();
            let client = key.client_id.as_deref();
            let by_client =
                client.is_some() && provider.map(|provider| provider.client_id.as_str()) == client;
            let by_provider = key.provider.is_some()
                && provider.map(|provider| &provider.name) == key.provider.as_ref();
            by_client || by_provider || key.application.as_ref() == Some(&app.name)
        })
    };
    let same = |other: &&FailureRow| other.requests.iter().any(|id| row.requests.contains(id));
    named(row).or_else(|| failures.iter().filter(same).find_map(named))
}

/// "; for anna and ben".
fn who(row: &FailureRow) -> String {
    match named(row) {
        names if names.is_empty() => String::new(),
        names => format!("; for {}", list_of(&names)),
    }
}

/// "; from 10.0.0.1".
fn from(row: &FailureRow) -> String {
    match row.addresses.as_slice() {
        [] => String::new(),
        addresses => format!("; from {}", list_of(addresses)),
    }
}

/// Some of the people, and how many there are more.
fn named(row: &FailureRow) -> Vec<String> {
    let mut names = row.people.clone();
    let more = row.names.saturating_sub(names.len() as u64);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names
}
