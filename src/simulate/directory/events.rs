//! Events: those that a scenario makes, the failed sign-ins of its people, and, a month ago, the
//! recorded ones.

use jiff::{SignedDuration, Timestamp, civil::DateTime};
use serde_json::{Map, Value, json};

use super::{
    super::{
        authentik::{parameter, parameter_of_all},
        recorded,
        time::{Ago, moved},
        world::{EventOverlay, World},
    },
    Directory, Rows,
};
use crate::probe::events::{CHANGES, EARLIER, EventWire, add_logins, grouped};

/// Recorded lists of events.
const RECORDED: [&str; 5] = [
    "164-events-login_failed.json",
    "166-events-configuration_error.json",
    "171-events-model_updated.json",
    "172-events-model_created.json",
    "217-policy-exception-events.json",
];
/// What was recorded is told as if it had happened so long ago.
const RECORDED_AGO: Ago = Ago::days(-30);

/// The events of a world, the latest first.
pub(super) fn of(world: &World, rows: &Rows) -> Vec<Value> {
    let now = Timestamp::now();
    let mut events: Vec<Value> = RECORDED.iter().flat_map(|name| a_month_ago(name)).collect();
    let like = events.clone();
    let mut number = 0_u64;
    let mut made = Vec::new();
    for overlay in &world.event {
        let first = overlay.ago.from(now);
        for time in 0..overlay.times {
            let apart = SignedDuration::from_secs(i64::try_from(time * overlay.every).unwrap_or(0));
            number += 1;
            let at = first.saturating_add(apart).unwrap_or(first);
            made.push(event(rows, &like, overlay, at, number));
        }
    }
    for (username, (count, last)) in &rows.failed {
        let context = json!({ "username": username });
        let overlay = EventOverlay::of("login_failed", context.as_object().cloned());
        for time in 0..*count {
            let before = SignedDuration::from_secs(i64::try_from(time * 20).unwrap_or(0));
            number += 1;
            let at = last.saturating_sub(before).unwrap_or(*last);
            made.push(event(rows, &like, &overlay, at, number));
        }
    }
    events.extend(made);
    events.sort_by_key(|event| std::cmp::Reverse(created(event)));
    events
}

fn a_month_ago(name: &str) -> Vec<Value> {
    let Some(recorded) = recorded::answer(name) else {
        return Vec::new();
    };
    let at = recorded.at.unwrap_or(DateTime::ZERO);
    let body = moved(&recorded.body, at, RECORDED_AGO.from(Timestamp::now()));
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    body["results"].as_array().cloned().unwrap_or_default()
}

fn created(event: &Value) -> Timestamp {
    let created = event["created"].as_str().unwrap_or_default();
    created.parse().unwrap_or(Timestamp::MIN)
}

/// An event like a recorded one of its action, or like that of a policy.
fn event(rows: &Rows, like: &[Value], overlay: &EventOverlay, at: Timestamp, number: u64) -> Value {
    let same = like
        .iter()
        .find(|row| row["action"] == overlay.action.as_str());
    let mut event = same.or(like.last()).cloned().unwrap_or_default();
    if same.is_none() {
        // What is recorded of another action holds for this one no longer than for its request.
        let request = event["context"]["http_request"].clone();
        event["context"] = json!({ "http_request": request });
    }
    event["pk"] = format!("00000000-0000-4000-8000-{number:012x}").into();
    event["action"] = overlay.action.as_str().into();
    event["created"] = at.to_string().into();
    let context = overlay.context.clone().unwrap_or_default();
    let tried = context.get("username").and_then(Value::as_str);
    if let Some(username) = tried.or(overlay.by.as_deref()) {
        let mut users = rows.users.iter();
        let known = users.find(|row| row["username"] == username);
        event["user"] = json!({
            "pk": known.map_or(Value::Null, |row| row["pk"].clone()),
            "email": known.map_or("", |row| row["email"].as_str().unwrap_or_default()),
            "username": username,
        });
    }
    if let Some(address) = &overlay.client_ip {
        event["client_ip"] = address.as_str().into();
    }
    event["context"]["http_request"]["request_id"] = format!("{number:032x}").into();
    lay_over(&mut event["context"], Value::from(context));
    event
}

/// Objects are joined key by key, anything else replaces.
fn lay_over(beneath: &mut Value, over: Value) {
    match (beneath, over) {
        (Value::Object(beneath), Value::Object(over)) => {
            for (key, value) in over {
                lay_over(beneath.entry(key).or_insert(Value::Null), value);
            }
        }
        (beneath, over) => *beneath = over,
    }
}

impl Directory {
    /// The rows of `/events/events/` that a query's exact filter leaves (measured.md); `None`
    /// where it has none.
    pub(in super::super) fn events(&self, query: &[(String, String)]) -> Option<Vec<Value>> {
        if let Some(username) = parameter(query, "username") {
            return Some(self.events_of(username, query));
        }
        let actions = parameter_of_all(query, "actions");
        let fits = |event: &&Value| actions.contains(&event["action"].as_str().unwrap_or_default());
        (!actions.is_empty()).then(|| self.events.iter().filter(fits).cloned().collect())
    }

    /// What `psql` tells of them.
    pub(super) fn events_of_database(&self, within: u64) -> Map<String, Value> {
        let mut failures = grouped(self.failures(within));
        let logins = self
            .events
            .iter()
            .filter(|event| event["action"] == "login");
        let logins = logins.filter_map(|event| {
            let name = event["user"]["username"].as_str()?;
            Some((name.to_owned(), created(event)))
        });
        add_logins(&mut failures, &logins.collect());
        let parts = [
            ("failures", json!(failures)),
            ("changes", self.changes(within)),
            ("versions", self.versions.clone()),
        ];
        parts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    /// What `ak shell` tells of them: one by one, and who has signed in.
    pub(super) fn events_of_shell(&self, within: u64) -> Value {
        json!({
            "failures": self.failures(within),
            "logins": {},
            "changes": self.changes(within),
            "versions": self.versions,
        })
    }

    fn failures(&self, within: u64) -> Vec<crate::probe::events::Failure> {
        let failures = self.since(within);
        failures.iter().filter_map(EventWire::failure).collect()
    }

    fn changes(&self, within: u64) -> Value {
        let all = self.since(within + EARLIER);
        let changes = all
            .iter()
            .filter(|event| CHANGES.contains(&event.action.as_str()));
        json!(changes.filter_map(EventWire::change).collect::<Vec<_>>())
    }

    fn since(&self, within: u64) -> Vec<EventWire> {
        let back = SignedDuration::from_secs(i64::try_from(within).unwrap_or(i64::MAX));
        let since = Timestamp::now()
            .saturating_sub(back)
            .unwrap_or(Timestamp::MIN);
        let all = self.events.iter();
        all.filter(|event| created(event) > since)
            .filter_map(|event| serde_json::from_value(event.clone()).ok())
            .collect()
    }
}

/// The history of versions, as the database holds it.
pub(super) fn versions(world: &World) -> Value {
    let now = Timestamp::now();
    let mut rows: Vec<(Timestamp, &str)> = world
        .version_history
        .iter()
        .map(|(version, ago)| (ago.from(now), version.as_str()))
        .collect();
    rows.sort_by(|a, b| b.cmp(a));
    let rows = rows.into_iter();
    rows.map(|(at, version)| json!({"version": version, "at": at.to_string()}))
        .collect()
}
