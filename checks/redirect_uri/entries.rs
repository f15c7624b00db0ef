//! A provider's list as fixes write it: in the form that it has, nothing lost.

use serde_json::{Value, json};

use super::{
    Scene,
    pattern::{Match, fullmatch},
};
use crate::probe::authentik_api::{ProviderRow, RedirectUri};

/// What stands for something else than itself in a pattern.
const SPECIAL: &str = "\\.*+?()[]{}|^$";

/// The list as it is now.
pub(super) fn as_is(provider: &ProviderRow) -> Value {
    match &provider.redirect_text {
        Some(text) => text.as_str().into(),
        None => provider.redirect_uris.iter().map(one).collect(),
    }
}

/// The list as the API takes it back: not one with a pattern that it refuses (recorded 230).
pub(super) fn before(provider: &ProviderRow) -> Option<Value> {
    let refused = provider.redirect_text.is_none() && provider.redirect_uris.iter().any(is_broken);
    (!refused).then(|| as_is(provider))
}

/// Another list in the form that this provider's has.
fn in_form(provider: &ProviderRow, list: &[RedirectUri]) -> Value {
    if provider.redirect_text.is_some() {
        let lines: Vec<&str> = list.iter().map(|entry| entry.url.as_str()).collect();
        return lines.join("\n").into();
    }
    list.iter().map(one).collect()
}

/// The type is written only where one was read: older releases have none.
fn one(entry: &RedirectUri) -> Value {
    let mut value = json!({ "matching_mode": entry.matching_mode, "url": entry.url });
    if let Some(kind) = &entry.redirect_uri_type {
        value["redirect_uri_type"] = kind.as_str().into();
    }
    value
}

/// A strict entry for signing in, shaped like those that are there.
fn strict(scene: &Scene, provider: &ProviderRow, uri: &str) -> RedirectUri {
    let mut there = provider.redirect_uris.iter();
    let typed = there.any(|entry| entry.redirect_uri_type.is_some())
        || scene.version.as_ref().is_some_and(|v| v.at_least(2026, 5));
    RedirectUri {
        matching_mode: "strict".into(),
        url: match provider.redirect_text {
            Some(_) => line(uri),
            None => uri.into(),
        },
        redirect_uri_type: typed.then(|| "authorization".into()),
    }
}

/// A URI as a line of text: every line is a pattern there, so one that does not fit itself is
/// escaped.
pub(super) fn line(uri: &str) -> String {
    if fullmatch(uri, uri) == Match::Yes {
        return uri.to_owned();
    }
    let escaped = uri.chars().flat_map(|c| {
        let escape = SPECIAL.contains(c).then_some('\\');
        escape.into_iter().chain([c])
    });
    escaped.collect()
}

/// The list with a URI added at its end.
pub(super) fn with(scene: &Scene, provider: &ProviderRow, uri: &str) -> Value {
    // authentik refuses a list with a pattern that it cannot read (recorded 230), and such an
    // entry allows nothing that could be lost.
    let kept = |entry: &&RedirectUri| provider.redirect_text.is_some() || !is_broken(entry);
    let mut list: Vec<RedirectUri> = provider
        .redirect_uris
        .iter()
        .filter(kept)
        .cloned()
        .collect();
    list.push(strict(scene, provider, uri));
    in_form(provider, &list)
}

/// Whether an entry is a pattern that Python cannot read.
pub(super) fn is_broken(entry: &RedirectUri) -> bool {
    entry.matching_mode == "regex" && fullmatch(&entry.url, "") == Match::Broken
}

/// The list with the entry at this place replaced by a strict one.
pub(super) fn replaced(scene: &Scene, provider: &ProviderRow, at: usize, uri: &str) -> Value {
    let mut list = provider.redirect_uris.clone();
    list[at] = strict(scene, provider, uri);
    in_form(provider, &list)
}

/// The list with the entry at this place read as a pattern.
pub(super) fn as_pattern(provider: &ProviderRow, at: usize) -> Value {
    let mut list = provider.redirect_uris.clone();
    list[at].matching_mode = "regex".into();
    in_form(provider, &list)
}
