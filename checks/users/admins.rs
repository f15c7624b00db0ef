//! Somebody can administer authentik.

use serde_json::Value;

use super::{Scene, person};
use crate::{
    check::{Findings, Raised},
    model::{Subject, Version, list_of},
    probe::{http::HttpGet, people::PersonRow},
};

/// Whoever is a superuser, as one subject: the graph of needs leads from it to those whom
/// akdoctor.toml names as such.
const ANY: &str = "any superuser";
/// The account that authentik's set-up makes.
const FIRST: &str = "akadmin";
const WHAT: &str = "somebody can administer authentik";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let superusers = match &scene.people.superusers {
        Ok(superusers) => superusers,
        Err(why) => {
            findings.unknown(WHAT, any(), why);
            return findings;
        }
    };
    // The filter of the API knows direct members only; somebody expected is told with all groups.
    let named = scene.people.named.iter().filter(|row| row.is_superuser);
    let mut all: Vec<&PersonRow> = superusers.iter().chain(named).collect();
    all.sort_by_key(|row| row.pk);
    all.dedup_by_key(|row| row.pk);
    let able: Vec<&PersonRow> = all.iter().copied().filter(|row| is_able(row)).collect();
    match able[..] {
        [] => findings.raise(WHAT, nobody(scene, &all)),
        [only] if scene.server.is_none() && has_no_recovery(scene).await => {
            findings.raise(WHAT, scene.raised("users/single-superuser", &only.username));
        }
        _ => findings.passed(WHAT, any(), scene.cites()),
    }
    findings
}

fn any() -> Subject {
    person(ANY)
}

/// Whether somebody can sign in to the admin interface, as far as is known.
fn is_able(row: &PersonRow) -> bool {
    row.is_active && !row.is_service_account() && !has_no_password(row)
}

fn has_no_password(row: &PersonRow) -> bool {
    row.usable == Some(false) && !row.linked
}

fn nobody(scene: &Scene<'_>, superusers: &[&PersonRow]) -> Raised {
    let raised = Raised::new("users/no-superuser", any())
        .with("why", why(superusers))
        .with_some("server", scene.server.clone())
        .cites(scene.people.cite.clone());
    let raised = match scene.people.everybody {
        true => raised,
        false => raised.inferred(),
    };
    let people = superusers.iter().filter(|row| !row.is_service_account());
    // Whoever needs one thing only comes first.
    let candidate = people.min_by_key(|row| (!row.is_active && has_no_password(row), row.pk));
    if let Some(row) = candidate {
        let raised = raised.with("candidate", row.username.clone());
        return match row.is_active {
            false => raised.with("inactive_pk", row.pk),
            true => raised.with("locked_pk", row.pk),
        };
    }
    let named = &scene.people.named;
    let wanted = |row: &&PersonRow| {
        let mut users = scene.stack.users.iter();
        users.any(|user| user.superuser && user.username == row.username)
    };
    let outsider = named
        .iter()
        .find(wanted)
        .or_else(|| named.iter().find(|row| row.username == FIRST));
    match outsider {
        Some(row) => raised
            .with("candidate", row.username.clone())
            .with("outsider_pk", row.pk),
        None => raised,
    }
}

fn why(superusers: &[&PersonRow]) -> String {
    let words: Vec<String> = superusers
        .iter()
        .take(5)
        .map(|row| {
            let what = match (row.is_active, row.is_service_account()) {
                (false, _) => "is inactive",
                (true, true) => "is a service account",
                (true, false) => "has no password",
            };
            format!("{} {what}", row.username)
        })
        .collect();
    match words.is_empty() {
        true => "no group that makes superusers has a member".to_owned(),
        false => list_of(&words),
    }
}

/// Whether the brand has no recovery flow: `brands/current` is open to anybody and leaves the key
/// out then (measured on 2025.10). What cannot be read is no finding.
async fn has_no_recovery(scene: &Scene<'_>) -> bool {
    // Tenants came before brands (2024.2).
    let brands = |version: &Version| version.at_least(2024, 2);
    if !scene.version.as_ref().is_some_and(brands) {
        return false;
    }
    let url = scene.base.path("/api/v3/core/brands/current/");
    let Ok(answer) = scene.seen.ask(HttpGet::new(url)).await else {
        return false;
    };
    let brand: Option<Value> = serde_json::from_str(&answer.body).ok();
    brand.is_some_and(|brand| {
        brand.get("flow_authentication").is_some()
            && brand.get("flow_recovery").is_none_or(Value::is_null)
    })
}
