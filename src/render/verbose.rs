//! What `-v` adds: every check with everything it looked at, passes and skips included.

use std::io;

use crate::model::{CheckReport, Point, Report};

use super::{layout::Page, style::Paint};

/// Writes every check.
pub(super) fn section(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.checks.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "Everything that was looked at:")?;
    for check in &report.checks {
        one_check(page, check)?;
    }
    Ok(())
}

fn one_check(page: &mut Page<'_>, check: &CheckReport) -> io::Result<()> {
    let (mark, paint) = page.style.outcome(check.outcome);
    let mut text = format!("{}: {} ({} ms)", check.id, check.title, check.milliseconds);
    if let Some(why) = &check.why {
        text = format!("{text}: {why}");
    }
    page.words(paint, &format!("{mark} "), "  ", &text)?;
    for point in &check.points {
        one_point(page, point)?;
    }
    Ok(())
}

fn one_point(page: &mut Page<'_>, point: &Point) -> io::Result<()> {
    let (mark, _) = page.style.outcome(point.outcome);
    let mut text = format!("{} ({})", point.what, point.subject);
    if let Some(why) = &point.why {
        text = format!("{text}: {why}");
    }
    page.words(Paint::Plain, &format!("  {mark} "), "    ", &text)?;
    for key in &point.cites {
        page.words(Paint::Dim, "      ", "        ", key)?;
    }
    Ok(())
}
