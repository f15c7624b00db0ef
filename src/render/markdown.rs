//! Markdown for a ticket: the verdict, each root cause with its evidence and mends, what could not
//! be told, what was checked.

use std::io::{self, Write};

use super::{
    closing,
    tree::{Case, cases, unexplained},
};
use crate::model::{Finding, Fix, Outcome, Report, Risk, Severity, printable};

/// Writes Markdown.
///
/// # Errors
/// When `out` cannot be written to.
pub fn markdown(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let cases = cases(report);
    writeln!(out, "# {}\n", text(&report.verdict.headline))?;
    if let Some(scenario) = &report.target.simulated {
        writeln!(out, "Simulated: {}.\n", code(scenario))?;
    }
    target(report, out)?;
    for case in &cases {
        one(case, out)?;
    }
    untold(report, out)?;
    checked(report, out)?;
    for note in &report.notes {
        writeln!(out, "Note: {}\n", text(note))?;
    }
    writeln!(out, "{}.", text(&closing::counts(report, &cases)))
}

fn target(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let target = &report.target;
    let rows = [
        ("authentik", &target.version),
        ("at", &target.url),
        ("engine", &target.engine),
        ("configured by", &target.config),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            writeln!(out, "- {label}: {}", code(value))?;
        }
    }
    writeln!(
        out,
        "- seen by akdoctor {} at {}\n",
        text(&report.akdoctor),
        text(&report.started)
    )
}

fn one(case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    let root = case.root;
    let mark = match root.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
        Severity::Info => "i",
    };
    let probably = if root.certain { "" } else { "probably: " };
    writeln!(out, "## {mark} {probably}{}\n", text(&root.says))?;
    writeln!(
        out,
        "- code: {}, {} of {}",
        code(&root.code),
        root.severity,
        text(&root.subject.to_string())
    )?;
    for (label, value) in [
        ("expected", &root.expected),
        ("observed", &root.observed),
        ("since", &root.since),
        ("in authentik", &root.admin),
    ] {
        if let Some(value) = value {
            writeln!(out, "- {label}: {}", code(value))?;
        }
    }
    for key in &root.cites {
        writeln!(out, "- evidence: {}", code(key))?;
    }
    writeln!(out)?;
    for (at, fix) in in_order(&root.fixes).into_iter().enumerate() {
        mend(fix, if at == 0 { "Mend" } else { "Or" }, out)?;
    }
    follows(case, out)
}

fn in_order(fixes: &[Fix]) -> Vec<&Fix> {
    let mut order: Vec<&Fix> = fixes.iter().collect();
    order.sort_by_key(|fix| !fix.recommended);
    order
}

fn mend(fix: &Fix, label: &str, out: &mut dyn Write) -> io::Result<()> {
    let risk = match fix.risk {
        Risk::ReadOnly => "only looks",
        Risk::Restarts => "restarts; sign-ins may be interrupted for a moment",
        Risk::ChangesData => "changes data, and can be put back",
        Risk::Destructive => "what it removes cannot be brought back",
    };
    writeln!(out, "**{label}**: {} ({risk}).\n", text(&fix.does))?;
    let command = fix.shell.clone().or_else(|| {
        let line = shlex::try_join(fix.argv.iter().map(String::as_str)).ok()?;
        (!line.is_empty()).then_some(line)
    });
    if let Some(command) = command {
        fenced(&command, out)?;
    }
    if let Some(note) = &fix.note {
        writeln!(out, "{}.\n", text(note))?;
    }
    if let Some(undo) = &fix.undo {
        writeln!(out, "To take it back:\n")?;
        fenced(undo, out)?;
    }
    Ok(())
}

fn follows(case: &Case<'_>, out: &mut dyn Write) -> io::Result<()> {
    if case.follows.is_empty() && case.folded.is_empty() {
        return Ok(());
    }
    writeln!(out, "What follows from it:\n")?;
    let follow = |finding: &&Finding| format!("{} ({})", text(&finding.says), code(&finding.code));
    for line in case.follows.iter().map(follow) {
        writeln!(out, "- {line}")?;
    }
    for (_, point) in &case.folded {
        writeln!(
            out,
            "- could not be told: {} ({})",
            text(&point.what),
            text(&point.subject.to_string())
        )?;
    }
    writeln!(out)
}

fn untold(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let points = unexplained(report);
    if points.is_empty() {
        return Ok(());
    }
    writeln!(out, "## What could not be told\n")?;
    for point in points {
        let why = point.why.as_deref().unwrap_or("no reason was told");
        writeln!(
            out,
            "- {} ({}): {}",
            text(&point.what),
            text(&point.subject.to_string()),
            text(why)
        )?;
    }
    writeln!(out)
}

fn checked(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## What was checked\n")?;
    writeln!(out, "| check | promises | outcome |\n| --- | --- | --- |")?;
    for check in &report.checks {
        let outcome = match check.outcome {
            Outcome::Passed => "passed",
            Outcome::Found => "found something",
            Outcome::Unknown => "could not be told",
            Outcome::Skipped => "skipped",
            Outcome::Broke => "akdoctor failed",
        };
        writeln!(
            out,
            "| {} | {} | {outcome} |",
            code(&check.id),
            text(&check.title)
        )?;
    }
    writeln!(out)
}

/// A command between fences that are longer than any in it.
fn fenced(command: &str, out: &mut dyn Write) -> io::Result<()> {
    let fence = "`".repeat(longest_run(command).max(2) + 1);
    writeln!(out, "{fence}sh\n{command}\n{fence}\n")
}

/// Text as code, between back quotes that are longer than any in it (CommonMark 6.1).
fn code(value: &str) -> String {
    let value = printable(value);
    let ticks = "`".repeat(longest_run(&value) + 1);
    match value.starts_with('`') || value.ends_with('`') || value.is_empty() {
        true => format!("{ticks} {value} {ticks}"),
        false => format!("{ticks}{value}{ticks}"),
    }
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// Text as text: what Markdown or HTML would read as more is escaped.
fn text(value: &str) -> String {
    let mut safe = String::with_capacity(value.len());
    for c in printable(value).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '@' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_read_as_markup() {
        assert_eq!(
            text("<b>*x*|[a](b)@all"),
            "&lt;b>\\*x\\*\\|\\[a\\](b)\\@all"
        );
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        let mut out = Vec::new();
        fenced("echo ```x", &mut out).unwrap();
        assert!(out.starts_with(b"````sh\n"));
    }
}
