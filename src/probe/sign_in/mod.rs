//! A sign-in that is really made, as a browser makes it: through authentik's flow executor with a
//! jar for its cookies, along the authorization request of each app to the code, and out again.
//!
//! **It writes**: a session, login and authorization events, a reputation score, perhaps a consent
//! (verified.md 2). So it is asked only when a person says as whom, and never by a plain run. The
//! password is with the [`Tools`](super::Tools), bound to one origin; neither it nor a cookie, a code
//! or a token is in the question or in the answer.

mod app;
mod challenge;
mod flow;
mod handed;
mod page;
mod session;
mod totp;
mod walk;

use std::time::Duration;

use serde::Serialize;

pub use totp::{NoTotp, Totp};

use super::{
    Probe, ProbeError, Tools,
    http::place_of,
    start::{AskStart, Sending},
};
use crate::model::{End, SIGN_IN_SCHEMA_VERSION, SignIn, SignOut, Walk};
use session::Session;
use walk::Led;

/// The longest that the ways to all apps may take; signing out comes after it.
const WAYS: Duration = Duration::from_secs(90);
/// The longest that signing out may take.
const LEAVING: Duration = Duration::from_secs(15);
/// What is said of a way that the person stopped.
const INTERRUPTED: &str = "interrupted";

/// A sign-in as somebody, and on to apps.
#[derive(Debug, Clone, Serialize)]
pub struct SignInAs {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The user name, or what else the flow identifies people by.
    pub user: String,
    /// The apps to go on to; with none, authentik alone is signed in to.
    pub aims: Vec<Aim>,
}

/// An app to go on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aim {
    /// Its name.
    pub app: String,
    /// How.
    pub way: Way,
}

/// How an app is gone on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "way", rename_all = "kebab-case")]
pub enum Way {
    /// By an authorization request of akdoctor's own, with PKCE; the code is not handed over.
    Request {
        /// The client id.
        client_id: String,
        /// One that authentik's list is known to hold, or that the app is known to send: a provider
        /// whose list is empty would store it.
        redirect_uri: String,
    },
    /// By the app's own start, whose code the app is given.
    Complete {
        /// The start.
        start: AskStart,
        /// What is sent to it, where it is asked by POST.
        send: Option<Sending>,
        /// The client id that authentik knows the app by: a request with another one is not sent.
        client_id: String,
    },
    /// Not at all.
    Closed {
        /// Why, for people.
        why: String,
    },
}

impl Probe for SignInAs {
    const KIND: &'static str = "sign-in";
    const LIMIT: Option<Duration> = Some(Duration::from_secs(120));
    type Answer = SignIn;

    fn key(&self) -> String {
        let apps: Vec<&str> = self.aims.iter().map(|aim| aim.app.as_str()).collect();
        format!(
            "sign-in {} as {} ({})",
            self.base,
            self.user,
            apps.join(", ")
        )
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<SignIn, ProbeError> {
        let key = self.key();
        let mut session = Session::new(tools, &self.base, &self.user, &key)?;
        let mut walks = Vec::new();
        let all = tokio::time::timeout(WAYS, self.walk_all(&mut session, &mut walks)).await;
        if all.is_err() {
            let why = format!("no time was left after {} s", WAYS.as_secs());
            walks.push(session.walked(None, End::Failed { why }));
        }
        session.leaving = true;
        let sign_out = tokio::time::timeout(LEAVING, session.sign_out()).await;
        let late = || left(&format!("no end was seen within {} s", LEAVING.as_secs()));
        let sign_out = sign_out.unwrap_or_else(|_| late());
        Ok(SignIn {
            schema_version: SIGN_IN_SCHEMA_VERSION,
            user: self.user.clone(),
            url: self.base.clone(),
            walks,
            sign_out,
        })
    }
}

impl SignInAs {
    async fn walk_all(&self, session: &mut Session<'_>, walks: &mut Vec<Walk>) {
        if self.aims.is_empty() {
            let end = session.enter().await;
            walks.push(session.walked(None, end));
        }
        // A sign-in that failed for one app fails for all, and every try counts against the person.
        let mut barred = None;
        for aim in &self.aims {
            let end = match &barred {
                None => session.go_on(&aim.way).await,
                Some(why) => End::NotTried {
                    why: String::clone(why),
                },
            };
            if session.tools.is_stopped() {
                barred = Some(INTERRUPTED.to_owned());
            } else if end.is_of_sign_in() && !session.is_signed_in().await {
                barred = Some("nobody is signed in".to_owned());
            }
            walks.push(session.walked(Some(&aim.app), end));
        }
    }
}

impl Session<'_> {
    /// A way with the stages that were seen on it.
    fn walked(&mut self, app: Option<&str>, end: End) -> Walk {
        Walk {
            app: app.map(str::to_owned),
            stages: std::mem::take(&mut self.stages),
            end,
        }
    }

    /// Whether authentik knows somebody by this session's cookie.
    async fn is_signed_in(&mut self) -> bool {
        matches!(self.somebody().await, Ok(true))
    }

    /// Ends the session by the brand's invalidation flow, and looks whether it is gone: the flow of a
    /// provider leaves it (measured.md).
    async fn sign_out(&mut self) -> SignOut {
        if !self.has_cookie() {
            return SignOut::NoSession;
        }
        match self.somebody().await {
            Ok(false) => return SignOut::NoSession,
            Ok(true) => {}
            Err(why) => return left(&why.to_string()),
        }
        let stages = std::mem::take(&mut self.stages);
        let end = self.leave().await;
        self.stages = stages;
        match (self.somebody().await, end) {
            (Ok(false), _) => SignOut::Done,
            (Ok(true), Err(why)) | (Err(why), _) => left(&why.to_string()),
            (Ok(true), Ok(Led::End(End::ErrorPage { url, status, .. }))) => {
                left(&format!("{url} answered with status {status}"))
            }
            (Ok(true), Ok(_)) => {
                left("the brand's invalidation flow does not end it, and authentik still knows it")
            }
        }
    }
}

fn left(why: &str) -> SignOut {
    SignOut::Left {
        why: why.to_owned(),
    }
}
