//! The browser's part of a sign-in: requests to one authentik, with a jar for its cookies.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::{
    model::Stage,
    probe::{
        ProbeError, Tools,
        http::{Besides, End, Get, Raw, cut, http_url},
        start::{Jar, bare},
    },
};

/// Bytes of a body that are read.
const LARGEST: usize = 512 * 1024;
/// Bytes of a text that are kept.
const LONGEST: usize = 500;
/// What browsers accept, and what authentik's own page asks the executor for.
const PAGES: &str = "text/html,application/json;q=0.9,*/*;q=0.8";
const JSON: &str = "application/json";
/// The cookie whose value the API wants back in a header (authentik's settings:
/// `CSRF_COOKIE_NAME`).
const CSRF: &str = "authentik_csrf";

/// One sign-in so far.
pub(super) struct Session<'a> {
    pub(super) tools: &'a Tools,
    /// authentik's base URL.
    pub(super) base: Url,
    pub(super) user: &'a str,
    /// The question, for errors.
    pub(super) what: &'a str,
    /// The stages since the last app.
    pub(super) stages: Vec<Stage>,
    /// How often in a row the last of them was shown.
    pub(super) again: usize,
    /// The code of a second factor that was given.
    pub(super) code: Option<SecretString>,
    /// Whether it is being left: what is asked then is asked also of somebody who stopped it.
    pub(super) leaving: bool,
    password: &'a SecretString,
    jar: Jar,
}

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    /// Where it sends the browser.
    pub(super) to: Option<Url>,
    pub(super) text: String,
}

impl Reply {
    /// The body as JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}

impl<'a> Session<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        base: &str,
        user: &'a str,
        what: &'a str,
    ) -> Result<Self, ProbeError> {
        let base = http_url(&format!("{}/", base.trim_end_matches('/')), what)?;
        let password = tools
            .password()
            .filter(|it| it.origin.origin() == base.origin());
        let password = password.ok_or_else(|| ProbeError::NotConfigured {
            why: format!("there is no password that may be sent to {base}"),
        })?;
        Ok(Self {
            tools,
            base,
            user,
            what,
            stages: Vec::new(),
            again: 0,
            code: None,
            leaving: false,
            password: &password.secret,
            jar: Jar::default(),
        })
    }

    /// The password, for the one place that sends it.
    pub(super) fn password(&self) -> &str {
        self.password.expose_secret()
    }

    /// A URL below authentik's base, `path` without a leading slash.
    pub(super) fn below(&self, path: &str) -> Result<Url, ProbeError> {
        self.base.join(path).map_err(|error| ProbeError::Failed {
            what: self.what.to_owned(),
            detail: format!("{path} is no path of a URL: {error}"),
        })
    }

    /// Whether a URL is this authentik's.
    pub(super) fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Opens a page.
    pub(super) async fn open(&mut self, url: &Url) -> Result<Reply, ProbeError> {
        self.ask(url, PAGES, None).await
    }

    /// Asks authentik's API.
    pub(super) async fn api(&mut self, url: &Url) -> Result<Reply, ProbeError> {
        self.ask(url, JSON, None).await
    }

    /// Posts JSON to authentik's API.
    pub(super) async fn post(&mut self, url: &Url, body: &Value) -> Result<Reply, ProbeError> {
        self.ask(url, JSON, Some(body.to_string())).await
    }

    async fn ask(
        &mut self,
        url: &Url,
        accept: &str,
        body: Option<String>,
    ) -> Result<Reply, ProbeError> {
        // Cookies and the password are this authentik's alone.
        if !self.is_ours(url) {
            return Err(ProbeError::Failed {
                what: self.what.to_owned(),
                detail: format!("{} is not authentik", self.shown(url)),
            });
        }
        if self.tools.is_stopped() && !self.leaving {
            return Err(self.stopped());
        }
        let get = Get {
            url,
            accept,
            bearer: None,
            cap: LARGEST,
            partial: false,
            what: self.what,
        };
        let cookie = self.jar.header(url);
        let origin = url.origin().ascii_serialization();
        let posts = body.is_some();
        let besides = Besides {
            cookie: cookie.as_deref(),
            origin: posts.then_some(origin.as_str()),
            csrf: self.jar.value(CSRF).filter(|_| posts),
            post: body.as_deref().map(|body| (JSON, body)),
            forwarded: None,
        };
        let raw = within(self.tools, self.what, self.tools.http.send(&get, &besides)).await?;
        self.jar.take(&raw.headers);
        reply(url, raw)
    }

    /// That the person stopped it.
    pub(super) fn stopped(&self) -> ProbeError {
        ProbeError::Deadline {
            key: self.what.to_owned(),
        }
    }

    /// Whether authentik gave a cookie: without one there is no session.
    pub(super) fn has_cookie(&self) -> bool {
        self.jar.header(&self.base).is_some()
    }

    /// Whether authentik knows somebody by the cookie: it says 403 to nobody (recorded 257).
    pub(super) async fn somebody(&mut self) -> Result<bool, ProbeError> {
        let url = self.below("api/v3/core/users/me/")?;
        let reply = self.api(&url).await?;
        let names = reply.json().is_some_and(|json| json["user"].is_object());
        match reply.status {
            200 if names => Ok(true),
            401 | 403 => Ok(false),
            status => Err(ProbeError::Status {
                what: format!("GET {url}"),
                status,
            }),
        }
    }

    /// A text from outside: one line, without secrets, cut.
    pub(super) fn tidy(&self, text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = self.tools.redact.text(&words.join(" "));
        // The redactor does not learn what is as short as an ordinary word.
        let code = self.code.as_ref().map(ExposeSecret::expose_secret);
        let secrets = [Some(self.password()), code];
        let mut secrets = secrets.into_iter().flatten();
        let text = match secrets.any(|it| !it.is_empty() && text.contains(it)) {
            true => "(not shown)".into(),
            false => text,
        };
        cut(text, LONGEST)
    }

    /// A URL without what lives briefly.
    pub(super) fn shown(&self, url: &Url) -> String {
        self.tidy(&bare(url))
    }
}

/// A request inside the limit of one answer.
pub(super) async fn within(
    tools: &Tools,
    what: &str,
    asked: impl Future<Output = Result<Raw, ProbeError>>,
) -> Result<Raw, ProbeError> {
    let answer = tokio::time::timeout(tools.timeout, asked).await;
    answer.unwrap_or_else(|_| {
        Err(ProbeError::TimedOut {
            at: what.to_owned(),
            doing: "answer".into(),
            millis: u64::try_from(tools.timeout.as_millis()).unwrap_or(u64::MAX),
        })
    })
}

/// What an answer says; one that broke off says nothing.
pub(super) fn reply(url: &Url, raw: Raw) -> Result<Reply, ProbeError> {
    let redirects = (300..400).contains(&raw.status);
    let to = raw.headers.get("location").filter(|_| redirects);
    let to = to.and_then(|to| url.join(&String::from_utf8_lossy(to.as_bytes())).ok());
    match raw.end {
        End::Broken(error) if to.is_none() => Err(error),
        _ => Ok(Reply {
            status: raw.status,
            to,
            text: String::from_utf8_lossy(&raw.body).into_owned(),
        }),
    }
}
