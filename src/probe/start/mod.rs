//! The start of an app's sign-in, asked as a browser asks it: under the app's own public name, with
//! a jar for its cookies, along redirects that stay on the app's own origin, and never one step
//! further. The authorization request that it leads to is taken apart and **never sent** from here:
//! to a provider without redirect URIs it would register one, and without `prompt=none` it leaves a
//! session in authentik (verified.md 2). What may be asked of it is asked by
//! [`authorize`](super::authorize).
//!
//! What comes back is [`Started`]: each answer on the way ([`Hop`]) with the flags of every cookie
//! that it set ([`SetCookie`], without values), and where the way ended ([`Ended`]). Most often that
//! is [`Ended::Authorize`] with the parameters of the request ([`Authorize`]); of `state`, `nonce`
//! and `code_challenge` only whether they are there.

mod authorize;
mod cookies;
mod form;
mod page;
mod walk;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use authorize::Authorize;
pub(super) use authorize::bare;
pub(super) use cookies::Jar;
pub use cookies::SetCookie;
pub use page::Page;
pub(super) use page::says;
pub(super) use walk::{Leads, leads};

use super::{Probe, ProbeError, Tools, http::place_of};
use walk::{Reading, Walk};

/// GET of an app's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskStart {
    /// Its URL as the browser has it.
    pub url: String,
    /// Where in a JSON answer the URL stands that the app's page would open (RFC 6901); `None`
    /// where the app answers with a redirect.
    pub pointer: Option<String>,
    /// Texts to look for in an answer that leads nowhere.
    pub marks: Vec<String>,
}

/// An app's start by POST. It may leave more behind than a GET, so it is asked only by a trace.
#[derive(Debug, Clone, Serialize)]
pub struct PostStart {
    /// What is asked, by POST.
    pub start: AskStart,
    /// What is sent.
    pub send: Sending,
}

/// What a POST sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case")]
pub enum Sending {
    /// JSON.
    Json {
        /// The text.
        body: String,
    },
    /// A form with a token that a page shows first (against CSRF).
    Form {
        /// The URL of that page, or of JSON that holds the token under its name.
        page: String,
        /// The name of the field.
        token: String,
        /// Further fields.
        fields: BTreeMap<String, String>,
    },
}

/// What came of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Every answer on the way, in order; the last is the one that ended it.
    pub hops: Vec<Hop>,
    /// Where it ended.
    pub ended: Ended,
}

/// One answer on the way of a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// What was asked, without query.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The cookies that it set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<SetCookie>,
}

/// Where a start ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "there is one for each app")]
pub enum Ended {
    /// At an authorization request, which was not sent.
    Authorize(Authorize),
    /// At another origin, with something that is no authorization request; not asked.
    Elsewhere {
        /// The URL without query.
        url: String,
    },
    /// At something that is no URL which a browser opens.
    BadLocation {
        /// What the app sent, cut.
        location: String,
        /// Its scheme, where it has one: "javascript".
        scheme: Option<String>,
        /// Why it is none.
        why: String,
    },
    /// At a redirect that does not say where to.
    NoLocation,
    /// At more than five redirects on the app's own origin.
    Endless,
    /// At a page.
    Page(Page),
    /// At JSON without a URL where one was expected.
    NoUrl {
        /// Those of the marks that it holds.
        marks: Vec<String>,
    },
    /// At a refusal: a status from 400 on.
    Refused {
        /// The app's own words, if it said any: the message of a JSON error, or a page's title.
        says: Option<String>,
        /// Those of the marks that it holds.
        marks: Vec<String>,
    },
    /// At a body that is larger than is read where a URL was expected in it.
    TooLarge,
    /// At a page that shows no token to post.
    NoToken,
}

impl Started {
    /// The authorization request that it leads to.
    pub fn authorize(&self) -> Option<&Authorize> {
        match &self.ended {
            Ended::Authorize(request) => Some(request),
            _ => None,
        }
    }

    /// The status of the last answer.
    pub fn status(&self) -> u16 {
        self.hops.last().map_or(0, |hop| hop.status)
    }

    /// The URL of the last answer, without query.
    pub fn last_url(&self) -> &str {
        self.hops.last().map_or("", |hop| hop.url.as_str())
    }

    /// Every cookie that the way set and did not take away again, with the URL that set it.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &SetCookie)> {
        let all = self
            .hops
            .iter()
            .flat_map(|hop| hop.cookies.iter().map(|cookie| (hop.url.as_str(), cookie)));
        all.filter(|(_, cookie)| !cookie.removes)
    }

    /// Those of the marks that the last answer holds.
    pub fn marks(&self) -> &[String] {
        match &self.ended {
            Ended::Page(Page { marks, .. })
            | Ended::NoUrl { marks }
            | Ended::Refused { marks, .. } => marks,
            _ => &[],
        }
    }
}

impl AskStart {
    fn reading(&self) -> Reading<'_> {
        Reading {
            pointer: self.pointer.as_deref(),
            marks: &self.marks,
        }
    }
}

impl Probe for AskStart {
    const KIND: &'static str = "start";
    type Answer = Started;

    fn key(&self) -> String {
        format!("start GET {}", self.url)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.url)
    }

    async fn look(&self, tools: &Tools) -> Result<Started, ProbeError> {
        let key = self.key();
        let walk = Walk::new(tools, &key, self.reading());
        walk.from(&self.url, None).await
    }
}

impl Probe for PostStart {
    const KIND: &'static str = "start-post";
    type Answer = Started;

    fn key(&self) -> String {
        format!("start POST {}", self.start.url)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.start.url)
    }

    async fn look(&self, tools: &Tools) -> Result<Started, ProbeError> {
        let key = self.key();
        let mut walk = Walk::new(tools, &key, self.start.reading());
        match walk.post(&self.send).await? {
            None => Ok(walk.ended(Ended::NoToken)),
            post => walk.from(&self.start.url, post).await,
        }
    }
}
