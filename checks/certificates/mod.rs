//! Certificates of keys that end soon, from the public keys of each provider: GETs that write nothing
//! (verified.md 2). What has ended is told by `signing-key`, what https shows by `tls`.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts},
    model::{Kind, Reach, Severity, Subject, ago, list_of},
    probe::oidc::Told,
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const LASTS: &str = "the certificates of its keys last";

/// How long before its end a certificate is told of, and from when on as a warning; as of https.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
const VERY_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A certificate that ends soon, and the apps whose tokens are signed or encrypted with it.
struct Ending<'a> {
    until: Timestamp,
    encrypts: bool,
    apps: Vec<&'a str>,
    cites: Vec<String>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let mut findings = Findings::new();
    let documents = match facts::discovery(seen, &base, &apps).await {
        Ok(documents) => documents,
        Err(why) if why.is_not_configured() => {
            let instance = Subject::new(Kind::Instance, &base.url);
            findings.skipped(LASTS, instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let asked = apps.iter().zip(&documents);
    let asked = asked.filter_map(|(app, seen)| Some((app, seen.as_ref()?)));
    let (seen_by, at) = (seen, &base);
    let told = asked.map(|(app, document)| async move {
        (app, facts::keys(seen_by, at, &document.slug).await)
    });
    let now = seen.started();
    let mut ending: BTreeMap<String, Ending<'_>> = BTreeMap::new();
    for (app, (told, cite)) in join_all(told).await {
        // Why they could not be read is told by `signing-key`.
        let Ok(Told::Document(keys)) = told.as_deref() else {
            continue;
        };
        let mut lasts = true;
        for key in keys {
            let until = key.not_after.as_deref().and_then(|at| at.parse().ok());
            let Some(until) = until.filter(|until| is_near(*until, now)) else {
                continue;
            };
            lasts = false;
            // One that has ended is told by `signing-key`.
            if until <= now {
                continue;
            }
            let known = ending.entry(key.id.clone()).or_insert(Ending {
                until,
                encrypts: key.used_for == "enc",
                apps: Vec::new(),
                cites: Vec::new(),
            });
            known.apps.push(&app.name);
            known.cites.push(cite.clone());
        }
        if lasts {
            findings.passed(LASTS, subject(app), &[cite]);
        }
    }
    for one in ending.into_values() {
        findings.raise(LASTS, raised(one, &base.url, now));
    }
    Ok(findings)
}

fn subject(app: &AppFacts) -> Subject {
    Subject::new(Kind::App, &app.name)
}

fn raised(one: Ending<'_>, url: &str, now: Timestamp) -> Raised {
    let severity = match one.until.duration_since(now) > VERY_SOON {
        true => Severity::Info,
        false => Severity::Warning,
    };
    let raised = Raised::new(
        "certificates/expires-soon",
        Subject::new(Kind::Instance, url),
    )
    .with("uses", if one.encrypts { "encrypts" } else { "signs" })
    .with("apps", list_of(&one.apps))
    .with("until", one.until.to_string())
    .with("left", ago(one.until, now))
    .weighing(severity, Reach::Nobody)
    .apart();
    one.cites.into_iter().fold(raised, Raised::cites)
}

/// Whether a certificate ends within a month, or has ended.
fn is_near(until: Timestamp, now: Timestamp) -> bool {
    until.duration_since(now) <= SOON
}
