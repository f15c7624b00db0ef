//! The findings of a report as a person reads them: each root cause with all that follows from it.

use crate::model::{Finding, Outcome, Point, Report, Severity};

/// A root cause with what follows from it.
pub(super) struct Case<'r> {
    /// The root cause.
    pub root: &'r Finding,
    /// Findings that follow from it, directly or through others.
    pub follows: Vec<&'r Finding>,
    /// What could not be told because of it, with the check that wanted to.
    pub folded: Vec<(&'r str, &'r Point)>,
}

/// Every root cause: errors first, then warnings, then infos, otherwise in the report's order.
pub(super) fn cases(report: &Report) -> Vec<Case<'_>> {
    let findings = &report.findings;
    let roots: Vec<usize> = (0..findings.len()).map(|i| root_of(findings, i)).collect();
    let mut cases: Vec<Case<'_>> = (0..findings.len())
        .filter(|&i| roots[i] == i)
        .map(|root| Case {
            root: &findings[root],
            follows: (0..findings.len())
                .filter(|&i| i != root && roots[i] == root)
                .map(|i| &findings[i])
                .collect(),
            folded: untold(report)
                .filter(|(_, point)| fold(findings, &roots, point) == Some(root))
                .collect(),
        })
        .collect();
    cases.sort_by_key(|case| std::cmp::Reverse(case.root.severity));
    cases
}

/// What could not be told and no finding explains.
pub(super) fn unexplained(report: &Report) -> Vec<&Point> {
    let known = |code: &String| report.findings.iter().any(|f| f.code == *code);
    untold(report)
        .map(|(_, point)| point)
        .filter(|point| !point.folded_under.as_ref().is_some_and(known))
        .collect()
}

/// Root causes at this severity.
pub(super) fn roots_at(cases: &[Case<'_>], severity: Severity) -> usize {
    cases.iter().filter(|c| c.root.severity == severity).count()
}

/// What could not be told, with the id of its check.
fn untold(report: &Report) -> impl Iterator<Item = (&str, &Point)> {
    report
        .checks
        .iter()
        .flat_map(|check| check.points.iter().map(|point| (check.id.as_str(), point)))
        .filter(|(_, point)| matches!(point.outcome, Outcome::Unknown | Outcome::Broke))
}

/// Where the chain of causes ends. A cause that is not in the report (ignored, say) ends it, and
/// so does a circle: nothing may go missing.
fn root_of(findings: &[Finding], start: usize) -> usize {
    let mut at = start;
    for _ in 0..findings.len() {
        match cause_of(findings, at) {
            Some(next) => at = next,
            None => return at,
        }
    }
    start
}

fn cause_of(findings: &[Finding], of: usize) -> Option<usize> {
    let cause = findings[of].caused_by.as_ref()?;
    findings
        .iter()
        .position(|f| f.code == cause.code && f.subject == cause.subject)
}

fn fold(findings: &[Finding], roots: &[usize], point: &Point) -> Option<usize> {
    let code = point.folded_under.as_ref()?;
    let under = findings.iter().position(|f| f.code == *code)?;
    Some(roots[under])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, Kind, Reach, Subject};

    fn finding(code: &str, cause: Option<&str>) -> Finding {
        let subject = Subject::new(Kind::Server, "s");
        Finding {
            code: code.into(),
            severity: Severity::Error,
            subject: subject.clone(),
            says: String::new(),
            expected: None,
            observed: None,
            since: None,
            certain: true,
            reach: Reach::Everybody,
            cites: Vec::new(),
            caused_by: cause.map(|code| Cause {
                code: code.into(),
                subject,
            }),
            fixes: Vec::new(),
            admin: None,
            see: Vec::new(),
        }
    }

    fn roots(findings: &[Finding]) -> Vec<usize> {
        (0..findings.len()).map(|i| root_of(findings, i)).collect()
    }

    #[test]
    fn a_chain_ends_at_its_root() {
        let chain = [
            finding("a", Some("b")),
            finding("b", Some("c")),
            finding("c", None),
        ];
        assert_eq!(roots(&chain), [2, 2, 2]);
    }

    #[test]
    fn nothing_goes_missing_in_a_circle_or_with_a_lost_cause() {
        let circle = [finding("a", Some("b")), finding("b", Some("a"))];
        assert_eq!(roots(&circle), [0, 1]);
        assert_eq!(roots(&[finding("a", Some("gone"))]), [0]);
    }
}
