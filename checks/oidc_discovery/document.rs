//! The document itself: there, JSON, whole, and of the right application.

use super::Look;
use crate::{
    check::{Findings, Raised},
    model::list_of,
    probe::oidc::{Discovery, Told},
};

const THERE: &str = "its discovery document is there and whole";

pub(super) fn judge(look: &Look) -> Findings {
    let mut findings = Findings::new();
    let cites = std::slice::from_ref(&look.seen.cite);
    let told = match &look.seen.told {
        Ok(told) => told,
        Err(why) => {
            findings.unknown(THERE, look.subject(), why);
            return findings;
        }
    };
    match fault(look, told) {
        Some(raised) => findings.raise(THERE, raised),
        None => findings.passed(THERE, look.subject(), cites),
    }
    findings
}

fn fault(look: &Look, told: &Told<Discovery>) -> Option<Raised> {
    let no_document = |what: &str| {
        look.raised("oidc-discovery/not-a-document")
            .with("what", what)
    };
    match told {
        Told::Document(document) => of_another(look).or_else(|| incomplete(look, document)),
        Told::Status { status: 404, .. } => Some(not_found(look)),
        Told::Status { status, location } => {
            let status = match location {
                Some(to) => format!("{status}, a redirect to {to}"),
                None => status.to_string(),
            };
            let raised = look.raised("oidc-discovery/fails").with("status", status);
            Some(raised.with_some("server", look.server.clone()))
        }
        Told::Other(what) => Some(no_document(what)),
        Told::TooLarge => Some(no_document("more than 256 KiB")),
    }
}

fn not_found(look: &Look) -> Raised {
    let raised = look.raised("oidc-discovery/not-found");
    let given = look.seen.given_slug();
    if let Some(given) = given.filter(|given| *given != look.seen.slug) {
        let because = format!(
            "its address says {given}, and its slug is {}",
            look.seen.slug
        );
        return raised
            .with("because", because)
            .with_some("right", look.right());
    }
    let because = match &look.app.application {
        Some(row) if row.provider.is_none() => "its application has no provider".to_owned(),
        _ => format!(
            "no application with slug {} has an OAuth2/OpenID provider",
            look.seen.slug
        ),
    };
    raised.with("because", because).with("unlinked", true)
}

/// The document of another application, asked by a slip in the app's settings.
fn of_another(look: &Look) -> Option<Raised> {
    let given = look.seen.given_slug()?;
    let is_own = given == look.seen.slug;
    (!is_own).then(|| {
        look.raised("oidc-discovery/of-another")
            .with("other", given)
            .with_some("right", look.right())
    })
}

fn incomplete(look: &Look, document: &Discovery) -> Option<Raised> {
    let missing = document.missing();
    (!missing.is_empty()).then(|| {
        look.raised("oidc-discovery/incomplete")
            .with("fields", list_of(&missing))
    })
}
