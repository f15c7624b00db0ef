//! The providers and their applications as one simulated authentik has them: the recorded ones,
//! with what a scenario changes, and what requests have changed since.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::{
    super::{
        directory::json_answer,
        flows, recorded,
        world::{MappingOverlay, Play, ProviderOverlay, Signing, World},
    },
    Asked,
    answer::Answer,
    discovery::{ENCRYPTION_KEY, WITHOUT_PRIVATE_KEY},
    parameter, redirects,
};

/// The rows of `/providers/oauth2/` and `/core/applications/`.
pub(in super::super) struct Providers {
    rows: Mutex<Rows>,
}

pub(super) struct Rows {
    pub(super) providers: Vec<Value>,
    pub(super) applications: Vec<Value>,
    pub(super) mappings: Vec<Value>,
    /// Whether redirect URIs are lines of text.
    text: bool,
}

impl Providers {
    /// Those of a world.
    pub(in super::super) fn of(world: &World) -> Self {
        let mut rows = Rows {
            providers: recorded::rows("120-providers-oauth2.json"),
            applications: recorded::rows("109-applications-superuser.json"),
            mappings: recorded::rows("325-rbac-readonly-propertymappings-provider-scope.txt"),
            text: world.redirect_text,
        };
        for (name, overlay) in &world.scope_mapping {
            rows.lay_over_mapping(name, overlay);
        }
        for row in rows.providers.iter_mut().filter(|_| world.redirect_text) {
            row["redirect_uris"] = redirects::as_text(&row["redirect_uris"]);
        }
        for (client_id, overlay) in &world.provider {
            rows.lay_over(client_id, overlay);
        }
        for (slug, overlay) in &world.access {
            let mut applications = rows.applications.iter_mut();
            let row = applications.find(|row| row["slug"] == slug.as_str());
            if let (Some(row), Some(mode)) = (row, &overlay.mode) {
                row["policy_engine_mode"] = mode.as_str().into();
            }
        }
        let removed = world.provider.iter().filter(|(_, overlay)| overlay.removed);
        for (client_id, _) in removed {
            rows.remove(client_id);
        }
        Self {
            rows: Mutex::new(rows),
        }
    }

    /// The rows of now.
    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider of a client id.
    pub(super) fn by_client_id(&self, client_id: &str) -> Option<Value> {
        let rows = self.rows();
        let mut providers = rows.providers.iter();
        providers.find(|row| row["client_id"] == client_id).cloned()
    }

    /// The application that a client signs in to.
    pub(super) fn application_of(&self, client_id: &str) -> Option<Value> {
        let slug = self.by_client_id(client_id)?["assigned_application_slug"].clone();
        let rows = self.rows();
        let mut applications = rows.applications.iter();
        applications.find(|row| row["slug"] == slug).cloned()
    }

    /// Every application.
    pub(super) fn applications(&self) -> Vec<Value> {
        self.rows().applications.clone()
    }

    /// The application with this slug.
    pub(super) fn application(&self, slug: &str) -> Option<Value> {
        let rows = self.rows();
        let mut applications = rows.applications.iter();
        applications.find(|row| row["slug"] == slug).cloned()
    }

    /// The provider of an application.
    pub(super) fn by_slug(&self, slug: &str) -> Option<Value> {
        let rows = self.rows();
        let mut providers = rows.providers.iter();
        let assigned = |row: &&Value| row["assigned_application_slug"] == slug;
        providers.find(assigned).cloned()
    }

    /// The scopes of a provider's mappings.
    pub(super) fn scopes(&self, provider: &Value) -> Vec<String> {
        let rows = self.rows();
        let selected = provider["property_mappings"].as_array();
        let scope = |pk: &Value| {
            let mapping = rows.mappings.iter().find(|row| row["pk"] == *pk)?;
            mapping["scope_name"].as_str().map(str::to_owned)
        };
        selected.into_iter().flatten().filter_map(scope).collect()
    }

    /// Stores the first redirect URI of an empty list, as authentik up to 2026.2 does on any
    /// request for authorization (recorded 228, 229).
    pub(super) fn learn(&self, client_id: &str, uri: &str) {
        let mut rows = self.rows();
        let mut providers = rows.providers.iter_mut();
        if let Some(row) = providers.find(|row| row["client_id"] == client_id) {
            row["redirect_uris"] = redirects::learnt(&row["redirect_uris"], uri);
        }
    }

    /// A recorded list with the rows of now; those of providers by the filter that authentik knows,
    /// exact and with its letter case (verified.md 1).
    pub(super) fn list(
        &self,
        mut recorded: Answer,
        of: Play,
        query: &[(String, String)],
    ) -> Answer {
        let rows = self.rows();
        let id = parameter(query, "client_id").filter(|_| of == Play::Providers);
        let now: Vec<Value> = match of {
            Play::Applications => rows.applications.clone(),
            Play::ScopeMappings => rows.mappings.clone(),
            _ => rows.providers.clone(),
        };
        let fits = |row: &Value| id.is_none_or(|id| row["client_id"] == id);
        let now: Vec<Value> = now.into_iter().filter(fits).collect();
        if let Ok(mut body) = serde_json::from_str::<Value>(&recorded.body) {
            body["results"] = now.into();
            recorded.body = body.to_string();
        }
        recorded
    }

    /// PATCH of a provider: what is given replaces what was there, a list as a whole (recorded
    /// 227, 232).
    pub(super) fn patch_provider(&self, asked: &Asked) -> Answer {
        let Some(fields) = asked.fields() else {
            return Answer::nothing_there();
        };
        if let Some(refused) = fields
            .get("redirect_uris")
            .and_then(|uris| self.refused(uris))
        {
            return refused;
        }
        let mut rows = self.rows();
        let pk = asked.last_part().parse::<i64>().ok();
        let mut providers = rows.providers.iter_mut();
        match providers.find(|row| row["pk"].as_i64() == pk) {
            Some(row) => patched(row, fields, "227-empty-redirect-uris-patch.txt"),
            None => Answer::recorded("114-applications-detail-404.txt"),
        }
    }

    /// How the API refuses redirect URIs that it cannot take (recorded 230, 232; a text's words are
    /// those of Django REST framework's `CharField`).
    fn refused(&self, uris: &Value) -> Option<Answer> {
        if self.rows().text {
            let mut answer = Answer::recorded("232-redirect-uris-old-shape-patch.txt");
            answer.body = json!({ "redirect_uris": ["Not a valid string."] }).to_string();
            return (!uris.is_string()).then_some(answer);
        }
        if !uris.is_array() {
            return Some(Answer::recorded("232-redirect-uris-old-shape-patch.txt"));
        }
        redirects::has_broken_pattern(uris).then(|| Answer::recorded("230-regex-bad-patch.txt"))
    }

    /// POST of an application; a slug that exists is refused.
    pub(super) fn make_application(&self, asked: &Asked) -> Answer {
        let fields = asked.fields().unwrap_or_default();
        let mut rows = self.rows();
        let is_there = |row: &Value| Some(&row["slug"]) == fields.get("slug");
        let like = rows.applications.first().cloned().unwrap_or_default();
        if rows.applications.iter().any(is_there) || !fields.contains_key("slug") {
            let refused = json!({"slug": ["application with this slug already exists."]});
            return json_answer(&refused, 400);
        }
        let mut row = like;
        row["pk"] = format!("00000000-0000-4000-b000-{:012x}", rows.applications.len()).into();
        row["policy_engine_mode"] = "any".into();
        row["provider"] = Value::Null;
        for (name, value) in fields {
            row[name] = value;
        }
        let (pk, slug) = (row["provider"].clone(), row["slug"].clone());
        for provider in &mut rows.providers {
            if provider["pk"] == pk {
                provider["assigned_application_slug"] = slug.clone();
            }
        }
        rows.applications.push(row.clone());
        json_answer(&row, 201)
    }

    /// DELETE of an application; its provider stays.
    pub(super) fn delete_application(&self, asked: &Asked) -> Answer {
        let slug = asked.last_part();
        let mut rows = self.rows();
        let all = rows.applications.len();
        rows.applications.retain(|row| row["slug"] != slug.as_str());
        if rows.applications.len() == all {
            return Answer::recorded("114-applications-detail-404.txt");
        }
        for provider in &mut rows.providers {
            if provider["assigned_application_slug"] == slug.as_str() {
                provider["assigned_application_slug"] = Value::Null;
            }
        }
        let mut answer = json_answer(&Value::Null, 204);
        answer.body.clear();
        answer
    }

    /// PATCH of an application: links it with a provider, or with none.
    pub(super) fn patch_application(&self, asked: &Asked) -> Answer {
        let Some(fields) = asked.fields() else {
            return Answer::nothing_there();
        };
        let slug = asked.last_part();
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
    /// Takes a provider and its application away.
    fn remove(&mut self, client_id: &str) {
        let (gone, kept) = std::mem::take(&mut self.providers)
            .into_iter()
            .partition(|row| row["client_id"] == client_id);
        self.providers = kept;
        let gone: Vec<Value> = gone;
        let is_of = |application: &Value| {
            let mut gone = gone.iter();
            gone.any(|row| row["assigned_application_slug"] == application["slug"])
        };
        self.applications.retain(|application| !is_of(application));
    }

    fn lay_over(&mut self, client_id: &str, overlay: &ProviderOverlay) {
        let mut providers = self.providers.iter();
        let at = providers.position(|row| row["client_id"] == client_id);
        let at = at.unwrap_or_else(|| self.one_more(client_id, overlay));
        let text = self.text;
        let Some(row) = self.providers.get_mut(at) else {
            return;
        };
        if overlay.application_deleted {
            let slug = row["assigned_application_slug"].take();
            self.applications.retain(|row| row["slug"] != slug);
        }
        if let Some(uris) = &overlay.redirect_uris {
            row["redirect_uris"] = redirects::of_scenario(uris, text);
        }
        if let Some(types) = &overlay.grant_types {
            row["grant_types"] = types.clone().into();
        }
        if let Some(secret) = &overlay.client_secret {
            row["client_secret"] = secret.as_str().into();
        }
        if let Some(kind) = &overlay.client_type {
            row["client_type"] = kind.as_str().into();
        }
        if let Some(wanted) = &overlay.mappings {
            let is = |mapping: &&Value, name: &String| {
                mapping["scope_name"] == name.as_str() || mapping["name"] == name.as_str()
            };
            let pk = |name| Some(self.mappings.iter().find(|it| is(it, name))?["pk"].clone());
            row["property_mappings"] = wanted.iter().filter_map(pk).collect();
        }
        if overlay.no_claims_in_id_token {
            row["include_claims_in_id_token"] = false.into();
        }
        match overlay.signing {
            Some(Signing::None) => row["signing_key"] = Value::Null,
            Some(Signing::WithoutPrivateKey) => row["signing_key"] = WITHOUT_PRIVATE_KEY.into(),
            None => {}
        }
        for (field, slug) in [
            ("authentication_flow", &overlay.authentication_flow),
            ("authorization_flow", &overlay.authorization_flow),
            ("invalidation_flow", &overlay.invalidation_flow),
        ] {
            if let Some(slug) = slug {
                row[field] = flows::reference(slug);
            }
        }
        if let Some(uri) = &overlay.logout_uri {
            row["backchannel_logout_uri"] = uri.as_str().into();
        }
        if overlay.encrypts {
            row["encryption_key"] = ENCRYPTION_KEY.into();
        }
        if overlay.global_issuer {
            row["issuer_mode"] = "global".into();
        }
        if let Some(id) = &overlay.client_id {
            row["client_id"] = id.as_str().into();
        }
        if let Some(name) = &overlay.name {
            row["name"] = name.as_str().into();
        }
        if overlay.unlinked || overlay.replaced_by.is_some() {
            let slug = row["assigned_application_slug"].take();
            let mut applications = self.applications.iter_mut();
            if let Some(application) = applications.find(|row| row["slug"] == slug) {
                application["provider"] = overlay.replaced_by.into();
            }
        }
    }

    /// A mapping as a POST makes it, unless it was recorded.
    fn lay_over_mapping(&mut self, name: &str, overlay: &MappingOverlay) {
        let mut mappings = self.mappings.iter();
        let at = mappings.position(|row| row["name"] == name);
        let at = at.unwrap_or_else(|| {
            let mut row = self.mappings.first().cloned().unwrap_or_default();
            let number = self.mappings.len();
            row["pk"] = format!("00000000-0000-4000-8000-{number:012x}").into();
            row["name"] = name.into();
            row["managed"] = Value::Null;
            self.mappings.push(row);
            number
        });
        if let Some(row) = self.mappings.get_mut(at) {
            row["scope_name"] = overlay.scope.as_str().into();
            row["expression"] = overlay.expression.as_str().into();
        }
    }

    /// A provider more, shaped like the recorded ones, and its application if it has one.
    fn one_more(&mut self, client_id: &str, overlay: &ProviderOverlay) -> usize {
        let mut row = self.providers.first().cloned().unwrap_or_default();
        let pks = self.providers.iter().filter_map(|row| row["pk"].as_i64());
        let pk = pks.max().unwrap_or(0) + 1;
        row["pk"] = pk.into();
        row["client_id"] = client_id.into();
        row["client_secret"] = format!("{client_id}-secret").into();
        row["assigned_application_slug"] = Value::Null;
        row["assigned_application_name"] = Value::Null;
        if let Some((slug, name)) = &overlay.application {
            row["assigned_application_slug"] = slug.as_str().into();
            row["assigned_application_name"] = name.as_str().into();
            let mut application = self.applications.first().cloned().unwrap_or_default();
            application["pk"] = application_pk(slug).into();
            application["slug"] = slug.as_str().into();
            application["name"] = name.as_str().into();
            application["provider"] = pk.into();
            application["launch_url"] = Value::Null;
            self.applications.push(application);
        }
        self.providers.push(row);
        self.providers.len() - 1
    }
}

/// The primary key of an application that a scenario adds.
pub(in super::super) fn application_pk(slug: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, slug.as_bytes());
    let end = data_encoding::HEXLOWER.encode(&digest.as_ref()[..6]);
    format!("00000000-0000-4000-9000-{end}")
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
