//! What `psql` and the API tell of one person's sign-in: devices, reputation, what happened.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    super::{
        authentik::{Answer, Asked, parameter, parameter_of_all},
        recorded,
    },
    Directory, Rows,
    api::{json_answer, no_content},
};

impl Directory {
    /// As `psql_person.sql` tells somebody; what stands in flows is told with those.
    pub(super) fn about(&self, who: &str) -> Map<String, Value> {
        let rows = self.rows();
        let lower = who.to_lowercase();
        let fits = |row: &&Value| {
            let field = |name: &str| row[name].as_str().unwrap_or_default();
            field("username") == who
                || field("email").to_lowercase() == lower
                || row["pk"].as_i64().map(|pk| pk.to_string()).as_deref() == Some(who)
        };
        let found: Vec<&Value> = rows.users.iter().filter(fits).collect();
        let people: Value = found.iter().map(|row| rows.with_age(row)).collect();
        let start: String = lower.chars().take(3).collect();
        let near = rows.users.iter().filter(|row| {
            let name = row["username"].as_str().unwrap_or_default();
            name.to_lowercase().starts_with(&start)
        });
        let near: Value = near
            .map(|row| json!({"username": row["username"], "email": row["email"]}))
            .collect();
        let names = || found.iter().filter_map(|row| row["username"].as_str());
        let of_each = |of: &dyn Fn(&str) -> Vec<Value>| -> Value { names().flat_map(of).collect() };
        let scores = names().filter_map(|name| rows.score(name));
        let parts = [
            ("found", people),
            ("near", near),
            ("devices", of_each(&|name| rows.own_devices(name))),
            ("scores", scores.collect()),
            ("events", of_each(&|name| rows.told_events(name))),
            ("limits", self.limits()),
            ("expiries", self.expiries()),
        ];
        parts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn limits(&self) -> Value {
        let limit = self.reputation.iter().map(|policy| {
            json!({
                "name": policy.name, "threshold": policy.threshold, "by_name": true,
                "by_address": false, "stage": "deny", "flow": "default-authentication-flow",
                "negate": false, "denies": true,
            })
        });
        limit.collect()
    }

    fn expiries(&self) -> Value {
        let expiries = self.expiry.iter();
        expiries
            .map(|policy| json!({"name": policy.name, "days": policy.days}))
            .collect()
    }

    /// `/authenticators/admin/all/?user=PK`: a plain array (verified.md F).
    pub(in super::super) fn device_list(&self, asked: &Asked) -> Answer {
        let rows = self.rows();
        let query = asked.query();
        let pk = parameter(&query, "user").and_then(|pk| pk.parse::<i64>().ok());
        let user = rows.users.iter().find(|row| row["pk"].as_i64() == pk);
        let name = user.and_then(|row| row["username"].as_str());
        let devices = name.map(|name| rows.own_devices(name)).unwrap_or_default();
        let listed: Value = devices
            .iter()
            .map(|device| {
                let kind = device["kind"].as_str().unwrap_or_default();
                json!({
                    "pk": device["pk"], "name": device["name"], "confirmed": device["confirmed"],
                    "meta_model_name": format!("authentik_stages_authenticator_{kind}.{kind}device"),
                    "last_used": device["used"],
                })
            })
            .collect();
        json_answer(&listed, 200)
    }

    /// The rows of `/policies/reputation/`.
    pub(in super::super) fn reputation_policies(&self) -> Vec<Value> {
        let policies = self.reputation.iter().map(|policy| {
            json!({
                "pk": "984cc6f4-53e0-4457-93f4-df9f68bd6110", "name": policy.name,
                "threshold": policy.threshold, "check_ip": false, "check_username": true,
                "bound_to": 1,
            })
        });
        policies.collect()
    }

    /// The rows of `/policies/reputation/scores/` that a query's filter leaves.
    pub(in super::super) fn scores(&self, query: &[(String, String)]) -> Vec<Value> {
        let rows = self.rows();
        let wanted = parameter(query, "identifier");
        let names = rows.scores.keys();
        let names = names.filter(|name| wanted.is_none_or(|wanted| wanted == name.as_str()));
        names.filter_map(|name| rows.score(name)).collect()
    }

    /// DELETE of a score: 204, and 404 the second time (verified.md F-U6).
    pub(in super::super) fn forget_score(&self, asked: &Asked) -> Answer {
        let mut rows = self.rows();
        let pk = asked.last_part();
        let mut names = rows.scores.keys();
        let name = names.find(|name| rows.score(name).is_some_and(|row| row["pk"] == *pk));
        match name.cloned() {
            Some(name) => {
                rows.scores.remove(&name);
                no_content()
            }
            None => Answer::recorded("104-users-detail-404.txt"),
        }
    }

    /// What happened to one person, as events of the API; the newest first.
    pub(super) fn events_of(&self, username: &str, query: &[(String, String)]) -> Vec<Value> {
        let rows = self.rows();
        let mut users = rows.users.iter();
        let row = users.find(|row| row["username"] == username);
        let pk = row.map_or(Value::Null, |row| row["pk"].clone());
        let actions = parameter_of_all(query, "actions");
        let wants = |action: &str| actions.contains(&action);
        let theirs = self.events.iter().filter(|event| {
            event["user"]["username"] == username
                && wants(event["action"].as_str().unwrap_or_default())
        });
        let theirs = theirs.cloned();
        let like = recorded::rows("164-events-login_failed.json");
        let opened = rows.opened.get(username).into_iter().flatten();
        let opened = opened.filter(|_| wants("authorize_application"));
        let opened = opened.filter_map(|app| {
            let mut event = like.first()?.clone();
            event["action"] = "authorize_application".into();
            event["user"] = json!({"pk": pk, "username": username, "email": ""});
            event["context"] = json!({
                "authorized_application": {"pk": "0", "app": "authentik_core", "name": app, "model_name": "application"},
            });
            event["created"] = an_hour_ago().into();
            Some(event)
        });
        theirs.chain(opened).collect()
    }
}

impl Rows {
    fn with_age(&self, row: &Value) -> Value {
        let mut told = self.person(row);
        let name = row["username"].as_str().unwrap_or_default();
        let days = self.password_days.get(name).copied();
        let set = days.and_then(|days| {
            let ago = SignedDuration::from_hours(days * 24);
            Timestamp::now().saturating_sub(ago).ok()
        });
        told["set_at"] = set.map(|at| at.to_string()).into();
        told
    }

    fn pk(&self, username: &str) -> Value {
        let mut users = self.users.iter();
        let row = users.find(|row| row["username"] == username);
        row.map_or(Value::Null, |row| row["pk"].clone())
    }

    fn own_devices(&self, username: &str) -> Vec<Value> {
        let kinds = self.devices.get(username).into_iter().flatten();
        let host = self.passkey_hosts.get(username);
        let host = host.map_or("localhost", String::as_str);
        kinds
            .enumerate()
            .map(|(at, kind)| {
                let rp_id = (kind == "webauthn").then_some(host);
                json!({
                    "user": self.pk(username), "pk": (at + 1).to_string(), "kind": kind,
                    "name": format!("{kind} of {username}"), "confirmed": true, "rp_id": rp_id,
                    "used": null,
                })
            })
            .collect()
    }

    fn score(&self, username: &str) -> Option<Value> {
        let score = self.scores.get(username)?;
        Some(json!({
            "pk": format!("984cc6f4-53e0-4457-93f4-{:012}", self.pk(username).as_i64()?),
            "identifier": username,
            "ip": "172.19.0.1", "score": score,
        }))
    }

    fn told_events(&self, username: &str) -> Vec<Value> {
        let pk = self.pk(username);
        let failed = self.failed.get(username).into_iter();
        let failed = failed.flat_map(|(count, last)| {
            let event = json!({
                "user": pk, "action": "login_failed", "at": last.to_string(),
                "ip": "172.19.0.1", "stage": "passwordstage", "app": null, "app_pk": null,
            });
            (0..*count).map(move |_| event.clone())
        });
        let opened = self.opened.get(username).into_iter().flatten().map(|app| {
            json!({
                "user": pk, "action": "authorize_application", "at": an_hour_ago(),
                "ip": "172.19.0.1", "stage": null, "app": app, "app_pk": "0",
            })
        });
        failed.chain(opened).collect()
    }
}

fn an_hour_ago() -> String {
    let hour = SignedDuration::from_hours(1);
    let then = Timestamp::now().saturating_sub(hour);
    then.unwrap_or(Timestamp::MIN).to_string()
}
