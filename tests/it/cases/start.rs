//! Cases of starts that no scenario plays: the healthy recording with one answer changed.

use akdoctor::{evidence::Entry, model::Outcome, probe::ProbeError};
use serde_json::{Value, json};

use super::{Case, blessed, file_of, made::Made};

const START: &str = "start GET http://localhost:4000/sso/key/generate";
const DESCRIBED: &str = "The request is otherwise malformed";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "app-silent",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            fails(
                &mut case,
                ProbeError::TimedOut {
                    at: "localhost:4000".into(),
                    doing: "answer".into(),
                    millis: 5000,
                },
            );
            case
        },
        roots: &[("app-start/silent", "LiteLLM")],
    },
    Made {
        name: "certificate-of-an-app",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            fails(
                &mut case,
                ProbeError::Tls {
                    at: "localhost:4000".into(),
                    detail: "certificate expired".into(),
                },
            );
            case
        },
        roots: &[],
    },
    Made {
        name: "redirect-without-location",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let entry = case.evidence.get_mut(START).unwrap();
            let answer = entry.answer.as_mut().unwrap();
            answer["ended"] = json!({ "end": "no-location" });
            case
        },
        roots: &[("app-start/bad-location", "LiteLLM")],
    },
    Made {
        name: "asks-without-openid",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks(&mut case, "scope", json!("email profile"));
            case
        },
        roots: &[("app-start/no-openid", "LiteLLM")],
    },
    Made {
        name: "asks-with-a-request-object",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks(&mut case, "request_object", json!(true));
            case
        },
        roots: &[("app-start/request-object", "LiteLLM")],
    },
    Made {
        name: "asks-for-an-id-token-without-nonce",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks(&mut case, "response_type", json!("id_token"));
            case
        },
        roots: &[("app-start/implicit-incomplete", "LiteLLM")],
    },
    Made {
        name: "max-age-that-is-no-number",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            asks(&mut case, "max_age", json!("8h"));
            case
        },
        roots: &[("app-start/max-age", "LiteLLM")],
    },
    Made {
        name: "refused-without-known-reason",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let told = json!({ "form": "sent-back", "error": "invalid_request", "description": DESCRIBED });
            word(&mut case).answer = Some(told);
            case
        },
        roots: &[("app-start/request-refused", "LiteLLM")],
    },
    // A release that knows more than these rules.
    Made {
        name: "taken-against-the-rules",
        make: |recorded| {
            let mut case = recorded["start-pkce-method"].clone();
            let mut entries = case.evidence.iter_mut();
            let is_word = |key: &str| key.starts_with("authorize ") && key.contains("S512");
            let (_, entry) = entries.find(|(key, _)| is_word(key)).unwrap();
            let told =
                json!({ "form": "sent-back", "error": "login_required", "description": null });
            entry.answer = Some(told);
            case
        },
        roots: &[],
    },
    // A page that a proxy shows says nothing of the request.
    Made {
        name: "authorize-behind-a-proxy-that-fails",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            word(&mut case).answer = Some(json!({ "form": "other", "status": 502, "to": null }));
            case
        },
        roots: &[],
    },
];

/// Changes one parameter of LiteLLM's request.
fn asks(case: &mut Case, parameter: &str, value: Value) {
    let entry = case.evidence.get_mut(START).unwrap();
    entry.answer.as_mut().unwrap()["ended"][parameter] = value;
}

/// What authentik says of LiteLLM's request.
fn word(case: &mut Case) -> &mut Entry {
    let mut entries = case.evidence.iter_mut();
    let is_word = |key: &str| key.starts_with("authorize ") && key.contains("client_id=litellm&");
    entries.find(|(key, _)| is_word(key)).unwrap().1
}

/// What was not seen, or says nothing, is unknown and no pass.
#[tokio::test]
async fn a_word_that_says_nothing_is_no_pass() {
    blessed().await;
    for (name, outcome) in [
        ("authorize-behind-a-proxy-that-fails", Outcome::Unknown),
        ("taken-against-the-rules", Outcome::Passed),
        ("healthy", Outcome::Passed),
        ("refused-without-known-reason", Outcome::Found),
    ] {
        let report = Case::read(&file_of("app-start", name))
            .judged("app-start")
            .await;
        let points = report.checks.iter().flat_map(|check| &check.points);
        let mut takes = points.filter(|point| {
            let whose = ["LiteLLM", "Platform Admin"].contains(&point.subject.name.as_str());
            point.what == "authentik takes its request" && whose
        });
        assert!(takes.any(|point| point.outcome == outcome), "{name}");
    }
}

/// A pattern that only Python reads is judged by authentik's own word, where it was asked.
#[tokio::test]
async fn a_pattern_that_cannot_be_told_is_asked() {
    blessed().await;
    for (name, outcome) in [
        ("pattern-that-only-python-reads", Outcome::Unknown),
        ("pattern-that-authentik-itself-judges", Outcome::Passed),
    ] {
        let case = Case::read(&file_of("redirect-uri", name));
        let report = case.judged("redirect-uri").await;
        let points = report.checks.iter().flat_map(|check| &check.points);
        let mut allows = points.filter(|point| {
            point.subject.name == "Gitea" && point.what.starts_with("authentik allows its")
        });
        assert!(allows.all(|point| point.outcome == outcome), "{name}");
    }
}

fn fails(case: &mut Case, error: ProbeError) {
    let entry = case.evidence.get_mut(START).unwrap();
    (entry.answer, entry.error) = (None, Some(error));
}
