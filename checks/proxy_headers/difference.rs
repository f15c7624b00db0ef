//! In what the name that authentik has of itself differs from the one that it was asked by.

use url::Url;

use crate::{facts::origin, probe::oidc::Discovery};

/// The name by which authentik was asked, and the one that it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// Scheme, host and port that were asked.
    pub(super) asked: String,
    /// Scheme, host and port that the document tells.
    pub(super) told: String,
    /// The host among those.
    pub(super) told_host: String,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Difference {
    /// https was asked and http is told, of the same host.
    Scheme,
    /// http was asked and https is told, of the same host.
    AddedScheme,
    /// Another host.
    Host,
    /// Another port of the same host.
    Port,
}

impl Names {
    /// Those of a document: the first of its addresses that differs, or the issuer.
    pub(super) fn of(url: &str, document: &Discovery) -> Option<Self> {
        let asked = Url::parse(url).ok()?;
        let addresses = [
            &document.issuer,
            &document.authorization_endpoint,
            &document.token_endpoint,
            &document.jwks_uri,
        ];
        let urls = || addresses.into_iter().flatten();
        let other = urls().find(|text| {
            let url = Url::parse(text);
            url.is_ok_and(|url| url.origin() != asked.origin())
        });
        let told = other.or_else(|| urls().next())?;
        Some(Self {
            asked: origin(url)?,
            told_host: Url::parse(told).ok()?.host_str()?.to_owned(),
            told: origin(told)?,
        })
    }

    /// What differs; `None` where nothing does.
    pub(super) fn difference(&self) -> Option<Difference> {
        let (asked, told) = (Url::parse(&self.asked).ok()?, Url::parse(&self.told).ok()?);
        if asked.origin() == told.origin() {
            return None;
        }
        Some(match (asked.scheme(), told.scheme()) {
            _ if asked.host() != told.host() => Difference::Host,
            ("https", "http") => Difference::Scheme,
            ("http", "https") => Difference::AddedScheme,
            _ => Difference::Port,
        })
    }

    /// Host and port as a browser writes them into its `Host` header.
    pub(super) fn asked_authority(&self) -> &str {
        let after = self.asked.split_once("://").map(|(_, rest)| rest);
        after.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_apart() {
        let of = |asked: &str, told: &str| {
            let document = Discovery {
                issuer: Some(format!("{told}/application/o/a/")),
                ..Discovery::default()
            };
            Names::of(asked, &document).unwrap().difference()
        };
        let asked = "https://auth.example.com";
        assert_eq!(of(asked, asked), None);
        assert_eq!(of(asked, "https://auth.example.com:443"), None);
        assert_eq!(
            of(asked, "http://auth.example.com"),
            Some(Difference::Scheme)
        );
        assert_eq!(of(asked, "http://authentik:9000"), Some(Difference::Host));
        assert_eq!(
            of("http://a.lan", "https://a.lan"),
            Some(Difference::AddedScheme)
        );
        assert_eq!(
            of("https://a.lan:8443", "https://a.lan"),
            Some(Difference::Port)
        );
    }
}
