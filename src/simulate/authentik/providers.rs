//! The providers and their applications as one simulated authentik has them: the recorded ones,
//! with what a scenario changes, and what requests have changed since.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::{
    super::{
        recorded,
        world::{ProviderOverlay, World},
    },
    Asked,
    answer::Answer,
};

/// The rows of `/providers/oauth2/` and `/core/applications/`.
pub(in super::super) struct Providers {
    rows: Mutex<Rows>,
}

struct Rows {
    providers: Vec<Value>,
    applications: Vec<Value>,
}

impl Providers {
    /// Those of a world.
    pub(in super::super) fn of(world: &World) -> Self {
        let mut rows = Rows {
            providers: results("120-providers-oauth2.json"),
            applications: results("109-applications-superuser.json"),
        };
        for (client_id, overlay) in &world.provider {
            rows.lay_over(client_id, overlay);
        }
        Self {
            rows: Mutex::new(rows),
        }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider of a client id.
    pub(super) fn by_client_id(&self, client_id: &str) -> Option<Value> {
        let rows = self.rows();
        let mut providers = rows.providers.iter();
        providers.find(|row| row["client_id"] == client_id).cloned()
    }

    /// Stores the first redirect URI of an empty list, as authentik up to 2026.2 does on any
    /// request for authorization (recorded 228, 229).
    pub(super) fn learn(&self, client_id: &str, uri: &str) {
        let mut rows = self.rows();
        let mut providers = rows.providers.iter_mut();
        if let Some(row) = providers.find(|row| row["client_id"] == client_id) {
            row["redirect_uris"] = json!([{ "matching_mode": "strict", "url": uri }]);
        }
    }

    /// A recorded list with the rows of now.
    pub(super) fn list(&self, mut recorded: Answer, of_applications: bool) -> Answer {
        let rows = self.rows();
        let now = match of_applications {
            true => &rows.applications,
            false => &rows.providers,
        };
        if let Ok(mut body) = serde_json::from_str::<Value>(&recorded.body) {
            body["results"] = now.clone().into();
            recorded.body = body.to_string();
        }
        recorded
    }

    /// PATCH of a provider: what is given replaces what was there, a list as a whole (recorded
    /// 227, 232).
    pub(super) fn patch_provider(&self, asked: &Asked) -> Answer {
        let Some(fields) = fields(asked) else {
            return Answer::nothing_there();
        };
        if fields
            .get("redirect_uris")
            .is_some_and(|list| !list.is_array())
        {
            return Answer::recorded("232-redirect-uris-old-shape-patch.txt");
        }
        if fields.get("redirect_uris").is_some_and(has_broken_pattern) {
            return Answer::recorded("230-regex-bad-patch.txt");
        }
        let mut rows = self.rows();
        let pk = last_part(asked).parse::<i64>().ok();
        let mut providers = rows.providers.iter_mut();
        match providers.find(|row| row["pk"].as_i64() == pk) {
            Some(row) => patched(row, fields, "227-empty-redirect-uris-patch.txt"),
            None => Answer::recorded("114-applications-detail-404.txt"),
        }
    }

    /// PATCH of an application: links it with a provider, or with none.
    pub(super) fn patch_application(&self, asked: &Asked) -> Answer {
        let Some(fields) = fields(asked) else {
            return Answer::nothing_there();
        };
        let slug = last_part(asked);
        let mut rows = self.rows();
        let wanted = fields.get("provider").and_then(Value::as_i64);
        for row in &mut rows.providers {
            if !fields.contains_key("provider") {
                break;
            }
            if row["assigned_application_slug"] == slug.as_str() {
                row["assigned_application_slug"] = Value::Null;
            }
            if wanted.is_some() && row["pk"].as_i64() == wanted {
                row["assigned_application_slug"] = slug.as_str().into();
            }
        }
        let mut applications = rows.applications.iter_mut();
        match applications.find(|row| row["slug"] == slug.as_str()) {
            Some(row) => patched(row, fields, "113-applications-detail.json"),
            None => Answer::recorded("114-applications-detail-404.txt"),
        }
    }
}

impl Rows {
    fn lay_over(&mut self, client_id: &str, overlay: &ProviderOverlay) {
        let mut providers = self.providers.iter_mut();
        let Some(row) = providers.find(|row| row["client_id"] == client_id) else {
            return;
        };
        if let Some(uris) = &overlay.redirect_uris {
            row["redirect_uris"] = uris.iter().map(entry).collect();
        }
        if let Some(types) = &overlay.grant_types {
            row["grant_types"] = types.clone().into();
        }
        if let Some(id) = &overlay.client_id {
            row["client_id"] = id.as_str().into();
        }
        if overlay.unlinked {
            let slug = row["assigned_application_slug"].take();
            let mut applications = self.applications.iter_mut();
            if let Some(application) = applications.find(|row| row["slug"] == slug) {
                application["provider"] = Value::Null;
            }
        }
    }
}

/// A text is a strict entry; a table stands as it is.
fn entry(uri: &toml::Value) -> Value {
    match uri.as_str() {
        Some(url) => json!({ "matching_mode": "strict", "url": url }),
        None => serde_json::to_value(uri).unwrap_or_default(),
    }
}

/// Whether an entry is a pattern that cannot be read (recorded 230).
fn has_broken_pattern(list: &Value) -> bool {
    let broken = |entry: &Value| {
        entry["matching_mode"] == "regex"
            && regex::Regex::new(entry["url"].as_str().unwrap_or_default()).is_err()
    };
    list.as_array().into_iter().flatten().any(broken)
}

fn results(recorded: &str) -> Vec<Value> {
    let body = recorded::answer(recorded).map(|answer| answer.body);
    let body = body.and_then(|body| serde_json::from_str::<Value>(&body).ok());
    let rows = body.as_ref().and_then(|body| body["results"].as_array());
    rows.cloned().unwrap_or_default()
}

fn fields(asked: &Asked) -> Option<Map<String, Value>> {
    let body: Value = serde_json::from_slice(&asked.body).ok()?;
    body.as_object().cloned()
}

fn last_part(asked: &Asked) -> String {
    let path = asked.uri.path().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The row after the change, told with the headers of a recorded answer.
fn patched(row: &mut Value, fields: Map<String, Value>, like: &str) -> Answer {
    for (name, value) in fields {
        row[name] = value;
    }
    let mut answer = Answer::recorded(like);
    answer.status = 200;
    answer.set("content-type", "application/json");
    answer.body = row.to_string();
    answer
}
