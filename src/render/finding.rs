//! One root cause on the screen: what is wrong, what mends it, what follows from it.

use std::io;

use crate::model::{Finding, Fix, Point, Risk, list_of};

use super::{
    difference::first_difference, human::Detail, layout::Page, since::since, style::Paint,
    tree::Case,
};

/// What is wrong and the command that mends it, nothing else.
pub(super) fn brief(page: &mut Page<'_>, case: &Case<'_>) -> io::Result<()> {
    fault(page, case.root)?;
    // Never an alternative in its place: that one may do more than the reader can see here.
    match in_order(&case.root.fixes).first().and_then(|f| command(f)) {
        Some(command) => page.command(&command),
        None => Ok(()),
    }
}

/// A root cause with all that belongs to it.
pub(super) fn full(
    page: &mut Page<'_>,
    case: &Case<'_>,
    started: &str,
    simulated: bool,
    detail: Detail,
) -> io::Result<()> {
    let root = case.root;
    fault(page, root)?;
    compared(page, root)?;
    if let Some(then) = &root.since {
        page.labelled("since", &since(then, started))?;
    }
    page.labelled("code", &root.code)?;
    if detail == Detail::Verbose {
        sources(page, root)?;
    }
    mends(page, &root.fixes, simulated)?;
    if let Some(admin) = &root.admin {
        page.gap()?;
        page.link("In authentik:", admin)?;
    }
    follows(page, case, detail)
}

fn fault(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let (mark, paint) = page.style.severity(finding.severity);
    let probably = if finding.certain { "" } else { "probably: " };
    let says = format!("{probably}{}", finding.says);
    page.words(paint, &format!("{mark} "), "  ", &says)
}

/// Expected and observed, one under the other, the first difference marked where both have room
/// on one line.
fn compared(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    if let Some(expected) = &finding.expected {
        page.labelled("expected", expected)?;
    }
    let Some(observed) = &finding.observed else {
        return Ok(());
    };
    page.labelled("observed", observed)?;
    match finding
        .expected
        .as_deref()
        .and_then(|e| caret(page, e, observed))
    {
        Some(caret) => page.line(Paint::Warning, &caret),
        None => Ok(()),
    }
}

fn caret(page: &Page<'_>, expected: &str, observed: &str) -> Option<String> {
    if expected.contains('\n') || observed.contains('\n') {
        return None;
    }
    let (expected, observed) = (page.style.text(expected), page.style.text(observed));
    let before = if page.has_room_for_labels() {
        page.label("").len()
    } else {
        4
    };
    let widest =
        textwrap::core::display_width(&expected).max(textwrap::core::display_width(&observed));
    if before + widest > page.width() {
        return None;
    }
    let column = first_difference(&expected, &observed)?;
    Some(format!("{}^", " ".repeat(before + column)))
}

fn sources(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    for key in &finding.cites {
        page.labelled("evidence", key)?;
    }
    for link in &finding.see {
        page.link("  see", link)?;
    }
    Ok(())
}

/// The recommended mend first; the others are marked as alternatives.
fn mends(page: &mut Page<'_>, fixes: &[Fix], simulated: bool) -> io::Result<()> {
    for (n, fix) in in_order(fixes).into_iter().enumerate() {
        page.gap()?;
        // Looking mends nothing; it is what to do next.
        let label = match (n, fix.risk) {
            (0, Risk::ReadOnly) => "Next:",
            (0, _) => "Mend:",
            _ => "or:",
        };
        mend(page, fix, label)?;
        let mends = fix.shell.is_some() && fix.risk > Risk::ReadOnly;
        if n == 0 && !simulated && mends {
            let again = "then run akdoctor again in the same way to see whether it helped";
            page.words(Paint::Plain, "  ", "  ", again)?;
        }
    }
    Ok(())
}

/// The recommended one before the others.
fn in_order(fixes: &[Fix]) -> Vec<&Fix> {
    let mut order: Vec<&Fix> = fixes.iter().collect();
    order.sort_by_key(|fix| !fix.recommended);
    order
}

/// One mend with its command, its risk and what takes it back.
pub(super) fn mend(page: &mut Page<'_>, fix: &Fix, label: &str) -> io::Result<()> {
    page.words(Paint::Bold, "  ", "    ", &format!("{label} {}", fix.does))?;
    if let Some(command) = command(fix) {
        page.command(&command)?;
        page.words(Paint::Plain, "  ", "    ", risk(fix.risk))?;
    }
    if let Some(note) = &fix.note {
        page.words(Paint::Plain, "  ", "    ", &format!("note: {note}"))?;
    }
    let Some(undo) = &fix.undo else {
        return Ok(());
    };
    page.words(Paint::Plain, "  ", "  ", "undo:")?;
    page.command(undo)
}

/// The command line for a shell, if the mend has one.
fn command(fix: &Fix) -> Option<String> {
    fix.shell.clone().or_else(|| {
        let words = fix.argv.iter().map(String::as_str);
        let line = shlex::try_join(words).ok()?;
        (!line.is_empty()).then_some(line)
    })
}

/// What a mend may do to the stack, in words.
fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::ReadOnly => "read-only: it only looks, nothing changes",
        Risk::Restarts => "restarts: running sign-ins may be interrupted for a moment",
        Risk::ChangesData => "changes data: configuration or data is altered, and can be put back",
        Risk::Destructive => "destructive: what it removes cannot be brought back",
    }
}

fn follows(page: &mut Page<'_>, case: &Case<'_>, detail: Detail) -> io::Result<()> {
    if case.follows.is_empty() && case.folded.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "  ", "  ", "What follows from it:")?;
    for finding in &case.follows {
        let (mark, _) = page.style.severity(finding.severity);
        let text = format!("{} ({})", finding.says, finding.code);
        page.words(Paint::Plain, &format!("  {mark} "), "    ", &text)?;
    }
    folded(page, &case.folded, detail)
}

/// One line for all of them, unless more was asked for.
fn folded(page: &mut Page<'_>, points: &[(&str, &Point)], detail: Detail) -> io::Result<()> {
    if points.len() < 2 || detail == Detail::Verbose {
        for (_, point) in points {
            let text = format!("could not be told: {} ({})", point.what, point.subject);
            page.words(Paint::Plain, "  ? ", "    ", &text)?;
        }
        return Ok(());
    }
    let mut checks: Vec<&str> = points.iter().map(|(check, _)| *check).collect();
    checks.dedup();
    let text = format!(
        "{} things could not be told because of it (-v names them): {}",
        points.len(),
        list_of(&checks)
    );
    page.words(Paint::Plain, "  ? ", "    ", &text)
}
