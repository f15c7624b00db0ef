//! The same applications and providers as `psql` and `ak shell` tell them: whichever way akdoctor
//! asks, a scenario has one truth.

use serde_json::{Value, json};

use super::providers::{Providers, Rows};

/// Around what `ak shell` prints.
const MARKS: (&str, &str) = ("AKD_BEGIN", "AKD_END");

impl Providers {
    /// What a program in a container printed, with the rows of now where it told any.
    pub(in super::super) fn retold(&self, printed: &str) -> String {
        if let Some(facts) = between(printed) {
            let mut facts: Value = serde_json::from_str(facts).unwrap_or_default();
            // The recorded facts are of a script that did not ask for them.
            facts["scope_mappings"] = json!([]);
            self.put_into(&mut facts, of_shell);
            facts["access_apps"] = self.access_apps();
            return format!("{}{facts}{}\n", MARKS.0, MARKS.1);
        }
        let lines = printed.split_inclusive('\n').map(|line| {
            let told: Option<Value> = serde_json::from_str(line).ok();
            let Some(mut told) = told.filter(Value::is_object) else {
                return line.to_owned();
            };
            self.put_into(&mut told, of_database);
            match told.get("applications") {
                Some(_) => format!("{told}\n{}\n", json!({"access_apps": self.access_apps()})),
                None => format!("{told}\n"),
            }
        });
        lines.collect()
    }

    /// Every application as its bindings see it.
    fn access_apps(&self) -> Value {
        let rows = self.rows();
        let apps = rows.applications.iter().map(|row| {
            json!({
                "slug": row["slug"],
                "name": row["name"],
                "target": row["pk"],
                "mode": row["policy_engine_mode"],
            })
        });
        apps.collect()
    }

    /// Replaces the lists that are there.
    fn put_into(&self, facts: &mut Value, provider: fn(&Value) -> Value) {
        let rows = self.rows();
        let Rows {
            providers,
            applications,
            ..
        } = &*rows;
        if let Some(list) = facts.get_mut("applications") {
            *list = applications.iter().map(application).collect();
        }
        if let Some(list) = facts.get_mut("providers") {
            *list = providers.iter().map(provider).collect();
        }
        if let Some(list) = facts.get_mut("scope_mappings") {
            *list = rows.mappings.iter().map(mapping).collect();
        }
        if let Some(list) = facts.get_mut("provider_mappings") {
            let pairs = providers.iter().flat_map(|row| {
                let own = row["property_mappings"].as_array().cloned();
                let own = own.unwrap_or_default().into_iter();
                own.map(|mapping| json!([row["pk"], mapping]))
            });
            *list = pairs.collect();
        }
    }
}

fn between(printed: &str) -> Option<&str> {
    let (_, rest) = printed.split_once(MARKS.0)?;
    Some(rest.rsplit_once(MARKS.1)?.0)
}

fn application(row: &Value) -> Value {
    json!({
        "slug": row["slug"],
        "name": row["name"],
        "provider": row["provider"],
        "launch_url": row["launch_url"],
    })
}

fn mapping(row: &Value) -> Value {
    json!({
        "pk": row["pk"],
        "name": row["name"],
        "scope": row["scope_name"],
        "managed": row["managed"],
        "expression": row["expression"],
    })
}

/// A row of the table, by `psql_facts.sql`.
fn of_database(row: &Value) -> Value {
    json!({
        "pk": row["pk"],
        "name": row["name"],
        "client_id": row["client_id"],
        "application": row["assigned_application_slug"],
        "redirect_uris": row["redirect_uris"],
        "client_type": row["client_type"],
        "grant_types": row["grant_types"],
        "signing_key": row["signing_key"],
        "claims_in_id_token": row["include_claims_in_id_token"],
        "flows": {
            "authentication": row["authentication_flow"],
            "authorize": row["authorization_flow"],
            "invalidation": row["invalidation_flow"],
        },
        "logout": logout(row),
    })
}

/// Where a provider tells the app of a sign-out; null for nowhere.
fn logout(row: &Value) -> Value {
    let uri = row["logout_uri"]
        .as_str()
        .or(row["backchannel_logout_uri"].as_str());
    match uri.filter(|uri| !uri.is_empty()) {
        Some(uri) => json!({ "uri": uri, "method": row["logout_method"] }),
        None => Value::Null,
    }
}

/// A model, by `ak_shell_facts.py`.
fn of_shell(row: &Value) -> Value {
    let mut told = of_database(row);
    told["mappings"] = row["property_mappings"].clone();
    if let Some(text) = row["redirect_uris"].as_str() {
        let line = |url: &str| {
            let anything = matches!(url, "*" | ".*");
            let mode = if anything { "regex" } else { "strict" };
            json!({ "matching_mode": mode, "url": url })
        };
        told["redirect_uris"] = text.split_whitespace().map(line).collect();
        told["redirect_text"] = text.into();
    }
    told
}
