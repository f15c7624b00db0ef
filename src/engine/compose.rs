//! Puts words to what the checks raised, and counts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ending, Run, past::Past};
use crate::{
    check::Raised,
    evidence::Unknown,
    facts::Base,
    fix::{self, Workshop},
    model::{
        CheckReport, Counts, Finding, Kind, Outcome, Point, Reach, Severity, Subject, Summary,
    },
    words::{FindingWords, fill},
};

/// Every finding in words, equal ones (same code, same subject) as one; and what those of the past
/// would be if they stood.
pub(super) fn findings(runs: &[Run], shop: &Workshop, base: &Base) -> (Vec<Finding>, Past) {
    let mut findings: Vec<Finding> = Vec::new();
    let mut past = Past::default();
    for run in runs {
        let Ending::Judged(judged) = &run.ending else {
            continue;
        };
        for raised in &judged.raised {
            let Some(words) = run.words.finding(raised.code) else {
                continue;
            };
            let new = finding(words, raised, shop, base, &run.words.see);
            let same = findings.iter_mut().find(|f| {
                f.code == new.code
                    && f.subject == new.subject
                    && (!raised.apart || f.says == new.says)
            });
            if let Some(same) = same {
                same.cites.extend(raised.cites.iter().cloned());
                same.cites.dedup();
            } else {
                if raised.past {
                    past.keep(&new, words.severity, words.reach);
                }
                findings.push(new);
            }
        }
    }
    (findings, past)
}

fn finding(
    words: &FindingWords,
    raised: &Raised,
    shop: &Workshop,
    base: &Base,
    see: &[String],
) -> Finding {
    let said = said(words, raised);
    // A template that lacks a value is a fault of akdoctor; the finding is still worth telling.
    let told =
        |template: &str| fill(template, &said).unwrap_or_else(|why| format!("{template} ({why})"));
    let optional = |template: &Option<String>| template.as_deref().map(told);
    Finding {
        code: words.code.clone(),
        severity: match raised.past {
            true => Severity::Info,
            false => raised.severity.unwrap_or(words.severity),
        },
        subject: raised.subject.clone(),
        says: told(&words.says),
        expected: optional(&words.expected),
        observed: optional(&words.observed),
        since: raised.since.clone(),
        certain: raised.certain,
        reach: match raised.past {
            true => Reach::Nobody,
            false => raised.reach.unwrap_or(words.reach),
        },
        cites: raised.cites.clone(),
        caused_by: None,
        fixes: fix::render(&words.fixes, &raised.values, shop),
        admin: optional(&words.admin).map(|path| base.path(&path)),
        see: see.to_vec(),
    }
}

/// The values of its sentences: a line of a log may lack one that others of its kind tell.
fn said<'r>(words: &'r FindingWords, raised: &'r Raised) -> BTreeMap<&'r str, Value> {
    let unsaid = Value::from("(not said)");
    let wanted = words.wants().into_iter().filter(|_| words.log.is_some());
    let wanted = wanted.map(|name| (name, unsaid.clone()));
    let known = raised
        .values
        .iter()
        .map(|(name, value)| (*name, value.clone()));
    wanted.chain(known).collect()
}

/// A consequence is mended by mending its cause.
pub(super) fn drop_fixes_of_consequences(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| !finding.is_root()) {
        finding.fixes.clear();
    }
}

/// Every check with its outcome.
pub(super) fn checks(runs: &[Run], base: &Base) -> Vec<CheckReport> {
    runs.iter()
        .map(|run| {
            let (outcome, why, points) = match &run.ending {
                Ending::Judged(judged) => {
                    let outcome = worst(judged.points.iter().map(|point| point.outcome));
                    let mut points = judged.points.iter();
                    let why = match outcome {
                        Outcome::Passed => None,
                        _ => points
                            .find(|p| p.outcome == outcome)
                            .and_then(|p| p.why.clone()),
                    };
                    (outcome, why, judged.points.clone())
                }
                Ending::Unknown(why) => {
                    let point = as_a_whole(run, why, base);
                    (Outcome::Unknown, point.why.clone(), vec![point])
                }
                Ending::Broke => (
                    Outcome::Broke,
                    Some("akdoctor itself failed in this check; please report it".into()),
                    Vec::new(),
                ),
            };
            CheckReport {
                id: run.words.id.clone(),
                title: run.words.title.clone(),
                outcome,
                why,
                milliseconds: run.milliseconds,
                points,
            }
        })
        .collect()
}

/// A check that could not be told at all, as one thing that was wanted: so it counts, and folds
/// under what explains it.
fn as_a_whole(run: &Run, why: &Unknown, base: &Base) -> Point {
    Point {
        what: run.words.title.clone(),
        subject: Subject::new(Kind::Instance, &base.url),
        outcome: Outcome::Unknown,
        why: Some(why.to_string()),
        cites: vec![why.key.clone()],
        folded_under: None,
    }
}

/// Broke, found, unknown, passed, skipped: nothing is dressed up as better than it is, and a check
/// of which only a part was skipped has passed in the rest.
fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Broke => 4,
        Outcome::Found => 3,
        Outcome::Unknown => 2,
        Outcome::Passed => 1,
        Outcome::Skipped => 0,
    };
    outcomes.max_by_key(rank).unwrap_or(Outcome::Skipped)
}

/// Honest counts.
pub(super) fn summary(checks: &[CheckReport], findings: &[Finding]) -> Summary {
    let mut points = Counts::default();
    let mut by_check = Counts::default();
    for check in checks {
        by_check.add(check.outcome);
        for point in &check.points {
            points.add(point.outcome);
        }
    }
    let at = |severity| findings.iter().filter(|f| f.severity == severity).count();
    Summary {
        checks: by_check,
        points,
        errors: at(Severity::Error),
        warnings: at(Severity::Warning),
        infos: at(Severity::Info),
    }
}
