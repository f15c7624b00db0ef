//! The people of whom akdoctor.toml says what they should be able to open.

use super::{Scene, hidden};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppAccess, Decision, Member, Opening, Reason, Trilean},
    model::{Kind, Subject, list_of},
    probe::{ProbeError, people::PersonRow},
    stack::User,
};

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Some(people) = &scene.people else {
        return findings;
    };
    for user in &scene.stack.users {
        // Whoever is not there is told by the check of people.
        let mut named = people.named.iter();
        let Some(row) = named.find(|row| row.username == user.username) else {
            continue;
        };
        for slug in &user.apps {
            match scene.access.of_app(slug) {
                Some(app) => findings.merge(of_app(scene, user, row, app)),
                None => {
                    let what = format!("may open {slug}");
                    findings.unknown(&what, person(user), &no_application(scene, slug));
                }
            }
        }
    }
    findings
}

fn person(user: &User) -> Subject {
    Subject::new(Kind::Person, &user.username)
}

fn of_app(scene: &Scene<'_>, user: &User, row: &PersonRow, app: &AppAccess) -> Findings {
    let mut findings = Findings::new();
    let what = format!("may open {}", scene.name(app));
    let decision = app.decide(&Member::of(row));
    match decision.can {
        Trilean::Yes => findings.passed(&what, person(user), scene.cites()),
        Trilean::Unknown => {
            let why = Unknown {
                key: scene.access.cite.clone(),
                error: ProbeError::NotConfigured {
                    why: words(&decision),
                },
            };
            findings.unknown(&what, person(user), &why);
        }
        Trilean::No => {
            let raised = Raised::new("app-access/person", person(user))
                .with("user", user.username.clone())
                .with("pk", row.pk)
                .with("app", scene.name(app))
                .with("slug", app.slug.clone())
                .with("why", words(&decision))
                .cites(scene.access.cite.clone())
                .apart();
            findings.raise(&what, with_openings(raised, &decision));
        }
    }
    findings
}

fn words(decision: &Decision) -> String {
    let words: Vec<String> = decision.because.iter().map(Reason::to_string).collect();
    list_of(&words)
}

/// What would open it: only where one thing is enough.
fn with_openings(raised: Raised, decision: &Decision) -> Raised {
    if decision.all_needed && decision.opens.len() > 1 {
        return raised;
    }
    let mut opens = decision.opens.iter();
    let join = opens.find_map(|opening| match opening {
        Opening::Join { pk, name } => Some((pk.clone(), name.clone())),
        _ => None,
    });
    let raised = match join {
        Some((pk, name)) => raised.with("group_pk", pk).with("group", name),
        None => raised,
    };
    match decision.opens.contains(&Opening::Bind) {
        true => raised.with("bind", true),
        false => raised,
    }
}

fn no_application(scene: &Scene<'_>, slug: &str) -> Unknown {
    if scene.access.unseen > 0 {
        return hidden(scene, slug);
    }
    Unknown {
        key: scene.access.cite.clone(),
        error: ProbeError::Absent {
            what: format!("the application {slug}"),
        },
    }
}
