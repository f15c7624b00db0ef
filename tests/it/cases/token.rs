//! Cases of the token that akdoctor was given: recorded evidence with what the database tells of it
//! changed, or with what gave it.

use akdoctor::stack::TokenAccess;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const HERE: &str = "http://localhost:9000";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "expires-tomorrow",
        make: |recorded| expiring(recorded, 24),
        roots: &[("access-token/expires", HERE)],
    },
    Made {
        name: "expires-in-a-month",
        make: |recorded| expiring(recorded, 30 * 24),
        roots: &[],
    },
    Made {
        name: "superusers-token-in-a-file",
        make: |recorded| {
            let mut case = recorded["healthy"].clone();
            let from = "file /home/anna/.config/akdoctor/token".into();
            case.stack.access.token = TokenAccess::Given { from };
            case
        },
        roots: &[("access-token/superuser", HERE)],
    },
    Made {
        name: "refused-and-unknown-to-the-database",
        make: |recorded| {
            let mut case = recorded["token-expired"].clone();
            own(&mut case)["row"] = Value::Null;
            case
        },
        roots: &[("access-token/refused", HERE)],
    },
    // A proxy that drops the Authorization header is no fault of the token.
    Made {
        name: "kept-back-by-a-proxy",
        make: |recorded| {
            let mut case = recorded["token-expired"].clone();
            let refused = case.evidence.values_mut().find(|entry| entry.kind == "api");
            let error = serde_json::to_value(refused.as_ref().unwrap().error.as_ref()).unwrap();
            let text = error.to_string().replace(
                "Token invalid/expired",
                "Authentication credentials were not provided.",
            );
            refused.unwrap().error = serde_json::from_str(&text).unwrap();
            case
        },
        roots: &[],
    },
];

fn expiring(recorded: &Recorded, hours: i64) -> Case {
    let mut case = recorded["healthy"].clone();
    let until = case.started + SignedDuration::from_hours(hours);
    own(&mut case)["row"]["expires"] = json!(until.to_string());
    case
}

/// What the database tells of the token.
fn own(case: &mut Case) -> &mut Value {
    let mut entries = case.evidence.values_mut();
    let told = entries.find(|entry| entry.kind == "own-token");
    told.unwrap().answer.as_mut().unwrap()
}
