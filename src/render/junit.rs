//! JUnit XML: a suite for each check, a case for each thing that it looked at, passes included.

use std::{
    io::{self, Write},
    time::Duration,
};

use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use crate::model::{CheckReport, Finding, Outcome, Point, Report, Severity, printable};

/// What a point that could not be told is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// An error, so that it is not taken for a pass.
    Error,
    /// Skipped.
    Skipped,
}

/// Writes JUnit XML. A finding below `fail_on` fails no case.
///
/// # Errors
/// When `out` cannot be written to.
pub fn junit(
    report: &Report,
    fail_on: Severity,
    unseen: Unseen,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut xml = Xml::new("akdoctor");
    xml.set_time(Duration::from_millis(report.milliseconds));
    for check in &report.checks {
        let mut suite = TestSuite::new(clean(&check.id));
        suite.set_time(Duration::from_millis(check.milliseconds));
        suite.add_property(("promises", clean(&check.title).as_str()));
        if check.points.is_empty() {
            let outcome = (check.outcome, check.why.as_deref());
            suite.add_test_case(case(&check.id, &check.title, status(outcome, unseen)));
        }
        for point in &check.points {
            suite.add_test_case(of_point(report, check, point, fail_on, unseen));
        }
        xml.add_test_suite(suite);
    }
    let text = xml.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn of_point(
    report: &Report,
    check: &CheckReport,
    point: &Point,
    fail_on: Severity,
    unseen: Unseen,
) -> TestCase {
    let name = format!("{} ({})", point.what, point.subject);
    if point.outcome != Outcome::Found {
        let outcome = (point.outcome, point.why.as_deref());
        return case(&check.id, &name, status(outcome, unseen));
    }
    let code = point.why.as_deref().unwrap_or_default();
    let of_code = || report.findings.iter().filter(|it| it.code == code);
    let same = of_code().find(|it| it.subject == point.subject);
    // What was found is never told as left out while a finding of its code stands.
    let found = same.or(of_code().next());
    match found {
        Some(finding) if finding.severity >= fail_on => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_type(clean(code));
            failed.set_message(clean(&finding.says));
            failed.set_description(described(finding));
            case(&check.id, &name, failed)
        }
        Some(finding) => {
            let mut passed = case(&check.id, &name, TestCaseStatus::success());
            let said = format!("{}: {} ({code})", finding.severity, finding.says);
            passed.set_system_out(clean(&said));
            passed
        }
        None => {
            let mut left_out = TestCaseStatus::skipped();
            left_out.set_message(clean(&format!("{code} is not looked at in this run")));
            case(&check.id, &name, left_out)
        }
    }
}

fn case(check: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(clean(name), status);
    case.set_classname(format!("akdoctor.{}", clean(check)));
    case
}

fn status((outcome, why): (Outcome, Option<&str>), unseen: Unseen) -> TestCaseStatus {
    let why = clean(why.unwrap_or("no reason was told"));
    let error = |kind: &str| {
        let mut error = TestCaseStatus::non_success(NonSuccessKind::Error);
        error.set_type(kind);
        error.set_message(why.as_str());
        error
    };
    match (outcome, unseen) {
        (Outcome::Passed, _) => TestCaseStatus::success(),
        (Outcome::Broke, _) => error("broke"),
        (Outcome::Found, _) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Outcome::Unknown, Unseen::Error) => error("unknown"),
        (Outcome::Unknown, Unseen::Skipped) | (Outcome::Skipped, _) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(why.as_str());
            skipped
        }
    }
}

/// Expected, observed, cause and mends, a line each.
fn described(finding: &Finding) -> String {
    let mut lines = Vec::new();
    for (label, text) in [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
    ] {
        if let Some(text) = text {
            lines.push(format!("{label}: {}", clean(text)));
        }
    }
    if let Some(cause) = &finding.caused_by {
        let subject = clean(&cause.subject.to_string());
        lines.push(format!("follows from: {} ({subject})", cause.code));
    }
    for fix in &finding.fixes {
        lines.push(format!("mend: {}", clean(&fix.does)));
        // A command keeps its lines; the XML writer escapes what XML cannot hold.
        lines.extend(fix.shell.clone());
    }
    lines.join("\n")
}

fn clean(text: &str) -> String {
    printable(text).into_owned()
}
