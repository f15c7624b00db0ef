//! Expressions that broke, settings that authentik cannot work with, and exceptions of its own.

use std::collections::BTreeMap;

use super::{BROKEN, OTHERS, Scene, from, who};
use crate::{
    check::{Findings, Raised},
    probe::events::FailureRow,
};

/// Findings of one code.
const MOST: usize = 5;
/// What authentik says of a redirect URI at the token endpoint (recorded 166).
const REDIRECT_URI: &str = "Invalid redirect URI used by provider";
/// How it begins to say that a mapping broke (knowledge B.8).
const MAPPING: &str = "Failed to evaluate property-mapping";

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut told: Vec<(&str, Raised)> = Vec::new();
    for row in &scene.failures {
        let (what, raised) = match row.key.action.as_str() {
            "policy_exception" => (BROKEN, policy(scene, row)),
            "property_mapping_exception" => (BROKEN, mapping(scene, row)),
            "configuration_error" => match row.key.message.as_deref() {
                Some(REDIRECT_URI) => (OTHERS, redirect_uri(scene, row)),
                _ if is_of_mapping(row) => {
                    if told_by_mapping(scene, row) {
                        continue;
                    }
                    (BROKEN, mapping(scene, row))
                }
                _ => (OTHERS, configuration(scene, row)),
            },
            "suspicious_request" => (OTHERS, suspicious(scene, row)),
            "system_exception" => (OTHERS, exception(scene, row)),
            _ => continue,
        };
        told.push((what, hidden(scene, scene.weighed(raised, row))));
    }
    shortened(told)
}

/// The latest of each code; the first of them says how many there are more.
fn shortened(told: Vec<(&str, Raised)>) -> Findings {
    let mut findings = Findings::new();
    let mut of_code: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, raised) in &told {
        *of_code.entry(raised.code).or_default() += 1;
    }
    let mut raised_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (what, raised) in told {
        let number = raised_of.entry(raised.code).or_default();
        *number += 1;
        let more = of_code
            .get(raised.code)
            .map_or(0, |all| all.saturating_sub(MOST));
        let words = match (*number, more) {
            (1, 1..) => format!("; {more} more of this kind say something else"),
            _ => String::new(),
        };
        if *number <= MOST {
            findings.raise(what, raised.with("more", words));
        }
    }
    findings
}

/// The words of events may hold secrets that other answers have told.
fn hidden(scene: &Scene<'_>, mut raised: Raised) -> Raised {
    for value in raised.values.values_mut() {
        if let Some(text) = value.as_str() {
            *value = scene.seen.hide(text).into();
        }
    }
    raised
}

fn policy(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    let key = &row.key;
    let what = match (scene.app_of(row), &key.application, &key.binding) {
        (Some(app), ..) => app.name.clone(),
        (_, Some(application), _) => application.clone(),
        (_, _, Some(binding)) => format!("access ({binding})"),
        _ => "access".into(),
    };
    scene
        .raised("recent-failures/policy", scene.subject_of(row), row)
        .with_some("policy", script_of(row).or(key.binding.clone()))
        .with("what", what)
        .with("error", error(row))
        .with("who", who(row))
}

fn mapping(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    scene
        .raised("recent-failures/mapping", scene.subject_of(row), row)
        .with_some("mapping", script_of(row))
        .with("error", error(row))
        .with("who", who(row))
}

/// The policy or mapping whose expression broke: by its own name, by that of the file of its
/// expression, or by what the event quotes.
pub(in super::super) fn script_of(row: &FailureRow) -> Option<String> {
    let key = &row.key;
    let quoted = || {
        is_of_mapping(row).then_some(())?;
        let (_, rest) = key.message.as_deref()?.split_once('\'')?;
        Some(rest.rsplit_once('\'')?.0.to_owned())
    };
    let known = key.mapping.clone().or_else(|| key.script.clone());
    known.or_else(quoted)
}

/// Whether authentik tells of a mapping that broke at a provider.
pub(in super::super) fn is_of_mapping(row: &FailureRow) -> bool {
    let message = row.key.message.as_deref();
    message.is_some_and(|message| message.starts_with(MAPPING))
}

/// authentik writes a second event for the same request, for its provider.
fn told_by_mapping(scene: &Scene<'_>, row: &FailureRow) -> bool {
    scene.failures.iter().any(|other| {
        let same = other.requests.iter().any(|id| row.requests.contains(id));
        other.key.action == "property_mapping_exception" && same
    })
}

fn redirect_uri(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    let sent = row
        .key
        .redirect_uri
        .as_deref()
        .filter(|uri| !uri.is_empty());
    scene
        .raised("recent-failures/redirect-uri", scene.subject_of(row), row)
        .with_some("provider", row.key.provider.clone())
        .with("redirect_uri", sent.unwrap_or("(none)"))
}

fn configuration(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    let of = row.key.provider.as_ref();
    scene
        .raised("recent-failures/configuration", scene.subject_of(row), row)
        .with_some("message", row.key.message.clone().or(row.key.error.clone()))
        .with(
            "of",
            of.map_or_else(String::new, |of| format!("; provider {of}")),
        )
}

fn suspicious(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    scene
        .raised("recent-failures/suspicious", scene.subject_of(row), row)
        .with_some("message", row.key.message.clone())
        .with("from", from(row))
}

fn exception(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    let path = row.key.path.as_ref();
    scene
        .raised("recent-failures/exception", scene.subject_of(row), row)
        .with("error", error(row))
        .with(
            "at_path",
            path.map_or_else(String::new, |path| format!("; at {path}")),
        )
}

/// The exception in one line, or what authentik says instead.
fn error(row: &FailureRow) -> String {
    let key = &row.key;
    let told = key.error.clone().or_else(|| key.message.clone());
    told.unwrap_or_else(|| "it does not say which".into())
}
