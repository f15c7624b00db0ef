//! HTTP questions: GET only, strict TLS, no redirect followed, bodies capped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools};

/// The HTTP client behind every HTTP probe.
#[derive(Debug, Clone, Default)]
pub struct HttpClient {}

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
    /// Whether the body was longer.
    pub truncated: bool,
    /// Round trip to the end of the body read, in milliseconds.
    pub milliseconds: u64,
}

impl HttpGet {
    /// Asks for anything (`Accept: */*`).
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
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

    async fn look(&self, _tools: &Tools) -> Result<HttpAnswer, ProbeError> {
        Err(ProbeError::NotConfigured { why: String::new() })
    }
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
