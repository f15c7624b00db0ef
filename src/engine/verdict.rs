//! The first thing that a person reads: who is hit.

use crate::{
    facts::Apps,
    model::{Finding, Hit, Kind, Needs, Reach, Severity, Summary, Verdict},
};

/// Who is hit by what was found.
pub(super) fn verdict(
    findings: &[Finding],
    summary: &Summary,
    apps: &Apps,
    needs: &Needs,
) -> Verdict {
    let errors = || findings.iter().filter(|f| f.severity == Severity::Error);
    let everybody: Vec<&Finding> = errors().filter(|f| f.reach == Reach::Everybody).collect();
    if !everybody.is_empty() {
        let certain = everybody.iter().any(|f| f.certain);
        return Verdict {
            hit: Hit::Everybody,
            names: apps.names.clone(),
            certain,
            headline: probably(certain, "NOBODY CAN SIGN IN"),
        };
    }
    let mut names: Vec<String> = Vec::new();
    for finding in errors().filter(|f| f.reach == Reach::Subject) {
        if matches!(finding.subject.kind, Kind::App | Kind::Person)
            && !names.contains(&finding.subject.name)
        {
            names.push(finding.subject.name.clone());
        }
        // A name and a group have nobody to sign in: hit is whoever needs them.
        let hit = match finding.subject.kind {
            Kind::Name => Kind::App,
            Kind::Group => Kind::Person,
            _ => continue,
        };
        for one in needs.dependents(&finding.subject) {
            if one.kind == hit && !names.contains(&one.name) {
                names.push(one.name.clone());
            }
        }
    }
    if !names.is_empty() {
        let certain = errors().any(|f| f.reach == Reach::Subject && f.certain);
        let who = crate::model::list_of(&names).to_uppercase();
        return Verdict {
            hit: Hit::Some,
            names,
            certain,
            headline: probably(certain, &format!("{who} ONLY")),
        };
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
