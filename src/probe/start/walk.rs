//! The way of a start, step by step, as far as it stays on the app's own origin.

use hyper::http::HeaderMap;
use serde_json::Value;
use url::{Origin, Url};

use super::{
    AskStart, Ended, Hop, Sending, Started,
    authorize::{Authorize, bare},
    cookies::Jar,
    page::{Page, held, says},
};
use crate::probe::{
    ProbeError, Tools,
    http::{Besides, End, Get, cut, http_url},
};

/// Redirects on the app's own origin that are followed.
const MOST: usize = 5;
/// Bytes of a body that are read.
const LARGEST: usize = 256 * 1024;
/// Bytes of what is no URL that are kept.
const SHOWN: usize = 200;
/// What browsers accept.
const ACCEPT: &str = "text/html,application/json;q=0.9,*/*;q=0.8";

/// How the answers are read.
pub(super) struct Reading<'a> {
    pub(super) pointer: Option<&'a str>,
    pub(super) marks: &'a [String],
}

/// Content type and body of a POST.
pub(super) type Post = Option<(&'static str, String)>;

/// One way, so far.
pub(super) struct Walk<'a> {
    tools: &'a Tools,
    /// The question, for errors.
    pub(super) what: &'a str,
    reading: Reading<'a>,
    jar: Jar,
    hops: Vec<Hop>,
}

/// An answer, its body decoded leniently.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    /// Whether there was more of it.
    pub(super) capped: bool,
}

/// An authorization request as an app made it, with the app's cookies: for a sign-in that is really
/// made, and for nothing else.
pub(in crate::probe) struct Leads {
    pub(in crate::probe) request: Url,
    pub(in crate::probe) jar: Jar,
}

/// Begins at an app's start, with a POST where it wants one, and stops at its authorization request;
/// `None` where it leads to none.
pub(in crate::probe) async fn leads(
    tools: &Tools,
    start: &AskStart,
    send: Option<&Sending>,
    what: &str,
) -> Result<Option<Leads>, ProbeError> {
    let pointer = start.pointer.as_deref();
    let mut walk = Walk::new(tools, what, start.reading());
    let mut at = http_url(&start.url, what)?;
    let origin = at.origin();
    let mut post = match send {
        None => None,
        Some(send) => match walk.post(send).await? {
            None => return Ok(None),
            post => post,
        },
    };
    for _ in 0..=MOST {
        let answer = walk.ask(&at, post.take()).await?;
        let to = match answer.status {
            300..=399 => answer
                .headers
                .get("location")
                .map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned()),
            _ => pointer.and_then(|pointer| {
                let json = serde_json::from_str::<Value>(&answer.text).ok()?;
                Some(json.pointer(pointer)?.as_str()?.to_owned())
            }),
        };
        let Some(to) = to.and_then(|to| at.join(to.trim()).ok()) else {
            return Ok(None);
        };
        if Authorize::is(&to) {
            let jar = walk.jar;
            return Ok(Some(Leads { request: to, jar }));
        }
        if to.origin() != origin {
            return Ok(None);
        }
        at = to;
    }
    Ok(None)
}

/// Where an answer leads.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
enum Step {
    Follow(Url),
    End(Ended),
}

impl<'a> Walk<'a> {
    pub(super) fn new(tools: &'a Tools, what: &'a str, reading: Reading<'a>) -> Self {
        Self {
            tools,
            what,
            reading,
            jar: Jar::default(),
            hops: Vec::new(),
        }
    }

    /// Asks for a URL and follows it as far as it may be followed.
    pub(super) async fn from(mut self, url: &str, post: Post) -> Result<Started, ProbeError> {
        let mut at = http_url(url, self.what)?;
        let origin = at.origin();
        let mut answer = self.ask(&at, post).await?;
        for _ in 0..MOST {
            match self.step(&at, &origin, &answer) {
                Step::End(ended) => return Ok(self.ended(ended)),
                Step::Follow(next) => at = next,
            }
            answer = self.ask(&at, None).await?;
        }
        let ended = match self.step(&at, &origin, &answer) {
            Step::End(ended) => ended,
            Step::Follow(_) => Ended::Endless,
        };
        Ok(self.ended(ended))
    }

    pub(super) fn ended(self, ended: Ended) -> Started {
        Started {
            hops: self.hops,
            ended,
        }
    }

    /// One request with the cookies so far.
    pub(super) async fn ask(&mut self, url: &Url, post: Post) -> Result<Answer, ProbeError> {
        let get = Get {
            url,
            accept: ACCEPT,
            bearer: None,
            cap: LARGEST,
            partial: true,
            what: self.what,
        };
        let (cookie, origin) = (self.jar.header(url), url.origin().ascii_serialization());
        let besides = Besides {
            cookie: cookie.as_deref(),
            origin: post.is_some().then_some(origin.as_str()),
            post: post.as_ref().map(|(kind, body)| (*kind, body.as_str())),
            ..Besides::default()
        };
        let raw = self.tools.http.send(&get, &besides).await?;
        self.hops.push(Hop {
            url: cut(self.tools.redact.text(&bare(url)), 2048),
            status: raw.status,
            cookies: self.jar.take(&raw.headers),
        });
        // A body that broke off does not matter where the head says everything.
        if let (End::Broken(error), 200..=299) = (&raw.end, raw.status) {
            return Err(error.clone());
        }
        Ok(Answer {
            status: raw.status,
            text: String::from_utf8_lossy(&raw.body).into_owned(),
            capped: !matches!(raw.end, End::Whole),
            headers: raw.headers,
        })
    }

    fn step(&self, at: &Url, origin: &Origin, answer: &Answer) -> Step {
        let (marks, redact) = (self.reading.marks, &self.tools.redact);
        match answer.status {
            300..=399 => match answer.headers.get("location") {
                Some(to) => self.target(at, origin, &String::from_utf8_lossy(to.as_bytes())),
                None => Step::End(Ended::NoLocation),
            },
            400.. => Step::End(Ended::Refused {
                says: says(&answer.text, redact),
                marks: held(&answer.text, marks),
            }),
            _ => match self.reading.pointer {
                Some(pointer) => self.in_json(at, origin, answer, pointer),
                None => {
                    let page = Page::of(&answer.headers, &answer.text, marks, redact);
                    Step::End(Ended::Page(page))
                }
            },
        }
    }

    /// The URL that stands in JSON; the app's page would open it, wherever it leads.
    fn in_json(&self, at: &Url, origin: &Origin, answer: &Answer, pointer: &str) -> Step {
        let json = serde_json::from_str::<Value>(&answer.text);
        let (marks, redact) = (self.reading.marks, &self.tools.redact);
        match json {
            Err(_) if answer.capped => Step::End(Ended::TooLarge),
            Err(_) => {
                let page = Page::of(&answer.headers, &answer.text, marks, redact);
                Step::End(Ended::Page(page))
            }
            Ok(json) => match json.pointer(pointer).and_then(Value::as_str) {
                Some(to) if !to.is_empty() => self.target(at, origin, to),
                _ => {
                    let marks = held(&answer.text, marks);
                    Step::End(Ended::NoUrl { marks })
                }
            },
        }
    }

    /// What is to be done about where an app leads: followed on its own origin only.
    fn target(&self, at: &Url, origin: &Origin, to: &str) -> Step {
        let redact = &self.tools.redact;
        // A query adds nothing to what is wrong with it.
        let shown = to.split('?').next().unwrap_or_default();
        let bad = |scheme: Option<&str>, why: String| {
            Step::End(Ended::BadLocation {
                location: cut(redact.text(shown), SHOWN),
                scheme: scheme.map(|scheme| cut(scheme.to_owned(), 64)),
                why,
            })
        };
        let url = match at.join(to.trim()) {
            Ok(url) => url,
            Err(why) => return bad(None, why.to_string()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return bad(
                Some(url.scheme()),
                format!("its scheme is {}", url.scheme()),
            );
        }
        if Authorize::is(&url) {
            return Step::End(Ended::Authorize(Authorize::of(&url, redact)));
        }
        if url.origin() == *origin {
            return Step::Follow(url);
        }
        let url = cut(redact.text(&bare(&url)), 2048);
        Step::End(Ended::Elsewhere { url })
    }
}
