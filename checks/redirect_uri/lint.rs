//! What can be seen to be wrong in a provider's settings alone.

use std::net::IpAddr;

use url::{Host, Url};

use super::{
    Scene, entries,
    pattern::{Match, fullmatch},
    rules::is_for_logout,
    sent::about,
};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Said},
    model::{Reach, Severity, list_of},
    probe::authentik_api::{ProviderRow, RedirectUri},
};

/// A host that no app has: a pattern that takes it takes anything (RFC 6761 section 6.4).
const FOREIGN: &str = "akdoctor.invalid";
/// Endings of names that only a local network knows (RFC 6762, RFC 8375, ICANN's `.internal`).
const LOCAL: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "lan",
    "home",
    "test",
    "home.arpa",
    "intranet",
];

/// Client id, grant types, and entries that are too wide or not encrypted.
pub(super) fn judge(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    findings.merge(client_id(scene, app, provider));
    findings.merge(grant_types(scene, app, provider));
    let mut wide = false;
    for (at, entry) in provider.redirect_uris.iter().enumerate() {
        if let Some((example, severity)) = takes_too_much(entry) {
            wide = true;
            let raised = Raised::new("redirect-uri/too-wide", app.subject())
                .with("pattern", entry.url.clone())
                .with("example", example)
                .weighing(severity, Reach::Nobody);
            let mended = app
                .says
                .redirect_uri
                .value()
                .map(|uri| (uri.to_owned(), entries::replaced(scene, provider, at, uri)));
            let raised = match mended {
                Some((uri, list)) => raised.with("sent", uri).with("list_mended", list),
                None => raised,
            };
            findings.raise(
                "its entries are no wider than they must be",
                about(scene, app, provider, raised),
            );
        }
    }
    if !wide && !provider.redirect_uris.is_empty() {
        findings.passed(
            "its entries are no wider than they must be",
            app.subject(),
            &scene.cites[..1],
        );
    }
    let open: Vec<&str> = provider
        .redirect_uris
        .iter()
        .filter(|entry| entry.matching_mode == "strict" && !is_for_logout(entry))
        .filter(|entry| is_public_http(&entry.url))
        .map(|entry| entry.url.as_str())
        .collect();
    if !open.is_empty() {
        let raised =
            Raised::new("redirect-uri/not-encrypted", app.subject()).with("open", list_of(&open));
        findings.raise(
            "its redirect URI is encrypted",
            about(scene, app, provider, raised),
        );
    }
    findings
}

fn client_id(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let what = "it uses the client id of its provider";
    let raise = |sent: &str, by: &str| {
        let raised = Raised::new("redirect-uri/client-id", app.subject())
            .with("sent_id", sent)
            .with("by", by)
            .with("client_id", provider.client_id.clone())
            .cites(scene.cites[0].clone());
        about(scene, app, provider, raised)
    };
    let configured = app
        .configured
        .as_ref()
        .and_then(|app| app.client_id.as_deref());
    match &app.says.client_id {
        Said::Value { value, place } if *value != provider.client_id => {
            let raised = raise(value, &place.text).with_some("variable", place.variable.clone());
            findings.raise(what, raised);
        }
        Said::Value { place, .. } => findings.passed(what, app.subject(), &place.cites),
        Said::Hidden(why) => findings.unknown(what, app.subject(), why),
        Said::Not(_) | Said::Unasked => match configured {
            Some(id) if id != provider.client_id => {
                findings.raise(what, raise(id, "akdoctor.toml").inferred());
            }
            Some(_) => findings.passed(what, app.subject(), &scene.cites[..1]),
            None => {}
        },
    }
    findings
}

/// From 2026.5 a provider names the grant types that it allows; made without them, by the API or a
/// blueprint, it allows none (knowledge A.1).
fn grant_types(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let Some(types) = &provider.grant_types else {
        return findings;
    };
    let what = "its provider allows the authorization code grant";
    if types.iter().any(|kind| kind == "authorization_code") {
        findings.passed(what, app.subject(), &scene.cites[..1]);
        return findings;
    }
    let signs_in = app.configured.is_some() || app.says.profile.is_some() || types.is_empty();
    if !signs_in {
        findings.skipped(
            what,
            app.subject(),
            "it allows other grants and may not be for people",
        );
        return findings;
    }
    let observed = match types.is_empty() {
        true => "none".to_owned(),
        false => list_of(types),
    };
    let mut wanted: Vec<String> = types.clone();
    for kind in ["authorization_code", "refresh_token"] {
        if !wanted.iter().any(|there| there == kind) {
            wanted.push(kind.into());
        }
    }
    let raised = Raised::new("redirect-uri/grant-types", app.subject())
        .with("grants", observed)
        .with("grants_old", types.clone())
        .with("grants_new", wanted)
        .cites(scene.cites[0].clone());
    findings.raise(what, about(scene, app, provider, raised));
    findings
}

/// A URI that a pattern takes and should not, and how bad that is.
fn takes_too_much(entry: &RedirectUri) -> Option<(String, Severity)> {
    if entry.matching_mode != "regex" || is_for_logout(entry) {
        return None;
    }
    let takes = |uri: &String| fullmatch(&entry.url, uri) == Match::Yes;
    if let Some(uri) = foreign(&entry.url).into_iter().find(takes) {
        return Some((uri, Severity::Warning));
    }
    loose(&entry.url)
        .filter(takes)
        .map(|uri| (uri, Severity::Info))
}

/// URIs of a foreign host, made after the pattern.
fn foreign(pattern: &str) -> Vec<String> {
    let mut made = vec![format!("https://{FOREIGN}/"), format!("http://{FOREIGN}/")];
    let stripped = pattern.trim_start_matches('^').trim_end_matches('$');
    for (gap, filler) in [
        (".*", format!("{FOREIGN}/x")),
        (".+", format!("{FOREIGN}/x")),
        (".*", format!(".{FOREIGN}/")),
    ] {
        let filled = stripped.replacen(gap, &filler, 1).replace(gap, "x");
        let plain = filled
            .replace(".*", "x")
            .replace(".+", "x")
            .replace('\\', "");
        let host = Url::parse(&plain)
            .ok()
            .and_then(|url| Some(url.host_str()?.to_owned()));
        if host.is_some_and(|host| host.ends_with(FOREIGN)) {
            made.push(plain);
        }
    }
    made
}

/// The pattern as text with a letter in the place of the first dot of its host that is not escaped.
fn loose(pattern: &str) -> Option<String> {
    let stripped = pattern.trim_start_matches('^').trim_end_matches('$');
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

fn is_public_http(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(name)) => is_public_name(name),
            Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
            None => false,
        }
}

fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let ends = |ending: &str| name == ending || name.ends_with(&format!(".{ending}"));
    name.contains('.') && !LOCAL.iter().any(|ending| ends(ending))
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_much(pattern: &str) -> Option<Severity> {
        takes_too_much(&RedirectUri {
            matching_mode: "regex".into(),
            url: pattern.into(),
            redirect_uri_type: None,
        })
        .map(|(_, severity)| severity)
    }

    #[test]
    fn patterns_that_take_foreign_hosts() {
        for (pattern, severity) in [
            (".*", Some(Severity::Warning)),
            ("https://.*", Some(Severity::Warning)),
            (r"https://.*\.example\.com/cb", Some(Severity::Warning)),
            (r"https://app\.example\.com.*", Some(Severity::Warning)),
            ("https://app.example.com/cb", Some(Severity::Info)),
            (r"https://app\.example\.com/.*", None),
            (r"https://[^./]+\.example\.com/cb", None),
            (r"http://localhost:\d+/cb", None),
        ] {
            assert_eq!(too_much(pattern), severity, "{pattern}");
        }
    }

    #[test]
    fn hosts_that_the_world_reaches_without_encryption() {
        for (uri, public) in [
            ("http://app.example.com/cb", true),
            ("http://93.184.216.34/cb", true),
            ("https://app.example.com/cb", false),
            ("http://localhost:3000/cb", false),
            ("http://host.docker.internal/cb", false),
            ("http://nas.local/cb", false),
            ("http://gitea/cb", false),
            ("http://192.168.1.5/cb", false),
            ("http://[::1]/cb", false),
            ("app.immich:///oauth-callback", false),
        ] {
            assert_eq!(is_public_http(uri), public, "{uri}");
        }
    }
}
