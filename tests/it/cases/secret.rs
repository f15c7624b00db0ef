//! Cases of client secrets and claims that no scenario plays: recordings with one answer changed.

use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const PROVIDERS: &str = "api GET http://localhost:9000/api/v3/providers/oauth2/";
const MAPPINGS: &str = "api GET http://localhost:9000/api/v3/propertymappings/provider/scope/";

pub(super) const SECRETS: &[Made] = &[
    Made {
        name: "providers-unseen",
        make: |recorded| unseen(recorded, "no"),
        roots: &[("client-secret/refused", "Coder")],
    },
    Made {
        name: "providers-unseen-right",
        make: |recorded| unseen(recorded, "yes"),
        roots: &[],
    },
    Made {
        name: "public-client-unseen",
        make: |recorded| unseen(recorded, "not-looked-at"),
        roots: &[],
    },
    Made {
        name: "a-proxy-answers",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let other = json!({"other": {"status": 403, "error": null}});
            of_coder(&mut case)["taken"] = other;
            case
        },
        roots: &[],
    },
    Made {
        name: "secret-with-a-line-break",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            *of_coder(&mut case) =
                json!({"taken": "no", "but_for": "line-break", "compared": false});
            case
        },
        roots: &[("client-secret/written-otherwise", "Coder")],
    },
    Made {
        name: "empty-file",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            of_coder(&mut case)["taken"] = json!("empty");
            case
        },
        roots: &[("client-secret/missing", "Coder")],
    },
    // Of 2026.5: the grant type comes first, and another check tells of it.
    Made {
        name: "grant-type-not-allowed",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            provider(&mut case, "coder")["grant_types"] = json!([]);
            of_coder(&mut case)["taken"] = json!("yes");
            case
        },
        roots: &[],
    },
];

pub(super) const CLAIMS: &[Made] = &[
    Made {
        name: "no-mappings",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            provider(&mut case, "coder")["mappings"] = json!([]);
            case
        },
        roots: &[("claims/no-openid", "Coder")],
    },
    Made {
        name: "openid-not-asked-for",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks_for(&mut case, "profile email");
            case
        },
        roots: &[("claims/no-openid", "Coder")],
    },
    Made {
        name: "scope-not-asked-for",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks_for(&mut case, "openid profile");
            case
        },
        roots: &[("claims/missing", "Coder")],
    },
    Made {
        name: "groups-claim-of-coder",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            coder_env(&mut case, "CODER_OIDC_GROUP_FIELD", "groups");
            case
        },
        roots: &[],
    },
    Made {
        name: "own-mapping-verifies",
        make: |recorded| verified(recorded, json!(true)),
        roots: &[],
    },
    // What an expression works out for each person is not judged.
    Made {
        name: "own-mapping-works-it-out",
        make: |recorded| verified(recorded, Value::Null),
        roots: &[],
    },
    Made {
        name: "mapping-that-cannot-be-read",
        make: |recorded| {
            let mut case = recorded["minio-without-policy"].clone();
            mapping(&mut case, "profile")["gives"] = json!({"claims": [], "whole": false});
            case
        },
        roots: &[],
    },
    Made {
        name: "mappings-not-told",
        make: |recorded| {
            let mut case = recorded["minio-without-policy"].clone();
            let minio = provider(&mut case, "minio");
            minio.as_object_mut().unwrap().remove("mappings");
            case
        },
        roots: &[],
    },
];

fn answer<'a>(case: &'a mut Case, key: &str) -> &'a mut Value {
    let entry = case.evidence.get_mut(key);
    entry
        .unwrap_or_else(|| panic!("{key}"))
        .answer
        .as_mut()
        .unwrap()
}

/// What was seen of Coder's secret.
fn of_coder(case: &mut Case) -> &mut Value {
    let mut entries = case.evidence.iter_mut();
    let coder =
        entries.find(|(key, _)| key.starts_with("token POST") && key.contains(" as coder "));
    coder.unwrap().1.answer.as_mut().unwrap()
}

fn provider<'a>(case: &'a mut Case, client_id: &str) -> &'a mut Value {
    let rows = answer(case, PROVIDERS)["rows"].as_array_mut().unwrap();
    let mut rows = rows.iter_mut();
    rows.find(|row| row["client_id"] == client_id).unwrap()
}

fn mapping<'a>(case: &'a mut Case, scope: &str) -> &'a mut Value {
    let rows = answer(case, MAPPINGS)["rows"].as_array_mut().unwrap();
    let mut rows = rows.iter_mut();
    rows.find(|row| row["scope"] == scope).unwrap()
}

fn verified(recorded: &Recorded, truth: Value) -> Case {
    let mut case = recorded["email-unverified"].clone();
    let email = mapping(&mut case, "email");
    email["managed"] = Value::Null;
    match truth {
        Value::Null => {
            email["gives"]
                .as_object_mut()
                .unwrap()
                .remove("email_verified");
        }
        truth => email["gives"]["email_verified"] = truth,
    }
    case
}

/// Coder asks for other scopes: by its settings, and by its own start where that was seen.
fn asks_for(case: &mut Case, scopes: &str) {
    coder_env(case, "CODER_OIDC_SCOPES", &scopes.replace(' ', ","));
    let answers = case.evidence.values_mut();
    for answer in answers.filter_map(|entry| entry.answer.as_mut()) {
        if answer["ended"]["client_id"] == "coder" {
            answer["ended"]["scope"] = json!(scopes);
        }
    }
}

fn coder_env(case: &mut Case, name: &str, value: &str) {
    let mut entries = case.evidence.values_mut();
    let is_coder = |answer: &Value| answer["name"] == "coder";
    let coder = entries
        .find(|entry| entry.kind == "inspect" && entry.answer.as_ref().is_some_and(is_coder));
    let answer = coder.unwrap().answer.as_mut().unwrap();
    answer["env"][name] = json!({"plain": value});
}

/// Nothing tells authentik's providers; authentik says this of Coder's secret, and takes the others.
fn unseen(recorded: &Recorded, taken: &str) -> Case {
    let mut case = recorded["healthy"].clone();
    case.evidence.remove(PROVIDERS);
    of_coder(&mut case)["taken"] = json!(taken);
    case
}
