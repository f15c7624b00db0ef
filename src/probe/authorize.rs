//! Whether authentik takes the authorization request that an app makes: the same request, asked as
//! nobody and with `prompt=none`. authentik judges client, redirect URI, response type, scope and
//! PKCE before it looks whether somebody is signed in, and sends whoever is not back to the app with
//! `error=login_required`; that was measured to write nothing (verified.md 2, recorded 006). The
//! answer's `Location` is read and never followed, so the app hears nothing of it.
//!
//! To a provider **without redirect URIs** the same request would write one, up to 2026.2 (recorded
//! 228), and one whose list is the text `*` is rewritten to `.*` up to 2024.8.4. So a question can
//! only be made of a provider's row that was seen and names what it allows: [`AskAuthorize::of`].
//! `max_age` is left out: one that is no number makes authentik fail, which it keeps an event of.

use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use super::{
    Probe, ProbeError, Tools,
    authentik_api::{ProviderRow, RedirectUri},
    http::{End, Get, cut, http_url, place_of},
    redact::Redactor,
    start::{Authorize, bare},
};

/// Bytes of a page that are read; authentik's error pages have four thousand.
const LARGEST: usize = 64 * 1024;
/// Bytes of one text that are kept.
const LONGEST: usize = 512;
/// State, nonce and challenge of our own: nothing is ever redeemed with them. The challenge has the
/// 43 characters of a SHA-256 (RFC 7636 section 4.2).
const OURS: &str = "akdoctor";
const CHALLENGE: &str = "akdoctor-akdoctor-akdoctor-akdoctor-akdocto";
/// What authentik answers to `prompt=none` without a session, after everything else was taken.
const TAKEN: &str = "login_required";

/// GET of authentik's authorization endpoint with an app's own request, as nobody.
#[derive(Debug, Clone, Serialize)]
pub struct AskAuthorize {
    base: String,
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: Option<String>,
    pkce: Option<String>,
    nonce: bool,
    request_object: bool,
}

/// What authentik answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Replied {
    /// It sends the browser back to the app.
    SentBack {
        /// The error's name (RFC 6749 section 4.1.2.1).
        error: String,
        /// authentik's own words.
        description: Option<String>,
    },
    /// The page "Client ID Error".
    UnknownClient,
    /// The page "Redirect URI Error".
    RefusedRedirectUri,
    /// Something that says nothing of the request.
    Other {
        /// The status.
        status: u16,
        /// Where it leads, without query.
        to: Option<String>,
    },
}

impl Replied {
    /// Whether nothing was missing but somebody who is signed in.
    pub fn takes_it(&self) -> bool {
        matches!(self, Self::SentBack { error, .. } if error == TAKEN)
    }

    /// Whether client id and redirect URI are taken: authentik sends nobody to a redirect URI that
    /// it does not allow. `None` where the answer does not tell.
    pub fn knows_the_app(&self) -> Option<bool> {
        match self {
            Self::SentBack { .. } => Some(true),
            Self::UnknownClient | Self::RefusedRedirectUri => Some(false),
            Self::Other { .. } => None,
        }
    }
}

impl AskAuthorize {
    /// The question whether the authentik at `base` takes a request for this provider.
    ///
    /// # Errors
    /// Why it must not be asked, for people.
    pub fn of(
        base: &str,
        provider: &ProviderRow,
        request: &Authorize,
    ) -> Result<Self, &'static str> {
        let is_for_signing_in =
            |entry: &RedirectUri| entry.redirect_uri_type.as_deref() != Some("logout");
        if !provider.redirect_uris.iter().any(is_for_signing_in) {
            return Err("its provider has no redirect URI, and asking may write one");
        }
        if provider.redirect_text.as_deref().map(str::trim) == Some("*") {
            return Err("its provider allows *, which authentik rewrites when it is asked");
        }
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let (Some(client_id), Some(redirect_uri), Some(response_type)) = (
            given(&request.client_id),
            given(&request.redirect_uri),
            given(&request.response_type),
        ) else {
            return Err("its request is not complete");
        };
        if client_id != provider.client_id {
            return Err("its client id is that of another provider");
        }
        let optional = [request.scope.as_deref(), request.pkce.as_deref()];
        let is_whole = [redirect_uri.as_str(), response_type.as_str()]
            .into_iter()
            .chain(optional.into_iter().flatten())
            .all(Authorize::is_whole);
        if !is_whole {
            return Err("its request was not kept as it is");
        }
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            client_id,
            redirect_uri,
            response_type,
            scope: request.scope.clone(),
            pkce: request.pkce.clone(),
            nonce: request.nonce,
            request_object: request.request_object,
        })
    }

    /// What is asked; every value but the app's own is fixed, so it names the question too.
    fn url(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &self.client_id);
        query.append_pair("redirect_uri", &self.redirect_uri);
        query.append_pair("response_type", &self.response_type);
        if let Some(scope) = &self.scope {
            query.append_pair("scope", scope);
        }
        if let Some(method) = &self.pkce {
            query.append_pair("code_challenge", CHALLENGE);
            query.append_pair("code_challenge_method", method);
        }
        if self.nonce {
            query.append_pair("nonce", OURS);
        }
        if self.request_object {
            query.append_pair("request", OURS);
        }
        query.append_pair("state", OURS);
        query.append_pair("prompt", "none");
        format!("{}/application/o/authorize/?{}", self.base, query.finish())
    }

    fn replied(&self, status: u16, location: Option<&str>, body: &str, hide: &Redactor) -> Replied {
        let kept = |text: &str| cut(hide.text(text), LONGEST);
        let to = location.and_then(|to| Url::parse(&self.base).ok()?.join(to).ok());
        if let Some(to) = to.as_ref().filter(|_| (300..400).contains(&status)) {
            let told = of_location(to, &self.redirect_uri);
            if let Some((error, description)) = told {
                return Replied::SentBack {
                    error: kept(&error),
                    description: description.as_deref().map(kept),
                };
            }
        }
        match status {
            400 if body.contains("Client ID Error") => Replied::UnknownClient,
            400 if body.contains("Redirect URI Error") => Replied::RefusedRedirectUri,
            _ => Replied::Other {
                status,
                to: to.map(|to| kept(&bare(&to))),
            },
        }
    }
}

/// Error and description at the app's redirect URI: in the query, or in the fragment for response
/// types that return tokens at once (OpenID Connect Core section 3.2.2.6).
fn of_location(to: &Url, redirect_uri: &str) -> Option<(String, Option<String>)> {
    let wanted = Url::parse(redirect_uri).ok()?;
    let place = |url: &Url| {
        let authority = (
            url.host_str().map(str::to_owned),
            url.port_or_known_default(),
        );
        (url.scheme().to_owned(), authority, url.path().to_owned())
    };
    if place(to) != place(&wanted) {
        return None;
    }
    let within = |text: &str, name: &str| {
        let mut pairs = form_urlencoded::parse(text.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let parts = [to.query(), to.fragment()];
    let part = parts
        .into_iter()
        .flatten()
        .find(|part| within(part, "error").is_some())?;
    Some((within(part, "error")?, within(part, "error_description")))
}

impl Probe for AskAuthorize {
    const KIND: &'static str = "authorize";
    type Answer = Replied;

    fn key(&self) -> String {
        format!("authorize GET {}", self.url())
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Replied, ProbeError> {
        let what = format!(
            "GET {}/application/o/authorize/ as {}",
            self.base, self.client_id
        );
        let url = http_url(&self.url(), &what)?;
        let raw = tools
            .http
            .get(&Get {
                url: &url,
                accept: "text/html",
                bearer: None,
                cap: LARGEST,
                partial: true,
                what: &what,
            })
            .await?;
        if let (End::Broken(error), 400..) = (&raw.end, raw.status) {
            return Err(error.clone());
        }
        let location = raw.headers.get("location");
        let location = location.map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
        let body = String::from_utf8_lossy(&raw.body);
        Ok(self.replied(raw.status, location.as_deref(), &body, &tools.redact))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLBACK: &str = "http://localhost:3000/cb";

    fn provider(url: &str) -> ProviderRow {
        let entries = [url].into_iter().filter(|url| !url.is_empty());
        ProviderRow {
            client_id: "gitea".into(),
            redirect_uris: entries
                .map(|url| RedirectUri {
                    matching_mode: "strict".into(),
                    url: url.into(),
                    redirect_uri_type: None,
                })
                .collect(),
            ..ProviderRow::default()
        }
    }

    fn request() -> Authorize {
        Authorize {
            client_id: Some("gitea".into()),
            redirect_uri: Some(CALLBACK.into()),
            response_type: Some("code".into()),
            scope: Some("openid email".into()),
            pkce: Some("S256".into()),
            ..Authorize::default()
        }
    }

    fn asks(provider: &ProviderRow, request: &Authorize) -> Result<AskAuthorize, &'static str> {
        AskAuthorize::of("http://localhost:9000/", provider, request)
    }

    #[test]
    fn a_provider_that_would_learn_is_never_asked() {
        let request = request();
        assert!(asks(&provider(CALLBACK), &request).is_ok());
        assert!(asks(&provider(""), &request).is_err());
        let mut logout = provider(CALLBACK);
        logout.redirect_uris[0].redirect_uri_type = Some("logout".into());
        assert!(asks(&logout, &request).is_err());
        let mut star = provider("*");
        star.redirect_text = Some("*".into());
        assert!(asks(&star, &request).is_err());
        let mut other = provider(CALLBACK);
        other.client_id = "coder".into();
        assert!(asks(&other, &request).is_err());
    }

    #[test]
    fn a_request_that_was_not_kept_whole_is_not_asked() {
        for change in [
            (|it| it.redirect_uri = Some(format!("{CALLBACK}?{}", "x".repeat(2048))))
                as fn(&mut Authorize),
            |it| it.redirect_uri = Some(format!("{CALLBACK}?k={}", Redactor::default().mark("it"))),
            |it| it.redirect_uri = Some(String::new()),
            |it| it.client_id = None,
        ] {
            let mut request = request();
            change(&mut request);
            assert!(asks(&provider(CALLBACK), &request).is_err(), "{request:?}");
        }
    }

    #[test]
    fn the_question_holds_what_the_app_asks_for_and_nothing_that_lives() {
        let mut request = request();
        request.max_age = Some("soon".into());
        request.prompt = Some("consent".into());
        let url = asks(&provider(CALLBACK), &request).unwrap().url();
        assert_eq!(
            url,
            "http://localhost:9000/application/o/authorize/?client_id=gitea&\
             redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb&response_type=code&\
             scope=openid+email&code_challenge=akdoctor-akdoctor-akdoctor-akdoctor-akdocto&\
             code_challenge_method=S256&state=akdoctor&prompt=none"
        );
        assert_eq!(CHALLENGE.len(), 43);
    }

    #[test]
    fn answers_are_told_apart() {
        let question = asks(&provider(CALLBACK), &request()).unwrap();
        let hide = Redactor::default();
        let back = |location: &str| question.replied(302, Some(location), "", &hide);
        let taken = back(&format!(
            "{CALLBACK}?error=login_required&error_description=x%20y&state=akdoctor"
        ));
        assert!(taken.takes_it());
        assert_eq!(taken.knows_the_app(), Some(true));
        let refused = back(&format!("{CALLBACK}#error=invalid_scope"));
        assert!(!refused.takes_it());
        assert_eq!(refused.knows_the_app(), Some(true));
        // Neither the way to the login nor another address says anything.
        for location in [
            "/flows/-/default/authentication/?next=/x",
            "http://localhost:3000/other?error=login_required",
            "http://evil.example/cb?error=login_required",
            "javascript:alert(1)",
            "http://[",
        ] {
            assert_eq!(back(location).knows_the_app(), None, "{location}");
        }
        let page = |status, text: &str| question.replied(status, None, text, &hide);
        assert_eq!(page(400, "<h1>Client ID Error"), Replied::UnknownClient);
        let uri = page(400, "<h1>Redirect URI Error");
        assert_eq!(uri, Replied::RefusedRedirectUri);
        assert_eq!(page(200, "Redirect URI Error").knows_the_app(), None);
        assert_eq!(page(502, "Bad Gateway").knows_the_app(), None);
    }
}
