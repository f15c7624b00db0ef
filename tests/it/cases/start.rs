//! Cases of starts that no scenario plays: the healthy recording with one answer changed.

use akdoctor::probe::ProbeError;
use serde_json::json;

use super::{Case, made::Made};

const START: &str = "start GET http://localhost:4000/sso/key/generate";

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
            let entry = case.evidence.get_mut(START).unwrap();
            let answer = entry.answer.as_mut().unwrap();
            answer["ended"]["scope"] = json!("email profile");
            case
        },
        roots: &[("app-start/no-openid", "LiteLLM")],
    },
];

fn fails(case: &mut Case, error: ProbeError) {
    let entry = case.evidence.get_mut(START).unwrap();
    (entry.answer, entry.error) = (None, Some(error));
}
