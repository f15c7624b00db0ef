//! Why somebody can or cannot sign in, for a person: the answer, what keeps them out in the order to
//! mend it, what was not seen, and what to tell them.

use std::io::{self, Write};

use jiff::Timestamp;

use super::{
    finding,
    human::{Detail, target},
    layout::Page,
    style::{Paint, Style},
    tree::Case,
};
use crate::model::{Account, Can, Failure, History, Outcome, Why, ago, list_of};

mod apps;

/// Groups that are named one by one unless more was asked for.
const GROUPS_SHOWN: usize = 8;
/// Apps that are named one by one unless more was asked for.
const OPENED_SHOWN: usize = 5;

/// Writes the answer.
///
/// # Errors
/// When `out` cannot be written to.
pub fn why(why: &Why, style: &Style, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    if let Some(scenario) = &why.target.simulated {
        page.words(Paint::Bold, "", "", &format!("SIMULATED: {scenario}"))?;
    }
    let paint = match why.signs_in {
        Can::Yes => Paint::Good,
        Can::No => Paint::Error,
        Can::Unknown => Paint::Warning,
    };
    page.words(paint, "", "  ", &headline(why))?;
    if detail == Detail::Quiet {
        for found in why.findings.iter().take(1) {
            finding::brief(&mut page, &alone(found))?;
        }
        return Ok(());
    }
    target(&mut page, &why.target)?;
    if let Some(account) = &why.account {
        person(&mut page, account, detail)?;
    }
    for found in &why.findings {
        page.gap()?;
        let simulated = why.target.simulated.is_some();
        finding::full(&mut page, &alone(found), &why.started, simulated, detail)?;
    }
    apps::section(&mut page, why, detail)?;
    unseen(&mut page, why)?;
    let now: Option<Timestamp> = why.started.parse().ok();
    if let (Some(history), Some(now)) = (&why.history, now) {
        past(&mut page, history, now, detail)?;
    }
    for note in &why.notes {
        page.gap()?;
        page.words(Paint::Plain, "Note: ", "  ", note)?;
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "Tell them:")?;
    page.words(Paint::Plain, "  ", "  ", &why.tell)
}

/// A finding without others that follow from it.
fn alone(root: &crate::model::Finding) -> Case<'_> {
    Case {
        root,
        follows: Vec::new(),
        folded: Vec::new(),
    }
}

fn headline(why: &Why) -> String {
    let user = why.account.as_ref().map_or(&why.asked, |it| &it.username);
    let nothing = why.signs_in_barriers().next().is_none();
    let one = why.apps.first().filter(|_| why.one_app);
    match why.signs_in {
        Can::Yes => match one.map(|app| (app.can, &app.name)) {
            None if why.one_app => {
                format!("{user} CAN SIGN IN; WHETHER TO THAT APP, COULD NOT BE TOLD")
            }
            None => format!("{user} CAN SIGN IN"),
            Some((Can::Yes, name)) => format!("{user} CAN SIGN IN AND OPEN {name}"),
            Some((Can::No, name)) => format!("{user} CAN SIGN IN, BUT NOT OPEN {name}"),
            Some((Can::Unknown, name)) => {
                format!("{user} CAN SIGN IN; WHETHER THEY MAY OPEN {name} COULD NOT BE TOLD")
            }
        },
        Can::No => format!("{user} CANNOT SIGN IN"),
        Can::Unknown if nothing && why.account.is_some() => {
            format!("NOTHING THAT COULD BE SEEN KEEPS {user} FROM SIGNING IN, BUT NOT ALL COULD")
        }
        Can::Unknown if nothing => format!("WHETHER {user} CAN SIGN IN COULD NOT BE TOLD"),
        Can::Unknown => format!("{user} PROBABLY CANNOT SIGN IN"),
    }
}

fn person(page: &mut Page<'_>, account: &Account, detail: Detail) -> io::Result<()> {
    let email = match account.email.is_empty() {
        true => "no e-mail address",
        false => &account.email,
    };
    let kind = account.kind.as_deref().unwrap_or("account");
    let line = format!("number {}, {kind}, {email}", account.pk);
    page.words(Paint::Plain, "", "  ", &line)?;
    let shown = match detail {
        Detail::Verbose => account.groups.len(),
        _ => account.groups.len().min(GROUPS_SHOWN),
    };
    let mut groups: Vec<String> = account.groups[..shown].to_vec();
    match account.groups.len() - shown {
        0 => {}
        more => groups.push(format!("{more} more (-v names them)")),
    }
    let groups = match groups.is_empty() {
        true => "in no group".to_owned(),
        false => format!("in {}", list_of(&groups)),
    };
    let last = account.last_login.as_deref().map_or_else(
        || "never signed in".to_owned(),
        |at| format!("last signed in at {}", clock(at)),
    );
    page.words(Paint::Plain, "", "  ", &format!("{groups}; {last}"))
}

fn unseen(page: &mut Page<'_>, why: &Why) -> io::Result<()> {
    if why.unseen.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "Could not be seen:")?;
    let (mark, paint) = page.style.outcome(Outcome::Unknown);
    for one in &why.unseen {
        let text = format!("{}: {}", one.what, one.why);
        page.words(paint, &format!("  {mark} "), "    ", &text)?;
    }
    Ok(())
}

fn past(page: &mut Page<'_>, history: &History, now: Timestamp, detail: Detail) -> io::Result<()> {
    if history.failures == 0 && history.opened.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.words(Paint::Bold, "", "", "What happened:")?;
    if history.failures > 0 {
        let count = match history.failures {
            1 => "1 sign-in failed".to_owned(),
            more => format!("{more} sign-ins failed"),
        };
        page.words(Paint::Plain, "  ", "    ", &count)?;
    }
    for failure in &history.last_failures {
        page.words(Paint::Plain, "    ", "      ", &failed(failure, now))?;
    }
    let shown = match detail {
        Detail::Verbose => history.opened.len(),
        _ => history.opened.len().min(OPENED_SHOWN),
    };
    for opened in &history.opened[..shown] {
        let when = since(&opened.at, now);
        let text = format!("{} was opened {when}", opened.app);
        page.words(Paint::Plain, "  ", "    ", &text)?;
    }
    Ok(())
}

fn failed(failure: &Failure, now: Timestamp) -> String {
    let at = match failure.stage.as_deref() {
        Some("passwordstage") => "at the password",
        Some("authenticatorvalidatestage") => "at the second factor",
        Some("identificationstage") => "at the user name",
        Some(other) => other,
        None => "at a stage that was not told",
    };
    let from = failure.ip.as_deref().map(|ip| format!(" from {ip}"));
    format!(
        "{at}, {}{}",
        since(&failure.at, now),
        from.unwrap_or_default()
    )
}

fn since(at: &str, now: Timestamp) -> String {
    match at.parse() {
        Ok(at) => format!("{} ago", ago(now, at)),
        Err(_) => format!("at {at}"),
    }
}

fn clock(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => at.to_owned(),
    }
}
