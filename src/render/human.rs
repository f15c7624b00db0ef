//! The report for a person: who is hit, the cause and its mend, what follows, honest counts.

use std::io::{self, Write};

use crate::model::{Hit, Report, Severity, Target, list_of};

use super::{
    closing, finding,
    layout::Page,
    style::{Paint, Style},
    tree::{Case, cases},
    unknown, verbose,
};

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Verdict, root cause and command.
    Quiet,
    /// What a person needs to mend it and to trust it.
    #[default]
    Normal,
    /// Also passes, skips, evidence and timings.
    Verbose,
}

/// Writes the report for a person.
///
/// # Errors
/// When `out` cannot be written to.
pub fn human(
    report: &Report,
    style: &Style,
    detail: Detail,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, style);
    let cases = cases(report);
    verdict(&mut page, report)?;
    if detail == Detail::Quiet {
        return quiet(&mut page, &cases);
    }
    target(&mut page, &report.target)?;
    for case in &cases {
        page.gap()?;
        let simulated = report.target.simulated.is_some();
        finding::full(&mut page, case, &report.started, simulated, detail)?;
    }
    unknown::section(&mut page, report, detail)?;
    if detail == Detail::Verbose {
        verbose::section(&mut page, report)?;
    }
    notes(&mut page, &report.notes)?;
    closing(&mut page, report, &cases, detail)
}

fn verdict(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if let Some(scenario) = &report.target.simulated {
        page.words(Paint::Bold, "", "", &format!("SIMULATED: {scenario}"))?;
    }
    let paint = match report.verdict.hit {
        Hit::Everybody | Hit::Some => Paint::Error,
        Hit::Nobody | Hit::Unknown => Paint::Warning,
        Hit::None => Paint::Good,
    };
    page.words(paint, "", "", &report.verdict.headline)?;
    if report.verdict.hit == Hit::Everybody && !report.verdict.names.is_empty() {
        let apps = list_of(&report.verdict.names);
        page.words(Paint::Plain, "", "  ", &format!("hit: {apps}"))?;
    }
    Ok(())
}

/// Root causes that keep somebody from signing in; where there are none, what else was found.
fn quiet(page: &mut Page<'_>, cases: &[Case<'_>]) -> io::Result<()> {
    let worst = cases.first().map_or(Severity::Info, |c| c.root.severity);
    let shown = cases.iter().filter(|c| c.root.severity == worst);
    for case in shown.filter(|_| worst > Severity::Info) {
        finding::brief(page, case)?;
    }
    Ok(())
}

/// What was looked at, in one line.
pub(super) fn target(page: &mut Page<'_>, target: &Target) -> io::Result<()> {
    let authentik = match (&target.version, &target.url) {
        (Some(version), Some(url)) => Some(format!("authentik {version} at {url}")),
        (Some(version), None) => Some(format!("authentik {version}")),
        (None, Some(url)) => Some(format!("authentik at {url}")),
        (None, None) => None,
    };
    let config = target
        .config
        .as_ref()
        .map(|path| format!("configured by {path}"));
    let parts: Vec<String> = [authentik, target.engine.clone(), config]
        .into_iter()
        .flatten()
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    page.words(Paint::Dim, "", "  ", &parts.join(", "))
}

fn notes(page: &mut Page<'_>, notes: &[String]) -> io::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    page.gap()?;
    for note in notes {
        page.words(Paint::Plain, "Note: ", "  ", note)?;
    }
    Ok(())
}

fn closing(
    page: &mut Page<'_>,
    report: &Report,
    cases: &[Case<'_>],
    detail: Detail,
) -> io::Result<()> {
    page.gap()?;
    let mut counts = closing::counts(report, cases);
    if detail == Detail::Verbose {
        counts = format!("{counts}; took {} ms", report.milliseconds);
    }
    page.words(Paint::Bold, "", "", &counts)
}
