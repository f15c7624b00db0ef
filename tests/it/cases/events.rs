//! Cases of what events tell that no scenario plays: recordings with other events.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const HERE: &str = "http://localhost:9000";

pub(super) const FAILURES: &[Made] = &[
    Made {
        name: "redirect-uri-at-token",
        make: |recorded| {
            one_failure(
                recorded,
                json!({
                    "action": "configuration_error",
                    "message": "Invalid redirect URI used by provider",
                    "provider": "MinIO OIDC",
                    "redirect_uri": "http://localhost:9001/\u{1b}[31m\u{202e}callback",
                }),
            )
        },
        roots: &[("recent-failures/redirect-uri", "MinIO")],
    },
    Made {
        name: "wrong-setting",
        make: |recorded| {
            let message = "Outpost X (Provider Y) failed to detect a forward URL from nginx";
            one_failure(
                recorded,
                json!({"action": "configuration_error", "message": message}),
            )
        },
        roots: &[("recent-failures/configuration", HERE)],
    },
    Made {
        name: "suspicious-request",
        make: |recorded| {
            let message = "Revoked refresh token was used";
            one_failure(
                recorded,
                json!({"action": "suspicious_request", "message": message}),
            )
        },
        roots: &[("recent-failures/suspicious", HERE)],
    },
    Made {
        name: "own-exception",
        make: |recorded| {
            one_failure(
                recorded,
                json!({
                    "action": "system_exception",
                    "error": "AttributeError: 'NoneType' object has no attribute 'slug'",
                    "path": "/application/o/authorize/",
                }),
            )
        },
        roots: &[("recent-failures/exception", HERE)],
    },
    // The brand's flow kept nobody out: they came in afterwards.
    Made {
        name: "five-who-came-in-later",
        make: |recorded| {
            let mut case = recorded["many-failures"].clone();
            let failures = events(&mut case)["failures"].as_array_mut().unwrap();
            failures.retain(|row| row["username"].is_string());
            for row in failures {
                row["signed_in_since"] = json!(true);
                row["count"] = json!(2);
            }
            case
        },
        roots: &[],
    },
    // An older release, whose events lie elsewhere: no empty list.
    Made {
        name: "events-untold",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            *events(&mut case) = json!({});
            case
        },
        roots: &[],
    },
];

pub(super) const CHANGES: &[Made] = &[
    Made {
        name: "changed-and-nothing-failed",
        make: |recorded| {
            let mut case = recorded["changed-before-failure"].clone();
            events(&mut case)["failures"] = json!([]);
            case
        },
        roots: &[],
    },
    Made {
        name: "flow-deleted-with-its-providers",
        make: |recorded| {
            let mut case = recorded["changed-before-failure"].clone();
            let (at, request) = (ago(&case, 30), "03edfcbc2203454792d0843c439c2803");
            let deleted = |model: &str, name: &str| {
                json!({"action": "model_deleted", "model": model, "name": name, "pk": name,
                    "who": "akadmin", "at": at, "request": request})
            };
            events(&mut case)["changes"] = json!([
                deleted("flow", "default-provider-authorization-implicit-consent"),
                deleted("oauth2provider", "Coder OIDC"),
            ]);
            case
        },
        roots: &[("recent-changes/before-failures", "Coder")],
    },
    // Nor does another expression than the one that broke.
    Made {
        name: "another-mapping-changed",
        make: |recorded| {
            let mut case = recorded["changed-before-failure"].clone();
            let at = ago(&case, 30);
            events(&mut case)["changes"] = json!([
                {"action": "model_updated", "model": "scopemapping", "name": "Office",
                    "pk": "x", "who": "authentik-shell", "at": at},
            ]);
            case
        },
        roots: &[("recent-changes/changed", HERE)],
    },
    // What was changed of one app breaks no other.
    Made {
        name: "another-app-changed",
        make: |recorded| {
            let mut case = recorded["changed-before-failure"].clone();
            let at = ago(&case, 30);
            events(&mut case)["changes"] = json!([
                {"action": "model_updated", "model": "oauth2provider", "name": "MinIO OIDC",
                    "pk": "3", "who": "akadmin", "at": at},
            ]);
            case
        },
        roots: &[("recent-changes/changed", HERE)],
    },
    Made {
        name: "new-version",
        make: |recorded| versions(recorded, "healthy"),
        roots: &[("recent-changes/new-version", HERE)],
    },
    Made {
        name: "new-version-before-failure",
        make: |recorded| {
            let mut case = versions(recorded, "changed-before-failure");
            events(&mut case)["changes"] = json!([]);
            case
        },
        roots: &[("recent-changes/new-version", HERE)],
    },
];

/// What `psql` told of events.
fn events(case: &mut Case) -> &mut Value {
    let mut entries = case.evidence.values_mut();
    let told = entries.find(|entry| entry.kind == "psql").unwrap();
    &mut told.answer.as_mut().unwrap()["events"]
}

fn ago(case: &Case, minutes: i64) -> Timestamp {
    case.started - SignedDuration::from_mins(minutes)
}

/// One failure, three times within the last minutes.
fn one_failure(recorded: &Recorded, mut row: Value) -> Case {
    let mut case = recorded["healthy"].clone();
    for (name, minutes) in [("first", 30), ("before_last", 3), ("last", 1)] {
        row[name] = json!(ago(&case, minutes));
    }
    row["count"] = json!(3);
    events(&mut case)["failures"] = json!([row]);
    case
}

/// Brought to another version forty minutes ago.
fn versions(recorded: &Recorded, like: &str) -> Case {
    let mut case = recorded[like].clone();
    let (new, old) = (ago(&case, 40), ago(&case, 60 * 24 * 90));
    events(&mut case)["versions"] = json!([
        {"version": "2025.10.0-rc1", "at": new},
        {"version": "2025.8.4", "at": old},
    ]);
    case
}
