//! What logs mean, for people.

use std::io::{self, Write};

use super::{
    finding::mend,
    human::Detail,
    layout::Page,
    style::{Paint, Style},
};
use crate::model::{LogFinding, LogReport, LogSource, Risk, UnknownError, clock, times};

/// Unknown errors that are shown unless more was asked for.
const SHOWN: usize = 10;
/// Heights of a timeline's stretches.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Writes what logs mean.
///
/// # Errors
/// When `out` cannot be written to.
pub fn logs(
    report: &LogReport,
    style: &Style,
    detail: Detail,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(out, style);
    for finding in &report.findings {
        page.gap()?;
        told(&mut page, report, finding)?;
    }
    if report.findings.is_empty() {
        page.words(Paint::Bold, "", "", "No known fault in these logs.")?;
    }
    if detail != Detail::Quiet {
        unknown(&mut page, report, detail)?;
        sources(&mut page, report)?;
    }
    Ok(())
}

/// Writes one fault, for a log that is being followed.
///
/// # Errors
/// When `out` cannot be written to.
pub fn log_finding(
    report: &LogReport,
    finding: &LogFinding,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    told(&mut Page::new(out, style), report, finding)
}

fn told(page: &mut Page<'_>, report: &LogReport, finding: &LogFinding) -> io::Result<()> {
    let (mark, paint) = page.style.severity(finding.severity);
    let earlier = if finding.standing { "" } else { "earlier: " };
    let says = format!("{}: {earlier}{}", finding.source, finding.says);
    page.words(paint, &format!("{mark} "), "  ", &says)?;
    let seen = times(finding.count, finding.first, finding.last, report.started);
    page.labelled("seen", &format!("{seen}{}", timeline(page, finding)))?;
    page.labelled("line", &finding.sample)?;
    page.labelled("code", &format!("{} ({})", finding.code, finding.signature))?;
    if let Some(cause) = &finding.follows_from {
        return page.labelled("follows", &format!("from {cause}: mend that"));
    }
    // What a person taught stands in their own folder.
    if !finding.code.starts_with("local/") {
        page.labelled("more", &format!("akdoctor explain {}", finding.code))?;
    }
    mended(page, finding)
}

/// The one way to mend it that is recommended here.
fn mended(page: &mut Page<'_>, finding: &LogFinding) -> io::Result<()> {
    let Some(fix) = finding.fixes.first() else {
        return Ok(());
    };
    let label = match (finding.standing, fix.risk) {
        (_, Risk::ReadOnly) => "Next:",
        (true, _) => "Mend:",
        (false, _) => "If it comes again:",
    };
    mend(page, fix, label)
}

/// A small picture of how often when, where there is something to see.
fn timeline(page: &Page<'_>, finding: &LogFinding) -> String {
    let most = finding.timeline.iter().copied().max().unwrap_or(0);
    if !page.style.unicode || finding.timeline.len() < 3 || most < 2 {
        return String::new();
    }
    let bar = |count: &u32| match count {
        0 => ' ',
        count => BARS[(u64::from(*count) * 7 / u64::from(most)) as usize],
    };
    let bars: String = finding.timeline.iter().map(bar).collect();
    format!("  {bars}")
}

fn unknown(page: &mut Page<'_>, report: &LogReport, detail: Detail) -> io::Result<()> {
    if report.unknown.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "Errors that akdoctor does not know:")?;
    let shown = match detail {
        Detail::Verbose => report.unknown.len(),
        _ => report.unknown.len().min(SHOWN),
    };
    for one in &report.unknown[..shown] {
        page.words(Paint::Plain, "? ", "  ", &unknown_line(report, one))?;
    }
    let more = report.unknown.len() - shown;
    if more > 0 {
        page.words(
            Paint::Plain,
            "  ",
            "  ",
            &format!("and {more} more kinds (-v names them)"),
        )?;
    }
    let teach = "Who knows what one of them means can teach it: see docs/logs.md, then \
                 akdoctor logs --checks FOLDER";
    page.words(Paint::Dim, "  ", "  ", teach)
}

fn unknown_line(report: &LogReport, one: &UnknownError) -> String {
    let seen = times(one.count, one.first, one.last, report.started);
    format!("{}: {} ({seen})", one.source, one.sample)
}

fn sources(page: &mut Page<'_>, report: &LogReport) -> io::Result<()> {
    page.gap()?;
    page.words(Paint::Bold, "", "", "Read:")?;
    for source in &report.sources {
        match &source.problem {
            Some(why) => {
                let text = format!("{} could not be read: {why}", source.name);
                page.words(Paint::Warning, "? ", "  ", &text)?;
            }
            None => page.words(Paint::Plain, "  ", "    ", &read(report, source))?,
        }
    }
    Ok(())
}

fn read(report: &LogReport, source: &LogSource) -> String {
    let from = source.from.map_or_else(String::new, |from| {
        format!(" since {}", clock(from, report.started))
    });
    let mut text = format!(
        "{} ({}): {} lines, {}{from}; {}",
        source.name,
        source.component,
        source.lines,
        size(source.bytes),
        source.bound
    );
    for (count, what) in [
        (source.harmless, "harmless"),
        (source.cut, "too long and cut at 256 KiB"),
        (source.dropped, "of too many kinds, not kept"),
    ] {
        if count > 0 {
            text += &format!("; {count} {what}");
        }
    }
    text
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
