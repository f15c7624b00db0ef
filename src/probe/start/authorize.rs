//! An authorization request (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1), taken apart.

use serde::{Deserialize, Serialize};
use url::Url;

use super::super::{http::cut, redact::Redactor};

/// Bytes of one parameter that are kept.
const LONGEST: usize = 2 * 1024;
/// How the path of authentik's own endpoint ends (knowledge B.1).
const AUTHENTIK: &str = "/application/o/authorize";

/// An authorization request as an app makes it. It was not sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authorize {
    /// The endpoint: the URL without its query.
    pub endpoint: String,
    /// Its scheme.
    pub scheme: String,
    /// Its host; an IPv6 address in brackets.
    pub host: String,
    /// Its port, the scheme's own where none is written.
    pub port: u16,
    /// Its path.
    pub path: String,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `redirect_uri`, byte for byte after percent-decoding.
    pub redirect_uri: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `response_type`.
    pub response_type: Option<String>,
    /// `response_mode`.
    pub response_mode: Option<String>,
    /// `prompt`.
    pub prompt: Option<String>,
    /// The method of PKCE (RFC 7636): "S256", or "plain" where a challenge comes without one.
    pub pkce: Option<String>,
    /// Whether there is a `state`.
    pub state: bool,
    /// Whether there is a `nonce`.
    pub nonce: bool,
    /// `max_age`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    /// Whether it carries its parameters in a signed object too (`request`, OpenID Connect Core
    /// section 6.1).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub request_object: bool,
    /// Parameters that are there more than once; the last one counts for authentik (Django).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<String>,
}

impl Authorize {
    /// Whether a URL is an authorization request, and so must not be sent. The start of an app may
    /// look like one itself (Vaultwarden's does), so this is only asked of where an app leads.
    pub(in crate::probe) fn is(url: &Url) -> bool {
        let has = |name: &str| url.query_pairs().any(|(key, _)| key == name);
        let by_query = has("client_id") && (has("response_type") || has("redirect_uri"));
        by_query || url.path().trim_end_matches('/').ends_with(AUTHENTIK)
    }

    /// Takes a request apart; values are cut and without secrets.
    pub(super) fn of(url: &Url, redact: &Redactor) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut repeated = Vec::new();
        for (name, _) in url.query_pairs() {
            let name = name.into_owned();
            if names.contains(&name) && !repeated.contains(&name) && repeated.len() < 16 {
                repeated.push(cut(name.clone(), 64));
            }
            names.push(name);
        }
        let last = |name: &str| {
            let found = url.query_pairs().filter(|(key, _)| key == name).last();
            found.map(|(_, value)| cut(redact.text(&value), LONGEST))
        };
        let is_there = |name: &str| {
            url.query_pairs()
                .any(|(key, value)| key == name && !value.is_empty())
        };
        let pkce = is_there("code_challenge")
            .then(|| last("code_challenge_method").unwrap_or_else(|| "plain".into()));
        Self {
            endpoint: cut(redact.text(&bare(url)), LONGEST),
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            path: cut(redact.text(url.path()), LONGEST),
            client_id: last("client_id"),
            redirect_uri: last("redirect_uri"),
            scope: last("scope"),
            response_type: last("response_type"),
            response_mode: last("response_mode"),
            prompt: last("prompt"),
            pkce,
            state: is_there("state"),
            nonce: is_there("nonce"),
            max_age: last("max_age"),
            request_object: is_there("request"),
            repeated,
        }
    }

    /// Whether a value was kept as the app sent it: neither cut nor hidden.
    pub(in crate::probe) fn is_whole(value: &str) -> bool {
        value.len() < LONGEST && !Redactor::hides(value)
    }

    /// Whether the path is that of authentik's authorization endpoint.
    pub fn is_path_of_authentik(&self) -> bool {
        self.path.trim_end_matches('/').ends_with(AUTHENTIK)
    }
}

/// A URL without user, password, query and fragment.
pub(in crate::probe) fn bare(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    // Both fail only for URLs without a host.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Authorize {
        Authorize::of(&Url::parse(url).unwrap(), &Redactor::default())
    }

    #[test]
    fn what_lives_briefly_is_not_kept() {
        let request = of(
            "http://idp:9000/application/o/authorize/?client_id=coder&redirect_uri=\
            https%3A%2F%2Fc%2Fcb%2F&state=SeCrEt&nonce=OnCe&code_challenge=ChAl&\
            code_challenge_method=S256&response_type=code&scope=openid+email&prompt=",
        );
        assert_eq!(request.endpoint, "http://idp:9000/application/o/authorize/");
        assert_eq!(request.redirect_uri.as_deref(), Some("https://c/cb/"));
        assert_eq!(request.scope.as_deref(), Some("openid email"));
        assert_eq!(request.pkce.as_deref(), Some("S256"));
        assert!(request.state && request.nonce && request.is_path_of_authentik());
        let saved = serde_json::to_string(&request).unwrap();
        for value in ["SeCrEt", "OnCe", "ChAl"] {
            assert!(!saved.contains(value), "{saved}");
        }
    }

    #[test]
    fn the_last_of_several_counts() {
        let request = of("http://a/x?client_id=a&client_id=b&code_challenge=c");
        assert_eq!(request.client_id.as_deref(), Some("b"));
        assert_eq!(request.repeated, ["client_id"]);
        assert_eq!(request.pkce.as_deref(), Some("plain"));
        // Empty is not left out: authentik knows no such method.
        let request = of("http://a/x?code_challenge=c&code_challenge_method=");
        assert_eq!(request.pkce.as_deref(), Some(""));
    }

    #[test]
    fn what_is_an_authorization_request() {
        let is = |url: &str| Authorize::is(&Url::parse(url).unwrap());
        assert!(is("http://a/application/o/authorize/"));
        assert!(is("http://a/sso/application/o/authorize?x=1"));
        assert!(is("http://a/auth?client_id=x&response_type=code"));
        assert!(!is("http://a/login?client_id=x") && !is("http://a/authorize"));
    }
}
