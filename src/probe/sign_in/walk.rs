//! The way of a browser: from an authorization request through flows to the redirect URI, which is
//! read and never opened here.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use url::{Position, Url};

use super::{
    INTERRUPTED, Way,
    flow::{Flowed, slug_of},
    page,
    session::Session,
};
use crate::{model::End, probe::ProbeError};

/// Places on one way; a sign-in with consent has eight.
const MOST: usize = 24;
/// How often one flow may be come to on one way.
const AGAIN: usize = 2;
/// What OpenID Connect apps ask for.
const SCOPES: &str = "openid email profile";

/// Where a way leads.
pub(super) enum Led {
    /// To the redirect URI, with what came along.
    There(Url),
    /// Back into authentik, signed in.
    Home,
    /// To an end before that.
    End(End),
}

impl Session<'_> {
    /// Signs in to authentik alone, by the brand's flow.
    pub(super) async fn enter(&mut self) -> End {
        match self.entered().await {
            Ok(end) => end,
            Err(why) => self.failed(&why),
        }
    }

    async fn entered(&mut self) -> Result<End, ProbeError> {
        let url = self.below("flows/-/default/authentication/")?;
        Ok(match self.follow(url, None).await? {
            Led::End(end) => end,
            Led::Home | Led::There(_) => match self.somebody().await? {
                true => End::SignedIn,
                false => End::Endless {
                    place: "the flow ended, and nobody is signed in".into(),
                },
            },
        })
    }

    /// Signs out by the brand's invalidation flow.
    pub(super) async fn leave(&mut self) -> Result<Led, ProbeError> {
        let url = self.below("flows/-/default/invalidation/")?;
        self.follow(url, None).await
    }

    /// Goes on to an app, signing in on the way where that is asked for.
    pub(super) async fn go_on(&mut self, way: &Way) -> End {
        let end = match way {
            Way::Closed { why } => return End::NotTried { why: why.clone() },
            Way::Request {
                client_id,
                redirect_uri,
            } => self.ask_code(client_id, redirect_uri).await,
            Way::Complete {
                start,
                send,
                client_id,
            } => self.complete(start, send.as_ref(), client_id).await,
        };
        end.unwrap_or_else(|why| self.failed(&why))
    }

    pub(super) fn failed(&self, why: &ProbeError) -> End {
        let why = match why {
            ProbeError::Deadline { .. } => INTERRUPTED.to_owned(),
            why => self.tidy(&why.to_string()),
        };
        End::Failed { why }
    }

    async fn ask_code(&mut self, client_id: &str, redirect_uri: &str) -> Result<End, ProbeError> {
        let url = self.request(client_id, redirect_uri)?;
        Ok(match self.follow(url, Some(redirect_uri)).await? {
            Led::End(end) => end,
            Led::Home => End::Elsewhere {
                url: self.shown(&self.base.clone()),
            },
            Led::There(url) => self.arrived(&url),
        })
    }

    /// What the browser brings to the redirect URI; a code is not looked at.
    pub(super) fn arrived(&self, url: &Url) -> End {
        match parameter(url, "error") {
            Some(error) => End::SentBack {
                error: self.tidy(&error),
                says: parameter(url, "error_description").map(|says| self.tidy(&says)),
            },
            None => End::Code,
        }
    }

    /// An authorization request (RFC 6749 section 4.1.1) with PKCE (RFC 7636).
    fn request(&self, client_id: &str, redirect_uri: &str) -> Result<Url, ProbeError> {
        let mut url = self.below("application/o/authorize/")?;
        let challenge = digest(&SHA256, self.random()?.as_bytes());
        let (state, nonce) = (self.random()?, self.random()?);
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", SCOPES)
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair(
                "code_challenge",
                &BASE64URL_NOPAD.encode(challenge.as_ref()),
            )
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    fn random(&self) -> Result<String, ProbeError> {
        let mut bytes = [0; 32];
        let filled = SystemRandom::new().fill(&mut bytes);
        filled.map_err(|_| ProbeError::Failed {
            what: self.what.to_owned(),
            detail: "the system gave no random numbers".into(),
        })?;
        Ok(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Follows the browser's way to the redirect URI or, without one, back into authentik.
    pub(super) async fn follow(
        &mut self,
        mut at: Url,
        goal: Option<&str>,
    ) -> Result<Led, ProbeError> {
        let base = self.base.clone();
        let mut flows: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..MOST {
            if goal.is_some_and(|goal| is_there(&at, goal)) {
                return Ok(Led::There(at));
            }
            if !self.is_ours(&at) {
                let url = self.shown(&at);
                return Ok(Led::End(End::Elsewhere { url }));
            }
            if goal.is_none() && is_home(&base, &at) {
                return Ok(Led::Home);
            }
            at = match slug_of(&base, &at).map(str::to_owned) {
                Some(slug) => {
                    let times = flows.entry(slug.clone()).or_default();
                    *times += 1;
                    if *times > AGAIN {
                        return Ok(Led::End(self.round(&slug)));
                    }
                    match self.flow(&slug, &at).await? {
                        Flowed::To(to) => to,
                        Flowed::End(end) => return Ok(Led::End(end)),
                    }
                }
                None => {
                    let reply = self.open(&at).await?;
                    match reply.to {
                        Some(to) => to,
                        None => return Ok(Led::End(page::end(self, &at, &reply))),
                    }
                }
            };
        }
        Ok(Led::End(End::Endless {
            place: self.shown(&at),
        }))
    }

    /// A flow that is come to again and again: without a stage it says at once that it is done
    /// (verified.md 1b).
    fn round(&self, flow: &str) -> End {
        let flow = self.tidy(flow);
        match self.stages.is_empty() {
            true => End::EmptyFlow { flow },
            false => End::Endless {
                place: format!("flow {flow}"),
            },
        }
    }
}

/// Whether a URL is the redirect URI with what authentik adds to it: the same up to the query.
fn is_there(url: &Url, goal: &str) -> bool {
    let Ok(goal) = Url::parse(goal) else {
        return false;
    };
    let same = url[..Position::AfterPath] == goal[..Position::AfterPath];
    same && ["code", "error"]
        .iter()
        .any(|name| parameter(url, name).is_some())
}

/// Whether a URL is where authentik sends people whom nothing else was wanted of.
fn is_home(base: &Url, url: &Url) -> bool {
    let rest = url.path().strip_prefix(base.path()).unwrap_or("?");
    matches!(rest, "" | "if/user/" | "if/admin/")
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(key, value)| key == name && !value.is_empty());
    found.map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_redirect_uri_is_known_by_all_but_its_query() {
        let is = |url: &str, goal: &str| is_there(&Url::parse(url).unwrap(), goal);
        assert!(is("http://l:3000/cb?code=x&state=y", "http://l:3000/cb"));
        assert!(is(
            "http://l:3000/cb?a=b&error=denied",
            "http://l:3000/cb?a=b"
        ));
        assert!(is("http://l/cb?code=x", "http://l:80/cb"));
        assert!(!is("http://l:3000/cb/?code=x", "http://l:3000/cb"));
        assert!(!is("http://l:3000/cb", "http://l:3000/cb"));
        assert!(!is("http://l:3000/cb?code=", "http://l:3000/cb"));
        assert!(is("app:/cb?code=x", "app:/cb"));
    }

    #[test]
    fn home_is_known() {
        let base = Url::parse("http://a/sso/").unwrap();
        let is = |url: &str| is_home(&base, &Url::parse(url).unwrap());
        assert!(is("http://a/sso/") && is("http://a/sso/if/user/") && is("http://a/sso/?x=1"));
        assert!(!is("http://a/") && !is("http://a/sso/if/flow/x/"));
    }
}
