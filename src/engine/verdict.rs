//! The first thing that a person reads: who is hit.

use super::users::Users;
use crate::{
    facts::Apps,
    model::{Finding, Hit, Kind, Reach, Severity, Summary, Verdict},
};

/// Who is hit by what was found.
pub(super) fn verdict(
    findings: &[Finding],
    summary: &Summary,
    apps: &Apps,
    users: &Users,
) -> Verdict {
    let errors = || findings.iter().filter(|f| f.severity == Severity::Error);
    let all = |f: &&Finding| f.reach == Reach::Everybody && users.hit_by(f).is_none();
    let everybody: Vec<&Finding> = errors().filter(all).collect();
    if !everybody.is_empty() {
        let certain = everybody.iter().any(|f| f.certain);
        return Verdict {
            hit: Hit::Everybody,
            names: apps.names.clone(),
            certain,
            headline: probably(certain, "NOBODY CAN SIGN IN"),
        };
    }
    if let Some(some) = some(errors(), users) {
        return some;
    }
    let (hit, headline) = if !findings.is_empty() {
        (Hit::Nobody, faults_that_stop_nobody(findings, summary))
    } else if summary.points.seen() == 0 {
        (Hit::Unknown, "NOTHING COULD BE SEEN".to_owned())
    } else {
        (Hit::None, nothing_found(summary))
    };
    Verdict {
        hit,
        names: Vec::new(),
        certain: true,
        headline,
    }
}

/// The apps and people that are hit, if any are.
fn some<'f>(errors: impl Iterator<Item = &'f Finding>, users: &Users) -> Option<Verdict> {
    let (mut surely, mut perhaps): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut certain = false;
    for finding in errors.filter(|f| f.reach != Reach::Nobody) {
        if let Some(those) = users.hit_by(finding) {
            certain |= finding.reach == Reach::Subject && finding.certain;
            add(&mut surely, those.surely);
            add(&mut perhaps, those.perhaps);
        } else if matches!(finding.subject.kind, Kind::App | Kind::Person) {
            certain |= finding.certain;
            add(&mut surely, vec![finding.subject.name.clone()]);
        }
    }
    perhaps.retain(|name| !surely.contains(name));
    let headline = match (surely.as_slice(), perhaps.as_slice()) {
        ([], []) => return None,
        ([], perhaps) => {
            certain = false;
            format!("{} ONLY", upper(perhaps))
        }
        (surely, []) => format!("{} ONLY", upper(surely)),
        (surely, perhaps) => format!("{}, PERHAPS {} TOO", upper(surely), upper(perhaps)),
    };
    Some(Verdict {
        hit: Hit::Some,
        names: if surely.is_empty() { perhaps } else { surely },
        certain,
        headline: probably(certain, &headline),
    })
}

fn add(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if !names.contains(&name) {
            names.push(name);
        }
    }
}

fn upper(names: &[String]) -> String {
    crate::model::list_of(names).to_uppercase()
}

/// What was not seen is said in the same breath.
fn nothing_found(summary: &Summary) -> String {
    match summary.points.unknown + summary.points.broke {
        0 => "NOTHING FOUND".to_owned(),
        1 => "NOTHING FOUND; 1 THING COULD NOT BE TOLD".to_owned(),
        more => format!("NOTHING FOUND; {more} THINGS COULD NOT BE TOLD"),
    }
}

fn probably(certain: bool, headline: &str) -> String {
    if certain {
        headline.to_owned()
    } else {
        format!("PROBABLY {headline}")
    }
}

/// Root causes only: what follows from one is not another fault.
fn faults_that_stop_nobody(findings: &[Finding], summary: &Summary) -> String {
    let roots = |severity| {
        let of = |f: &&Finding| f.is_root() && f.severity == severity;
        findings.iter().filter(of).count()
    };
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "S" });
    let found = match (roots(Severity::Error), roots(Severity::Warning)) {
        (0, 0) => String::new(),
        (0, warnings) => count(warnings, "WARNING"),
        (errors, 0) => count(errors, "FAULT"),
        (errors, warnings) => {
            format!("{}, {}", count(errors, "FAULT"), count(warnings, "WARNING"))
        }
    };
    let said = match summary.points.unknown + summary.points.broke {
        0 => "NOBODY IS LOCKED OUT",
        _ => "NOTHING SEEN THAT LOCKS ANYBODY OUT, AND NOT EVERYTHING WAS SEEN",
    };
    match found.as_str() {
        "" => said.to_owned(),
        found => format!("{said}; {found}"),
    }
}
