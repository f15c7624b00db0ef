//! The simulated programs that speak HTTP: authentik with all that was recorded of it, and a page
//! for each app.

mod answer;
mod caller;
mod discovery;
mod list;
mod oauth;
mod providers;
mod redirects;
mod rules;
mod sign_in;
mod start;
mod told;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::FutureExt;
use http_body_util::{BodyExt, Limited};
use hyper::{
    HeaderMap, Request, Response, Uri,
    body::Incoming,
    header::{HeaderName, HeaderValue},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    directory::Directory,
    flows::Flows,
    listen::{Body, HangUp, Requests, Service},
    time::http_date,
    world::{Caller, Fault, Listener, Play, Rule, World},
};
pub(super) use answer::Answer;
pub(super) use caller::Tokens;
pub(super) use providers::{Providers, application_pk};
pub(super) use sign_in::Sessions;

/// The longest request body that is read; a token request is far smaller.
const LONGEST_BODY: usize = 64 * 1024;

/// What every listener of a world answers from.
pub(super) struct Programs {
    /// The world.
    pub world: Arc<World>,
    /// The tokens of this run.
    pub tokens: Tokens,
    /// Its providers and their applications.
    pub providers: Arc<Providers>,
    /// Its people and groups.
    pub directory: Arc<Directory>,
    /// Its flows and brands.
    pub flows: Arc<Flows>,
    /// Where requests are written down.
    pub requests: Requests,
    /// Who is signed in.
    pub sessions: Sessions,
}

/// A request, read to its end.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    caller: Caller,
}

impl Asked {
    /// A header's value, empty if it is not there or no text.
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Scheme and host as authentik takes them for its own URLs (recorded 184, 185).
    fn base(&self) -> String {
        let scheme = match self.header("x-forwarded-proto") {
            "https" => "https",
            _ => "http",
        };
        format!("{scheme}://{}", self.header("host"))
    }

    /// Parameters of the query.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        parameters(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// The last part of the path.
    pub(super) fn last_part(&self) -> String {
        let path = self.uri.path().trim_end_matches('/');
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The fields of a JSON body.
    pub(super) fn fields(&self) -> Option<Map<String, Value>> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body.as_object().cloned()
    }
}

/// What a proxy does to the headers of a request.
fn set(headers: &mut HeaderMap, sets: &BTreeMap<String, String>) {
    for (name, value) in sets {
        let name = HeaderName::try_from(name.as_str());
        let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value.as_str())) else {
            continue;
        };
        headers.remove(&name);
        if !value.is_empty() {
            headers.insert(name, value);
        }
    }
}

/// Parameters of a query or a form.
fn parameters(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// Every value of a parameter that may be repeated.
pub(super) fn parameter_of_all<'a>(parameters: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let all = parameters.iter().filter(|(key, _)| key == name);
    all.map(|(_, value)| value.as_str()).collect()
}

/// A parameter's value.
pub(super) fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters
        .iter()
        .find_map(|(key, value)| (key == name).then_some(value.as_str()))
}

impl Programs {
    /// What answers on a listener.
    pub(super) fn service(self: &Arc<Self>, name: &str, listener: &Listener) -> Service {
        let name = listener.serves.as_deref().unwrap_or(name);
        let (programs, name) = (Arc::clone(self), Arc::<str>::from(name));
        let sets = Arc::new(listener.sets.clone());
        Arc::new(move |mut request| {
            let (programs, name) = (Arc::clone(&programs), Arc::clone(&name));
            set(request.headers_mut(), &sets);
            async move { programs.answer(&name, request).await }.boxed()
        })
    }

    async fn answer(
        &self,
        listener: &str,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, HangUp> {
        let at = self.requests.note(listener, &request);
        let asked = self.read(request).await?;
        if asked.header("content-type") == "application/x-www-form-urlencoded" {
            self.requests.note_form(at, parameters(&asked.body));
        }
        let Some(rule) = rules::first(&self.world.http, listener, &asked) else {
            return Ok(Answer::nothing_there().response(&self.now()));
        };
        tokio::time::sleep(Duration::from_millis(rule.delay_ms)).await;
        match rule.fault {
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Reset) => Err(HangUp),
            None => Ok(self.by(rule, &asked).response(&self.now())),
        }
    }

    fn by(&self, rule: &Rule, asked: &Asked) -> Answer {
        let mut answer = match rule.play {
            Some(Play::Authorize) => self.authorize(asked),
            Some(Play::Executor) => self.executor(asked),
            Some(Play::Me) => self.me(asked),
            _ => return answer::by(rule, asked, self),
        };
        answer::finish(&mut answer, rule, asked);
        answer
    }

    async fn read(&self, request: Request<Incoming>) -> Result<Asked, HangUp> {
        let (head, body) = request.into_parts();
        let body = Limited::new(body, LONGEST_BODY).collect().await;
        Ok(Asked {
            caller: self.caller(&head.headers),
            method: head.method.to_string(),
            uri: head.uri,
            headers: head.headers,
            body: body.map_err(|_| HangUp)?.to_bytes(),
        })
    }

    /// Who calls: the token of somebody who is inactive is no token (recorded 248).
    fn caller(&self, headers: &HeaderMap) -> Caller {
        match self.tokens.caller(headers) {
            Caller::Superuser if !self.directory.is_active("akadmin") => Caller::Wrong,
            caller => caller,
        }
    }

    /// The `Date` header by the simulated server's clock.
    fn now(&self) -> String {
        http_date(self.world.clock.from(Timestamp::now()))
    }
}
