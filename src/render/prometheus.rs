//! Metrics in Prometheus's text format 0.0.4, for the textfile collector of the node exporter.

use std::io::{self, Write};

use crate::model::{Counts, Outcome, Report, printable};

/// Writes metrics; `code` is the exit code of the run.
///
/// # Errors
/// When `out` cannot be written to.
pub fn prometheus(report: &Report, code: u8, out: &mut dyn Write) -> io::Result<()> {
    let target = &report.target;
    metric(out, "akdoctor_info", "What was looked at, and with what.")?;
    let info = [
        ("version", Some(report.akdoctor.as_str())),
        ("authentik", target.version.as_deref()),
        ("url", target.url.as_deref()),
        ("simulated", target.simulated.as_deref()),
    ];
    let info: Vec<(&str, &str)> = info
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
    sample(out, "akdoctor_info", &info, "1")?;
    for (name, help, value) in [
        (
            "akdoctor_exit_code",
            "Exit code: 0 nothing, 1 findings, 3 something could not be told.",
            u64::from(code).to_string(),
        ),
        (
            "akdoctor_partial",
            "Whether the run was cut short.",
            u8::from(report.partial).to_string(),
        ),
        (
            "akdoctor_duration_seconds",
            "How long the run took.",
            seconds(report.milliseconds),
        ),
    ] {
        metric(out, name, help)?;
        sample(out, name, &[], &value)?;
    }
    if let Ok(began) = report.started.parse::<jiff::Timestamp>() {
        let name = "akdoctor_start_time_seconds";
        metric(out, name, "When the run began, as Unix time.")?;
        sample(out, name, &[], &began.as_second().to_string())?;
    }
    metric(
        out,
        "akdoctor_points",
        "Things that were looked at, by outcome.",
    )?;
    for (outcome, count) in each(&report.summary.points) {
        let labels = [("outcome", outcome)];
        sample(out, "akdoctor_points", &labels, &count.to_string())?;
    }
    metric(
        out,
        "akdoctor_check",
        "Each check: 1 for the outcome that it had.",
    )?;
    for check in &report.checks {
        let labels = [
            ("check", check.id.as_str()),
            ("outcome", name_of(check.outcome)),
        ];
        sample(out, "akdoctor_check", &labels, "1")?;
    }
    metric(
        out,
        "akdoctor_findings",
        "Findings by severity, consequences included.",
    )?;
    let summary = &report.summary;
    for (severity, count) in [
        ("error", summary.errors),
        ("warning", summary.warnings),
        ("info", summary.infos),
    ] {
        let labels = [("severity", severity)];
        sample(out, "akdoctor_findings", &labels, &count.to_string())?;
    }
    metric(out, "akdoctor_finding", "Each finding that stands.")?;
    let mut told: Vec<Vec<(&str, String)>> = Vec::new();
    for finding in &report.findings {
        let labels = vec![
            ("code", finding.code.clone()),
            ("kind", finding.subject.kind.to_string()),
            ("subject", finding.subject.name.clone()),
            ("severity", finding.severity.to_string()),
            ("root", finding.is_root().to_string()),
        ];
        // A series may stand only once.
        if !told.contains(&labels) {
            let pairs: Vec<(&str, &str)> = labels.iter().map(|(n, v)| (*n, v.as_str())).collect();
            sample(out, "akdoctor_finding", &pairs, "1")?;
            told.push(labels);
        }
    }
    Ok(())
}

fn each(counts: &Counts) -> [(&'static str, usize); 5] {
    [
        ("passed", counts.passed),
        ("found", counts.found),
        ("unknown", counts.unknown),
        ("skipped", counts.skipped),
        ("broke", counts.broke),
    ]
}

fn name_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Found => "found",
        Outcome::Unknown => "unknown",
        Outcome::Skipped => "skipped",
        Outcome::Broke => "broke",
    }
}

fn metric(out: &mut dyn Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

fn sample(out: &mut dyn Write, name: &str, labels: &[(&str, &str)], value: &str) -> io::Result<()> {
    if labels.is_empty() {
        return writeln!(out, "{name} {value}");
    }
    let labels: Vec<String> = labels
        .iter()
        .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
        .collect();
    writeln!(out, "{name}{{{}}} {value}", labels.join(","))
}

/// A label's value: backslash, quote and line feed are escaped, nothing that steers a screen stays.
fn escaped(value: &str) -> String {
    printable(value)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
}
