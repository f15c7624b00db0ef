//! A provider's list as fixes write it: in the form of the release, nothing lost.

use serde_json::{Value, json};

use super::{
    Scene,
    pattern::{Match, fullmatch},
    rules::keeps_lines,
};
use crate::probe::authentik_api::{ProviderRow, RedirectUri};

/// The list as authentik takes it.
pub(super) fn as_is(scene: &Scene, list: &[RedirectUri]) -> Value {
    if scene.version.as_ref().is_some_and(keeps_lines) {
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
fn strict(uri: &str, like: &[RedirectUri], scene: &Scene) -> RedirectUri {
    let typed = like.iter().any(|entry| entry.redirect_uri_type.is_some())
        || scene.version.as_ref().is_some_and(|v| v.at_least(2026, 5));
    RedirectUri {
        matching_mode: "strict".into(),
        url: uri.into(),
        redirect_uri_type: typed.then(|| "authorization".into()),
    }
}

/// The list with a URI added at its end.
pub(super) fn with(scene: &Scene, provider: &ProviderRow, uri: &str) -> Value {
    // authentik refuses a list with a pattern that it cannot read (recorded 230), and such an
    // entry allows nothing that could be lost.
    let readable = provider
        .redirect_uris
        .iter()
        .filter(|entry| !is_broken(entry));
    let mut list: Vec<RedirectUri> = readable.cloned().collect();
    list.push(strict(uri, &provider.redirect_uris, scene));
    as_is(scene, &list)
}

/// Whether an entry is a pattern that Python cannot read.
pub(super) fn is_broken(entry: &RedirectUri) -> bool {
    entry.matching_mode == "regex" && fullmatch(&entry.url, "") == Match::Broken
}

/// The list with the entry at this place replaced by a strict one.
pub(super) fn replaced(scene: &Scene, provider: &ProviderRow, at: usize, uri: &str) -> Value {
    let mut list = provider.redirect_uris.clone();
    list[at] = strict(uri, &provider.redirect_uris, scene);
    as_is(scene, &list)
}

/// The list with the entry at this place read as a pattern.
pub(super) fn as_pattern(scene: &Scene, provider: &ProviderRow, at: usize) -> Value {
    let mut list = provider.redirect_uris.clone();
    list[at].matching_mode = "regex".into();
    as_is(scene, &list)
}
