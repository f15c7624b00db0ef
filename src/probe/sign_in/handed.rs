//! What an app makes of its code: its callback's answer, and where that sends the browser, followed
//! on the app's own origin. A status alone tells nothing: apps that refuse a code send the browser
//! back to their sign-in page with 302 (Gitea), with `?error=` (Auth.js, Open WebUI), or show a page
//! with 200.

use url::Url;

use super::session::{Reply, Session, reply, within};
use crate::{
    model::End,
    probe::{
        ProbeError,
        http::{Besides, Get, http_url},
        start::{Authorize, Jar, says},
    },
};

/// Bytes of a body that are read.
const LARGEST: usize = 256 * 1024;
/// What browsers accept.
const ACCEPT: &str = "text/html,application/json;q=0.9,*/*;q=0.8";
/// Redirects that are followed on the app's own origin.
const MOST: usize = 5;
/// Parameters that tell of an error, those with words for people first (RFC 6749 section 4.1.2.1;
/// apps.md 7.6, 8).
const ERRORS: [&str; 8] = [
    "error_description",
    "error_message",
    "errorMessage",
    "error",
    "error_code",
    "login_error",
    "oauth_error",
    "err",
];
/// Last parts of the path of a page that tells of an error.
const ERROR_PAGES: [&str; 4] = ["error", "auth-error", "login-error", "oauth-error"];
/// Last parts of the path of a page where people sign in.
const SIGN_IN_PAGES: [&str; 5] = ["login", "signin", "sign-in", "sign_in", "log-in"];
/// Parameters by which a callback hands the browser's script what it signs in with.
const HANDED_ON: [&str; 6] = ["token", "access_token", "jwt", "ticket", "code", "session"];

impl Session<'_> {
    /// Opens the app's callback, as the browser would, and goes where it sends.
    pub(super) async fn hand_over(&self, url: &Url, mut jar: Jar) -> Result<End, ProbeError> {
        let mut at = http_url(url.as_str(), self.what)?;
        let origin = at.origin();
        let mut first = None;
        for _ in 0..=MOST {
            let (reply, set) = self.step(&at, &mut jar).await?;
            let (status, sent_to) = first.get_or_insert_with(|| {
                let to = reply.to.as_ref().map(|to| self.shown(to));
                (reply.status, to)
            });
            let status = *status;
            if let Some(end) = self.refused(status, &reply) {
                return Ok(end);
            }
            let Some(to) = &reply.to else {
                // A callback may itself be called "login" (apps.md 8, Mealie).
                return Ok(match sent_to {
                    _ if asks_password(&reply.text) => self.asks_again(status, &at),
                    None if !set => End::Unjudged { status },
                    Some(_) if is_handed_on(&at) => End::Unjudged { status },
                    Some(_) if is_sign_in(&at) => self.asks_again(status, &at),
                    to => End::Taken {
                        status,
                        to: to.take(),
                    },
                });
            };
            if Authorize::is(to) || self.is_ours(to) {
                return Ok(self.asks_again(status, to));
            }
            if to.origin() != origin {
                return Ok(match is_sign_in(to) && !is_handed_on(to) {
                    true => self.asks_again(status, to),
                    false => End::Taken {
                        status,
                        to: sent_to.take(),
                    },
                });
            }
            at = to.clone();
        }
        Ok(End::Endless {
            place: self.shown(&at),
        })
    }

    fn asks_again(&self, status: u16, at: &Url) -> End {
        End::AsksAgain {
            status,
            at: self.shown(at),
        }
    }

    /// What says plainly that the code was not taken: a status, an error in what it is sent to, or
    /// in JSON.
    fn refused(&self, status: u16, reply: &Reply) -> Option<End> {
        let words = || says(&reply.text, &self.tools.redact);
        let says = match &reply.to {
            _ if reply.status >= 400 => words(),
            Some(to) => Some(error_in(to)?),
            None => {
                let json = reply.json()?;
                let error = json.get("error").or_else(|| json.get("errors"))?;
                let is_one = !error.is_null() && *error != false && *error != "";
                if !is_one {
                    return None;
                }
                words()
            }
        };
        let says = says.map(|says| self.tidy(&says));
        Some(End::NotTaken { status, says })
    }

    /// One request with the app's cookies; with whether the answer set one.
    async fn step(&self, url: &Url, jar: &mut Jar) -> Result<(Reply, bool), ProbeError> {
        let get = Get {
            url,
            accept: ACCEPT,
            bearer: None,
            cap: LARGEST,
            partial: true,
            what: self.what,
        };
        let cookie = jar.header(url);
        let besides = Besides {
            cookie: cookie.as_deref(),
            ..Besides::default()
        };
        let raw = within(self.tools, self.what, self.tools.http.send(&get, &besides)).await?;
        let set = jar.take(&raw.headers).iter().any(|it| !it.removes);
        Ok((reply(url, raw)?, set))
    }
}

/// The parameters of a URL, also of the part behind `#`, which apps of one page use for their ways.
fn parameters(url: &Url) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if let Some(fragment) = url.fragment() {
        let query = fragment.split_once('?').map_or(fragment, |(_, it)| it);
        pairs.extend(url::form_urlencoded::parse(query.as_bytes()).into_owned());
    }
    pairs
}

/// The last part of a URL's path, or of the path behind `#`.
fn last_parts(url: &Url) -> impl Iterator<Item = String> {
    let fragment = url.fragment().unwrap_or_default();
    let fragment = fragment.split('?').next().unwrap_or_default();
    [url.path(), fragment].into_iter().map(|path| {
        let path = path.trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        last.to_ascii_lowercase()
    })
}

/// The error that a URL tells of.
fn error_in(url: &Url) -> Option<String> {
    let pairs = parameters(url);
    let of = |name: &&str| {
        let mut pairs = pairs.iter();
        let found = pairs.find(|(key, value)| key == name && !is_none(value));
        found.map(|(_, value)| value.clone())
    };
    let told = ERRORS.iter().find_map(of);
    told.or_else(|| {
        let mut parts = last_parts(url);
        let page = parts.find(|part| ERROR_PAGES.contains(&part.as_str()))?;
        Some(format!("it sent the browser to its page {page:?}"))
    })
}

/// What stands for no error.
fn is_none(value: &str) -> bool {
    matches!(value, "" | "0" | "false" | "null" | "none" | "undefined")
}

fn is_sign_in(url: &Url) -> bool {
    last_parts(url).any(|part| SIGN_IN_PAGES.contains(&part.as_str()))
}

fn is_handed_on(url: &Url) -> bool {
    let mut pairs = parameters(url).into_iter();
    pairs.any(|(key, value)| HANDED_ON.contains(&key.as_str()) && !value.is_empty())
}

/// Whether a page has a field for a password.
fn asks_password(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    ["type=\"password\"", "type='password'", "type=password"]
        .iter()
        .any(|field| html.contains(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn errors_are_found_where_apps_put_them() {
        for (text, wanted) in [
            ("https://a/auth?error=Email%20taken", Some("Email taken")),
            (
                "https://a/?error=access_denied&error_description=No+access",
                Some("No access"),
            ),
            ("https://a/#/login?error=bad", Some("bad")),
            (
                "https://a/api/auth/error",
                Some("it sent the browser to its page \"error\""),
            ),
            ("https://a/?error=&x=1", None),
            ("https://a/?error=false", None),
            ("https://a/errors-of-mine/?terror=1", None),
        ] {
            assert_eq!(error_in(&url(text)).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn a_sign_in_page_is_known_by_its_path_or_its_form() {
        assert!(is_sign_in(&url("https://a/user/login?redirect_to=%2F")));
        assert!(is_sign_in(&url("https://a/app/#/login")));
        assert!(!is_sign_in(&url("https://a/ui/?login=success")));
        assert!(!is_sign_in(&url("https://a/login/success")));
        assert!(is_handed_on(&url("https://a/login?token=x")));
        assert!(is_handed_on(&url("https://a/#access_token=x")));
        assert!(!is_handed_on(&url("https://a/login?token=")));
        assert!(asks_password("<INPUT TYPE=\"password\">"));
    }
}
