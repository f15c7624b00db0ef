//! Cases of logs that no scenario plays.

use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

pub(super) const MADE: &[Made] = &[
    Made {
        name: "unknown-errors",
        make: unknown,
        roots: &[("container-logs/unknown-errors", "authentik-server")],
    },
    Made {
        name: "one-fault-in-two-logs",
        make: in_two_logs,
        roots: &[("container-logs/migration-failed", "authentik-postgresql")],
    },
];

/// A column that is missing: the database tells of it, and so does the server, which asked.
fn in_two_logs(recorded: &Recorded) -> Case {
    let mut case = recorded["healthy"].clone();
    let at = case.started.to_string();
    let sample = "column authentik_core_user.last_seen does not exist";
    for container in ["authentik-server", "authentik-postgresql"] {
        log_of(&mut case, container)["groups"] = json!([{
            "id": "PG-13", "values": {}, "count": 2, "first": at, "last": at, "before_last": at,
            "since": at, "timeline": { "from": null, "seconds": 1, "counts": [] }, "sample": sample, "requests": [],
        }]);
    }
    case
}

/// Errors of the server's that no signature knows, twice in the last minute.
fn unknown(recorded: &Recorded) -> Case {
    let mut case = recorded["healthy"].clone();
    let at = case.started.to_string();
    log_of(&mut case, "authentik-server")["unknown"] = json!([{
        "template": "the flux capacitor is *", "sample": "the flux capacitor is empty",
        "count": 2, "first": at, "last": at, "before_last": at,
    }]);
    case
}

/// What a container's log was found to hold.
fn log_of<'a>(case: &'a mut Case, container: &str) -> &'a mut Value {
    let server = case.evidence.values().find_map(|entry| {
        let answer = entry.answer.as_ref()?;
        (entry.kind == "inspect" && answer["name"] == container).then(|| &answer["id"])
    });
    let key = format!("container-log {}", server.unwrap().as_str().unwrap());
    let mut entries = case.evidence.iter_mut();
    let log = entries.find(|(name, _)| name.starts_with(&key)).unwrap().1;
    log.answer.as_mut().unwrap()
}
