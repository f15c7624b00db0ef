//! HTTP questions: GET only, but for the one form that tries a client secret; strict TLS, no redirect followed, bodies capped.

mod client;
mod failure;
mod resolve;

use std::{collections::BTreeMap, time::Instant};

use hyper::http::HeaderMap;
use serde::{Deserialize, Serialize};
use url::Url;

pub use client::HttpClient;
pub(crate) use client::{Besides, End, Forwarded, Get, PostForm, Raw};

use super::{Probe, ProbeError, Tools, redact::Redactor};

/// Bytes of a body that an answer keeps.
const KEPT: usize = 16 * 1024;
/// Bytes read beyond that, so that a secret at the edge is seen whole and hidden.
const EDGE: usize = 1024;
/// Bytes of a header's value that an answer keeps.
const HEADER: usize = 4 * 1024;

/// The headers that tell something.
const TELLING: [&str; 8] = [
    "server",
    "date",
    "content-type",
    "location",
    "retry-after",
    "x-powered-by",
    "x-authentik-id",
    "www-authenticate",
];

/// GET of one URL, anonymous, no redirect followed.
#[derive(Debug, Clone, Serialize)]
pub struct HttpGet {
    /// The URL.
    pub url: String,
    /// The `Accept` header; it decides whether authentik answers HTML or JSON.
    pub accept: String,
}

/// An answer, reduced to what judgements need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers that tell something, names in lower case, values redacted: server, date,
    /// content-type, location, retry-after, x-powered-by, x-authentik-id, www-authenticate.
    pub headers: BTreeMap<String, String>,
    /// The first 16 KiB of the body, decoded leniently, redacted.
    pub body: String,
    /// Whether the body is not whole: longer than is kept, or broken off, or still coming when the
    /// time was up. Status and headers were seen all the same.
    pub truncated: bool,
    /// Round trip to the end of the body read, in milliseconds.
    pub milliseconds: u64,
}

impl HttpGet {
    /// Asks for anything (`Accept: */*`). Credentials in the URL are dropped: akdoctor asks as
    /// nobody, and a question is saved and shown.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: anonymous(url.into()),
            accept: "*/*".into(),
        }
    }
}

impl Probe for HttpGet {
    const KIND: &'static str = "http";
    type Answer = HttpAnswer;

    fn key(&self) -> String {
        if self.accept == "*/*" {
            format!("http GET {}", self.url)
        } else {
            format!("http GET {} ({})", self.url, self.accept)
        }
    }

    fn place(&self) -> Option<String> {
        place_of(&self.url)
    }

    async fn look(&self, tools: &Tools) -> Result<HttpAnswer, ProbeError> {
        let what = self.key();
        let url = http_url(&self.url, &what)?;
        let began = Instant::now();
        let raw = tools
            .http
            .get(&Get {
                url: &url,
                accept: &self.accept,
                bearer: None,
                cap: KEPT + EDGE,
                partial: true,
                what: &what,
            })
            .await?;
        Ok(HttpAnswer {
            status: raw.status,
            headers: telling(&raw.headers, &tools.redact),
            truncated: !matches!(raw.end, End::Whole) || raw.body.len() > KEPT,
            body: body(&raw, &tools.redact),
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn telling(headers: &HeaderMap, redact: &Redactor) -> BTreeMap<String, String> {
    TELLING
        .iter()
        .filter_map(|name| {
            let value = headers.get(*name)?;
            let value = redact.text(&String::from_utf8_lossy(value.as_bytes()));
            Some(((*name).to_owned(), cut(value, HEADER)))
        })
        .collect()
}

fn body(raw: &Raw, redact: &Redactor) -> String {
    let hidden = redact.text(&String::from_utf8_lossy(&raw.body));
    match raw.end {
        // Hiding makes text shorter; what stood at the edge must still go.
        End::Capped => {
            let kept = hidden.len().saturating_sub(EDGE).min(KEPT);
            cut(hidden, kept)
        }
        _ => cut(hidden, KEPT),
    }
}

/// The text, no longer than so many bytes.
pub(super) fn cut(mut text: String, bytes: usize) -> String {
    let boundary = (0..=bytes.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    text.truncate(boundary.unwrap_or(0));
    text
}

/// A URL that HTTP can be spoken with.
pub(crate) fn http_url(url: &str, what: &str) -> Result<Url, ProbeError> {
    let wrong = |detail: String| ProbeError::Failed {
        what: what.into(),
        detail: format!("that is no http or https URL: {detail}"),
    };
    let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(wrong(format!("its scheme is {}", parsed.scheme())));
    }
    Ok(parsed)
}

/// The URL without user name and password; left as written when it has none.
fn anonymous(url: String) -> String {
    let Ok(mut parsed) = Url::parse(&url) else {
        return url;
    };
    if parsed.username().is_empty() && parsed.password().is_none() {
        return url;
    }
    // Both fail only for URLs without a host, which hold no credentials either.
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.into()
}

/// `host:port` of a URL.
pub fn place_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    Some(format!(
        "{}:{}",
        url.host_str()?,
        url.port_or_known_default()?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_never_holds_a_password() {
        let get = HttpGet::new("http://user:hunter2@host:9000/x?y=1");
        assert_eq!(get.url, "http://host:9000/x?y=1");
        assert_eq!(HttpGet::new("http://host").url, "http://host");
        assert_eq!(HttpGet::new("not a url").url, "not a url");
    }

    #[test]
    fn places() {
        assert_eq!(place_of("https://h/x").as_deref(), Some("h:443"));
        assert_eq!(place_of("http://[::1]:9/").as_deref(), Some("[::1]:9"));
        assert_eq!(place_of("nothing"), None);
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(http_url("ftp://h/", "x").is_err());
        assert!(http_url("file:///etc/passwd", "x").is_err());
        assert!(http_url("/relative", "x").is_err());
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("aé".into(), 2), "a");
    }
}
