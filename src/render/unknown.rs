//! What could not be told and no finding explains: the reason once, then what it hides.

use std::io;

use crate::model::{CheckReport, Outcome, Point, Report};

use super::{human::Detail, layout::Page, style::Paint, tree};

/// Points of one reason that are named unless more was asked for.
const SHOWN: usize = 5;

/// Writes the section; nothing when everything wanted was seen or is explained.
pub(super) fn section(page: &mut Page<'_>, report: &Report, detail: Detail) -> io::Result<()> {
    let reasons = by_reason(&tree::unexplained(report));
    let whole: Vec<&CheckReport> = report.checks.iter().filter(|c| is_whole(c)).collect();
    if reasons.is_empty() && whole.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "What could not be told:")?;
    for check in whole {
        let text = format!(
            "{} ({}): {}",
            check.title,
            check.id,
            reason(check.outcome, &check.why)
        );
        mark(page, check.outcome, &text)?;
    }
    for (why, points) in reasons {
        one_reason(page, &why, &points, detail)?;
    }
    Ok(())
}

/// A check that came to nothing as a whole, so that no point of it says so.
fn is_whole(check: &CheckReport) -> bool {
    let untold = |o: Outcome| matches!(o, Outcome::Unknown | Outcome::Broke);
    untold(check.outcome) && !check.points.iter().any(|point| untold(point.outcome))
}

/// Points under the reason they share, in the order in which the reasons came up.
fn by_reason<'r>(points: &[&'r Point]) -> Vec<(String, Vec<&'r Point>)> {
    let mut reasons: Vec<(String, Vec<&Point>)> = Vec::new();
    for point in points {
        let why = reason(point.outcome, &point.why);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, points)) => points.push(point),
            None => reasons.push((why, vec![point])),
        }
    }
    reasons
}

fn reason(outcome: Outcome, why: &Option<String>) -> String {
    let why = why.as_deref().unwrap_or("no reason was given");
    match outcome {
        Outcome::Broke => format!("akdoctor itself failed, please report it: {why}"),
        _ => why.to_owned(),
    }
}

fn one_reason(page: &mut Page<'_>, why: &str, points: &[&Point], detail: Detail) -> io::Result<()> {
    let outcome = points.first().map_or(Outcome::Unknown, |p| p.outcome);
    if let [point] = points {
        return mark(
            page,
            outcome,
            &format!("{} ({}): {why}", point.what, point.subject),
        );
    }
    mark(page, outcome, &format!("{why}:"))?;
    let shown = match detail {
        Detail::Verbose => points.len(),
        _ => points.len().min(SHOWN),
    };
    for point in &points[..shown] {
        let text = format!("{} ({})", point.what, point.subject);
        page.words(Paint::Plain, "    ", "      ", &text)?;
    }
    match points.len() - shown {
        0 => Ok(()),
        more => page.words(
            Paint::Plain,
            "    ",
            "      ",
            &format!("and {more} more (-v)"),
        ),
    }
}

fn mark(page: &mut Page<'_>, outcome: Outcome, text: &str) -> io::Result<()> {
    let (mark, _) = page.style.outcome(outcome);
    page.words(Paint::Plain, &format!("{mark} "), "  ", text)
}
