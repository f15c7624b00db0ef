//! The near miss: what a refused URI differs in from the entry that it was probably meant to fit
//! (the classes of knowledge B.3).

use std::net::IpAddr;

use url::Url;

use super::{
    pattern::{Match, fullmatch, looks_like_pattern},
    rules::{Rules, is_for_logout},
};
use crate::probe::authentik_api::RedirectUri;

/// In what two URIs differ, likeliest slip first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    /// The entry counts only for signing out.
    Logout,
    /// The entry is a pattern and is compared as plain text.
    PatternAsText,
    /// White space or an invisible character on one side.
    WhiteSpace,
    /// A slash at the end of one of them.
    TrailingSlash,
    /// Upper and lower case.
    LetterCase,
    /// `http` and `https`.
    Scheme,
    /// One is percent-encoded once more than the other.
    Encoding,
    /// Another name of, probably, the same host.
    Host,
    /// The port.
    Port,
    /// A query or fragment on one side.
    Query,
    /// The path.
    Path,
    /// The entry is a pattern that Python cannot read.
    BrokenPattern,
    /// The entry is a pattern that does not fit.
    Pattern,
}

/// The entry that comes nearest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Near {
    /// In what they differ.
    pub(super) miss: Miss,
    /// Where in the list it stands.
    pub(super) at: usize,
}

/// The entry of a list that comes nearest to a URI which none of them allows.
pub(super) fn nearest(uri: &str, list: &[RedirectUri], rules: Rules) -> Option<Near> {
    let misses = list.iter().enumerate().filter_map(|(at, entry)| {
        let miss = miss_of(uri, entry, rules)?;
        Some((miss, strsim::levenshtein(&entry.url, uri), at))
    });
    let (miss, _, at) = misses.min()?;
    Some(Near { miss, at })
}

fn miss_of(uri: &str, entry: &RedirectUri, rules: Rules) -> Option<Miss> {
    if rules.types && is_for_logout(entry) {
        return (entry.url == uri).then_some(Miss::Logout);
    }
    if entry.matching_mode == "regex" {
        return Some(match fullmatch(&entry.url, uri) {
            Match::Broken => Miss::BrokenPattern,
            _ => Miss::Pattern,
        });
    }
    if looks_like_pattern(&entry.url) && fits_as_pattern(&entry.url, uri) {
        return Some(Miss::PatternAsText);
    }
    between(uri, &entry.url)
}

/// Whether a text would have fitted as a pattern; a star alone once meant anything.
fn fits_as_pattern(text: &str, uri: &str) -> bool {
    text == "*" || fullmatch(text, uri) == Match::Yes
}

/// In what two URIs differ, if they have enough in common.
pub(super) fn between(one: &str, other: &str) -> Option<Miss> {
    let bare = |text: &str| -> String { text.chars().filter(|c| is_visible(*c)).collect() };
    let (seen, wanted) = (bare(one), bare(other));
    if seen == wanted {
        return (one != other).then_some(Miss::WhiteSpace);
    }
    let (seen, wanted) = (seen.as_str(), wanted.as_str());
    if seen.trim_end_matches('/') == wanted.trim_end_matches('/') {
        return Some(Miss::TrailingSlash);
    }
    if seen.eq_ignore_ascii_case(wanted) {
        return Some(Miss::LetterCase);
    }
    if decoded(seen) == decoded(wanted) {
        return Some(Miss::Encoding);
    }
    let (seen, wanted) = (Url::parse(seen).ok()?, Url::parse(wanted).ok()?);
    let same_path = seen.path().trim_end_matches('/') == wanted.path().trim_end_matches('/');
    let same_host = seen.host_str() == wanted.host_str();
    let port = |url: &Url| url.port_or_known_default();
    match (same_host, same_path) {
        (true, true) if seen.query() != wanted.query() || seen.fragment() != wanted.fragment() => {
            Some(Miss::Query)
        }
        (true, true) if seen.scheme() != wanted.scheme() => Some(Miss::Scheme),
        (true, true) if port(&seen) != port(&wanted) => Some(Miss::Port),
        (false, true) => Some(Miss::Host),
        (true, false) => Some(Miss::Path),
        _ => None,
    }
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && crate::model::printable(c.encode_utf8(&mut [0; 4])) == c.to_string()
}

/// Percent-decoded until nothing changes, three times at most.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..3 {
        let next = once(&text);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn once(text: &str) -> String {
    // A plus sign is a plus sign in a path; only the form decoder takes it for a space.
    let shielded = text
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let pair = url::form_urlencoded::parse(shielded.as_bytes()).next();
    pair.map_or_else(|| text.to_owned(), |(key, _)| key.into_owned())
}

/// What kind of name a host is, for the words of a host that differs.
fn kind_of(host: &str) -> &'static str {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => "this machine by its loopback address",
        Ok(_) => "an address",
        Err(_) if bare == "localhost" => "this machine by its name",
        Err(_) if bare == "host.docker.internal" => "the container host",
        Err(_) if !bare.contains('.') => "a name that only containers know",
        Err(_) => "another name",
    }
}

impl Miss {
    /// The difference as a clause after "they differ".
    pub(super) fn words(self, uri: &str, entry: &str) -> String {
        let (seen, wanted) = (Url::parse(uri).ok(), Url::parse(entry).ok());
        let part = |of: &dyn Fn(&Url) -> String| {
            let text = |url: &Option<Url>| url.as_ref().map_or_else(String::new, of);
            (text(&seen), text(&wanted))
        };
        match self {
            Self::Logout => {
                "in nothing, but that entry is of type logout and counts only for signing out"
                    .into()
            }
            Self::PatternAsText => {
                "because the entry is a pattern that is compared as plain text: its mode is strict"
                    .into()
            }
            Self::WhiteSpace => "in white space or an invisible character".into(),
            Self::TrailingSlash => "in the slash at the end".into(),
            Self::LetterCase => "in upper and lower case only".into(),
            Self::Scheme => {
                let (seen, wanted) = part(&|url| url.scheme().to_owned());
                format!("in the scheme: {seen} was sent, {wanted} is allowed")
            }
            Self::Encoding => "in percent-encoding: one is encoded once more than the other".into(),
            Self::Host => {
                let (seen, wanted) = part(&|url| url.host_str().unwrap_or_default().to_owned());
                format!(
                    "in the host: {seen} ({}) was sent, {wanted} ({}) is allowed",
                    kind_of(&seen),
                    kind_of(&wanted)
                )
            }
            Self::Port => {
                let port = |url: &Url| {
                    let port = url.port_or_known_default();
                    port.map_or_else(String::new, |port| port.to_string())
                };
                let (seen, wanted) = part(&port);
                format!("in the port: {seen} was sent, {wanted} is allowed")
            }
            Self::Query => "in the query or fragment".into(),
            Self::Path => "in the path".into(),
            Self::BrokenPattern => {
                "because the entry is a pattern that Python cannot read, so it fits nothing".into()
            }
            Self::Pattern => "because the pattern does not fit from end to end".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_near_miss_is_named() {
        let allowed = "http://localhost:3000/user/oauth2/Authentik/callback";
        for (sent, miss) in [
            (
                "http://localhost:3000/user/oauth2/Authentik/callback/",
                Some(Miss::TrailingSlash),
            ),
            (
                "https://localhost:3000/user/oauth2/Authentik/callback",
                Some(Miss::Scheme),
            ),
            (
                "http://127.0.0.1:3000/user/oauth2/Authentik/callback",
                Some(Miss::Host),
            ),
            (
                "http://gitea:3000/user/oauth2/Authentik/callback",
                Some(Miss::Host),
            ),
            (
                "http://localhost:3001/user/oauth2/Authentik/callback",
                Some(Miss::Port),
            ),
            (
                "http://localhost/user/oauth2/Authentik/callback",
                Some(Miss::Port),
            ),
            (
                "http://localhost:3000/user/oauth2/authentik/callback",
                Some(Miss::LetterCase),
            ),
            (
                "http://Localhost:3000/user/oauth2/Authentik/callback",
                Some(Miss::LetterCase),
            ),
            (
                "http://localhost:3000/user/oauth2/Authentik%2Fcallback",
                Some(Miss::Encoding),
            ),
            (
                "http://localhost:3000/user/oauth2/Authentik/callback ",
                Some(Miss::WhiteSpace),
            ),
            (
                "http://localhost:3000/user/oauth2/Authentik/callback\n",
                Some(Miss::WhiteSpace),
            ),
            (
                "http://localhost:3000/user/oauth2/Authentik/\u{200b}callback",
                Some(Miss::WhiteSpace),
            ),
            (
                "http://localhost:3000/user/oauth2/Authentik/callback?a=1",
                Some(Miss::Query),
            ),
            ("http://localhost:3000/oauth_callback", Some(Miss::Path)),
            ("https://elsewhere.example.com/cb", None),
            ("not a url", None),
        ] {
            assert_eq!(between(sent, allowed), miss, "{sent}");
        }
        assert_eq!(
            between("http://a/x%2520y", "http://a/x%20y"),
            Some(Miss::Encoding)
        );
    }
}
