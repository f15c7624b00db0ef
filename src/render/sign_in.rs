//! A sign-in for people: each app with its stages, and where it ended.

use std::io::{self, Write};

use super::{
    layout::Page,
    style::{Paint, Style},
};
use crate::model::{End, Outcome, SignIn, SignOut, Walk, Want, list_of};

/// Writes a sign-in.
///
/// # Errors
/// When `out` cannot be written to.
pub fn sign_in(told: &SignIn, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style);
    let paint = match told.exit_code() {
        0 => Paint::Good,
        1 => Paint::Error,
        _ => Paint::Warning,
    };
    page.words(paint, "", "  ", &headline(told))?;
    let at = format!("as {} in authentik at {}", told.user, told.url);
    page.words(Paint::Plain, "", "  ", &at)?;
    page.gap()?;
    for walk in &told.walks {
        way(&mut page, walk)?;
    }
    page.gap()?;
    let (outcome, text) = ended(&told.sign_out);
    marked(&mut page, "", outcome, &text)?;
    if told.walks.iter().any(|walk| walk.end == End::Code) {
        let hint = "the codes were not handed over; --complete goes on into the apps";
        page.words(Paint::Dim, "", "  ", hint)?;
    }
    Ok(())
}

/// Who can go where.
fn headline(told: &SignIn) -> String {
    let who = told.user.to_uppercase();
    let of = |wanted: fn(&End) -> bool| -> Vec<String> {
        let walks = told.walks.iter().filter(|walk| wanted(&walk.end));
        let apps = walks.filter_map(|walk| walk.app.as_deref());
        apps.map(str::to_uppercase).collect()
    };
    let any = |wanted: fn(&End) -> bool| told.walks.iter().any(|walk| wanted(&walk.end));
    let (reached, unknown) = (of(End::is_reached), of(End::is_unknown));
    let barred = of(|end| !end.is_reached() && !end.is_unknown());
    if !any(End::is_reached) {
        return match any(|end| !end.is_reached() && !end.is_unknown()) {
            true => format!("{who} CANNOT SIGN IN"),
            false => format!("WHETHER {who} CAN SIGN IN COULD NOT BE TOLD"),
        };
    }
    let mut line = format!("{who} CAN SIGN IN");
    if !reached.is_empty() {
        line += &format!(" TO {}", list_of(&reached).replace(" and ", " AND "));
    }
    if !barred.is_empty() {
        line += &format!(", NOT TO {}", list_of(&barred).replace(" and ", " AND "));
    }
    if !unknown.is_empty() {
        let unknown = list_of(&unknown).replace(" and ", " AND ");
        line += &format!("; {unknown} COULD NOT BE TOLD");
    }
    line
}

fn way(page: &mut Page<'_>, walk: &Walk) -> io::Result<()> {
    let outcome = match &walk.end {
        End::NotTried { .. } => Outcome::Skipped,
        end if end.is_reached() => Outcome::Passed,
        end if end.is_unknown() => Outcome::Unknown,
        _ => Outcome::Found,
    };
    let name = walk.app.as_deref().unwrap_or("authentik");
    let (text, mut means) = end(&walk.end);
    let last = walk.stages.last();
    let by_code = last.is_some_and(|last| last.component == "ak-stage-authenticator-validate");
    if by_code && matches!(walk.end, End::Refused { .. }) {
        means = Some(
            "a code is taken once, and only while the clocks of authentik and of the device agree \
             to half a minute",
        );
    }
    marked(page, "", outcome, &format!("{name}: {text}"))?;
    if let Some(means) = means {
        page.words(Paint::Dim, "    ", "    ", means)?;
    }
    let last = walk.stages.len().checked_sub(1);
    for (at, stage) in walk.stages.iter().enumerate() {
        let stopped = Some(at) == last && walk.end.is_at_stage();
        let outcome = match stopped {
            true => Outcome::Found,
            false => Outcome::Passed,
        };
        let text = format!("{} (flow {})", name_of(&stage.component), stage.flow);
        marked(page, "  ", outcome, &text)?;
    }
    Ok(())
}

fn marked(page: &mut Page<'_>, indent: &str, outcome: Outcome, text: &str) -> io::Result<()> {
    let (mark, paint) = page.style.outcome(outcome);
    let (first, rest) = (format!("{indent}{mark} "), format!("{indent}  "));
    page.words(paint, &first, &rest, text)
}

/// A stage as authentik's admin interface calls it.
fn name_of(component: &str) -> &str {
    match component {
        "ak-stage-user-login" => "staying signed in",
        "ak-stage-authenticator-validate" => "second factor",
        other => other.strip_prefix("ak-stage-").unwrap_or(other),
    }
}

/// Where a way ended, and what that means.
fn end(end: &End) -> (String, Option<&'static str>) {
    let said = |says: &[String]| match says.is_empty() {
        true => "authentik gave no words".to_owned(),
        false => format!("authentik says: {}", says.join(" ")),
    };
    let some = |says: &Option<String>| said(says.as_slice());
    match end {
        End::SignedIn => ("signed in".into(), None),
        End::Code => ("authentik gave a code for its redirect URI".into(), None),
        End::Taken { status, to } => {
            let to = to
                .as_ref()
                .map(|to| format!(" and sent the browser to {to}"));
            let to = to.unwrap_or_default();
            (
                format!("the app took the code: it answered {status}{to}"),
                None,
            )
        }
        End::NotTaken { status, says } => {
            let says = says.as_ref().map(|says| format!(": {says}"));
            let says = says.unwrap_or_default();
            (
                format!("the app did not take the code: it answered {status}{says}"),
                Some("its client secret, its issuer or a claim is wrong; `akdoctor` looks at them"),
            )
        }
        End::AsksAgain { status, at } => (
            format!("the app did not sign in: it answered {status}, and the browser ended at {at}"),
            Some(
                "people sign in there, so the app did not take the code, did not keep its session, \
                 or has no account for this person; `akdoctor logs` tells what it says",
            ),
        ),
        End::Unjudged { status } => (
            format!(
                "the app answered {status} with a page and no cookie: whether it took the code cannot be told"
            ),
            Some("a script of its page may hand the code on; akdoctor runs none"),
        ),
        End::SentBack { error, says } => {
            let says = says.as_ref().map(|says| format!(" ({says})"));
            let says = says.unwrap_or_default();
            (
                format!("authentik sent the browser back with the error {error}{says}"),
                None,
            )
        }
        End::Refused { says } => (
            said(says),
            Some(
                "it says the same of a wrong password, of an inactive account and of a name that it \
                 does not know; `akdoctor users` tells the last two",
            ),
        ),
        End::Wants(want) => wants(want),
        End::Denied { says } => (some(says), Some("the flow ends here for this person")),
        End::NoAccess { says } => (
            said(says),
            Some(
                "signed in, and not allowed to use the app: look at the bindings of its application \
                 and at the policies of its provider's authorization flow",
            ),
        ),
        End::ErrorPage {
            url,
            status,
            heading,
        } => {
            let heading = heading.as_ref().map(|heading| format!(": {heading}"));
            let heading = heading.unwrap_or_default();
            (
                format!("{url} answers with an error, status {status}{heading}"),
                None,
            )
        }
        End::Broken { request_id } => (
            format!("a stage failed inside authentik, request {request_id}"),
            Some("`akdoctor logs` tells what its log says"),
        ),
        End::Elsewhere { url } => (
            format!("the browser was sent to {url}"),
            Some("that is neither authentik, as akdoctor was told, nor the app's redirect URI"),
        ),
        End::EmptyFlow { flow } => (
            format!("the flow {flow} has no stage: a browser goes round in it for ever"),
            None,
        ),
        End::Endless { place } => (format!("it goes round and round: {place}"), None),
        End::NotTried { why } => (format!("not tried: {why}"), None),
        End::Failed { why } => (why.clone(), None),
    }
}

fn wants(want: &Want) -> (String, Option<&'static str>) {
    let mut none_else = "akdoctor stops here; a person goes on in a browser";
    let text = match want {
        Want::SecondFactor { devices } => {
            if devices.iter().any(|device| device == "totp") {
                none_else = "a code is asked for at a terminal, or made of the key that \
                    --totp-file names or AKDOCTOR_TOTP holds";
            }
            format!(
                "authentik asks for a second factor: {}",
                devices.join(" or ")
            )
        }
        Want::Setup { stages } => format!(
            "authentik wants a second factor set up first: {}",
            stages.join(" or ")
        ),
        Want::Fields { labels } => format!("authentik asks for {}", list_of(labels)),
        Want::Captcha => "authentik asks for a captcha".into(),
        Want::Mail => "authentik sent a mail and waits for its link".into(),
        Want::Unknown => "authentik shows a stage that akdoctor does not know".into(),
    };
    (text, Some(none_else))
}

fn ended(sign_out: &SignOut) -> (Outcome, String) {
    match sign_out {
        SignOut::Done => (Outcome::Passed, "signed out: no session is left".into()),
        SignOut::NoSession => (Outcome::Skipped, "nothing to sign out of".into()),
        SignOut::Left { why } => {
            let text = format!(
                "a session of this sign-in may be left in authentik: {why}; it can be ended under \
                 Directory > Users > Sessions"
            );
            (Outcome::Unknown, text)
        }
    }
}
