//! Cases of signing out that no scenario plays: the healthy recording, or one of them, with an
//! answer or what akdoctor.toml says changed.

use akdoctor::{evidence::Entry, stack::SignOut};
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const HERE: &str = "http://localhost:9000";
const GITEA: &str =
    "discovery GET http://localhost:9000/application/o/gitea/.well-known/openid-configuration";
const PROVIDERS: &str = "api GET http://localhost:9000/api/v3/providers/oauth2/";
const VERSION: &str = "api GET http://localhost:9000/api/v3/admin/version/";
/// The primary key of `default-invalidation-flow` (recorded 314).
const ENDING: &str = "7a9f8b8b-e1fb-4a95-b12d-c733cd9b4b0d";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "flow-for-outposts",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let flow = find(
                &mut flows(&mut case)["flows"],
                "slug",
                "default-provider-invalidation-flow",
            );
            flow["authentication"] = json!("require_outpost");
            only(&mut case, &["gitea"]);
            case
        },
        roots: &[("sign-out/flow-refuses", "Gitea")],
    },
    Made {
        name: "ends-the-session",
        make: |recorded| ending(recorded, SignOut::KeepsSession),
        roots: &[("sign-out/ends-session", "Gitea")],
    },
    Made {
        name: "ends-the-session-as-wanted",
        make: |recorded| ending(recorded, SignOut::EndsSession),
        roots: &[],
    },
    // A policy decides whether the session ends.
    Made {
        name: "ends-the-session-perhaps",
        make: |recorded| {
            let mut case = ending(recorded, SignOut::KeepsSession);
            let stages = &mut flows(&mut case)["flow_stages"];
            find(stages, "kind", "userlogoutstage")["policies"] = json!(1);
            case
        },
        roots: &[],
    },
    Made {
        name: "end-session-elsewhere",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let document = &mut answer(&mut case, GITEA)["value"];
            document["end_session_endpoint"] = json!("http://authentik-server:9000/end-session/");
            case
        },
        roots: &[("sign-out/other-origin", "Gitea")],
    },
    Made {
        name: "logout-url-of-a-container",
        make: |recorded| {
            let mut case = recorded["logout-url-of-another"].clone();
            logout_url(
                &mut case,
                "http://authentik-server:9000/application/o/litellm/end-session/",
            );
            case
        },
        roots: &[("sign-out/logout-url", "LiteLLM")],
    },
    Made {
        name: "logout-url-that-is-right",
        make: |recorded| {
            let mut case = recorded["logout-url-of-another"].clone();
            logout_url(
                &mut case,
                "http://localhost:9000/application/o/litellm/end-session/",
            );
            case
        },
        roots: &[],
    },
    Made {
        name: "way-back-without-hint",
        make: |recorded| {
            let mut case = recorded["logout-url-of-another"].clone();
            logout_url(
                &mut case,
                "http://localhost:9000/application/o/litellm/end-session/?post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A4000",
            );
            answer(&mut case, VERSION)["current"] = json!("2026.5.4");
            let row = find(
                &mut answer(&mut case, PROVIDERS)["rows"],
                "client_id",
                "litellm",
            );
            let entry = json!({
                "matching_mode": "strict", "url": "http://localhost:4000",
                "redirect_uri_type": "logout",
            });
            row["redirect_uris"].as_array_mut().unwrap().push(entry);
            case
        },
        roots: &[("sign-out/redirect-refused", "LiteLLM")],
    },
    Made {
        name: "release-too-strict",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            answer(&mut case, VERSION)["current"] = json!("2026.5.1");
            case
        },
        roots: &[("sign-out/release", HERE)],
    },
    Made {
        name: "backchannel-to-localhost",
        make: |recorded| backchannel(recorded, "backchannel"),
        roots: &[("sign-out/backchannel", "Gitea")],
    },
    Made {
        name: "backchannel-without-answer",
        make: |recorded| {
            let mut case = told_at(recorded, "gitea", "http://gitea:3000/logout", "backchannel");
            reached(&mut case, "gitea", 3000, "refused");
            case
        },
        roots: &[("sign-out/backchannel", "Gitea")],
    },
    Made {
        name: "backchannel-that-answers",
        make: |recorded| {
            let mut case = told_at(recorded, "gitea", "http://gitea:3000/logout", "backchannel");
            reached(&mut case, "gitea", 3000, "open");
            case
        },
        roots: &[],
    },
    Made {
        name: "frontchannel-to-a-container",
        make: |recorded| {
            told_at(
                recorded,
                "litellm",
                "http://litellm:4000/sso/logout",
                "frontchannel",
            )
        },
        roots: &[("sign-out/frontchannel", "LiteLLM")],
    },
    // The browser opens it.
    Made {
        name: "frontchannel-to-localhost",
        make: |recorded| backchannel(recorded, "frontchannel"),
        roots: &[],
    },
];

fn answer<'a>(case: &'a mut Case, key: &str) -> &'a mut Value {
    let entry = case.evidence.get_mut(key);
    let entry = entry.unwrap_or_else(|| panic!("{key} was not asked"));
    entry.answer.as_mut().unwrap()
}

fn flows(case: &mut Case) -> &mut Value {
    let mut entries = case.evidence.values_mut();
    let psql = entries.find(|entry| entry.kind == "psql").unwrap();
    &mut psql.answer.as_mut().unwrap()["flows"]
}

fn find<'a>(rows: &'a mut Value, field: &str, value: &str) -> &'a mut Value {
    let mut rows = rows.as_array_mut().unwrap().iter_mut();
    rows.find(|row| row[field] == value).unwrap()
}

/// Leaves these apps alone, as a run for them does.
fn only(case: &mut Case, slugs: &[&str]) {
    case.stack
        .apps
        .retain(|app| slugs.contains(&app.slug.as_str()));
    case.stack.narrowed = true;
}

/// Gitea's provider with a flow that ends the session, and what is wanted of it.
fn ending(recorded: &Recorded, wanted: SignOut) -> Case {
    let mut case = recorded["healthy"].clone();
    let row = find(
        &mut answer(&mut case, PROVIDERS)["rows"],
        "client_id",
        "gitea",
    );
    row["flows"]["invalidation"] = json!(ENDING);
    let mut apps = case.stack.apps.iter_mut();
    apps.find(|app| app.slug == "gitea").unwrap().sign_out = Some(wanted);
    case
}

fn logout_url(case: &mut Case, url: &str) {
    let mut entries = case.evidence.values_mut();
    let litellm = entries
        .find_map(|entry| {
            let container = entry.answer.as_mut()?;
            (entry.kind == "inspect" && container["name"] == "litellm").then_some(container)
        })
        .unwrap();
    let old = litellm["env"]["PROXY_LOGOUT_URL"].to_string();
    let text = litellm["env"].to_string().replace(&old, &plain(url, &old));
    litellm["env"] = serde_json::from_str(&text).unwrap();
}

/// A plain value in the shape of the old one.
fn plain(url: &str, old: &str) -> String {
    let mut value: Value = serde_json::from_str(old).unwrap();
    match &mut value {
        Value::Object(fields) => {
            let field = fields.values_mut().find(|field| field.is_string()).unwrap();
            *field = json!(url);
        }
        other => *other = json!(url),
    }
    value.to_string()
}

fn backchannel(recorded: &Recorded, method: &str) -> Case {
    told_at(recorded, "gitea", "http://localhost:3000/logout", method)
}

/// An app is told of a sign-out at this address.
fn told_at(recorded: &Recorded, client: &str, uri: &str, method: &str) -> Case {
    let mut case = recorded["healthy"].clone();
    let row = find(
        &mut answer(&mut case, PROVIDERS)["rows"],
        "client_id",
        client,
    );
    row["logout"] = json!({ "uri": uri, "method": method });
    case
}

/// A port, tried from inside authentik's server: its worker is not kept in these cases.
fn reached(case: &mut Case, host: &str, port: u16, answer: &str) {
    let mut entries = case.evidence.values();
    let server = entries.find_map(|entry| {
        let answer = entry.answer.as_ref()?;
        let is_server = entry.kind == "inspect" && answer["name"] == "authentik-server";
        is_server.then(|| answer["id"].as_str().unwrap().to_owned())
    });
    let container = server.unwrap();
    let entry = Entry {
        kind: "reach".into(),
        question: json!({ "container": container, "host": host, "port": port }),
        at: case.started,
        milliseconds: 1,
        answer: Some(json!(answer)),
        error: None,
    };
    let key = format!("reach {container} {host}:{port}");
    case.evidence.insert(key, entry);
}
