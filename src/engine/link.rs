//! Links consequences to their causes. A link is made when the cause's code is listed in
//! `explained_by`, its subject is reachable over `needs`, and it did not begin later; of several,
//! the one that shares a citation, then the nearest (design: root causes).

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{Run, past::Past};
use crate::model::{Cause, CheckReport, Finding, Kind, Needs, Outcome, Reach};

/// Clocks of engine, containers and this machine may differ by this much without meaning an order.
const SLACK_SECONDS: i64 = 90;

/// Sets `caused_by` and sorts: root causes first, each followed by its consequences.
pub(super) fn link(findings: &mut Vec<Finding>, runs: &[Run], needs: &Needs, past: &Past) {
    let explained_by = |code: &str| -> &[String] {
        let words = runs.iter().find_map(|run| run.words.finding(code));
        words.map_or(&[], |words| &words.explained_by)
    };
    let mut causes: Vec<Option<usize>> = (0..findings.len())
        .map(|at| {
            let finding = &findings[at];
            let listed = explained_by(&finding.code);
            cause_of(at, findings, listed, needs, past)
        })
        .collect();
    break_cycles(findings, &mut causes);
    for (at, cause) in causes.iter().enumerate() {
        findings[at].caused_by = cause.map(|cause| Cause {
            code: findings[cause].code.clone(),
            subject: findings[cause].subject.clone(),
        });
    }
    sort(findings, &causes);
}

fn cause_of(
    at: usize,
    findings: &[Finding],
    listed: &[String],
    needs: &Needs,
    past: &Past,
) -> Option<usize> {
    let finding = &findings[at];
    let candidates = findings.iter().enumerate().filter(|&(other, cause)| {
        // What may be over causes nothing of now.
        let over = past.holds(cause) && !past.holds(finding);
        other != at && listed.contains(&cause.code) && !over && !began_later(cause, finding)
    });
    candidates
        .filter_map(|(other, cause)| {
            let steps = needs.distance(&finding.subject, &cause.subject)?;
            let shares = cause.cites.iter().any(|key| finding.cites.contains(key));
            let order = listed.iter().position(|code| *code == cause.code);
            Some((Reverse(shares), steps, order, other))
        })
        .min()
        .map(|(.., other)| other)
}

fn began_later(cause: &Finding, finding: &Finding) -> bool {
    let at = |since: &Option<String>| since.as_deref()?.parse::<Timestamp>().ok();
    match (at(&cause.since), at(&finding.since)) {
        (Some(cause), Some(finding)) => {
            cause.as_second() > finding.as_second().saturating_add(SLACK_SECONDS)
        }
        _ => false,
    }
}

/// Of a ring of findings that explain each other, the one in the lowest layer is the root.
fn break_cycles(findings: &[Finding], causes: &mut [Option<usize>]) {
    for start in 0..causes.len() {
        let mut ring = vec![start];
        let mut at = start;
        while let Some(next) = causes[at] {
            if let Some(from) = ring.iter().position(|&seen| seen == next) {
                let lowest = ring[from..]
                    .iter()
                    .min_by_key(|&&one| (findings[one].subject.kind, one));
                if let Some(&lowest) = lowest {
                    causes[lowest] = None;
                }
                break;
            }
            ring.push(next);
            at = next;
        }
    }
}

fn sort(findings: &mut Vec<Finding>, causes: &[Option<usize>]) {
    let root_of = |mut at: usize| {
        let mut steps = 0;
        while let Some(next) = causes[at] {
            (at, steps) = (next, steps + 1);
        }
        (at, steps)
    };
    let weight = |at: usize| {
        let finding = &findings[at];
        let reach = match finding.reach {
            Reach::Everybody => 0,
            Reach::Subject => 1,
            Reach::Nobody => 2,
        };
        (Reverse(finding.severity), reach, finding.subject.kind, at)
    };
    // A root counts as much as the worst that follows from it.
    let mut order: Vec<usize> = (0..findings.len()).collect();
    let worst = |root: usize| {
        (0..findings.len())
            .filter(|&at| root_of(at).0 == root)
            .map(|at| {
                let (severity, reach, ..) = weight(at);
                (severity, reach)
            })
            .min()
    };
    order.sort_by_key(|&at| {
        let (root, steps) = root_of(at);
        (worst(root), weight(root), steps, weight(at))
    });
    let mut taken: Vec<Option<Finding>> = findings.drain(..).map(Some).collect();
    findings.extend(order.into_iter().filter_map(|at| taken[at].take()));
}

/// Folds what could not be told for want of an answer under the finding that says why there was
/// none: one that cites the same failed question, or another failed one at the same place. What
/// was merely read explains nothing, and an answer that came and does not decide is explained by
/// nobody. A fault of akdoctor's own token explains the questions that were refused or answered
/// with less than everything, and not its place.
pub(super) fn fold(
    checks: &mut [CheckReport],
    findings: &[Finding],
    failed: impl Fn(&str) -> bool,
) {
    let unknown = checks
        .iter_mut()
        .flat_map(|check| &mut check.points)
        .filter(|point| point.outcome == Outcome::Unknown);
    for point in unknown {
        let same = |finding: &Finding, key: &str| match finding.subject.kind {
            Kind::Token => point.cites.iter().any(|one| one == key),
            _ => {
                let place = place_in(key);
                let mut wanted = point.cites.iter().filter(|one| failed(one));
                failed(key)
                    && wanted.any(|one| one == key || place.is_some() && place_in(one) == place)
            }
        };
        let explains = findings
            .iter()
            .find(|finding| finding.cites.iter().any(|key| same(finding, key)));
        point.folded_under = explains.map(|finding| finding.code.clone());
    }
}

/// The `scheme://host:port` that a key speaks of.
fn place_in(key: &str) -> Option<&str> {
    // The kind of question may be called "http" too.
    let url = key.split_whitespace().find(|word| word.contains("://"))?;
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    Some(&url[..scheme.len() + 3 + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, Point, Severity, Subject};

    fn finding(code: &str, kind: Kind, since: Option<&str>) -> Finding {
        Finding {
            code: code.into(),
            severity: Severity::Error,
            subject: Subject::new(kind, "x"),
            says: String::new(),
            expected: None,
            observed: None,
            since: since.map(Into::into),
            certain: true,
            reach: Reach::Everybody,
            cites: Vec::new(),
            caused_by: None,
            fixes: Vec::new(),
            admin: None,
            see: Vec::new(),
        }
    }

    #[test]
    fn the_place_is_that_of_the_url_whatever_the_kind_of_question() {
        for key in [
            "http GET http://a:1/x",
            "api GET http://a:1/api/v3/",
            "http://a:1",
        ] {
            assert_eq!(place_in(key), Some("http://a:1"), "{key}");
        }
        assert_eq!(place_in("inspect 12ab"), None);
    }

    fn unknown(cite: &str) -> CheckReport {
        CheckReport {
            id: "c".into(),
            title: String::new(),
            outcome: Outcome::Unknown,
            why: None,
            milliseconds: 0,
            points: vec![Point {
                what: "w".into(),
                subject: Subject::new(Kind::App, "MinIO"),
                outcome: Outcome::Unknown,
                why: Some("could not be told".into()),
                cites: vec![cite.into()],
                folded_under: None,
            }],
        }
    }

    fn folded(point: &str, cause: &Finding, failed: &[&str]) -> bool {
        let mut checks = [unknown(point)];
        fold(&mut checks, std::slice::from_ref(cause), |key| {
            failed.contains(&key)
        });
        checks[0].points[0].folded_under.is_some()
    }

    #[test]
    fn only_a_failed_question_or_place_explains_what_could_not_be_told() {
        let mut cause = finding("app-access/nobody", Kind::App, None);
        cause.cites.push("psql".into());
        assert!(!folded("psql", &cause, &[]), "both read the same answer");
        assert!(folded("psql", &cause, &["psql"]), "which failed");

        let (ready, users) = (
            "http GET http://a:1/ready/",
            "api GET http://a:1/api/v3/users/",
        );
        let mut cause = finding("health/server-error", Kind::Instance, None);
        cause.cites.push(ready.into());
        assert!(folded(users, &cause, &[ready, users]));
        assert!(
            !folded(users, &cause, &[users]),
            "its answer was merely read"
        );
        assert!(
            !folded(users, &cause, &[ready]),
            "an answer that does not decide"
        );
        cause.subject.kind = Kind::Token;
        assert!(!folded(users, &cause, &[ready, users]));
        assert!(
            folded(ready, &cause, &[]),
            "a list that the token sees a part of"
        );
    }

    fn needs() -> Needs {
        let mut needs = Needs::default();
        let subject = |kind| Subject::new(kind, "x");
        needs.add(subject(Kind::Instance), subject(Kind::Server));
        needs.add(subject(Kind::Server), subject(Kind::Database));
        needs.add(subject(Kind::Database), subject(Kind::Server));
        needs
    }

    #[test]
    fn the_nearest_listed_cause_wins_and_a_shared_citation_beats_it() {
        let mut findings = vec![
            finding("i", Kind::Instance, None),
            finding("s", Kind::Server, None),
            finding("d", Kind::Database, None),
        ];
        let listed = ["s".to_owned(), "d".to_owned()];
        assert_eq!(
            cause_of(0, &findings, &listed, &needs(), &Past::default()),
            Some(1)
        );
        findings[0].cites.push("http GET x".into());
        findings[2].cites.push("http GET x".into());
        assert_eq!(
            cause_of(0, &findings, &listed, &needs(), &Past::default()),
            Some(2)
        );
        assert_eq!(
            cause_of(0, &findings, &listed[..0], &needs(), &Past::default()),
            None
        );
    }

    #[test]
    fn what_began_later_is_no_cause() {
        let findings = [
            finding("i", Kind::Instance, Some("2026-11-23T10:00:00Z")),
            finding("s", Kind::Server, Some("2026-11-23T10:05:00Z")),
        ];
        assert_eq!(
            cause_of(0, &findings, &["s".to_owned()], &needs(), &Past::default()),
            None
        );
    }

    #[test]
    fn a_ring_ends_at_its_lowest_layer() {
        let findings = [
            finding("s", Kind::Server, None),
            finding("d", Kind::Database, None),
        ];
        let mut causes = vec![Some(1), Some(0)];
        break_cycles(&findings, &mut causes);
        assert_eq!(causes, [Some(1), None]);
    }

    #[test]
    fn places_are_cut_from_keys() {
        assert_eq!(
            place_in("api GET http://localhost:9000/api/v3/tasks/workers"),
            Some("http://localhost:9000")
        );
        assert_eq!(place_in("containers"), None);
    }
}
