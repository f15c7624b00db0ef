//! What was changed in authentik shortly before a failure began: offered as a cause, never said to
//! be one. Failures are those of authentik's events and of the logs.

mod began;
mod words;

use jiff::{SignedDuration, Timestamp};

use super::container_logs;
use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Events},
    model::{Kind, Severity, Subject, ago, clock, list_of},
    probe::events::ChangeRow,
    stack::Stack,
};
use began::Began;

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What failed within so many seconds after a change may come of it.
const SOON: i64 = 3600;
/// Changes that are offered as a cause, and that are named where nothing failed.
const OFFERED: usize = 3;
const NAMED: usize = 5;
const CHANGES: &str = "nothing was changed shortly before a failure began";
const VERSION: &str = "authentik's release is the one of before";

/// What every part of this check judges by.
struct Scene {
    base: Base,
    now: Timestamp,
    since: Timestamp,
    events: Events,
    changes: Vec<ChangeRow>,
    apps: Vec<AppFacts>,
    /// What failed, the first first.
    began: Vec<Began>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (events, apps, logs) = futures::join!(
        facts::events(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        container_logs::faults(stack, seen)
    );
    let events = match events {
        Ok(events) => events,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let subject = Subject::new(Kind::Instance, &base.url);
            findings.skipped("its events", subject, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let now = seen.started();
    let since = stack.since(now);
    let failures = events.failures.clone().unwrap_or_default();
    let scene = Scene {
        began: began::all(&base, &apps, &failures, &logs, since),
        base,
        now,
        since,
        changes: events.changes.clone()?,
        events,
        apps,
    };
    let mut findings = changes(&scene);
    findings.merge(version(&scene));
    Ok(findings)
}

impl Scene {
    fn instance(&self) -> Subject {
        Subject::new(Kind::Instance, &self.base.url)
    }

    fn cites(&self) -> &[String] {
        std::slice::from_ref(&self.events.cite)
    }
}

fn changes(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    let offered = offered(scene);
    for (change, began) in &offered {
        findings.raise(CHANGES, before_failures(scene, change, began));
    }
    let lately: Vec<&ChangeRow> = (scene.changes.iter())
        .filter(|change| change.at >= scene.since)
        .collect();
    let unseen = |why: &str| Unknown::not_configured(scene.events.cite.clone(), why);
    if !offered.is_empty() {
        return findings;
    }
    if !lately.is_empty() {
        // Where nothing failed a change is nobody's concern.
        match scene.began.is_empty() && scene.events.failures.is_ok() {
            true => findings.passed(CHANGES, scene.instance(), scene.cites()),
            false => findings.raise(CHANGES, changed(scene, &lately)),
        }
    } else if !scene.events.every {
        let why = "the token's user is no superuser and may not be shown every event";
        findings.unknown(CHANGES, scene.instance(), &unseen(why));
    } else if let Err(why) = &scene.events.failures {
        findings.unknown(CHANGES, scene.instance(), why);
    } else if scene.events.changes_from.is_some() {
        let why = "there are so many changes of other things that not all were read";
        findings.unknown(CHANGES, scene.instance(), &unseen(why));
    } else {
        findings.passed(CHANGES, scene.instance(), scene.cites());
    }
    findings
}

/// Changes with the failure that began soon after each: first those of the app that failed, then
/// the nearest. What was changed several times counts once, and so does what one request did.
fn offered(scene: &Scene) -> Vec<(&ChangeRow, &Began)> {
    let mut pairs: Vec<(bool, SignedDuration, &ChangeRow, &Began)> = Vec::new();
    for change in &scene.changes {
        let of_app = words::app_of(change, &scene.apps);
        let soon = scene.began.iter().find_map(|began| {
            let after = began.at.duration_since(change.at);
            let same = of_app.as_ref().map(|app| began.subject == *app);
            // What was changed of one app breaks no other.
            let other = same == Some(false) && began.subject.kind == Kind::App
                || words::is_of_another(change, began.script.as_deref());
            let fits = !other && after >= SignedDuration::ZERO && after.as_secs() <= SOON;
            fits.then_some((same != Some(true), after, change, began))
        });
        pairs.extend(soon);
    }
    pairs.sort_by_key(|(other, after, ..)| (*other, *after));
    let mut offered: Vec<(&ChangeRow, &Began)> = Vec::new();
    for (_, _, change, began) in pairs {
        let same = |known: &ChangeRow| {
            let thing = |row: &ChangeRow| (row.model.clone(), row.pk.clone(), row.name.clone());
            thing(known) == thing(change) || at_once(known, change)
        };
        if offered.len() < OFFERED && !offered.iter().any(|(known, _)| same(known)) {
            offered.push((change, began));
        }
    }
    offered
}

/// Whether one request did both: with a flow authentik deletes the providers that use it.
fn at_once(one: &ChangeRow, other: &ChangeRow) -> bool {
    one.request.is_some() && one.request == other.request
}

fn before_failures(scene: &Scene, change: &ChangeRow, began: &Began) -> Raised {
    let with_it: Vec<String> = (scene.changes.iter())
        .filter(|other| *other != change && at_once(other, change))
        .map(|other| format!("{} {}", words::thing(other), words::did(other)))
        .take(NAMED)
        .collect();
    let subject = words::app_of(change, &scene.apps).unwrap_or_else(|| began.subject.clone());
    let mut raised = Raised::new("recent-changes/before-failures", subject)
        .since(Some(change.at.to_string()))
        .with("what", words::thing(change))
        .with("did", words::did(change))
        .with("who", words::who(change))
        .with("model", change.model.clone())
        .with("before", ago(began.at, change.at))
        .with("failure", began.words.clone())
        .with("at", clock(change.at, scene.now))
        .with("began", clock(began.at, scene.now))
        .with("fields", words::fields(change))
        .with(
            "with_it",
            match with_it.as_slice() {
                [] => String::new(),
                with_it => format!("; in the same request: {}", list_of(with_it)),
            },
        )
        .cites(scene.events.cite.clone())
        .apart();
    for cite in &began.cites {
        if *cite != scene.events.cite {
            raised = raised.cites(cite.clone());
        }
    }
    raised
}

fn changed(scene: &Scene, lately: &[&ChangeRow]) -> Raised {
    let mut told: Vec<String> = Vec::new();
    for change in lately {
        let words = words::sentence(change, scene.now);
        if told.len() < NAMED && !told.contains(&words) {
            told.push(words);
        }
    }
    let number = match lately.len() {
        1 => "1 change".to_owned(),
        more => format!("{more} changes"),
    };
    // Older ones were too many to be read.
    let from = scene.events.changes_from;
    let since = from.map_or(scene.since, |from| from.max(scene.since));
    Raised::new("recent-changes/changed", scene.instance())
        .with("what", told.join("; "))
        .with("number", number)
        .with("since", clock(since, scene.now))
        .cites(scene.events.cite.clone())
}

fn version(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    let versions = match &scene.events.versions {
        Ok(versions) => versions,
        Err(why) if why.is_not_configured() => {
            findings.skipped(VERSION, scene.instance(), why.to_string());
            return findings;
        }
        Err(why) => {
            findings.unknown(VERSION, scene.instance(), why);
            return findings;
        }
    };
    let pairs = versions.iter().zip(versions.iter().skip(1));
    let news: Vec<_> = pairs
        .filter(|(new, old)| new.version != old.version && new.at >= scene.since)
        .collect();
    // Steps of one upgrade are one: from what ran before to what runs now.
    let (Some((new, _)), Some((_, old))) = (news.first(), news.last()) else {
        findings.passed(VERSION, scene.instance(), scene.cites());
        return findings;
    };
    let began = scene.began.iter().find(|began| began.at >= new.at);
    let before = began.map(|began| {
        let before = ago(began.at, new.at);
        format!(" {before} before {}; that may be the cause", began.words)
    });
    let mut raised = Raised::new("recent-changes/new-version", scene.instance())
        .since(Some(new.at.to_string()))
        .with("from", old.version.clone())
        .with("to", new.version.clone())
        .with("at", clock(new.at, scene.now))
        .with("before", before.clone().unwrap_or_default())
        .cites(scene.events.cite.clone());
    if before.is_some() {
        raised.severity = Some(Severity::Warning);
    }
    findings.raise(VERSION, raised);
    findings
}
