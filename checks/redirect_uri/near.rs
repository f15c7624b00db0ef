//! The near miss: what a refused URI differs in from the entry that it was probably meant to fit
//! (the classes of knowledge B.3).

use url::Url;

use super::{
    pattern::{Match, fullmatch, looks_like_pattern},
    rules::{Rules, is_for_logout},
};
use crate::probe::authentik_api::{ProviderRow, RedirectUri};

/// In what two URIs differ, likeliest slip first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    /// The entry counts only for signing out.
    Logout,
    /// The entry is a pattern and is compared as plain text.
    PatternAsText,
    /// The line is the same text and is compared as a pattern.
    TextAsPattern,
    /// The entry has a wildcard, which authentik does not know.
    Wildcard,
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
    /// The same address in another spelling: a default port, a name in Unicode.
    Spelling,
    /// The path.
    Path,
    /// The entry is a pattern that Python cannot read.
    BrokenPattern,
    /// The entry is a pattern that does not fit.
    Pattern,
}

impl Miss {
    /// Whether nobody would take the two for addresses of different pages.
    pub(super) fn is_slip(self) -> bool {
        !matches!(self, Self::Path | Self::BrokenPattern | Self::Pattern)
    }
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
pub(super) fn nearest(uri: &str, provider: &ProviderRow, rules: Rules) -> Option<Near> {
    let entries = provider.redirect_uris.iter().enumerate();
    let misses = entries.filter_map(|(at, entry)| {
        let miss = match provider.redirect_text {
            Some(_) => miss_of_line(uri, &entry.url)?,
            None => miss_of(uri, entry, rules)?,
        };
        Some((miss, strsim::levenshtein(&entry.url, uri), at))
    });
    let (miss, _, at) = misses.min()?;
    Some(Near { miss, at })
}

/// A line is always a pattern; most are plain URIs all the same.
fn miss_of_line(uri: &str, line: &str) -> Option<Miss> {
    match fullmatch(line, uri) {
        Match::Broken => Some(Miss::BrokenPattern),
        _ if line == uri => Some(Miss::TextAsPattern),
        _ if looks_like_pattern(line) => Some(Miss::Pattern),
        _ => between(uri, line),
    }
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
    if fits_as_wildcard(&entry.url, uri) {
        return Some(Miss::Wildcard);
    }
    between(uri, &entry.url)
}

/// Whether a text with stars would have fitted if they stood for anything, as in a shell.
fn fits_as_wildcard(text: &str, uri: &str) -> bool {
    let parts: Vec<&str> = text.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return false;
    };
    let Some(mut rest) = uri.strip_prefix(first) else {
        return false;
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
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
        (true, true) => Some(Miss::Spelling),
        (true, false) => Some(Miss::Path),
        _ => None,
    }
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && crate::model::printable(c.encode_utf8(&mut [0; 4])) == c.to_string()
}

/// Percent-decoded until nothing changes, three times at most.
pub(super) fn decoded(text: &str) -> String {
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
        for (one, other, miss) in [
            ("http://a/x%2520y", "http://a/x%20y", Miss::Encoding),
            ("https://a:443/cb", "https://a/cb", Miss::Spelling),
            (
                "https://müller.example/cb",
                "https://xn--mller-kva.example/cb",
                Miss::Spelling,
            ),
        ] {
            assert_eq!(between(one, other), Some(miss), "{one}");
        }
    }

    #[test]
    fn a_wildcard_is_told_from_another_host() {
        let miss = |url: &str| {
            let entry = RedirectUri {
                matching_mode: "strict".into(),
                url: url.into(),
                redirect_uri_type: None,
            };
            miss_of("https://git.example.com/cb", &entry, Rules { types: true })
        };
        assert_eq!(miss("https://*.example.com/cb"), Some(Miss::Wildcard));
        assert_eq!(miss("https://git.example.com/*"), Some(Miss::Wildcard));
        assert_eq!(miss("https://*.example.org/cb"), Some(Miss::Host));
        assert_eq!(miss("*"), Some(Miss::PatternAsText));
    }
}
