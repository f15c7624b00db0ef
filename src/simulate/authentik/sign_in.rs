//! Sessions and the flow executor of one simulated authentik: a sign-in by name and password, an
//! explicit consent, a sign-out, as they were recorded (026 to 043, 190 to 198, 258 to 265).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::{
    super::{random_hex, world::Gate},
    Asked, Programs,
    answer::Answer,
    oauth, parameter, parameters,
};

/// The cookies of a browser (authentik's settings).
const SESSION: &str = "authentik_session";
const CSRF: &str = "authentik_csrf";
const CONSENT: &str = "default-provider-authorization-explicit-consent";

/// The sessions of all browsers, by their cookie.
#[derive(Default)]
pub(in super::super) struct Sessions(Mutex<BTreeMap<String, Visit>>);

/// A browser's session.
#[derive(Clone, Default)]
struct Visit {
    /// Who is signed in.
    user: Option<String>,
    /// What the browser must show of itself when it posts as somebody.
    csrf: String,
    /// Who wants to sign in.
    pending: Option<String>,
    /// Whether their password was right.
    right: bool,
    /// Whether the code of their second factor was.
    checked: bool,
    /// The client ids that somebody agreed to.
    agreed: BTreeSet<String>,
}

impl Sessions {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Visit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of a request, or a new one.
    fn of(&self, asked: &Asked) -> (String, Visit) {
        let id = cookie(asked, SESSION).unwrap_or_default();
        match self.all().get(id) {
            Some(visit) => (id.to_owned(), visit.clone()),
            None => (random_hex(), Visit::default()),
        }
    }

    fn keep(&self, id: &str, visit: Visit) {
        self.all().insert(id.to_owned(), visit);
    }
}

fn cookie<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    let pairs = asked.header("cookie").split("; ");
    let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(key, value)| (key == name).then_some(value))
}

fn with_cookie(mut answer: Answer, name: &str, value: &str) -> Answer {
    let text = format!("{name}={value}; HttpOnly; Path=/; SameSite=Lax");
    answer.add("set-cookie", text);
    answer
}

/// A recorded challenge with some fields changed.
fn challenge(recorded: &str, fields: &[(&str, Value)]) -> Answer {
    let mut answer = Answer::recorded(recorded);
    if let Ok(mut body) = serde_json::from_str::<Value>(&answer.body) {
        for (name, value) in fields {
            body[*name] = value.clone();
        }
        answer.body = body.to_string();
    }
    answer
}

/// After each answer the browser is sent to the executor again (recorded 027).
fn again(asked: &Asked) -> Answer {
    let mut answer = Answer::recorded("027-login-right-2-post-identification.txt");
    answer.set("location", asked.uri.to_string());
    answer
}

/// The query of the flow's page, which the page hands on.
fn handed_on(asked: &Asked) -> Vec<(String, String)> {
    let query = asked.query();
    parameters(parameter(&query, "query").unwrap_or_default().as_bytes())
}

/// The redirect URI of a request with a code.
fn back_to_app(query: &[(String, String)]) -> String {
    let of = |name| parameter(query, name).unwrap_or_default();
    let uri = of("redirect_uri");
    let joint = if uri.contains('?') { '&' } else { '?' };
    let state: String = byte_serialize(of("state").as_bytes()).collect();
    format!("{uri}{joint}code={}&state={state}", random_hex())
}

impl Programs {
    /// The flow executor.
    pub(super) fn executor(&self, asked: &Asked) -> Answer {
        let (id, visit) = self.sessions.of(asked);
        let posts = asked.method == "POST";
        if posts && visit.user.is_some() && asked.header("x-authentik-csrf") != visit.csrf {
            return Answer::recorded("257-user-deactivated-with-session-me.txt");
        }
        if let Some(barred) = self.barred(asked) {
            return barred;
        }
        match (asked.last_part().as_str(), posts) {
            ("default-authentication-flow", false) => self.sign_in_shown(asked, id, visit),
            ("default-authentication-flow", true) => self.sign_in_given(asked, id, visit),
            ("default-invalidation-flow", _) => {
                self.sessions.keep(&id, Visit::default());
                Answer::recorded("258-global-logout-1-get.txt")
            }
            (CONSENT, posts) => self.consent(asked, &id, visit, posts),
            _ => Answer::recorded("048-flow-executor-unknown-flow.txt"),
        }
    }

    /// What a flow says that is not there, does not apply to anybody who is not signed in, or has no
    /// stage (recorded 048, 250; verified.md 1b).
    fn barred(&self, asked: &Asked) -> Option<Answer> {
        let slug = asked.last_part();
        let flows = self.flows.list("/api/v3/flows/instances/");
        let Some(flow) = flows.iter().find(|row| row["slug"] == slug.as_str()) else {
            return Some(Answer::recorded("048-flow-executor-unknown-flow.txt"));
        };
        if flow["designation"] != "authentication" {
            return None;
        }
        if flow["authentication"] == "require_authenticated" {
            return Some(Answer::recorded("250-flow-require-authenticated-1-get.txt"));
        }
        let bindings = self.flows.list("/api/v3/flows/bindings/");
        if bindings.iter().any(|row| row["target"] == flow["pk"]) {
            return None;
        }
        let query = handed_on(asked);
        let next = parameter(&query, "next").unwrap_or("/").to_owned();
        Some(challenge(
            "258-global-logout-1-get.txt",
            &[("to", next.into())],
        ))
    }

    /// What the sign-in's flow shows next.
    fn sign_in_shown(&self, asked: &Asked, id: String, mut visit: Visit) -> Answer {
        let Some(user) = visit.pending.clone() else {
            self.sessions.keep(&id, visit);
            let answer = Answer::recorded("026-login-right-1-get.txt");
            return with_cookie(answer, SESSION, &id);
        };
        let pending = ("pending_user", Value::from(user.as_str()));
        if !visit.right {
            return challenge("028-login-right-3-follow.txt", &[pending]);
        }
        if !visit.checked && !self.directory.devices(&user).is_empty() {
            return self.second_factor(&user, json!({}));
        }
        // A sign-in has a session of its own (recorded 031).
        self.sessions.all().remove(&id);
        let id = random_hex();
        visit = Visit {
            user: Some(user),
            csrf: random_hex(),
            ..Visit::default()
        };
        let query = handed_on(asked);
        let next = parameter(&query, "next").unwrap_or("/").to_owned();
        let answer = challenge("031-login-right-6-follow.txt", &[("to", next.into())]);
        let answer = with_cookie(answer, CSRF, &visit.csrf);
        self.sessions.keep(&id, visit);
        with_cookie(answer, SESSION, &id)
    }

    /// The stage that validates a second factor, with what it refuses (authentik 2025.10,
    /// `stages/authenticator_validate/stage.py`; not recorded).
    fn second_factor(&self, user: &str, errors: Value) -> Answer {
        let devices = self.directory.devices(user);
        let devices = devices.iter().map(|class| json!({ "device_class": class }));
        let fields = [
            ("pending_user", user.into()),
            ("component", "ak-stage-authenticator-validate".into()),
            ("device_challenges", devices.collect()),
            ("configuration_stages", json!([])),
            ("response_errors", errors),
        ];
        challenge("028-login-right-3-follow.txt", &fields)
    }

    /// What a browser answers to it.
    fn sign_in_given(&self, asked: &Asked, id: String, mut visit: Visit) -> Answer {
        let fields = asked.fields().unwrap_or_default();
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        match &visit.pending {
            None => visit.pending = Some(text("uid_field").to_owned()),
            Some(user) if visit.right => {
                if !self.directory.takes_code(user, text("code")) {
                    let says = "Invalid Token. Please ensure the time on your device is accurate \
                        and try again.";
                    let errors = json!({ "code": [{ "string": says, "code": "invalid" }] });
                    return self.second_factor(user, errors);
                }
                visit.checked = true;
            }
            Some(user) if self.directory.may_sign_in(user, text("password")) => visit.right = true,
            Some(user) => {
                let pending = ("pending_user", Value::from(user.as_str()));
                return challenge("035-login-wrong-password-4-post-password.txt", &[pending]);
            }
        }
        self.sessions.keep(&id, visit);
        again(asked)
    }

    fn consent(&self, asked: &Asked, id: &str, mut visit: Visit, posts: bool) -> Answer {
        let query = handed_on(asked);
        let client = parameter(&query, "client_id")
            .unwrap_or_default()
            .to_owned();
        if posts {
            visit.agreed.insert(client);
            self.sessions.keep(id, visit);
            return again(asked);
        }
        if visit.agreed.contains(&client) {
            let to = ("to", Value::from(back_to_app(&query)));
            return challenge("265-explicit-consent-follow.txt", &[to]);
        }
        let pending = ("pending_user", Value::from(visit.user.unwrap_or_default()));
        challenge("263-explicit-consent-get.txt", &[pending])
    }

    /// The authorization endpoint, also for somebody who is signed in.
    pub(super) fn authorize(&self, asked: &Asked) -> Answer {
        let answer = oauth::authorize(asked, &self.providers);
        let (_, visit) = self.sessions.of(asked);
        let to_login = answer.header("location").starts_with("/flows/-/default/");
        if visit.user.is_none() || !to_login {
            return answer;
        }
        let query = asked.query();
        let client = parameter(&query, "client_id").unwrap_or_default();
        let user = visit.user.clone().unwrap_or_default();
        let application = self.providers.application_of(client);
        let closed = application.is_some_and(|row| !self.directory.lets_in(&user, &row));
        let gate = match closed {
            true => Some(&Gate::Denied),
            false => self.world.gate.get(client),
        };
        match gate {
            Some(Gate::Denied) => {
                let mut answer = Answer::recorded("212-denied-authorize.txt");
                answer.body = answer.body.replace("contractor1", &user);
                answer
            }
            Some(Gate::Consent) if !visit.agreed.contains(client) => {
                let mut answer = Answer::recorded("262-explicit-consent-authorize.txt");
                let query = asked.uri.query().unwrap_or_default();
                answer.set("location", format!("/if/flow/{CONSENT}/?{query}"));
                answer
            }
            _ => {
                let mut answer = Answer::recorded("198-headless-09-get.txt");
                answer.set("location", back_to_app(&query));
                answer
            }
        }
    }

    /// Who is signed in by the session's cookie.
    pub(super) fn me(&self, asked: &Asked) -> Answer {
        match self.sessions.of(asked).1.user {
            Some(user) => {
                let mut answer = Answer::recorded("105-users-me.json");
                answer.body = json!({ "user": { "username": user } }).to_string();
                answer
            }
            None => Answer::recorded("257-user-deactivated-with-session-me.txt"),
        }
    }
}
