//! The flows, stages and brands of one simulated authentik: the recorded ones, with what a scenario
//! changes, and what requests have changed since. The API, `psql` and `ak shell` all tell from
//! here.

mod made;
mod overlay;
mod told;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value, json};

use super::{
    authentik::{Answer, Asked},
    recorded,
    world::World,
};
pub(super) use overlay::{BrandOverlay, FlowOverlay, StageOverlay};

/// Flows, stages and brands.
pub(super) struct Flows {
    rows: Mutex<Rows>,
}

/// The API's rows.
struct Rows {
    flows: Vec<Value>,
    bindings: Vec<Value>,
    brands: Vec<Value>,
    policies: Vec<Value>,
    identification: Vec<Value>,
    password: Vec<Value>,
    /// What a scenario changes of stages that validate a second factor, by name.
    factors: BTreeMap<String, Map<String, Value>>,
}

/// The primary key of a flow: the recorded one, else one made of its slug.
pub(super) fn pk_of(slug: &str) -> String {
    let rows = recorded::rows("314-rbac-readonly-flows-instances.txt");
    let known = rows.iter().find(|row| row["slug"] == slug);
    let known = known.and_then(|row| row["pk"].as_str().map(str::to_owned));
    known.unwrap_or_else(|| made_pk(slug))
}

/// The primary key that a scenario's slug stands for; null for an empty one.
pub(super) fn reference(slug: &str) -> Value {
    match slug {
        "" => Value::Null,
        slug => pk_of(slug).into(),
    }
}

/// A UUID of a text, the same in every run.
fn made_pk(text: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!(
        "{:08x}-0000-4000-8000-{:012x}",
        hash >> 32,
        hash & 0xffff_ffff
    )
}

impl Flows {
    /// Those of a world.
    pub(super) fn of(world: &World) -> Self {
        let mut rows = Rows {
            flows: recorded::rows("314-rbac-readonly-flows-instances.txt"),
            bindings: Vec::new(),
            brands: recorded::rows("131-brands.json"),
            policies: recorded::rows("127-policies-bindings.json"),
            identification: recorded::rows("144-stages-identification.json"),
            password: recorded::rows("143-stages-password.json"),
            factors: BTreeMap::new(),
        };
        for flow in rows.flows.clone() {
            let mut stages: Vec<String> = texts(&flow["stages"]);
            stages.sort_by_key(|stage| made::place(stage));
            rows.bind(&flow["pk"], &stages);
        }
        for (slug, overlay) in &world.flow {
            rows.lay_over_flow(slug, overlay);
        }
        for (domain, overlay) in &world.brand {
            rows.lay_over_brand(domain, overlay);
        }
        for (name, overlay) in &world.stage {
            rows.lay_over_stage(name, overlay);
        }
        Self {
            rows: Mutex::new(rows),
        }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of a list of the API.
    pub(super) fn list(&self, path: &str) -> Vec<Value> {
        let rows = self.rows();
        match path {
            "/api/v3/flows/instances/" => rows.flows.clone(),
            "/api/v3/flows/bindings/" => rows.bindings.clone(),
            "/api/v3/core/brands/" => rows.brands.clone(),
            "/api/v3/policies/bindings/" => rows.policies.clone(),
            "/api/v3/stages/identification/" => rows.identification(),
            "/api/v3/stages/password/" => rows.password.clone(),
            "/api/v3/stages/authenticator/validate/" => rows.second_factors(),
            _ => Vec::new(),
        }
    }

    /// PATCH of a flow by its slug, of a brand or a stage by its primary key; POST of a binding of a
    /// stage, or of a brand; DELETE of a binding.
    pub(super) fn change(&self, asked: &Asked) -> Answer {
        if asked.method == "DELETE" {
            return self.rows().unbind(&asked.last_part());
        }
        let Some(fields) = asked.fields() else {
            return Answer::nothing_there();
        };
        let last = asked.last_part();
        let mut rows = self.rows();
        if asked.method == "POST" {
            return rows.made(asked.uri.path(), &fields);
        }
        let path = asked.uri.path();
        let row = if path.contains("/core/brands/") {
            find(&mut rows.brands, "brand_uuid", &last)
        } else if path.contains("/stages/identification/") {
            find(&mut rows.identification, "pk", &last)
        } else if path.contains("/stages/password/") {
            find(&mut rows.password, "pk", &last)
        } else {
            find(&mut rows.flows, "slug", &last)
        };
        match row {
            Some(row) => patched(row, fields),
            None => Answer::recorded("114-applications-detail-404.txt"),
        }
    }
}

impl Rows {
    /// Binds stages to a flow in this order.
    fn bind(&mut self, flow: &Value, stages: &[String]) {
        for (at, pk) in stages.iter().enumerate() {
            let known = made::STAGES.iter().find(|(known, ..)| known == pk);
            let name = known.map_or_else(|| format!("stage {}", &pk[..8]), |s| s.1.to_owned());
            let (component, model) = known.map_or(made::OTHER, |s| (s.2, s.3));
            let text = format!("{flow} {pk}");
            let own = (made_pk(&text), made_pk(&format!("above {text}")));
            let (stage, binding, above) = made::WITH_POLICY;
            let (binding, above) =
                match pk == stage && *flow == pk_of("default-authentication-flow") {
                    true => (binding.to_owned(), above.to_owned()),
                    false => own,
                };
            self.bindings.push(json!({
                "pk": binding,
                "policybindingmodel_ptr_id": above,
                "target": flow,
                "stage": pk,
                "stage_obj": {
                    "pk": pk, "name": name, "component": component, "meta_model_name": model,
                },
                "evaluate_on_plan": false,
                "re_evaluate_policies": true,
                "order": (at + 1) * 10,
                "policy_engine_mode": "any",
                "invalid_response_action": "retry",
            }));
        }
    }

    fn unbind(&mut self, pk: &str) -> Answer {
        let before = self.bindings.len();
        self.bindings.retain(|row| row["pk"] != pk);
        if self.bindings.len() == before {
            return Answer::recorded("114-applications-detail-404.txt");
        }
        Answer {
            status: 204,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    fn made(&mut self, path: &str, fields: &Map<String, Value>) -> Answer {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let row = if path.contains("/core/brands/") {
            self.lay_over_brand(text("domain"), &BrandOverlay::default());
            find(&mut self.brands, "domain", text("domain"))
        } else {
            self.bind(&text("target").into(), &[text("stage").to_owned()]);
            self.bindings.last_mut()
        };
        let mut fields = fields.clone();
        fields.remove("brand_uuid");
        let mut answer = row.map_or_else(Answer::nothing_there, |row| patched(row, fields));
        answer.status = 201;
        answer
    }

    fn lay_over_flow(&mut self, slug: &str, overlay: &FlowOverlay) {
        let pk = Value::from(pk_of(slug));
        if overlay.removed {
            self.flows.retain(|row| row["slug"] != slug);
            self.bindings.retain(|row| row["target"] != pk);
            for brand in &mut self.brands {
                for field in ["flow_authentication", "flow_invalidation"] {
                    if brand[field] == pk {
                        brand[field] = Value::Null;
                    }
                }
            }
            return;
        }
        if find(&mut self.flows, "slug", slug).is_none() {
            let like = find(&mut self.flows, "slug", "default-authentication-flow");
            let mut row = like.cloned().unwrap_or_default();
            row["slug"] = slug.into();
            row["pk"] = pk.clone();
            row["policybindingmodel_ptr_id"] = made_pk(&format!("above {slug}")).into();
            self.flows.push(row);
        }
        if let Some(row) = find(&mut self.flows, "slug", slug) {
            for (field, value) in [
                ("name", &overlay.name),
                ("designation", &overlay.designation),
                ("authentication", &overlay.authentication),
            ] {
                if let Some(value) = value {
                    row[field] = value.as_str().into();
                }
            }
        }
        if let Some(count) = overlay.policies {
            self.policies.retain(|row| row["target"] != pk);
            let like = self.policies.first().cloned().unwrap_or_default();
            for number in 0..count {
                let mut row = like.clone();
                row["pk"] = made_pk(&format!("{slug} {number}")).into();
                row["target"] = pk.clone();
                self.policies.push(row);
            }
        }
        if let Some(names) = &overlay.stages {
            self.bindings.retain(|row| row["target"] != pk);
            let named = |name: &String| made::STAGES.iter().find(|(_, known, ..)| known == name);
            let stages = names.iter().filter_map(named);
            let stages: Vec<String> = stages.map(|stage| stage.0.to_owned()).collect();
            self.bind(&pk, &stages);
            let stages: Vec<Value> = stages.into_iter().map(Value::from).collect();
            if let Some(row) = find(&mut self.flows, "slug", slug) {
                row["stages"] = stages.into();
            }
        }
    }

    fn lay_over_brand(&mut self, domain: &str, overlay: &BrandOverlay) {
        if overlay.removed {
            self.brands.retain(|row| row["domain"] != domain);
            return;
        }
        if find(&mut self.brands, "domain", domain).is_none() {
            let mut row = self.brands.first().cloned().unwrap_or_default();
            row["brand_uuid"] = made_pk(domain).into();
            row["domain"] = domain.into();
            row["default"] = false.into();
            self.brands.push(row);
        }
        if let Some(row) = find(&mut self.brands, "domain", domain) {
            for (field, slug) in [
                ("flow_authentication", &overlay.authentication),
                ("flow_invalidation", &overlay.invalidation),
            ] {
                if let Some(slug) = slug {
                    row[field] = reference(slug);
                }
            }
        }
    }

    fn lay_over_stage(&mut self, name: &str, overlay: &StageOverlay) {
        if let (Some(row), Some(fields)) = (
            find(&mut self.identification, "name", name),
            &overlay.user_fields,
        ) {
            row["user_fields"] = fields.clone().into();
        }
        if let (Some(row), Some(backends)) =
            (find(&mut self.password, "name", name), &overlay.backends)
        {
            row["backends"] = backends.clone().into();
        }
        let factors = self.factors.entry(name.to_owned()).or_default();
        if let Some(action) = &overlay.not_configured_action {
            factors.insert("not_configured_action".into(), action.as_str().into());
        }
        if let Some(classes) = &overlay.device_classes {
            factors.insert("device_classes".into(), classes.clone().into());
        }
        if let Some(inside) = &overlay.password_stage {
            let pk = find(&mut self.password, "name", inside).map(|row| row["pk"].clone());
            if let (Some(row), Some(pk)) = (find(&mut self.identification, "name", name), pk) {
                row["password_stage"] = pk;
            }
        }
    }

    /// The flows that a stage is bound to, as the stage's own row names them.
    fn flow_set(&self, stage: &Value) -> Value {
        let bound = self.bindings.iter().filter(|row| row["stage"] == *stage);
        let flows = bound.filter_map(|row| {
            let mut flows = self.flows.iter();
            flows.find(|flow| flow["pk"] == row["target"])
        });
        let named = [
            "pk",
            "policybindingmodel_ptr_id",
            "name",
            "slug",
            "title",
            "designation",
        ];
        let short = |flow: &Value| -> Value {
            let fields = named.map(|field| (field.to_owned(), flow[field].clone()));
            Value::from(fields.into_iter().collect::<Map<_, _>>())
        };
        flows.map(short).collect()
    }

    /// Identification stages with the flows of now.
    fn identification(&self) -> Vec<Value> {
        let mut rows = self.identification.clone();
        for row in &mut rows {
            row["flow_set"] = self.flow_set(&row["pk"]);
        }
        rows
    }

    /// Stages that validate a second factor, as authentik's blueprint sets them.
    fn second_factors(&self) -> Vec<Value> {
        let of_kind = |row: &&Value| {
            let model = row["stage_obj"]["meta_model_name"].as_str();
            model.is_some_and(|model| model.ends_with("authenticatorvalidatestage"))
        };
        let mut rows: Vec<Value> = Vec::new();
        for row in self.bindings.iter().filter(of_kind) {
            let mut told = json!({
                "pk": row["stage"], "name": row["stage_obj"]["name"],
                "not_configured_action": "skip", "device_classes": ["static", "totp", "webauthn"],
                "flow_set": self.flow_set(&row["stage"]),
            });
            let name = told["name"].as_str().unwrap_or_default().to_owned();
            for (field, value) in self.factors.get(&name).into_iter().flatten() {
                told[field] = value.clone();
            }
            if !rows.contains(&told) {
                rows.push(told);
            }
        }
        rows
    }
}

fn find<'a>(rows: &'a mut [Value], field: &str, value: &str) -> Option<&'a mut Value> {
    rows.iter_mut().find(|row| row[field] == value)
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn patched(row: &mut Value, fields: Map<String, Value>) -> Answer {
    for (name, value) in fields {
        row[name] = value;
    }
    let mut answer = Answer::recorded("113-applications-detail.json");
    answer.body = row.to_string();
    answer
}
