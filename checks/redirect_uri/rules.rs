//! authentik's own rules for a redirect URI (knowledge A.1, B.2, B.3; verified.md 1c).

use super::pattern::{Match, fullmatch};
use crate::{
    model::Version,
    probe::authentik_api::{ProviderRow, RedirectUri},
};

/// Schemes that authentik refuses whatever its list allows (knowledge B.2, step 2d; the cause
/// `redirect_uri_forbidden_scheme` is logged from 2025.8).
const FORBIDDEN: [&str; 3] = ["javascript", "data", "vbscript"];

/// By which rules a release compares a list. A text has its own, whatever the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// From 2026.5 only entries of type "authorization" count.
    pub(super) types: bool,
}

impl Rules {
    /// Those of a release. Without one the data themselves show it: an entry has a type or has
    /// none.
    pub(super) fn of(version: Option<&Version>) -> Self {
        Self {
            types: version.is_none_or(|version| version.at_least(2026, 5)),
        }
    }
}

/// Whether a redirect URI is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allows {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It cannot be told, because of this construct.
    CannotTell(&'static str),
}

/// Whether a provider allows a URI. An empty list allows nothing here; what it means depends on
/// the release and is judged apart.
pub(super) fn allows(provider: &ProviderRow, uri: &str, rules: Rules) -> Allows {
    match &provider.redirect_text {
        // authentik makes `.*` of it on the first request.
        Some(text) if text == "*" => entry_allows(&pattern(".*"), uri, rules),
        Some(_) => lines_allow(&provider.redirect_uris, uri),
        None => list_allows(&provider.redirect_uris, uri, rules),
    }
}

fn pattern(text: &str) -> RedirectUri {
    RedirectUri {
        matching_mode: "regex".into(),
        url: text.into(),
        redirect_uri_type: None,
    }
}

/// Every line is a pattern, until one of them cannot be read: then all are compared as they stand
/// (authentik 2024.8.4, `check_redirect_uri`). A line that only Python can judge may be either.
fn lines_allow(lines: &[RedirectUri], uri: &str) -> Allows {
    let same = lines.iter().any(|line| line.url == uri);
    let mut verdict = Allows::No;
    for line in lines {
        match fullmatch(&line.url, uri) {
            Match::Yes if same || verdict == Allows::No => return Allows::Yes,
            Match::Broken if same => return Allows::Yes,
            Match::Yes | Match::Broken => return verdict,
            Match::CannotTell(why) => verdict = Allows::CannotTell(why),
            Match::No => {}
        }
    }
    verdict
}

/// Yes as soon as one entry does, "cannot tell" only when none does and one of them cannot be
/// judged.
fn list_allows(list: &[RedirectUri], uri: &str, rules: Rules) -> Allows {
    let mut verdict = Allows::No;
    for entry in list {
        match entry_allows(entry, uri, rules) {
            Allows::Yes => return Allows::Yes,
            Allows::CannotTell(why) => verdict = Allows::CannotTell(why),
            Allows::No => {}
        }
    }
    verdict
}

fn entry_allows(entry: &RedirectUri, uri: &str, rules: Rules) -> Allows {
    if rules.types && is_for_logout(entry) {
        return Allows::No;
    }
    match entry.matching_mode.as_str() {
        "strict" if entry.url == uri => Allows::Yes,
        "strict" => Allows::No,
        "regex" => match fullmatch(&entry.url, uri) {
            Match::Yes => Allows::Yes,
            Match::No | Match::Broken => Allows::No,
            Match::CannotTell(why) => Allows::CannotTell(why),
        },
        _ => Allows::CannotTell("a matching mode that this akdoctor does not know"),
    }
}

/// Whether an entry is for signing out only.
pub(super) fn is_for_logout(entry: &RedirectUri) -> bool {
    entry.redirect_uri_type.as_deref() == Some("logout")
}

/// Whether authentik wrote an entry itself, for a proxy provider's outpost: it writes it anew
/// whenever the provider is saved (knowledge G.4).
pub(super) fn is_of_outpost(entry: &RedirectUri) -> bool {
    entry.url.ends_with("?X-authentik-auth-callback=true")
}

/// The scheme of a URI if authentik refuses it. Read as Python's `urlparse` reads it, which drops
/// white space and control characters in front, and line breaks and tabs anywhere.
pub(super) fn forbidden_scheme(uri: &str) -> Option<&'static str> {
    let front = |c: char| c <= ' ';
    let (scheme, _) = uri.trim_start_matches(front).split_once(':')?;
    let scheme = scheme.replace(['\t', '\r', '\n'], "");
    FORBIDDEN
        .into_iter()
        .find(|forbidden| scheme.eq_ignore_ascii_case(forbidden))
}
