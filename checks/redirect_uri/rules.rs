//! authentik's own rules for a redirect URI (knowledge A.1, B.3; verified.md 1c).

use super::pattern::{Match, fullmatch};
use crate::{model::Version, probe::authentik_api::RedirectUri};

/// By which rules a release compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// Up to 2024.8.4 and 2024.10.2 the list was text: every line is compared as it stands and
    /// then as a pattern.
    pub(super) lines: bool,
    /// From 2026.5 only entries of type "authorization" count.
    pub(super) types: bool,
}

impl Rules {
    /// Those of a release. Without one the data themselves show it: an entry has a type or has
    /// none, and an unknown release is taken to be a newer one than 2024.
    pub(super) fn of(version: Option<&Version>) -> Self {
        let Some(version) = version else {
            return Self {
                lines: false,
                types: true,
            };
        };
        Self {
            lines: keeps_lines(version),
            types: version.at_least(2026, 5),
        }
    }
}

/// Whether this release keeps redirect URIs as lines of text.
pub(super) fn keeps_lines(version: &Version) -> bool {
    let below = |limit: &str| {
        let range: Option<crate::model::VersionRange> = limit.parse().ok();
        range.is_some_and(|range| range.holds(version))
    };
    below("<2024.8.5") || below(">=2024.10, <2024.10.3")
}

/// Whether an entry allows a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allows {
    /// Yes.
    Yes,
    /// No.
    No,
    /// No, and no other URI either: the pattern cannot be read.
    Broken,
    /// It cannot be told, because of this construct.
    CannotTell(&'static str),
}

/// Whether an entry of the list allows a URI.
pub(super) fn entry_allows(entry: &RedirectUri, uri: &str, rules: Rules) -> Allows {
    if rules.types && is_for_logout(entry) {
        return Allows::No;
    }
    let same = entry.url == uri;
    match entry.matching_mode.as_str() {
        _ if rules.lines && same => Allows::Yes,
        "regex" => by_pattern(&entry.url, uri),
        _ if rules.lines => by_pattern(&entry.url, uri),
        "strict" if same => Allows::Yes,
        "strict" => Allows::No,
        _ => Allows::CannotTell("a matching mode that this akdoctor does not know"),
    }
}

/// Whether an entry is for signing out only.
pub(super) fn is_for_logout(entry: &RedirectUri) -> bool {
    entry.redirect_uri_type.as_deref() == Some("logout")
}

fn by_pattern(pattern: &str, uri: &str) -> Allows {
    match fullmatch(pattern, uri) {
        Match::Yes => Allows::Yes,
        Match::No => Allows::No,
        Match::Broken => Allows::Broken,
        Match::CannotTell(why) => Allows::CannotTell(why),
    }
}

/// Whether a list allows a URI: yes as soon as one entry does, "cannot tell" only when none does
/// and one of them cannot be judged. An empty list allows nothing here; what it means depends on
/// the release and is judged apart.
pub(super) fn list_allows(list: &[RedirectUri], uri: &str, rules: Rules) -> Allows {
    let mut verdict = Allows::No;
    for entry in list {
        match entry_allows(entry, uri, rules) {
            Allows::Yes => return Allows::Yes,
            Allows::CannotTell(why) => verdict = Allows::CannotTell(why),
            Allows::No | Allows::Broken => {}
        }
    }
    verdict
}
