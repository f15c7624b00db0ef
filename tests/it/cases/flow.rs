//! Cases of flows, stages and brands that no scenario plays: the healthy recording with what the
//! database tells changed.

use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const HERE: &str = "http://localhost:9000";
const SIGN_IN: &str = "default-authentication-flow";
const IMPLICIT: &str = "default-provider-authorization-implicit-consent";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "no-user-fields",
        make: |recorded| with_stage(recorded, "identificationstage", "user_fields", json!([])),
        roots: &[("login-flow/no-user-fields", HERE)],
    },
    Made {
        name: "no-user-fields-but-a-source",
        make: |recorded| {
            let mut case = with_stage(recorded, "identificationstage", "user_fields", json!([]));
            let facts = facts(&mut case);
            find(&mut facts["flow_stages"], "kind", "identificationstage")["sources"] = json!(1);
            case
        },
        roots: &[],
    },
    Made {
        name: "no-backends",
        make: |recorded| with_stage(recorded, "passwordstage", "backends", json!([])),
        roots: &[("login-flow/no-backends", HERE)],
    },
    Made {
        name: "no-backends-inside",
        make: |recorded| {
            let mut case = with_stage(recorded, "identificationstage", "backends", json!([]));
            let facts = facts(&mut case);
            let stages = &mut facts["flow_stages"];
            find(stages, "kind", "identificationstage")["checking"] = json!("made");
            case
        },
        roots: &[("login-flow/no-backends", HERE)],
    },
    Made {
        name: "second-factor-wanted",
        make: |recorded| {
            let action = "not_configured_action";
            let kind = "authenticatorvalidatestage";
            with_stage(recorded, kind, action, json!("deny"))
        },
        roots: &[("login-flow/second-factor-wanted", HERE)],
    },
    Made {
        name: "policies-deny",
        make: |recorded| {
            let mut case = recorded["flow-denies"].clone();
            let facts = facts(&mut case);
            find(&mut facts["flow_stages"], "kind", "denystage")["policies"] = json!(1);
            case
        },
        roots: &[("login-flow/may-deny", HERE)],
    },
    Made {
        name: "enrollment-as-sign-in",
        make: |recorded| with_flow(recorded, SIGN_IN, "designation", json!("enrollment")),
        roots: &[("login-flow/designation", HERE)],
    },
    Made {
        name: "no-default-brand",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            facts(&mut case)["brands"] = json!([]);
            case
        },
        roots: &[("login-flow/no-default-brand", HERE)],
    },
    Made {
        name: "authorization-for-outposts",
        make: |recorded| {
            with_flow(
                recorded,
                IMPLICIT,
                "authentication",
                json!("require_outpost"),
            )
        },
        roots: &[
            ("login-flow/authorization-refuses", "Coder"),
            ("login-flow/authorization-refuses", "Gitea"),
            ("login-flow/authorization-refuses", "MinIO"),
            ("login-flow/authorization-refuses", "Platform Admin"),
            ("login-flow/authorization-refuses", "LiteLLM"),
        ],
    },
    // Nobody knows whether a policy passes: unknown, and no fault.
    Made {
        name: "policies-decide",
        make: |recorded| {
            let mut case = with_flow(recorded, SIGN_IN, "policies", json!(1));
            facts(&mut case)["brands"][0]["authentication"] = Value::Null;
            case
        },
        roots: &[],
    },
    // A requirement of a later release.
    Made {
        name: "requirement-unheard-of",
        make: |recorded| with_flow(recorded, SIGN_IN, "authentication", json!("require_moon")),
        roots: &[],
    },
];

fn facts(case: &mut Case) -> &mut Value {
    let mut entries = case.evidence.values_mut();
    let psql = entries.find(|entry| entry.kind == "psql").unwrap();
    &mut psql.answer.as_mut().unwrap()["flows"]
}

fn find<'a>(rows: &'a mut Value, field: &str, value: &str) -> &'a mut Value {
    let mut rows = rows.as_array_mut().unwrap().iter_mut();
    rows.find(|row| row[field] == value).unwrap()
}

fn with_stage(recorded: &Recorded, kind: &str, field: &str, value: Value) -> Case {
    let mut case = recorded["healthy"].clone();
    find(&mut facts(&mut case)["flow_stages"], "kind", kind)[field] = value;
    case
}

fn with_flow(recorded: &Recorded, slug: &str, field: &str, value: Value) -> Case {
    let mut case = recorded["healthy"].clone();
    find(&mut facts(&mut case)["flows"], "slug", slug)[field] = value;
    case
}
