//! Entries that take more than the app's own addresses.

use url::Url;

use super::{
    Scene, entries,
    pattern::{Match, fullmatch, looks_like_pattern},
    rules::{is_for_logout, is_of_outpost},
    sent::about,
};
use crate::{
    check::{Findings, Raised},
    facts::AppFacts,
    model::{Reach, Severity},
    probe::authentik_api::{ProviderRow, RedirectUri},
};

/// A host that no app has: a pattern that takes it takes anything (RFC 6761 section 6.4).
const FOREIGN: &str = "akdoctor.invalid";
/// What patterns are often open by.
const GAPS: [&str; 7] = [
    ".*",
    ".+",
    "[^/]+",
    "[^/]*",
    "\\S+",
    "\\S*",
    "[a-zA-Z0-9.-]+",
];
const WHAT: &str = "its entries are no wider than they must be";

/// Every entry of a provider.
pub(super) fn judge(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let sent = app.says.redirect_uri.value();
    for (at, entry) in provider.redirect_uris.iter().enumerate() {
        let Some(pattern) = pattern_of(provider, entry) else {
            continue;
        };
        let Some((example, severity)) = takes_too_much(pattern, sent) else {
            continue;
        };
        // The dots that authentik itself leaves unescaped are not people's to mend.
        if severity == Severity::Info && is_of_outpost(entry) {
            continue;
        }
        let raised = Raised::new("redirect-uri/too-wide", app.subject())
            .with("pattern", entry.url.clone())
            .with("example", example)
            .weighing(severity, Reach::Nobody)
            .cites(scene.cites[0].clone());
        let raised = match sent {
            Some(uri) => raised
                .with("sent", uri)
                .with("line", entries::line(uri))
                .with("list_mended", entries::replaced(scene, provider, at, uri)),
            None => raised,
        };
        findings.raise(WHAT, about(app, provider, raised));
    }
    if findings.raised.is_empty() && !provider.redirect_uris.is_empty() {
        findings.passed(WHAT, app.subject(), &scene.cites[..1]);
    }
    findings
}

/// What an entry is compared by, if it was meant as a pattern. In a text every line is one, but
/// most are plain URIs whose dots nobody minds.
fn pattern_of<'a>(provider: &ProviderRow, entry: &'a RedirectUri) -> Option<&'a str> {
    let meant = match provider.redirect_text {
        Some(_) => looks_like_pattern(&entry.url),
        None => entry.matching_mode == "regex",
    };
    match entry.url.as_str() {
        _ if !meant || is_for_logout(entry) => None,
        // authentik made that of it (2024.8.4, `check_redirect_uri`).
        "*" if provider.redirect_text.as_deref() == Some("*") => Some(".*"),
        pattern => Some(pattern),
    }
}

/// A URI that a pattern takes and should not, and how bad that is.
fn takes_too_much(pattern: &str, sent: Option<&str>) -> Option<(String, Severity)> {
    let takes = |uri: &String| fullmatch(pattern, uri) == Match::Yes;
    let elsewhere = sent.map(moved).unwrap_or_default();
    let mut foreign = foreign(pattern).into_iter().chain(elsewhere);
    if let Some(uri) = foreign.find(takes) {
        return Some((uri, Severity::Warning));
    }
    loose(pattern)
        .filter(takes)
        .map(|uri| (uri, Severity::Info))
}

/// A pattern without what stands around it.
fn bare(pattern: &str) -> &str {
    let pattern = pattern.strip_prefix("(?i)").unwrap_or(pattern);
    pattern.trim_start_matches('^').trim_end_matches('$')
}

/// URIs of a foreign host, made after the pattern.
fn foreign(pattern: &str) -> Vec<String> {
    let mut made = vec![format!("https://{FOREIGN}/"), format!("http://{FOREIGN}/")];
    let stripped = bare(pattern);
    let fillers = [
        format!("{FOREIGN}/x"),
        FOREIGN.to_owned(),
        format!(".{FOREIGN}/"),
        format!("x@{FOREIGN}/"),
    ];
    for gap in GAPS {
        for filler in &fillers {
            let filled = stripped.replacen(gap, filler, 1);
            let plain = GAPS
                .iter()
                .fold(filled, |text, gap| text.replace(gap, "x"))
                .replace(['\\', '(', ')'], "")
                .replace("s?:", "s:");
            if is_foreign(&plain) {
                made.push(plain);
            }
        }
    }
    made
}

/// What an app sends, moved to a foreign host in the ways in which a pattern is too open.
fn moved(sent: &str) -> Vec<String> {
    let Some((scheme, rest)) = sent.split_once("://") else {
        return Vec::new();
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    [
        FOREIGN.to_owned(),
        format!("{host}.{FOREIGN}"),
        format!("{host}@{FOREIGN}"),
        format!("x.{FOREIGN}"),
    ]
    .into_iter()
    .map(|host| format!("{scheme}://{host}{path}"))
    .filter(|uri| is_foreign(uri))
    .collect()
}

fn is_foreign(uri: &str) -> bool {
    let url = Url::parse(uri).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| host.ends_with(FOREIGN))
}

/// The pattern as text with a letter in the place of the first dot of its host that is not escaped.
fn loose(pattern: &str) -> Option<String> {
    let stripped = bare(pattern);
    let host = stripped.find("://")? + 3;
    let end = stripped[host..]
        .find('/')
        .map_or(stripped.len(), |at| host + at);
    let bytes = stripped.as_bytes();
    let repeated = |at: usize| bytes.get(at + 1).is_some_and(|c| b"*+?{".contains(c));
    let dot =
        (host..end).find(|&at| bytes[at] == b'.' && bytes[at - 1] != b'\\' && !repeated(at))?;
    let text = format!("{}x{}", &stripped[..dot], &stripped[dot + 1..]);
    Some(text.replace('\\', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_take_foreign_hosts() {
        let sent = Some("https://app.example.com/cb");
        for (pattern, severity) in [
            (".*", Some(Severity::Warning)),
            ("https://.*", Some(Severity::Warning)),
            (r"https://.*\.example\.com/cb", Some(Severity::Warning)),
            (r"https://app\.example\.com.*", Some(Severity::Warning)),
            (r"https?://[^/]+/cb", Some(Severity::Warning)),
            (r"https://(.+)/cb", Some(Severity::Warning)),
            (
                r"https://app\.example\.com[^/]*/cb",
                Some(Severity::Warning),
            ),
            (r"https://(app|.*)/cb", Some(Severity::Warning)),
            (r"https://[\w.-]+/cb", Some(Severity::Warning)),
            ("http://127.0.0.1:.*", Some(Severity::Warning)),
            (r"(?i)https://.*\.example\.com/cb", Some(Severity::Warning)),
            ("https://app.example.com/cb", Some(Severity::Info)),
            (r"https://app\.example\.com/.*", None),
            (r"https://app\.example\.com/cb(\?.*)?", None),
            (r"https://[^./]+\.example\.com/cb", None),
            (r"http://localhost:\d+/cb", None),
            (
                r"(https://app\.example\.com|http://localhost:3000)/cb",
                None,
            ),
            (r"app\.immich:///oauth-callback", None),
        ] {
            let found = takes_too_much(pattern, sent).map(|(_, severity)| severity);
            assert_eq!(found, severity, "{pattern}");
        }
    }

    fn provider(redirect_text: Option<&str>) -> ProviderRow {
        ProviderRow {
            pk: 1,
            name: "P".into(),
            client_id: "c".into(),
            application: None,
            redirect_uris: Vec::new(),
            redirect_text: redirect_text.map(str::to_owned),
            client_type: None,
            grant_types: None,
            signing_key: None,
            mappings: None,
            claims_in_id_token: None,
            flows: None,
            logout: None,
        }
    }

    #[test]
    fn plain_lines_and_strict_entries_are_no_patterns() {
        let entry = |mode: &str, url: &str| RedirectUri {
            matching_mode: mode.into(),
            url: url.into(),
            redirect_uri_type: None,
        };
        let list = provider(None);
        assert_eq!(pattern_of(&list, &entry("strict", ".*")), None);
        assert_eq!(pattern_of(&list, &entry("regex", ".*")), Some(".*"));
        let text = provider(Some("*"));
        assert_eq!(pattern_of(&text, &entry("regex", "*")), Some(".*"));
        let plain = entry("strict", "https://app.example.com/cb");
        assert_eq!(pattern_of(&text, &plain), None);
    }
}
