//! What can be seen to be wrong in a provider's settings alone.

use std::net::IpAddr;

use url::{Host, Url};

use super::{Scene, refused::is_plain, sent::about, wide};
use crate::{
    check::{Findings, Raised},
    facts::AppFacts,
    model::list_of,
    probe::authentik_api::ProviderRow,
};

/// Endings of names that only a local network knows (RFC 6762, RFC 8375, ICANN's `.internal`,
/// appendix G of RFC 6762), of a private network that encrypts, and of services that name an
/// address of one's own.
const LOCAL: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "lan",
    "home",
    "test",
    "home.arpa",
    "intranet",
    "localdomain",
    "private",
    "corp",
    "fritz.box",
    "ts.net",
    "nip.io",
    "sslip.io",
    "localtest.me",
    "lvh.me",
];

/// Entries that take too much or are not encrypted.
pub(super) fn judge(scene: &Scene, app: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    findings.merge(wide::judge(scene, app, provider));
    let open: Vec<&str> = provider
        .redirect_uris
        .iter()
        .filter(|entry| is_plain(entry) && is_public_http(&entry.url))
        .map(|entry| entry.url.as_str())
        .collect();
    if !open.is_empty() {
        let raised = Raised::new("redirect-uri/not-encrypted", app.subject())
            .with("open", list_of(&open))
            .cites(scene.cites[0].clone());
        findings.raise(
            "its redirect URI is encrypted",
            about(app, provider, raised),
        );
    }
    findings
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
        // 100.64.0.0/10 (RFC 6598) is what private networks over the internet use.
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && (64..128).contains(&ip.octets()[1]);
            !(shared || ip.is_private() || ip.is_loopback() || ip.is_link_local())
        }
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("http://nas.fritz.box/cb", false),
            ("http://100.101.102.103/cb", false),
            ("http://192.168.1.5/cb", false),
            ("http://[::1]/cb", false),
            ("app.immich:///oauth-callback", false),
        ] {
            assert_eq!(is_public_http(uri), public, "{uri}");
        }
    }
}
