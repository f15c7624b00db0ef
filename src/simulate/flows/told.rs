//! The same flows as `psql` and `ak shell` tell them.

use serde_json::{Map, Value, json};

use super::{Flows, Rows};

/// Around what `ak shell` prints.
const MARKS: (&str, &str) = ("AKD_BEGIN", "AKD_END");

impl Flows {
    /// What a program in a container printed, with the flows of now: lines of JSON more where it
    /// told providers by lines, within the one object of `ak shell`.
    pub(in super::super) fn retold(&self, printed: String) -> String {
        let told = self.rows().told();
        let inside = printed
            .split_once(MARKS.0)
            .and_then(|(_, rest)| rest.rsplit_once(MARKS.1));
        if let Some((object, _)) = inside {
            let mut object: Value = serde_json::from_str(object).unwrap_or_default();
            for (name, value) in told {
                object[name] = value;
            }
            return format!("{}{object}{}\n", MARKS.0, MARKS.1);
        }
        if !printed.contains("{\"providers\":") {
            return printed;
        }
        let lines = told.into_iter();
        let lines: String = lines
            .map(|(name, value)| json!({ name: value }).to_string() + "\n")
            .collect();
        printed + &lines
    }
}

impl Rows {
    fn told(&self) -> Map<String, Value> {
        let flows: Value = self.flows.iter().map(|row| self.flow(row)).collect();
        let stages: Value = self.bindings.iter().map(|row| self.stage(row)).collect();
        let brands: Value = self.brands.iter().map(brand).collect();
        let parts = [
            ("flows", flows),
            ("flow_stages", stages),
            ("brands", brands),
            ("factors", self.factors_by_flow()),
            ("identification", self.identification_by_flow()),
        ];
        parts
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Stages that ask for a second factor, a row for each flow.
    fn factors_by_flow(&self) -> Value {
        let by_flow = |stage: Value| {
            let flows = stage["flow_set"].as_array().cloned().unwrap_or_default();
            flows.into_iter().map(move |flow| {
                json!({
                    "name": stage["name"], "action": stage["not_configured_action"],
                    "classes": stage["device_classes"], "flow": flow["slug"], "policies": 0,
                })
            })
        };
        self.second_factors()
            .into_iter()
            .flat_map(by_flow)
            .collect()
    }

    fn identification_by_flow(&self) -> Value {
        let by_flow = |stage: Value| {
            let flows = stage["flow_set"].as_array().cloned().unwrap_or_default();
            let fields = stage["user_fields"].clone();
            let row = move |flow: Value| json!({"user_fields": fields, "flow": flow["slug"]});
            flows.into_iter().map(row)
        };
        self.identification()
            .into_iter()
            .flat_map(by_flow)
            .collect()
    }

    fn bound(&self, pk: &Value) -> usize {
        let bound = |row: &&Value| row["target"] == *pk && row["enabled"] == true;
        self.policies.iter().filter(bound).count()
    }

    fn flow(&self, row: &Value) -> Value {
        json!({
            "pk": row["pk"],
            "slug": row["slug"],
            "name": row["name"],
            "designation": row["designation"],
            "authentication": row["authentication"],
            "denied_action": row["denied_action"],
            "policies": self.bound(&row["pk"]),
        })
    }

    fn stage(&self, row: &Value) -> Value {
        let by_pk = |rows: &[Value]| rows.iter().find(|one| one["pk"] == row["stage"]).cloned();
        let model = row["stage_obj"]["meta_model_name"].as_str();
        let kind = model.and_then(|model| model.rsplit('.').next());
        let mut told = json!({
            "flow": row["target"],
            "stage": row["stage"],
            "name": row["stage_obj"]["name"],
            "order": row["order"],
            "kind": kind,
            "policies": self.bound(&row["pk"]),
        });
        if let Some(stage) = by_pk(&self.identification) {
            told["user_fields"] = stage["user_fields"].clone();
            told["sources"] = stage["sources"].as_array().map_or(0, Vec::len).into();
            let inside = stage["password_stage"].clone();
            if let Some(password) = self.password.iter().find(|row| row["pk"] == inside) {
                told["backends"] = password["backends"].clone();
                told["checking"] = inside;
            }
            told["passwordless"] = (!stage["passwordless_flow"].is_null()).into();
        }
        if let Some(stage) = by_pk(&self.second_factors()) {
            told["not_configured_action"] = stage["not_configured_action"].clone();
        }
        if let Some(stage) = by_pk(&self.password) {
            told["backends"] = stage["backends"].clone();
        }
        told
    }
}

fn brand(row: &Value) -> Value {
    json!({
        "pk": row["brand_uuid"],
        "domain": row["domain"],
        "default": row["default"],
        "authentication": row["flow_authentication"],
        "invalidation": row["flow_invalidation"],
    })
}
