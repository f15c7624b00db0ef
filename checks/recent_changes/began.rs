//! When failures began, as far as events and logs tell.

use jiff::Timestamp;

use crate::{
    facts::{AppFacts, Base},
    model::{Kind, Severity, Subject},
    probe::events::FailureRow,
};

use super::super::{
    container_logs::LogFault,
    recent_failures::{app_of, is_of_mapping, people_shut_out, script_of},
};

/// A failure with its beginning.
#[derive(Debug, Clone)]
pub(super) struct Began {
    pub at: Timestamp,
    pub subject: Subject,
    /// The policy or mapping whose expression broke.
    pub script: Option<String>,
    /// What began: "the first exception of a policy".
    pub words: String,
    /// Keys of the evidence.
    pub cites: Vec<String>,
}

/// Every failure that is new since then, the first first.
pub(super) fn all(
    base: &Base,
    apps: &[AppFacts],
    failures: &[FailureRow],
    logs: &[LogFault],
    since: Timestamp,
) -> Vec<Began> {
    let instance = || Subject::new(Kind::Instance, &base.url);
    let mut all: Vec<Began> = Vec::new();
    for row in failures {
        let words = match row.key.action.as_str() {
            "policy_exception" => "the first exception of a policy",
            "property_mapping_exception" => "the first exception of a property mapping",
            "configuration_error" if is_of_mapping(row) => {
                "the first exception of a property mapping"
            }
            "configuration_error" => "the first event configuration_error",
            "system_exception" => "the first exception of authentik's own",
            _ => continue,
        };
        let app = app_of(apps, failures, row).map(|app| &app.name);
        let app = app.or(row.key.application.as_ref());
        all.push(Began {
            at: row.first,
            subject: app.map_or_else(instance, |app| Subject::new(Kind::App, app)),
            script: script_of(row),
            words: match app {
                Some(app) => format!("{words} for {app}"),
                None => words.to_owned(),
            },
            cites: Vec::new(),
        });
    }
    let people = people_shut_out(failures);
    if let Some(first) = people.iter().map(|row| row.first).min() {
        all.push(Began {
            at: first,
            subject: instance(),
            script: None,
            words: format!("the first of {} people was refused", people.len()),
            cites: Vec::new(),
        });
    }
    // What events tell of the same requests, they tell better.
    let told = |fault: &&LogFault| {
        let mut rows = failures.iter();
        rows.any(|row| row.requests.iter().any(|id| fault.requests.contains(id)))
    };
    let of_logs = logs
        .iter()
        .filter(|fault| fault.severity == Severity::Error && !told(fault));
    for fault in of_logs {
        all.extend(fault.began.map(|at| Began {
            at,
            subject: fault.subject.clone(),
            script: None,
            words: format!("the first {} in the log of {}", fault.code, fault.container),
            cites: vec![fault.cite.clone()],
        }));
    }
    all.retain(|began| began.at >= since);
    all.sort_by_key(|began| began.at);
    all
}
