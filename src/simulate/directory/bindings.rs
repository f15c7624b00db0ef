//! What is bound to applications: none was recorded but one to a group (207 to 210), whose shape
//! they all have.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    super::{
        authentik::{Answer, Asked, application_pk},
        recorded,
        world::BindingOverlay,
    },
    Directory, Rows,
    api::{json_answer, no_content, short_user},
};

/// What a binding may be told and changed by.
const FIELDS: [&str; 8] = [
    "policy", "group", "user", "target", "negate", "enabled", "order", "expiring",
];

impl Directory {
    /// The rows of `/policies/bindings/` whose target is an application. Those whose time is over
    /// are not listed: the models' usual manager leaves them out (from 2026.8).
    pub(in super::super) fn bindings(&self) -> Vec<Value> {
        let rows = self.rows();
        let listed = rows.bindings.iter().filter(|row| !is_expired(row));
        listed.map(|row| rows.binding(row)).collect()
    }

    /// POST of a binding, which piles up (verified.md 1, F-AC), PATCH and DELETE of one.
    pub(in super::super) fn change_binding(&self, asked: &Asked) -> Answer {
        let mut rows = self.rows();
        let fields = asked.fields().unwrap_or_default();
        if asked.method == "POST" {
            let row = rows.make(&fields);
            return json_answer(&rows.binding(&row), 201);
        }
        let pk = asked.last_part();
        let is_it = |row: &Value| row["pk"] == pk.as_str() && !is_expired(row);
        let Some(at) = rows.bindings.iter().position(is_it) else {
            return Answer::recorded("104-users-detail-404.txt");
        };
        if asked.method == "DELETE" {
            rows.bindings.remove(at);
            return no_content();
        }
        for (name, value) in known(&fields) {
            rows.bindings[at][name] = value;
        }
        let row = rows.bindings[at].clone();
        json_answer(&rows.binding(&row), 200)
    }

    /// Whether somebody may open an application, as authentik 2025.10 decides it; the policies here
    /// all fail to run, which counts as no.
    pub(in super::super) fn lets_in(&self, username: &str, application: &Value) -> bool {
        let rows = self.rows();
        let Some(user) = rows.users.iter().find(|row| row["username"] == username) else {
            return false;
        };
        let groups = rows.all_groups(user);
        let counts = |row: &&Value| {
            row["target"] == application["pk"] && row["enabled"] == true && !is_expired(row)
        };
        let (policies, statics): (Vec<&Value>, Vec<&Value>) = rows
            .bindings
            .iter()
            .filter(counts)
            .partition(|row| !row["policy"].is_null());
        let passes = |row: &&Value| {
            let is_theirs = match row["group"].is_null() {
                true => row["user"] == user["pk"],
                false => groups.iter().any(|group| group["pk"] == row["group"]),
            };
            is_theirs != (row["negate"] == true)
        };
        let opened = statics.iter().any(passes);
        match (policies.is_empty(), statics.is_empty()) {
            (true, true) => !rows.closed_unless_bound,
            (true, false) => opened,
            (false, _) => application["policy_engine_mode"] != "all" && opened,
        }
    }

    /// authentik's settings (recorded 150), whose flags came with 2026.5.
    pub(in super::super) fn settings(&self, mut recorded: Answer) -> Answer {
        if let Ok(mut body) = serde_json::from_str::<Value>(&recorded.body)
            && self.rows().closed_unless_bound
        {
            body["flags"] = json!({"core_default_app_access": false});
            recorded.body = body.to_string();
        }
        recorded
    }
}

fn known(fields: &Map<String, Value>) -> impl Iterator<Item = (&str, Value)> {
    let known = fields
        .iter()
        .filter(|(name, _)| FIELDS.contains(&name.as_str()));
    known.map(|(name, value)| (name.as_str(), value.clone()))
}

impl Rows {
    /// Binds an application as a scenario wants it; who is not there is not bound, as authentik
    /// deletes bindings with what they are bound to.
    pub(super) fn bind(&mut self, slug: &str, bindings: &[BindingOverlay]) {
        let applications = recorded::rows("109-applications-superuser.json");
        let application = applications.iter().find(|row| row["slug"] == slug);
        let target = match application {
            Some(row) => row["pk"].clone(),
            None => application_pk(slug).into(),
        };
        for (order, overlay) in bindings.iter().enumerate() {
            let name = |name: &Option<String>| name.clone().unwrap_or_default();
            let (person, group) = (name(&overlay.person), name(&overlay.group));
            let of = |rows: &[Value], key: &str, name: &str| {
                let row = rows.iter().find(|row| row[key] == name);
                row.map_or(Value::Null, |row| row["pk"].clone())
            };
            let mut fields = Map::new();
            fields.insert("target".into(), target.clone());
            fields.insert("order".into(), order.into());
            fields.insert("user".into(), of(&self.users, "username", &person));
            fields.insert("group".into(), of(&self.groups, "name", &group));
            fields.insert("negate".into(), overlay.negate.into());
            fields.insert("enabled".into(), (!overlay.off).into());
            if let Some(name) = &overlay.policy {
                fields.insert("policy".into(), policy_pk(name).into());
            }
            let is_bound = ["user", "group", "policy"]
                .iter()
                .any(|kind| fields.get(*kind).is_some_and(|pk| !pk.is_null()));
            if !is_bound {
                continue;
            }
            self.make(&fields);
            let Some(row) = self.bindings.last_mut() else {
                continue;
            };
            if let Some(name) = &overlay.policy {
                row["policy_name"] = name.as_str().into();
            }
            if overlay.expired {
                let yesterday = Timestamp::now().saturating_sub(SignedDuration::from_hours(24));
                row["expiring"] = true.into();
                row["expires"] = yesterday.unwrap_or(Timestamp::MIN).to_string().into();
            }
        }
    }

    fn make(&mut self, fields: &Map<String, Value>) -> Value {
        let number = self
            .bindings
            .iter()
            .filter_map(|row| row["number"].as_u64())
            .max()
            .unwrap_or(0)
            + 1;
        let mut row = json!({
            "number": number,
            "pk": format!("00000000-0000-4000-a000-{number:012x}"),
            "policy": null, "group": null, "user": null, "target": null,
            "negate": false, "enabled": true, "order": 0, "timeout": 30, "failure_result": false,
        });
        for (name, value) in known(fields) {
            row[name] = value;
        }
        self.bindings.push(row.clone());
        row
    }

    /// A row as the API tells it.
    fn binding(&self, row: &Value) -> Value {
        let mut row = row.clone();
        let user = self.users.iter().find(|one| one["pk"] == row["user"]);
        let group = self.groups.iter().find(|one| one["pk"] == row["group"]);
        row["user_obj"] = user.map_or(Value::Null, short_user);
        row["group_obj"] = group.map_or(Value::Null, |group| self.group(group, false));
        row["policy_obj"] = match row["policy_name"].take() {
            Value::Null => Value::Null,
            name => json!({
                "pk": row["policy"], "name": name,
                "meta_model_name": "authentik_policies_expression.expressionpolicy",
            }),
        };
        if let Some(fields) = row.as_object_mut() {
            fields.retain(|name, _| name != "number" && name != "policy_name");
        }
        row
    }

    /// The same as `psql` and `ak shell` tell it.
    pub(super) fn access(&self) -> Map<String, Value> {
        let bindings: Value = self
            .bindings
            .iter()
            .map(|row| self.told_binding(row))
            .collect();
        let mut bound: Vec<&Value> = self.bindings.iter().map(|row| &row["group"]).collect();
        bound.retain(|pk| !pk.is_null());
        bound.sort_by_key(|pk| pk.to_string());
        bound.dedup();
        let groups: Value = bound.into_iter().map(|pk| self.holders(pk)).collect();
        let parts = [
            ("access_bindings", bindings),
            ("access_groups", groups),
            ("access_unbound", (!self.closed_unless_bound).into()),
        ];
        parts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    fn told_binding(&self, row: &Value) -> Value {
        let api = self.binding(row);
        let short = |row: &Value, kept: &[&str]| match row.is_null() {
            true => Value::Null,
            false => kept
                .iter()
                .map(|name| ((*name).to_owned(), row[*name].clone()))
                .collect::<Map<_, _>>()
                .into(),
        };
        let mut told = short(
            &api,
            &[
                "pk",
                "target",
                "order",
                "enabled",
                "negate",
                "failure_result",
                "timeout",
            ],
        );
        told["expired"] = is_expired(row).into();
        told["dry_run"] = false.into();
        told["user"] = short(&api["user_obj"], &["pk", "username", "is_active"]);
        told["group"] = short(&api["group_obj"], &["pk", "name"]);
        told["policy"] = short(&api["policy_obj"], &["pk", "name"]);
        if !told["policy"].is_null() {
            told["policy"]["kind"] = "expressionpolicy".into();
        }
        told
    }

    /// Who is in a group or in one below it.
    fn holders(&self, pk: &Value) -> Value {
        let is_below = |group: &&Value| {
            let as_user = json!({"groups": [group["pk"]]});
            let above = self.all_groups(&as_user);
            group["pk"] != *pk && above.iter().any(|above| above["pk"] == *pk)
        };
        let below: Value = self
            .groups
            .iter()
            .filter(is_below)
            .map(|group| group["pk"].clone())
            .collect();
        let is_in = |user: &&Value| self.all_groups(user).iter().any(|one| one["pk"] == *pk);
        let people: Vec<&Value> = self.users.iter().filter(is_in).collect();
        json!({
            "pk": pk,
            "below": below,
            "people": !people.is_empty(),
            "active": people.iter().any(|user| user["is_active"] == true),
        })
    }
}

/// Whether its time is over; those that end have ended here.
fn is_expired(row: &Value) -> bool {
    row["expiring"] == true
}

/// A UUID of a policy's name.
fn policy_pk(name: &str) -> String {
    let number = name.bytes().fold(7_u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u64::from(byte)) & 0xffff_ffff_ffff
    });
    format!("00000000-0000-4000-b000-{number:012x}")
}
