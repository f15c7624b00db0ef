//! Cases of discovery documents and keys that no scenario plays: the healthy recording with one
//! answer changed.

use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const DOCUMENT: &str =
    "discovery GET http://localhost:9000/application/o/gitea/.well-known/openid-configuration";
const HERE: &str = "http://localhost:9000";

pub(super) const DISCOVERY: &[Made] = &[
    Made {
        name: "document-behind-a-sign-in",
        make: |recorded| {
            let to = "https://auth.example.com/outpost.goauthentik.io/start";
            let value = json!({ "status": 302, "location": to });
            with_document(recorded, json!({ "form": "status", "value": value }))
        },
        roots: &[("oidc-discovery/fails", "Gitea")],
    },
    Made {
        name: "document-without-keys",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let document = &mut answer(&mut case, DOCUMENT)["value"];
            document.as_object_mut().unwrap().remove("jwks_uri");
            document["response_types"] = json!([]);
            case
        },
        roots: &[("oidc-discovery/incomplete", "Gitea")],
    },
    Made {
        name: "document-of-megabytes",
        make: |recorded| with_document(recorded, json!({ "form": "too-large" })),
        roots: &[("oidc-discovery/not-a-document", "Gitea")],
    },
];

pub(super) const RELEASES: &[Made] = &[Made {
    name: "tag-that-tells-nothing",
    make: |recorded| {
        let mut case = recorded["minio-without-sign-in"].clone();
        let mut inspected = case.evidence.values_mut();
        let minio = inspected.find(|entry| {
            let answer = entry.answer.as_ref();
            entry.kind == "inspect" && answer.is_some_and(|it| it["name"] == "minio")
        });
        minio.unwrap().answer.as_mut().unwrap()["image"] = json!("minio/minio:latest");
        case
    },
    roots: &[],
}];

pub(super) const KEYS: &[Made] = &[
    Made {
        name: "certificate-expired",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let mut keys = case.evidence.values_mut();
            while let Some(entry) = keys.find(|entry| entry.kind == "keys") {
                entry.answer.as_mut().unwrap()["value"][0]["not_after"] =
                    json!("2026-01-31T00:00:00Z");
            }
            case
        },
        roots: &[("signing-key/expired", HERE)],
    },
    Made {
        name: "gitea-without-signing-key",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            answer(&mut case, DOCUMENT)["value"]["signing"] = json!(["HS256"]);
            let keys = "keys GET http://localhost:9000/application/o/gitea/jwks/";
            answer(&mut case, keys)["value"] = json!([]);
            case
        },
        roots: &[],
    },
    Made {
        // Its container is not in the recording and nothing else tells what it takes.
        name: "app-of-no-profile-without-signing-key",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let document = "discovery GET http://localhost:9000/application/o/litellm/.well-known/openid-configuration";
            answer(&mut case, document)["value"]["signing"] = json!(["HS256"]);
            let keys = "keys GET http://localhost:9000/application/o/litellm/jwks/";
            answer(&mut case, keys)["value"] = json!([]);
            case
        },
        roots: &[("signing-key/none", "LiteLLM")],
    },
];

pub(super) const CERTIFICATES: &[Made] = &[
    Made {
        name: "certificate-of-ten-more-days",
        make: |recorded| ending(recorded, 10),
        roots: &[("certificates/expires-soon", HERE)],
    },
    // That is for the check of signing keys to say.
    Made {
        name: "certificate-that-has-ended",
        make: |recorded| ending(recorded, -1),
        roots: &[],
    },
];

/// The healthy world with certificates that end so many days after the run.
fn ending(recorded: &Recorded, days: i64) -> Case {
    let mut case = recorded["healthy"].clone();
    let until = case.started + jiff::SignedDuration::from_hours(24 * days);
    for entry in case.evidence.values_mut() {
        if entry.kind == "keys" {
            entry.answer.as_mut().unwrap()["value"][0]["not_after"] = json!(until.to_string());
        }
    }
    case
}

fn answer<'a>(case: &'a mut Case, key: &str) -> &'a mut Value {
    case.evidence.get_mut(key).unwrap().answer.as_mut().unwrap()
}

fn with_document(recorded: &Recorded, told: Value) -> Case {
    let mut case = recorded["healthy"].clone();
    *answer(&mut case, DOCUMENT) = told;
    case
}
