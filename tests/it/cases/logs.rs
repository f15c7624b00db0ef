//! Cases of logs that no scenario plays.

use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

pub(super) const MADE: &[Made] = &[Made {
    name: "unknown-errors",
    make: unknown,
    roots: &[("container-logs/unknown-errors", "authentik-server")],
}];

/// Errors of the server's that no signature knows, twice in the last minute.
fn unknown(recorded: &Recorded) -> Case {
    let mut case = recorded["healthy"].clone();
    let at = case.started.to_string();
    log_of_the_server(&mut case)["unknown"] = json!([{
        "template": "the flux capacitor is *", "sample": "the flux capacitor is empty",
        "count": 2, "first": at, "last": at, "before_last": at,
    }]);
    case
}

/// What its log was found to hold.
fn log_of_the_server(case: &mut Case) -> &mut Value {
    let server = case.evidence.values().find_map(|entry| {
        let answer = entry.answer.as_ref()?;
        (entry.kind == "inspect" && answer["name"] == "authentik-server").then(|| &answer["id"])
    });
    let key = format!("container-log {}", server.unwrap().as_str().unwrap());
    let mut entries = case.evidence.iter_mut();
    let log = entries.find(|(name, _)| name.starts_with(&key)).unwrap().1;
    log.answer.as_mut().unwrap()
}
