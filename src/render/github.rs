//! Workflow commands of GitHub Actions: the worst first, as many as GitHub shows; the rest stands in
//! the step's summary.

use std::io::{self, Write};

use crate::model::{Finding, Places, Report, Severity, printable};

/// Annotations of one level that GitHub shows of a step.
const MOST: usize = 10;

/// Writes workflow commands, and the verdict as an ordinary line.
///
/// # Errors
/// When `out` cannot be written to.
pub fn github(report: &Report, places: &Places, out: &mut dyn Write) -> io::Result<()> {
    for (severity, command) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "notice"),
    ] {
        let mut of_level: Vec<&Finding> = report.findings.iter().collect();
        of_level.retain(|finding| finding.severity == severity);
        // Root causes first; what follows from one says less.
        of_level.sort_by_key(|finding| !finding.is_root());
        for finding in of_level.iter().take(MOST) {
            annotation(finding, command, places, out)?;
        }
        if of_level.len() > MOST {
            let more = of_level.len() - MOST;
            writeln!(out, "{more} more of level {command} stand in the summary")?;
        }
    }
    let mut headline = printable(&report.verdict.headline).into_owned();
    if let Some(scenario) = &report.target.simulated {
        headline = format!("SIMULATED: {}: {headline}", printable(scenario));
    }
    // A line that begins with `::` would be a command.
    writeln!(out, "akdoctor: {headline}")
}

fn annotation(
    finding: &Finding,
    command: &str,
    places: &Places,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut properties = String::new();
    if let Some((file, line)) = places.of(&finding.subject) {
        properties = format!("file={},line={line},", property(file));
    }
    let probably = if finding.certain { "" } else { "probably: " };
    let mut lines = vec![format!("{probably}{}", printable(&finding.says))];
    let labelled = [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
    ];
    for (label, text) in labelled {
        lines.extend(text.as_ref().map(|t| format!("{label}: {}", printable(t))));
    }
    let recommended = finding.fixes.iter().find(|fix| fix.recommended);
    if let Some(fix) = recommended.or(finding.fixes.first()) {
        lines.push(format!("mend: {}", printable(&fix.does)));
        lines.extend(fix.shell.clone());
    }
    let title = property(&format!("{} ({})", finding.code, finding.subject));
    let message = message(&lines.join("\n"));
    writeln!(out, "::{command} {properties}title={title}::{message}")
}

/// The text of a command (actions/toolkit, `command.ts`: `%`, CR and LF).
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value: `:` and `,` as well.
fn property(text: &str) -> String {
    message(&printable(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}
