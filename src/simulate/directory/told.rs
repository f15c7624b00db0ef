//! People as `psql` and `ak shell` tell them inside a container, in answer to the question that
//! came with the script.

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use super::{Directory, Rows};

const BEGIN: &str = "AKD_BEGIN";
const END: &str = "AKD_END";

impl Directory {
    /// What a script prints, with the people that it asks about, and events: a line of JSON each for `psql`,
    /// within the one object of `ak shell`. A script that asks about nobody prints what it did.
    pub(in super::super) fn add_to(&self, stdout: String, script: &str) -> String {
        if script.starts_with("\\set hash ") {
            return self.with_owner(&stdout);
        }
        let Some(question) = asked(script) else {
            return stdout;
        };
        let mut told = match question["who"].as_str() {
            Some(who) => self.about(who),
            None => self.facts(&question),
        };
        let within = question["within"].as_u64().unwrap_or_default();
        let access = self.rows().access();
        let inside = stdout
            .split_once(BEGIN)
            .and_then(|(_, rest)| rest.split_once(END));
        let Some((object, _)) = inside else {
            told.extend(self.events_of_database(within));
            let lines = told
                .iter()
                .chain(&access)
                .map(|(name, value)| json!({ name: value }).to_string() + "\n");
            return stdout + &lines.collect::<String>();
        };
        let Ok(mut object) = serde_json::from_str::<Value>(object) else {
            return stdout;
        };
        object["people"] = told.into();
        object["events"] = self.events_of_shell(within);
        for (name, value) in access {
            object[name] = value;
        }
        format!("{BEGIN}{object}{END}\n")
    }

    /// The row of a token, with whether its owner is active.
    fn with_owner(&self, stdout: &str) -> String {
        let told = stdout.lines().map(|line| {
            let Ok(mut told) = serde_json::from_str::<Value>(line) else {
                return line.to_owned() + "\n";
            };
            if let Some(own) = told.get_mut("own").filter(|own| own.is_object()) {
                let username = own["username"].as_str().unwrap_or_default();
                own["is_active"] = self.is_active(username).into();
            }
            format!("{told}\n")
        });
        told.collect()
    }

    fn facts(&self, question: &Value) -> Map<String, Value> {
        let rows = self.rows();
        let names = |key: &str| question[key].as_array().cloned().unwrap_or_default();
        let (usernames, groups) = (names("usernames"), names("groups"));
        let is_named = |row: &&Value| usernames.contains(&row["username"]);
        let people = |wanted: &dyn Fn(&&Value) -> bool| -> Value {
            let found = rows.users.iter().filter(|row| wanted(row));
            found.map(|row| rows.person(row)).collect()
        };
        let known_groups: Value = rows
            .groups
            .iter()
            .filter(|row| groups.contains(&row["name"]))
            .map(|row| json!({"pk": row["pk"], "name": row["name"], "is_superuser": row["is_superuser"]}))
            .collect();
        let parts = [
            ("named", people(&is_named)),
            ("near", rows.near(&usernames)),
            ("groups", known_groups),
            ("superusers", people(&|row| rows.is_superuser(row))),
            ("tried", rows.tried()),
            ("shared_emails", rows.shared_emails()),
        ];
        parts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }
}

/// The question: `\set asked HEX` before SQL, `ASKED = "HEX"` before Python.
fn asked(script: &str) -> Option<Value> {
    let first = script.lines().next()?;
    let hex = first
        .strip_prefix("\\set asked ")
        .or_else(|| first.strip_prefix("ASKED = \"")?.strip_suffix('"'))?;
    serde_json::from_slice(&HEXLOWER.decode(hex.as_bytes()).ok()?).ok()
}

impl Rows {
    pub(super) fn person(&self, row: &Value) -> Value {
        let mut groups: Vec<&str> = self
            .all_groups(row)
            .iter()
            .filter_map(|group| group["name"].as_str())
            .collect();
        groups.sort_unstable();
        let mut pks: Vec<&str> = self
            .all_groups(row)
            .iter()
            .filter_map(|group| group["pk"].as_str())
            .collect();
        pks.sort_unstable();
        let path = row["path"].as_str().unwrap_or_default();
        json!({
            "pk": row["pk"],
            "username": row["username"],
            "email": row["email"],
            "kind": row["type"],
            "is_active": row["is_active"],
            "usable": row["pk"].as_i64().is_none_or(|pk| !self.locked.contains(&pk)),
            "linked": path.starts_with("goauthentik.io/sources/"),
            "last_login": row["last_login"],
            "groups": groups,
            "group_pks": pks,
            "is_superuser": self.is_superuser(row),
        })
    }

    fn near(&self, usernames: &[Value]) -> Value {
        let mut near = Vec::new();
        let missing = usernames.iter().filter_map(Value::as_str).filter(|name| {
            let mut users = self.users.iter();
            users.all(|row| row["username"] != *name)
        });
        for wanted in missing {
            let start: String = wanted.to_lowercase().chars().take(3).collect();
            for row in &self.users {
                let field = |name: &str| row[name].as_str().unwrap_or_default().to_lowercase();
                if field("username").starts_with(&start) || field("email") == wanted.to_lowercase()
                {
                    near.push(json!({"wanted": wanted, "username": row["username"], "email": row["email"]}));
                }
            }
        }
        near.into()
    }

    fn tried(&self) -> Value {
        let mut tried = Vec::new();
        for (username, (count, last)) in &self.failed {
            let row = self
                .users
                .iter()
                .find(|row| row["username"] == username.as_str());
            let person = row.map(|row| self.person(row));
            let shut = |person: &Value| person["is_active"] == false || person["usable"] == false;
            if let Some(person) = person.filter(shut) {
                tried.push(json!({"person": person, "count": count, "last": last.to_string()}));
            }
        }
        tried.into()
    }

    fn shared_emails(&self) -> Value {
        let mut shared: Map<String, Value> = Map::new();
        for row in self.users.iter().filter(|row| row["is_active"] == true) {
            let kind = row["type"].as_str().unwrap_or_default();
            let email = row["email"].as_str().unwrap_or_default().to_lowercase();
            if !email.is_empty() && matches!(kind, "internal" | "external") {
                let names = shared.entry(email).or_insert_with(|| json!([]));
                if let Some(names) = names.as_array_mut() {
                    names.push(row["username"].clone());
                }
            }
        }
        let several = |names: &Value| names.as_array().map_or(0, Vec::len);
        let shared = shared.into_iter().filter(|(_, names)| several(names) > 1);
        shared
            .map(|(email, names)| json!({"email": email, "count": several(&names), "usernames": names}))
            .collect()
    }
}
