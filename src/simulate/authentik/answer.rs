//! Makes an answer of a rule: the recorded one told as if it had been given just now, by the host
//! that was asked.

use hyper::{
    Response, StatusCode,
    header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue},
};
use jiff::{Timestamp, civil::DateTime};
use serde_json::Value;

use super::{
    super::{
        directory::{Directory, json_answer},
        listen::Body,
        random_hex,
        recorded::{self, Recorded},
        time::moved,
        world::{Play, Rule},
    },
    Asked, Programs, discovery, list, oauth, start,
};

/// Scheme and host of everything recorded.
const RECORDED_BASE: &str = "http://localhost:9000";

/// Whose token a limited one is (recorded 063).
const TOKENS_USER: &str = "readonly";

/// An answer on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A listener's last resort: it knows nothing of this path.
    pub(in super::super) fn nothing_there() -> Self {
        Self {
            status: 404,
            headers: vec![("content-type".into(), "text/plain".into())],
            body: "not found\n".into(),
        }
    }

    /// A recorded answer as it stands.
    pub(in super::super) fn recorded(name: &str) -> Self {
        recorded::answer(name).map_or_else(Self::nothing_there, Self::from)
    }

    /// Sets a header, instead of one of the same name.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.into()));
    }

    /// A header's value, empty if it is not there.
    pub(super) fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Sets a header beside those of the same name.
    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.headers.push((name.to_owned(), value.into()));
    }

    /// The answer as hyper sends it.
    pub(super) fn response(mut self, date: &str) -> Response<Body> {
        self.set("date", date);
        let length = self.body.len();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        debug_assert!(response.headers().contains_key(DATE));
        response
    }

    /// Whether the body is JSON.
    fn is_json(&self) -> bool {
        self.headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("application/json"))
    }
}

impl From<Recorded> for Answer {
    fn from(recorded: Recorded) -> Self {
        Self {
            status: recorded.status,
            headers: recorded.headers,
            body: recorded.body,
        }
    }
}

/// The answer of a rule.
pub(super) fn by(rule: &Rule, asked: &Asked, programs: &Programs) -> Answer {
    let (providers, directory) = (&*programs.providers, &*programs.directory);
    let mut answer = match (rule.play, &rule.recorded, &rule.list) {
        (Some(Play::Token), ..) => oauth::token(asked, providers),
        (Some(Play::Discovery), ..) => discovery::answer(asked, providers),
        (Some(Play::PatchProvider), ..) => providers.patch_provider(asked),
        (Some(Play::PatchApplication), ..) => match asked.method.as_str() {
            "POST" => providers.make_application(asked),
            "DELETE" => providers.delete_application(asked),
            _ => providers.patch_application(asked),
        },
        (
            Some(play @ (Play::Providers | Play::Applications | Play::ScopeMappings)),
            _,
            Some(name),
        ) => {
            let now = providers.list(told(name, rule), play, &asked.query());
            list::page(now, rule.total, &asked.query())
        }
        (Some(Play::Openable), _, Some(name)) => openable(told(name, rule), asked, programs),
        (Some(Play::Application), ..) => match providers.application(&asked.last_part()) {
            Some(row) => json_answer(&row, 200),
            None => Answer::recorded("114-applications-detail-404.txt"),
        },
        (Some(Play::Flows), _, Some(name)) => {
            let rows = programs.flows.list(asked.uri.path());
            list::page(with_rows(told(name, rule), rows), None, &asked.query())
        }
        (Some(Play::Bindings), _, Some(name)) => {
            let mut rows = programs.flows.list(asked.uri.path());
            rows.extend(directory.bindings());
            if let Some(target) = super::parameter(&asked.query(), "target") {
                rows.retain(|row| row["target"] == target);
            }
            list::page(with_rows(told(name, rule), rows), None, &asked.query())
        }
        (Some(Play::ChangeFlow), ..) => programs.flows.change(asked),
        (Some(Play::DefaultFlow), ..) => oauth::default_flow(asked),
        (Some(Play::Start), ..) => start::answer(&programs.world, &rule.listener, asked, providers),
        (Some(play), ..) if play.is_of_people() => people(play, rule, asked, directory),
        (_, Some(name), _) => told(name, rule),
        (_, _, Some(name)) => list::page(told(name, rule), rule.total, &asked.query()),
        _ => Answer::nothing_there(),
    };
    overlay(&mut answer, rule);
    if rule.by_host {
        answer.body = answer.body.replace(RECORDED_BASE, &asked.base());
    }
    finish(&mut answer, rule, asked);
    answer
}

/// The list of applications as a user sees it who is no superuser: those are left out that somebody
/// may not open, and counted nevertheless (authentik 2025.10, `core/api/applications.py`).
fn openable(list: Answer, asked: &Asked, programs: &Programs) -> Answer {
    let query = asked.query();
    let directory = &*programs.directory;
    let user = match super::parameter(&query, "for_user") {
        Some(pk) => pk.parse().ok().and_then(|pk| directory.username(pk)),
        None => Some(TOKENS_USER.to_owned()),
    };
    let Some(user) = user else {
        return json_answer(&serde_json::json!({"for_user": "User not found"}), 400);
    };
    let slug = super::parameter(&query, "slug");
    let mut rows = programs.providers.applications();
    rows.retain(|row| slug.is_none_or(|slug| row["slug"] == slug));
    let count = rows.len();
    rows.retain(|row| directory.lets_in(&user, row));
    list::page(with_rows(list, rows), Some(count), &query)
}

/// What a directory answers.
fn people(play: Play, rule: &Rule, asked: &Asked, directory: &Directory) -> Answer {
    let listed = |rows: Vec<Value>, count: Option<u64>| {
        let list = rule
            .list
            .as_ref()
            .map_or_else(Answer::nothing_there, |name| told(name, rule));
        let list = with_rows(list, rows);
        let count = count.and_then(|count| usize::try_from(count).ok());
        list::page(list, count, &asked.query())
    };
    match play {
        Play::Users => {
            let (rows, count) = directory.users(&asked.query());
            listed(rows, Some(count))
        }
        Play::User => directory.user(asked),
        Play::MakeUser => directory.make_user(asked),
        Play::Groups => listed(directory.groups(&asked.query()), None),
        Play::Group => directory.group(asked),
        Play::MakeGroup => directory.make_group(asked),
        Play::Membership => directory.membership(asked),
        Play::SetPassword => directory.set_password(asked),
        Play::Events => match (directory.events(&asked.query()), &rule.list) {
            (None, Some(name)) => list::page(told(name, rule), rule.total, &asked.query()),
            (rows, _) => listed(rows.unwrap_or_default(), None),
        },
        Play::Devices => directory.device_list(asked),
        Play::ReputationPolicies => listed(directory.reputation_policies(), None),
        Play::Scores if asked.method == "DELETE" => directory.forget_score(asked),
        Play::Scores => listed(directory.scores(&asked.query()), None),
        Play::ChangeBinding => directory.change_binding(asked),
        Play::Settings => directory.settings(told("150-settings.json", rule)),
        _ => Answer::nothing_there(),
    }
}

/// A recorded list with other rows.
fn with_rows(mut list: Answer, rows: Vec<Value>) -> Answer {
    if let Ok(mut body) = serde_json::from_str::<Value>(&list.body) {
        body["results"] = rows.into();
        list.body = body.to_string();
    }
    list
}

/// A recorded answer with its times moved to where the scenario wants them.
fn told(name: &str, rule: &Rule) -> Answer {
    let Some(mut recorded) = recorded::answer(name) else {
        return Answer::nothing_there();
    };
    let at = recorded.at.unwrap_or(DateTime::ZERO);
    recorded.body = moved(&recorded.body, at, rule.as_of.from(Timestamp::now()));
    recorded.into()
}

fn overlay(answer: &mut Answer, rule: &Rule) {
    if let Some(status) = rule.status {
        answer.status = status;
    }
    if let Some(body) = &rule.body {
        answer.body.clone_from(body);
    }
    for (name, value) in &rule.headers {
        answer.set(name, value);
    }
}

/// The request's id in header and body, the echo of the request, JSON as short as authentik
/// writes it.
pub(super) fn finish(answer: &mut Answer, rule: &Rule, asked: &Asked) {
    let id = random_hex();
    for (name, value) in &mut answer.headers {
        if name == "x-authentik-id" {
            value.clone_from(&id);
        }
    }
    if !answer.is_json() {
        return;
    }
    let Ok(mut body) = serde_json::from_str::<Value>(&answer.body) else {
        return;
    };
    if let Some(request_id) = body.get_mut("request_id") {
        *request_id = id.into();
    }
    if rule.play == Some(Play::System) {
        echo(&mut body, asked);
    }
    answer.body = body.to_string();
}

/// What `/admin/system/` tells of the request: all of its headers, the token among them
/// (measured.md).
fn echo(body: &mut Value, asked: &Asked) {
    body["http_host"] = asked.header("host").into();
    body["http_is_secure"] = asked.base().starts_with("https:").into();
    body["server_time"] = Timestamp::now().to_string().into();
    for (name, value) in &asked.headers {
        let name = format!("HTTP_{}", name.as_str().to_uppercase().replace('-', "_"));
        body["http_headers"][name] = String::from_utf8_lossy(value.as_bytes()).into();
    }
}
