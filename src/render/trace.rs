//! A trace for a person: a row an app, a mark a hop; beneath, where it breaks and how to mend it.

use std::io::{self, Write};

use textwrap::core::display_width;

use crate::model::{AppTrace, Cause, Outcome, Trace};

use super::{
    finding,
    human::Detail,
    layout::Page,
    style::{Paint, Style},
    tree::{Case, cases},
    unknown,
};

/// Columns of one hop.
const COLUMN: usize = 3;
/// The widest that a name of an app may make its column.
const WIDEST_NAME: usize = 28;

/// Writes a trace for a person.
///
/// # Errors
/// When `out` cannot be written to.
pub fn trace(trace: &Trace, style: &Style, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    if let Some(scenario) = &trace.report.target.simulated {
        page.words(Paint::Bold, "", "", &format!("SIMULATED: {scenario}"))?;
    }
    rows(&mut page, trace)?;
    if detail != Detail::Quiet {
        legend(&mut page, trace)?;
    }
    breaks(&mut page, trace, detail)?;
    if detail != Detail::Quiet {
        unknown::section(&mut page, &trace.report, detail)?;
    }
    if detail == Detail::Verbose {
        sends(&mut page, trace)?;
        vantage(&mut page, trace)?;
    }
    for note in &trace.report.notes {
        page.gap()?;
        page.words(Paint::Plain, "Note: ", "  ", note)?;
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", &summary(trace))
}

/// The drawing: names beside the marks, or above them on a narrow screen.
fn rows(page: &mut Page<'_>, trace: &Trace) -> io::Result<()> {
    let names: Vec<String> = trace
        .apps
        .iter()
        .map(|app| page.style.text(&app.app).into_owned())
        .collect();
    let widest = names.iter().map(|name| display_width(name)).max();
    let column = widest.unwrap_or(0).min(WIDEST_NAME);
    let marks = trace.hops.len() * COLUMN;
    let beside = column + marks <= page.width();
    if beside {
        let numbers = (1..=trace.hops.len()).map(|at| format!("{at:>COLUMN$}"));
        let head = format!("{:column$}{}", "", numbers.collect::<String>());
        page.line(Paint::Dim, &head)?;
    }
    for (app, name) in trace.apps.iter().zip(&names) {
        let paint = match app.breaks_at {
            Some(_) => Paint::Error,
            None => Paint::Plain,
        };
        if beside {
            let shown = cut(name, column);
            let space = " ".repeat(column.saturating_sub(display_width(&shown)));
            let row = format!("{shown}{space}{}", row(page, app, COLUMN));
            page.line(paint, &row)?;
        } else {
            page.words(paint, "", "", name)?;
            let wide = if marks < page.width() { COLUMN } else { 1 };
            let row = row(page, app, wide);
            page.line(paint, &format!(" {}", row.trim_start()))?;
        }
    }
    Ok(())
}

/// A name cut to so many columns.
fn cut(name: &str, columns: usize) -> String {
    let mut shown = String::new();
    for c in name.chars() {
        shown.push(c);
        if display_width(&shown) > columns {
            shown.pop();
            break;
        }
    }
    shown
}

fn row(page: &Page<'_>, app: &AppTrace, column: usize) -> String {
    let before = " ".repeat(column.saturating_sub(1));
    let marks = app
        .hops
        .iter()
        .map(|hop| format!("{before}{}", page.style.outcome(hop.outcome).0));
    marks.collect()
}

fn legend(page: &mut Page<'_>, trace: &Trace) -> io::Result<()> {
    page.gap()?;
    let hops: Vec<String> = trace
        .hops
        .iter()
        .enumerate()
        .map(|(at, hop)| format!("{} {}", at + 1, hop.title))
        .collect();
    page.words(Paint::Dim, "", "  ", &hops.join(", "))?;
    let mark = |outcome| page.style.outcome(outcome).0;
    let marks = format!(
        "{} seen and right, {} broken, {} could not be told, {} nothing to look at",
        mark(Outcome::Passed),
        mark(Outcome::Found),
        mark(Outcome::Unknown),
        mark(Outcome::Skipped)
    );
    // The marks are this screen's own; the words around them are plain.
    page.line(Paint::Dim, &marks)
}

/// Each root cause once, with the apps that break at it.
fn breaks(page: &mut Page<'_>, trace: &Trace, detail: Detail) -> io::Result<()> {
    let cases = cases(&trace.report);
    let simulated = trace.report.target.simulated.is_some();
    for cause in causes(trace) {
        let Some(case) = cases.iter().find(|case| is(case, cause)) else {
            continue;
        };
        page.gap()?;
        for (at, hop) in trace.hops.iter().enumerate() {
            let apps = trace.apps.iter().filter(|app| {
                app.cause.as_ref() == Some(cause) && app.breaks_at.as_deref() == Some(&hop.id)
            });
            let apps: Vec<&str> = apps.map(|app| app.app.as_str()).collect();
            if apps.is_empty() {
                continue;
            }
            let verb = if apps.len() == 1 { "breaks" } else { "break" };
            let names = crate::model::list_of(&apps);
            let line = format!("{names} {verb} at {}, {}", at + 1, hop.title);
            page.words(Paint::Bold, "", "  ", &line)?;
        }
        match detail {
            Detail::Quiet => finding::brief(page, case)?,
            _ => finding::full(page, case, &trace.report.started, simulated, detail)?,
        }
    }
    Ok(())
}

fn is(case: &Case<'_>, cause: &Cause) -> bool {
    case.root.code == cause.code && case.root.subject == cause.subject
}

/// The causes at which apps break, the earliest hop first.
fn causes(trace: &Trace) -> Vec<&Cause> {
    let mut found: Vec<(usize, &Cause)> = Vec::new();
    for app in &trace.apps {
        let at = trace
            .hops
            .iter()
            .position(|hop| Some(&hop.id) == app.breaks_at.as_ref());
        if let (Some(at), Some(cause)) = (at, &app.cause) {
            match found.iter_mut().find(|(_, known)| *known == cause) {
                Some(known) => known.0 = known.0.min(at),
                None => found.push((at, cause)),
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, cause)| cause).collect()
}

/// What each app sends.
fn sends(page: &mut Page<'_>, trace: &Trace) -> io::Result<()> {
    for app in &trace.apps {
        let Some(sends) = &app.sends else { continue };
        page.gap()?;
        page.words(Paint::Bold, "", "  ", &format!("{} sends", app.app))?;
        page.labelled("start", &sends.start)?;
        page.labelled("to", &sends.endpoint)?;
        let rest = [
            ("client", &sends.client_id),
            ("redirect", &sends.redirect_uri),
            ("scope", &sends.scope),
            ("response", &sends.response_type),
            ("PKCE", &sends.pkce),
        ];
        for (label, value) in rest {
            page.labelled(label, value.as_deref().unwrap_or("none"))?;
        }
    }
    Ok(())
}

/// Who reaches whom.
fn vantage(page: &mut Page<'_>, trace: &Trace) -> io::Result<()> {
    if trace.vantage.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "  ", "Who reaches whom")?;
    let mut told: Vec<&str> = Vec::new();
    for sight in &trace.vantage {
        if told.contains(&sight.from.as_str()) {
            continue;
        }
        told.push(&sight.from);
        page.words(Paint::Plain, "  ", "    ", &sight.from)?;
        for one in trace.vantage.iter().filter(|one| one.from == sight.from) {
            let (mark, paint) = page.style.outcome(one.outcome);
            let says = match one.outcome {
                Outcome::Passed => String::new(),
                _ => format!(": {}", one.says),
            };
            let first = format!("    {mark} ");
            page.words(paint, &first, "      ", &format!("{}{says}", one.to))?;
        }
    }
    Ok(())
}

fn summary(trace: &Trace) -> String {
    let all = trace.apps.len();
    let broken = trace
        .apps
        .iter()
        .filter(|app| app.breaks_at.is_some())
        .count();
    let untold = trace
        .apps
        .iter()
        .filter(|app| app.breaks_at.is_none())
        .filter(|app| app.hops.iter().any(|hop| hop.outcome == Outcome::Unknown))
        .count();
    let apps = if all == 1 { "app" } else { "apps" };
    let mut parts = vec![format!("{broken} of {all} {apps} broken")];
    if untold > 0 {
        parts.push(format!("{untold} not told to the end"));
    }
    let partial = match trace.report.partial {
        true => " (the trace was cut short)",
        false => "",
    };
    match (all, broken, untold) {
        (0, ..) => format!("no app is known; name them in akdoctor.toml{partial}"),
        (_, 0, 0) => format!("no fault in what could be seen of {all} {apps}{partial}"),
        _ => format!("{}{partial}", parts.join(", ")),
    }
}
