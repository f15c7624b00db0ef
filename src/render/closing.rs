//! The last line: honest counts. What was not seen is never counted as right.

use crate::model::{Report, Severity};

use super::{
    since::counted,
    tree::{Case, roots_at},
};

/// "2 root causes, 5 consequences; 24 of 31 things seen; 2 skipped".
pub(super) fn counts(report: &Report, cases: &[Case<'_>]) -> String {
    let mut parts = vec![found(report, cases)];
    let points = &report.summary.points;
    if points.skipped > 0 {
        parts.push(format!("{} skipped", points.skipped));
    }
    let broke = points.broke.max(report.summary.checks.broke);
    if broke > 0 {
        parts.push(format!("akdoctor failed at {broke}"));
    }
    if report.partial {
        parts.push("cut short before everything was asked".into());
    }
    parts.join("; ")
}

fn found(report: &Report, cases: &[Case<'_>]) -> String {
    let points = &report.summary.points;
    let (seen, wanted) = (points.seen(), points.wanted());
    let of = format!("{seen} of {}", counted(wanted as u64, "thing"));
    let faults = faults(cases);
    if !faults.is_empty() {
        return format!("{}; {of} seen", faults.join(", "));
    }
    if seen == 0 {
        return format!("nothing could be seen: {of}");
    }
    let checks = &report.summary.checks;
    let checks = counted((checks.wanted() + checks.skipped) as u64, "check");
    format!("no fault in what could be seen: {of}, {checks}")
}

fn faults(cases: &[Case<'_>]) -> Vec<String> {
    let consequences = cases.iter().map(|case| case.follows.len()).sum::<usize>();
    [
        (roots_at(cases, Severity::Error), "root cause"),
        (consequences, "consequence"),
        (roots_at(cases, Severity::Warning), "warning"),
        (roots_at(cases, Severity::Info), "info"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, what)| counted(n as u64, what))
    .collect()
}
