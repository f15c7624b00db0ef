//! A redirect URI that no entry allows: how it misses, and both ends at which that can be mended.

use super::{
    Scene, entries,
    near::{self, Miss, Near},
    other::{self, Other},
    rules::{Allows, allows, is_for_logout},
    sent::{Claim, about, expected, seen, shown},
};
use crate::{
    check::Raised,
    facts::AppFacts,
    probe::authentik_api::{ProviderRow, RedirectUri},
};

/// Why it is usually allowed at the provider: that disturbs nobody.
const NOBODY_LOSES: &str = "it takes nothing away from the provider, and the app needs no restart";

/// The finding; `None` where what names the URI may well be about something else.
pub(super) fn refused(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
) -> Option<Raised> {
    let near = near::nearest(claim.uri, provider, scene.rules);
    let other = other::allowing(scene, app, provider, claim);
    let perhaps = claim.place.is_some_and(|place| place.perhaps);
    let is_slip = near.as_ref().is_some_and(|near| near.miss.is_slip());
    if perhaps && !is_slip && other.is_none() {
        return None;
    }
    let raised = Raised::new("redirect-uri/not-allowed", app.subject())
        .with("sent", claim.uri)
        .with("line", entries::line(claim.uri))
        .with("by", claim.by)
        .with("allowed", allowed(provider, near.as_ref()))
        .with("how", how(claim, provider, near.as_ref(), other.as_ref()))
        .with("list_added", entries::with(scene, provider, claim.uri));
    let raised = about(app, provider, raised);
    let raised = match &near {
        Some(near) => at_the_entry(scene, provider, claim, near, raised),
        None => raised,
    };
    let raised = at_the_app(scene, app, provider, claim, near.as_ref(), raised);
    let reason = other.as_ref().and_then(Other::why_here);
    let raised = raised.with("because", reason.unwrap_or_else(|| NOBODY_LOSES.into()));
    let raised = seen(scene, claim, raised);
    Some(match other {
        Some(other) => other.tell(raised),
        None => raised,
    })
}

/// What is compared with: the entry that comes nearest, else the list.
fn allowed(provider: &ProviderRow, near: Option<&Near>) -> String {
    let list = &provider.redirect_uris;
    match near {
        Some(near) if near.miss == Miss::Logout => format!("{} (type logout)", list[near.at].url),
        Some(near) => list[near.at].url.clone(),
        None => shown(list.iter().map(|entry| entry.url.clone()).collect()),
    }
}

fn how(
    claim: &Claim<'_>,
    provider: &ProviderRow,
    near: Option<&Near>,
    other: Option<&Other<'_>>,
) -> String {
    match (other, near) {
        (Some(other), _) => format!("provider {} allows it instead", other.provider.name),
        (None, Some(near)) => {
            let entry = &provider.redirect_uris[near.at].url;
            format!("they differ {}", near.miss.words(claim.uri, entry))
        }
        (None, None) => "no entry comes near it".to_owned(),
    }
}

/// What can be done about the entry that was probably meant.
fn at_the_entry(
    scene: &Scene,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    near: &Near,
    raised: Raised,
) -> Raised {
    let entry = provider.redirect_uris[near.at].url.clone();
    match near.miss {
        // It may well be needed for signing out.
        Miss::Logout => raised,
        Miss::PatternAsText => raised
            .with("pattern", entry)
            .with("list_pattern", entries::as_pattern(provider, near.at)),
        _ => raised.with("wrong", entry).with(
            "list_mended",
            entries::replaced(scene, provider, near.at, claim.uri),
        ),
    }
}

/// What mends it at the app: what it could send instead, and where that is set.
fn at_the_app(
    scene: &Scene,
    app: &AppFacts,
    provider: &ProviderRow,
    claim: &Claim<'_>,
    near: Option<&Near>,
    raised: Raised,
) -> Raised {
    let fits = |uri: &&String| allows(provider, uri, scene.rules) == Allows::Yes;
    let variable = claim.place.and_then(|place| place.variable.clone());
    let raised = match variable {
        Some(variable) => raised.with("variable", variable),
        None => raised.with("by_hand", true),
    };
    // authentik allows just what akdoctor.toml expects: then it is the app that is wrong.
    let right = expected(app)
        .iter()
        .find(fits)
        .filter(|_| claim.place.is_some());
    if let Some(right) = right {
        return raised.with("right", right.clone());
    }
    let Some(near) = near else { return raised };
    let entry = &provider.redirect_uris[near.at];
    if !is_plain(entry) || !fits(&&entry.url) {
        return raised;
    }
    match source_of(app, claim.uri).zip(source_of(app, &entry.url)) {
        Some((now, wanted)) if now != wanted => {
            raised.with("source", now).with("source_wanted", wanted)
        }
        _ if can_send(claim, near.miss) => raised.with("instead", entry.url.clone()),
        _ => raised,
    }
}

/// Whether the app's setting decides what differs: all of the URI, or only its beginning.
fn can_send(claim: &Claim<'_>, miss: Miss) -> bool {
    let whole = claim.place.is_some_and(|place| place.whole);
    whole || matches!(miss, Miss::Scheme | Miss::Host | Miss::Port)
}

/// Whether an entry is a URI that an app could send.
pub(super) fn is_plain(entry: &RedirectUri) -> bool {
    entry.matching_mode == "strict" && !is_for_logout(entry)
}

/// The authentication source in a redirect URI of Gitea's or Forgejo's, as people type it.
fn source_of(app: &AppFacts, uri: &str) -> Option<String> {
    if app.says.profile.as_deref() != Some("gitea") {
        return None;
    }
    let (_, rest) = uri.split_once("/user/oauth2/")?;
    let name = rest.strip_suffix("/callback")?;
    Some(near::decoded(name))
}
