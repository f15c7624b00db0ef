//! How an app's sign-in begins, as its profile says it (knowledge apps.md 0.1 and 9.1).

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

/// What stands for one part of a path.
const NAME: &str = "{name}";
/// What stands for where people open the app, without a slash at its end.
const URL: &str = "{url}";

/// A request that begins the sign-in of an app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "StartTable")]
pub struct Start {
    /// The class of request.
    pub by: By,
    /// Path and query below where people open the app. `{name}` stands for what `callback` has in
    /// its place.
    pub path: String,
    /// Counts only for an app with a redirect URI whose path ends like this; `{name}` is one part
    /// of it.
    pub callback: Option<String>,
    /// Whether apps of this kind only use to have it: where it leads nowhere, that is no fault, and
    /// the next one is tried.
    pub usual: bool,
    /// What answers that lead nowhere mean; the first that fits counts.
    pub means: Vec<Means>,
}

/// The classes of requests that begin a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// GET, answered with a redirect.
    Redirect,
    /// GET, answered with JSON that holds the URL.
    Json {
        /// Where it stands (RFC 6901).
        pointer: String,
    },
    /// POST of JSON, answered with JSON that holds the URL; only in a trace.
    PostJson {
        /// What is sent; `{url}` stands for where people open the app.
        body: String,
        /// Where the URL stands in the answer.
        pointer: String,
    },
    /// POST of a form with a token that a page shows first; only in a trace.
    Form {
        /// The path of that page.
        page: String,
        /// The field of the token.
        token: String,
        /// Further fields.
        fields: BTreeMap<String, String>,
        /// Where the URL stands in a JSON answer; `None` for a redirect.
        pointer: Option<String>,
    },
    /// Nothing that a program without a browser could ask.
    Browser,
}

/// What an answer that leads nowhere means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Means {
    /// The status it has; any where none is named.
    pub status: Option<u16>,
    /// A text that stands in it; none is wanted where none is named.
    pub holds: Option<String>,
    /// What it means.
    pub is: Meaning,
    /// Why, for people; completes "because …".
    pub because: String,
}

/// What an answer that leads nowhere can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// Single sign-on is not set up in the app.
    NotConfigured,
    /// The app could not reach authentik, or not read what came.
    CannotReach,
    /// The app does not offer it: not set up where its container was given no client id, else it
    /// could not reach authentik when it started.
    NotOffered,
    /// Something else is wrong in the app.
    Fails,
}

/// A start as its table is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartTable {
    by: Word,
    path: Option<String>,
    callback: Option<String>,
    #[serde(default)]
    usual: bool,
    pointer: Option<String>,
    body: Option<String>,
    page: Option<String>,
    token: Option<String>,
    fields: Option<BTreeMap<String, String>>,
    #[serde(default)]
    means: Vec<Means>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Redirect,
    Json,
    PostJson,
    Form,
    Browser,
}

impl TryFrom<StartTable> for Start {
    type Error = &'static str;

    fn try_from(mut table: StartTable) -> Result<Self, Self::Error> {
        let by = table.by()?;
        if table.pointer.is_some() || table.body.is_some() || table.fields.is_some() {
            return Err("a start of this kind takes neither pointer, body nor fields");
        }
        if table.page.is_some() || table.token.is_some() {
            return Err("page and token belong to a start by form");
        }
        let is_path = |path: &String| path.starts_with('/');
        let path = match (table.path, &by) {
            (None, By::Browser) => String::new(),
            (Some(path), By::Browser) if !path.is_empty() => {
                return Err("a start that needs a browser has no path");
            }
            (Some(path), _) if is_path(&path) => path,
            _ => return Err("a start has a path that begins with /"),
        };
        let named = table.callback.as_ref().is_some_and(|it| it.contains(NAME));
        if path.contains(NAME) && !named {
            return Err("{name} in path wants a callback with {name}");
        }
        if !table.callback.iter().all(is_path) {
            return Err("callback begins with /");
        }
        Ok(Self {
            by,
            path,
            callback: table.callback,
            usual: table.usual,
            means: table.means,
        })
    }
}

impl StartTable {
    /// Takes out what the class needs.
    fn by(&mut self) -> Result<By, &'static str> {
        let pointer = self.pointer.take();
        if pointer.iter().any(|pointer| !pointer.starts_with('/')) {
            return Err("pointer begins with / (RFC 6901)");
        }
        Ok(match self.by {
            Word::Redirect => {
                self.pointer = pointer;
                By::Redirect
            }
            Word::Browser => {
                self.pointer = pointer;
                By::Browser
            }
            Word::Json => By::Json {
                pointer: pointer.ok_or("a start by json needs a pointer")?,
            },
            Word::PostJson => By::PostJson {
                body: self
                    .body
                    .take()
                    .ok_or("a start by post-json needs a body")?,
                pointer: pointer.ok_or("a start by post-json needs a pointer")?,
            },
            Word::Form => By::Form {
                page: self.page.take().ok_or("a start by form needs a page")?,
                token: self.token.take().ok_or("a start by form needs a token")?,
                fields: self.fields.take().unwrap_or_default(),
                pointer,
            },
        })
    }
}

impl Start {
    /// The path for an app with this redirect URI; `None` where the callback does not fit.
    pub fn path_for(&self, redirect_uri: Option<&str>) -> Option<String> {
        let Some(callback) = &self.callback else {
            return Some(self.path.clone());
        };
        let uri = redirect_uri?;
        let path = uri.split(['?', '#']).next().unwrap_or_default();
        let Some((before, after)) = callback.split_once(NAME) else {
            let path = path.trim_end_matches('/');
            return path
                .ends_with(callback.trim_end_matches('/'))
                .then(|| self.path.clone());
        };
        let path = path.strip_suffix(after)?;
        let (_, name) = path.rsplit_once(before)?;
        let fits = !name.is_empty() && !name.contains('/');
        fits.then(|| self.path.replace(NAME, name))
    }

    /// Whether it is asked by POST, and so only in a trace.
    pub fn posts(&self) -> bool {
        matches!(self.by, By::PostJson { .. } | By::Form { .. })
    }

    /// Every text that `means` looks for.
    pub fn marks(&self) -> Vec<String> {
        let marks = self.means.iter().filter_map(|means| means.holds.clone());
        marks.collect()
    }

    /// What an answer with this status and these of the marks means.
    pub fn meaning(&self, status: u16, marks: &[String]) -> Option<&Means> {
        self.means.iter().find(|means| {
            means.status.is_none_or(|wanted| wanted == status)
                && means.holds.as_ref().is_none_or(|mark| marks.contains(mark))
        })
    }
}

/// A body with the app's address in the place of `{url}`, written as JSON writes it inside quotes.
pub fn filled(body: &str, url: &str) -> String {
    let quoted = serde_json::Value::from(url.trim_end_matches('/')).to_string();
    let inside = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    body.replace(URL, inside)
}

/// A start that akdoctor.toml names: a whole URL, or a path below the app's own.
pub fn configured(start: &str, url: Option<&str>) -> Option<String> {
    if start.starts_with('/') {
        return Some(format!("{}{start}", url?.trim_end_matches('/')));
    }
    Url::parse(start).ok().map(|_| start.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Start, String> {
        toml::from_str(text).map_err(|why| why.message().to_owned())
    }

    #[test]
    fn a_name_is_taken_from_the_redirect_uri() {
        let start = read("by = 'redirect'\npath = '/user/oauth2/{name}'\ncallback = '/user/oauth2/{name}/callback'")
            .unwrap();
        let path = |uri: &str| start.path_for(Some(uri));
        assert_eq!(
            path("http://g/sub/user/oauth2/My%20IdP/callback").as_deref(),
            Some("/user/oauth2/My%20IdP")
        );
        assert_eq!(path("http://g/user/oauth2//callback"), None);
        assert_eq!(path("http://g/user/oauth2/a/b/callback"), None);
        assert_eq!(path("http://g/cb"), None);
        assert_eq!(start.path_for(None), None);
    }

    #[test]
    fn a_callback_without_a_name_is_compared_by_its_end() {
        let start = read(
            "by = 'redirect'\npath = '/auth/login'\ncallback = '/auth/callback'\nusual = true",
        )
        .unwrap();
        let path = start.path_for(Some("http://a/x/auth/callback/?y=1"));
        assert_eq!(path.as_deref(), Some("/auth/login"));
    }

    #[test]
    fn what_a_class_does_not_take_is_refused() {
        for (text, wanted) in [
            ("by = 'redirect'", "a start has a path that begins with /"),
            (
                "by = 'redirect'\npath = '/a'\npointer = '/b'",
                "a start of this kind takes neither pointer, body nor fields",
            ),
            (
                "by = 'json'\npath = '/a'",
                "a start by json needs a pointer",
            ),
            (
                "by = 'json'\npath = '/a'\npointer = 'b'",
                "pointer begins with / (RFC 6901)",
            ),
            (
                "by = 'redirect'\npath = '/a'\npage = '/b'",
                "page and token belong to a start by form",
            ),
            (
                "by = 'redirect'\npath = '/{name}'",
                "{name} in path wants a callback with {name}",
            ),
            (
                "by = 'browser'\npath = '/a'",
                "a start that needs a browser has no path",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), wanted, "{text}");
        }
        assert!(
            read("by = 'form'\npath = '/a'\npage = '/b'\ntoken = 't'")
                .unwrap()
                .posts()
        );
    }

    #[test]
    fn the_first_meaning_that_fits_counts() {
        let start = read(
            "by = 'redirect'\npath = '/a'\nmeans = [\n\
             { status = 400, holds = 'not configured', is = 'not-configured', because = 'x' },\n\
             { status = 500, is = 'cannot-reach', because = 'y' } ]",
        )
        .unwrap();
        let is = |status, marks: &[String]| Some(start.meaning(status, marks)?.is);
        let marks = start.marks();
        assert_eq!(is(400, &marks), Some(Meaning::NotConfigured));
        assert_eq!(is(400, &[]), None);
        assert_eq!(is(500, &[]), Some(Meaning::CannotReach));
    }

    #[test]
    fn an_address_is_written_into_json() {
        assert_eq!(
            filled(r#"{"redirectUri":"{url}/auth/login"}"#, "https://a/\"x\"/"),
            r#"{"redirectUri":"https://a/\"x\"/auth/login"}"#
        );
        assert_eq!(
            configured("/s", Some("http://a/")).as_deref(),
            Some("http://a/s")
        );
        assert_eq!(configured("/s", None), None);
        assert_eq!(
            configured("http://b/s", None).as_deref(),
            Some("http://b/s")
        );
    }
}
