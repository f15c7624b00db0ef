//! Cases of names and ports that no scenario plays: the healthy recording with a few answers
//! changed.

use akdoctor::{evidence::Entry, probe::ProbeError};
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const NAME: &str = "host.docker.internal";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "ipv6-only",
        make: ipv6_only,
        roots: &[("dns/ipv6-only", NAME)],
    },
    Made {
        name: "container-name-wrong",
        make: |recorded| typed(recorded, "10.1.2.3", "timed-out"),
        roots: &[("dns/container-name-wrong", "Coder")],
    },
    Made {
        name: "container-name-is-itself",
        make: |recorded| typed(recorded, "127.0.0.1", "refused"),
        roots: &[("dns/container-name-wrong", "Coder")],
    },
    Made {
        name: "refused-inside",
        make: |recorded| ended(recorded, "refused"),
        roots: &[("dns/refused-inside", "Coder")],
    },
    Made {
        name: "firewall-drops",
        make: |recorded| ended(recorded, "timed-out"),
        roots: &[("dns/timed-out-inside", "Coder")],
    },
    Made {
        name: "firewall-rejects",
        make: |recorded| ended(recorded, "no-route"),
        roots: &[("dns/no-route-inside", "Coder")],
    },
    Made {
        name: "reset-inside",
        make: |recorded| ended(recorded, "reset"),
        roots: &[("dns/reset-inside", "Coder")],
    },
    Made {
        name: "every-container-dropped",
        make: every_container,
        roots: &[("dns/timed-out-inside", NAME)],
    },
    Made {
        name: "localhost-in-container",
        make: |recorded| issuer(recorded, "http://localhost:9000/application/o/coder/"),
        roots: &[("dns/localhost-in-container", "Coder")],
    },
    Made {
        name: "other-network",
        make: |recorded| token_endpoint(recorded),
        roots: &[("dns/other-network", "Coder")],
    },
    Made {
        name: "no-tool-inside",
        make: |recorded| ended(recorded, "no-tool"),
        roots: &[],
    },
    Made {
        name: "paused-app",
        make: paused,
        roots: &[],
    },
];

fn healthy(recorded: &Recorded) -> Case {
    recorded["healthy"].clone()
}

/// The container of this name, as it was inspected.
fn container<'c>(case: &'c mut Case, name: &str) -> &'c mut Value {
    let mut entries = case.evidence.values_mut();
    let found = entries.find_map(|entry| {
        let answer = entry.answer.as_mut()?;
        (entry.kind == "inspect" && answer["name"] == name).then_some(answer)
    });
    found.unwrap_or_else(|| panic!("{name} was not inspected"))
}

fn id_of(case: &mut Case, name: &str) -> String {
    container(case, name)["id"].as_str().unwrap().to_owned()
}

fn reach(case: &mut Case, name: &str, how: &str) {
    let key = format!("reach {} {NAME}:9000", id_of(case, name));
    let entry = case.evidence.get_mut(&key);
    entry
        .unwrap_or_else(|| panic!("{key} was not asked"))
        .answer = Some(json!(how));
}

fn ended(recorded: &Recorded, how: &str) -> Case {
    let mut case = healthy(recorded);
    reach(&mut case, "coder", how);
    case
}

fn every_container(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    for name in ["coder", "gitea", "minio"] {
        reach(&mut case, name, "timed-out");
    }
    case
}

fn typed(recorded: &Recorded, address: &str, how: &str) -> Case {
    let mut case = ended(recorded, how);
    container(&mut case, "coder")["extra_hosts"] = json!([format!("{NAME}:{address}")]);
    let key = format!("file {}:/etc/hosts", id_of(&mut case, "coder"));
    let text = format!("127.0.0.1\tlocalhost\n{address}\t{NAME}\n");
    case.evidence.get_mut(&key).unwrap().answer = Some(json!({"text": text}));
    case
}

/// Coder was given this issuer, and is refused there.
fn issuer(recorded: &Recorded, url: &str) -> Case {
    let mut case = healthy(recorded);
    container(&mut case, "coder")["env"]["CODER_OIDC_ISSUER_URL"] = json!({"plain": url});
    asked_as(&mut case, "localhost:9000", "refused");
    case
}

fn asked_as(case: &mut Case, at: &str, how: &str) {
    let id = id_of(case, "coder");
    let usual = case.evidence.remove(&format!("reach {id} {NAME}:9000"));
    let mut entry: Entry = usual.unwrap();
    entry.answer = Some(json!(how));
    case.evidence.insert(format!("reach {id} {at}"), entry);
}

fn token_endpoint(recorded: &Recorded) -> Case {
    let mut case = issuer(
        recorded,
        "http://authentik-server:9000/application/o/token/",
    );
    let id = id_of(&mut case, "coder");
    let old = format!("reach {id} localhost:9000");
    let entry = case.evidence.remove(&old).unwrap();
    let key = format!("reach {id} authentik-server:9000");
    case.evidence.insert(key, entry);
    let env = &mut container(&mut case, "coder")["env"];
    env.as_object_mut()
        .unwrap()
        .retain(|name, _| !name.contains("ACCESS_URL"));
    case
}

fn ipv6_only(recorded: &Recorded) -> Case {
    let mut case = recorded["dns-wrong"].clone();
    let key = format!("lookup {NAME}");
    let entry = case.evidence.get_mut(&key).unwrap();
    entry.answer = Some(json!({"addresses": ["fd00::20"]}));
    case
}

fn paused(recorded: &Recorded) -> Case {
    let mut case = ended(recorded, "no-tool");
    container(&mut case, "coder")["state"]["status"] = json!("paused");
    let id = id_of(&mut case, "coder");
    let key = format!("reach {id} {NAME}:9000");
    let entry = case.evidence.get_mut(&key).unwrap();
    entry.answer = None;
    entry.error = Some(ProbeError::Absent { what: key });
    case
}
