//! The applications that somebody may open, and what would open the others.

use std::io;

use super::super::{human::Detail, layout::Page, style::Paint};
use crate::model::{AppAnswer, Can, Outcome, Why, list_of};

/// Applications of one kind that are named unless more was asked for.
const SHOWN: usize = 12;

pub(super) fn section(page: &mut Page<'_>, why: &Why, detail: Detail) -> io::Result<()> {
    // Of one app that is closed the finding tells all.
    let told = why.one_app && why.apps.iter().all(|app| app.can == Can::No);
    if told {
        return Ok(());
    }
    page.gap()?;
    let title = match why.signs_in {
        Can::Yes => "Apps:",
        _ => "Apps, once they are signed in:",
    };
    page.words(Paint::Bold, "", "", title)?;
    let of = |can: Can| why.apps.iter().filter(move |app| app.can == can);
    for (can, outcome) in [(Can::No, Outcome::Found), (Can::Unknown, Outcome::Unknown)] {
        let all: Vec<&AppAnswer> = of(can).collect();
        let shown = shown(all.len(), detail);
        for app in &all[..shown] {
            one(page, app, outcome)?;
        }
        more(page, all.len() - shown, outcome)?;
    }
    let open: Vec<&AppAnswer> = of(Can::Yes).collect();
    match why.one_app {
        true => open
            .iter()
            .try_for_each(|app| one(page, app, Outcome::Passed)),
        false => names(page, &open, detail),
    }
}

fn shown(all: usize, detail: Detail) -> usize {
    match detail {
        Detail::Verbose => all,
        _ => all.min(SHOWN),
    }
}

fn more(page: &mut Page<'_>, more: usize, outcome: Outcome) -> io::Result<()> {
    if more == 0 {
        return Ok(());
    }
    let (mark, paint) = page.style.outcome(outcome);
    let text = format!("{more} more (-v names them)");
    page.words(paint, &format!("  {mark} "), "    ", &text)
}

fn one(page: &mut Page<'_>, app: &AppAnswer, outcome: Outcome) -> io::Result<()> {
    let (mark, paint) = page.style.outcome(outcome);
    let text = format!("{}: {}", app.name, list_of(&app.because));
    page.words(paint, &format!("  {mark} "), "    ", &text)?;
    if app.can != Can::No {
        return Ok(());
    }
    for way in &app.ways {
        let also = match way.also_opens.is_empty() {
            true => String::new(),
            false => format!(", which also opens {}", list_of(&way.also_opens)),
        };
        let text = format!("to open it, {}{also}", way.does);
        page.words(Paint::Plain, "      ", "        ", &text)?;
    }
    Ok(())
}

/// Those that are open, on as few lines as they need.
fn names(page: &mut Page<'_>, open: &[&AppAnswer], detail: Detail) -> io::Result<()> {
    let shown = shown(open.len(), detail);
    let mut names: Vec<String> = open[..shown].iter().map(|app| app.name.clone()).collect();
    match open.len() - shown {
        0 => {}
        more => names.push(format!("{more} more (-v names them)")),
    }
    let text = match names.is_empty() {
        true => return Ok(()),
        false => format!("may open {}", list_of(&names)),
    };
    let (mark, paint) = page.style.outcome(Outcome::Passed);
    page.words(paint, &format!("  {mark} "), "    ", &text)
}
