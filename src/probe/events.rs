//! authentik's events, as far as they tell of failures and of changes, whichever way was asked.
//! Failures come in groups: who guesses passwords makes thousands of events that say the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Actions that tell of a failure (knowledge C.7).
pub const FAILURES: [&str; 6] = [
    "login_failed",
    "suspicious_request",
    "configuration_error",
    "policy_exception",
    "property_mapping_exception",
    "system_exception",
];
/// Actions that tell of a change.
pub const CHANGES: [&str; 3] = ["model_created", "model_updated", "model_deleted"];
/// Changes are read for so much longer than failures, in seconds: what began when the time of
/// interest began was caused before it.
pub const EARLIER: u64 = 3600;
/// Names, addresses and requests that a group keeps of each.
const SOME: usize = 5;
/// Letters of a text that are kept.
const LETTERS: usize = 300;
/// Fields of a change that are named.
const FIELDS: usize = 8;

/// What was told; a part that its source could not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventFacts {
    /// Failures, the latest first, at most two hundred groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<Vec<FailureRow>>,
    /// Changes of what a sign-in depends on, the latest first, at most two hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<ChangeRow>>,
    /// Releases that ran with this database, the latest first, at most five (from 2024.10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<VersionRow>>,
    /// Where failures before this time were cut off, because there were too many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures_from: Option<Timestamp>,
    /// The same of changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes_from: Option<Timestamp>,
    /// Whether the API showed sign-ins of whatever age. It refuses a token that may see no event,
    /// and shows one that may see single events those alone; sign-ins are in every authentik.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_logins: bool,
}

impl EventFacts {
    /// Takes from another telling of the same source what this one lacks.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            failures: self.failures.or(other.failures),
            changes: self.changes.or(other.changes),
            versions: self.versions.or(other.versions),
            failures_from: self.failures_from.or(other.failures_from),
            changes_from: self.changes_from.or(other.changes_from),
            shows_logins: self.shows_logins || other.shows_logins,
        }
    }
}

/// What failures of one group have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureKey {
    /// The event's action.
    pub action: String,
    /// Of a sign-in: the user name, where authentik knows it. Unknown names are one group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The first line of its message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The exception in one line: "ZeroDivisionError: division by zero".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The application that a policy was asked about, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The provider, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The client id that the request named, where it tells of no application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The binding of a policy, by what authentik calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<String>,
    /// The property mapping, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<String>,
    /// The policy or mapping whose expression raised: authentik calls it as the file is called
    /// that the expression stands in (recorded 217).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The redirect URI that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Of an exception of authentik's own: the path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Failures that say the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureRow {
    /// What they have in common.
    #[serde(flatten)]
    pub key: FailureKey,
    /// How many there were.
    pub count: u64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// When the time before that.
    pub before_last: Option<Timestamp>,
    /// How many people, or names, it happened to.
    pub names: u64,
    /// Some of them.
    pub people: Vec<String>,
    /// Some of the addresses that they came from.
    pub addresses: Vec<String>,
    /// Some of the requests, which authentik's log names too.
    pub requests: Vec<String>,
    /// Of sign-ins of somebody: whether they signed in after the last, where that was told.
    pub signed_in_since: Option<bool>,
}

/// A change of something that a sign-in depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeRow {
    /// The event's action.
    pub action: String,
    /// Django's name of the kind: "oauth2provider".
    pub model: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its primary key.
    pub pk: Option<String>,
    /// Who did it.
    pub who: Option<String>,
    /// When.
    pub at: Timestamp,
    /// In which request.
    pub request: Option<String>,
    /// The fields that changed, by name; only the enterprise edition writes them down. Values are
    /// left where they are: some are secrets.
    pub fields: Option<Vec<String>>,
}

/// A release that authentik was started with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRow {
    /// The version.
    pub version: String,
    /// When it was first started with this database.
    pub at: Timestamp,
}

/// One failure before it is put into its group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Failure {
    #[serde(flatten)]
    pub key: FailureKey,
    pub who: Option<String>,
    pub address: Option<String>,
    pub request: Option<String>,
    pub created: Timestamp,
}

/// An event as the API has it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EventWire {
    #[serde(default)]
    pub action: String,
    pub created: Timestamp,
    #[serde(default)]
    pub user: Value,
    #[serde(default)]
    pub context: Value,
    #[serde(default)]
    client_ip: Option<String>,
}

impl EventWire {
    /// The user name of whoever did it.
    pub(crate) fn who(&self) -> Option<String> {
        text(&self.user, "/username").filter(|name| name != "AnonymousUser")
    }

    /// As a failure, if it is one.
    pub(crate) fn failure(&self) -> Option<Failure> {
        FAILURES.contains(&self.action.as_str()).then(|| {
            let login = self.action == "login_failed";
            let tried = text(&self.context, "/username");
            Failure {
                key: self.key(login, tried.as_deref()),
                who: if login { tried } else { self.who() },
                address: self.client_ip.clone(),
                request: self.request(),
                created: self.created,
            }
        })
    }

    /// What a failure has in common with others; `psql_events.sql` tells the same.
    fn key(&self, login: bool, tried: Option<&str>) -> FailureKey {
        let context = &self.context;
        let known = !self.user["pk"].is_null() && self.user["username"].as_str() == tried;
        let message = text(context, "/message").or_else(|| text(context, "/error"));
        let raised = raised(&context["exception"]);
        let of_expression = matches!(
            self.action.as_str(),
            "policy_exception" | "property_mapping_exception" | "configuration_error"
        );
        let is_application = context["request"]["obj"]["model_name"] == "application";
        FailureKey {
            action: self.action.clone(),
            username: tried.filter(|_| login && known).map(cut),
            error: match raised {
                Some(raised) => raised.words(),
                None => message.as_deref().and_then(last_line),
            },
            message: message.as_deref().and_then(first_line),
            application: text(context, "/request/obj/name").filter(|_| is_application),
            provider: text(context, "/provider/name"),
            client_id: text(context, "/http_request/args/client_id").filter(|_| !is_application),
            binding: text(context, "/binding/name"),
            mapping: text(context, "/mapping/name"),
            script: raised
                .and_then(|raised| text(raised.0, "/frames/0/filename"))
                .filter(|_| of_expression)
                .map(|file| file.trim_start_matches('/').to_owned()),
            redirect_uri: text(context, "/redirect_uri"),
            path: text(context, "/http_request/path").filter(|_| self.action == "system_exception"),
        }
    }

    fn request(&self) -> Option<String> {
        text(&self.context, "/http_request/request_id")
    }

    /// As a change of something that a sign-in depends on, if it is one.
    pub(crate) fn change(&self) -> Option<ChangeRow> {
        let model = text(&self.context, "/model/model_name")?;
        let wanted = CHANGES.contains(&self.action.as_str()) && matters(&model);
        wanted.then(|| ChangeRow {
            action: self.action.clone(),
            name: text(&self.context, "/model/name"),
            pk: match &self.context["model"]["pk"] {
                Value::Null => None,
                Value::String(pk) => Some(cut(pk)),
                other => Some(other.to_string()),
            },
            who: self.who(),
            at: self.created,
            request: self.request(),
            fields: self.context["diff"].as_object().map(|diff| {
                let names = diff.keys().take(FIELDS);
                names.map(|name| cut(name)).collect()
            }),
            model,
        })
    }
}

/// Whether a sign-in depends on things of this kind; what people enrol and sessions that come and
/// go are no change of the configuration.
fn matters(model: &str) -> bool {
    let kinds = [
        "application",
        "flow",
        "flowstagebinding",
        "brand",
        "tenant",
        "certificatekeypair",
        "policybinding",
        "outpost",
    ];
    let ends = ["provider", "stage", "policy", "mapping", "source"];
    kinds.contains(&model) || ends.iter().any(|end| model.ends_with(end))
}

/// An exception as authentik writes it down: the one that began it stands last and is marked.
#[derive(Clone, Copy)]
struct RaisedBy<'a>(&'a Value);

fn raised(exceptions: &Value) -> Option<RaisedBy<'_>> {
    let all = exceptions.as_array()?;
    let cause = all.iter().rev().find(|one| one["is_cause"] == true);
    cause.or_else(|| all.first()).map(RaisedBy)
}

impl RaisedBy<'_> {
    fn words(self) -> Option<String> {
        let kind = text(self.0, "/exc_type");
        let value = text(self.0, "/exc_value").filter(|value| !value.is_empty());
        let parts: Vec<String> = kind.into_iter().chain(value).collect();
        (!parts.is_empty()).then(|| cut(&parts.join(": ")))
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(cut)
}

fn cut(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}

fn first_line(text: &str) -> Option<String> {
    text.lines().next().map(cut)
}

/// The last of several lines, where Python puts the exception.
fn last_line(text: &str) -> Option<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.next()?;
    lines.next_back().map(|line| cut(line.trim()))
}

/// By what they have in common, the latest first.
pub(crate) fn grouped(mut failures: Vec<Failure>) -> Vec<FailureRow> {
    failures.sort_by_key(|one| std::cmp::Reverse(one.created));
    let mut groups: BTreeMap<FailureKey, (FailureRow, BTreeSet<String>)> = BTreeMap::new();
    for one in failures {
        let (row, names) = groups.entry(one.key.clone()).or_insert_with(|| {
            let row = FailureRow {
                key: one.key.clone(),
                last: one.created,
                ..FailureRow::default()
            };
            (row, BTreeSet::new())
        });
        if row.count == 1 {
            row.before_last = Some(one.created);
        }
        row.count += 1;
        row.first = one.created;
        names.extend(one.who);
        for (list, new) in [
            (&mut row.addresses, one.address),
            (&mut row.requests, one.request),
        ] {
            if let Some(new) = new.filter(|new| list.len() < SOME && !list.contains(new)) {
                list.push(new);
            }
        }
    }
    let mut rows: Vec<FailureRow> = groups
        .into_values()
        .map(|(mut row, names)| {
            row.names = names.len() as u64;
            row.people = names.into_iter().take(SOME).collect();
            row
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.last));
    rows
}

/// Adds who has signed in after their last failure. `logins` holds the latest sign-in by name.
pub(crate) fn add_logins(rows: &mut [FailureRow], logins: &BTreeMap<String, Timestamp>) {
    for row in rows {
        if let Some(name) = &row.key.username {
            row.signed_in_since = Some(logins.get(name).is_some_and(|at| *at > row.last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(action: &str, context: &Value) -> EventWire {
        serde_json::from_value(json!({
            "action": action, "created": "2026-11-24T10:00:00Z", "context": context,
            "user": {"pk": 6, "username": "anna"}, "client_ip": "10.0.0.1",
        }))
        .unwrap()
    }

    /// As recorded in 217, and what older releases wrote: a traceback as text.
    #[test]
    fn an_exception_is_told_in_one_line() {
        let now = event(
            "policy_exception",
            &json!({
                "binding": {"name": "Binding from MinIO #0 to Policy boom"},
                "message": "Policy failed to execute",
                "request": {"obj": {"name": "MinIO", "model_name": "application"}},
                "exception": [{"exc_type": "ZeroDivisionError", "exc_value": "division by zero",
                    "is_cause": false, "frames": [{"filename": "/boom"}]}],
                "http_request": {"args": {"client_id": "minio"}, "request_id": "r1", "path": "/x"},
            }),
        );
        let key = now.failure().unwrap().key;
        assert_eq!(
            key.error.as_deref(),
            Some("ZeroDivisionError: division by zero")
        );
        assert_eq!(key.script.as_deref(), Some("boom"));
        assert_eq!(key.application.as_deref(), Some("MinIO"));
        assert_eq!(key.client_id, None);
        assert_eq!(key.path, None);
        let old = event(
            "property_mapping_exception",
            &json!({"message": "Traceback (most recent call last):\n  File \"x\"\nKeyError: 'a'\n"}),
        );
        let key = old.failure().unwrap().key;
        assert_eq!(key.error.as_deref(), Some("KeyError: 'a'"));
        let plain = event("configuration_error", &json!({"message": "one line"}));
        assert_eq!(plain.failure().unwrap().key.error, None);
    }

    #[test]
    fn the_cause_of_an_exception_is_told_where_it_was_wrapped() {
        let context = json!({"exception": [
            {"exc_type": "Wrapped", "exc_value": "", "is_cause": false, "frames": []},
            {"exc_type": "KeyError", "exc_value": "'a'", "is_cause": true,
             "frames": [{"filename": "/my mapping"}]},
        ]});
        let key = event("configuration_error", &context)
            .failure()
            .unwrap()
            .key;
        assert_eq!(key.error.as_deref(), Some("KeyError: 'a'"));
        assert_eq!(key.script.as_deref(), Some("my mapping"));
    }

    #[test]
    fn names_that_authentik_does_not_know_are_one_group() {
        let mut failures = Vec::new();
        for (pk, name, minute) in [(json!(6), "anna", 1), (json!(6), "anna", 2)] {
            let mut one = event("login_failed", &json!({ "username": name }));
            one.user = json!({"pk": pk, "username": name});
            one.created = format!("2026-11-24T10:0{minute}:00Z").parse().unwrap();
            failures.extend(one.failure());
        }
        for name in ["ghost", "admin", "root"] {
            let mut one = event("login_failed", &json!({ "username": name }));
            one.user = json!({"pk": null, "username": name});
            failures.extend(one.failure());
        }
        let mut rows = grouped(failures);
        let logins = BTreeMap::from([("anna".into(), "2026-11-24T10:05:00Z".parse().unwrap())]);
        add_logins(&mut rows, &logins);
        assert_eq!((rows[0].count, rows[0].names, rows.len()), (2, 1, 2));
        assert_eq!(rows[0].signed_in_since, Some(true));
        assert_eq!(rows[0].before_last, Some(rows[0].first));
        assert_eq!(rows[1].people, ["admin", "ghost", "root"]);
        assert_eq!((rows[1].names, rows[1].signed_in_since), (3, None));
    }

    #[test]
    fn what_people_enrol_is_no_change_of_the_configuration() {
        for (model, wanted) in [
            ("oauth2provider", true),
            ("passwordstage", true),
            ("expressionpolicy", true),
            ("oauthsource", true),
            ("totpdevice", false),
            ("usersourceconnection", false),
            ("token", false),
            ("user", false),
        ] {
            let context = json!({"model": {"model_name": model, "pk": 2},
                "diff": {"client_secret": {"previous_value": "s3cret"}}});
            let change = event("model_updated", &context).change();
            assert_eq!(change.is_some(), wanted, "{model}");
            if let Some(change) = change {
                assert_eq!(change.fields.unwrap(), ["client_secret"]);
                assert_eq!(change.pk.as_deref(), Some("2"));
            }
        }
    }

    #[test]
    fn letters_of_many_bytes_are_not_cut_in_two() {
        let context = json!({ "message": "é\u{202e}".repeat(400) });
        let key = event("system_exception", &context).failure().unwrap().key;
        assert_eq!(key.message.unwrap().chars().count(), LETTERS);
    }
}
