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
    // A proxy on the way may take any connection.
    Made {
        name: "container-name-answered-elsewhere",
        make: |recorded| typed(recorded, "10.1.2.3", "open"),
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
        name: "localhost-in-containers",
        make: localhost_in_two,
        roots: &[("dns/localhost-in-containers", "localhost")],
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
        name: "wrong-address-and-loopback-alone",
        make: wrong_and_loopback,
        roots: &[
            ("dns/container-name-wrong", "Coder"),
            ("dns/published-on-loopback", "authentik-server"),
        ],
    },
    Made {
        name: "hosts-file-hides-dns",
        make: hidden,
        roots: &[("dns/name-wrong", NAME)],
    },
    Made {
        name: "resolver-silent",
        make: silent,
        roots: &[("dns/resolver-silent", NAME)],
    },
    Made {
        name: "address-of-another-bridge",
        make: |recorded| typed(recorded, "172.19.0.1", "timed-out"),
        roots: &[("dns/timed-out-inside", "Coder")],
    },
    Made {
        name: "container-ipv6-only",
        make: |recorded| typed(recorded, "fd00::1", "no-route"),
        roots: &[("dns/container-ipv6-only", "Coder")],
    },
    Made {
        name: "own-resolver-knows-no-address",
        make: own_resolver,
        roots: &[("dns/container-name-missing", "Coder")],
    },
    Made {
        name: "default-bridge-without-names",
        make: default_bridge,
        roots: &[("dns/container-name-missing", "Coder")],
    },
    Made {
        name: "listens-on-ipv6",
        make: listens_on_ipv6,
        roots: &[("dns/listens-on-ipv6", "authentik-server")],
    },
    Made {
        name: "past-error-of-listening",
        make: past_error,
        roots: &[],
    },
    Made {
        name: "network-of-the-server",
        make: network_of_the_server,
        roots: &[],
    },
    Made {
        name: "several-addresses",
        make: several_addresses,
        roots: &[],
    },
    Made {
        name: "another-program-at-localhost",
        make: elsewhere,
        roots: &[],
    },
    Made {
        name: "further-address-of-containers",
        make: of_containers,
        roots: &[],
    },
    Made {
        name: "paused-app",
        make: paused,
        roots: &[],
    },
];

pub(super) fn healthy(recorded: &Recorded) -> Case {
    recorded["healthy"].clone()
}

/// The container of this name, as it was inspected.
pub(super) fn container<'c>(case: &'c mut Case, name: &str) -> &'c mut Value {
    let mut entries = case.evidence.values_mut();
    let found = entries.find_map(|entry| {
        let answer = entry.answer.as_mut()?;
        (entry.kind == "inspect" && answer["name"] == name).then_some(answer)
    });
    found.unwrap_or_else(|| panic!("{name} was not inspected"))
}

pub(super) fn id_of(case: &mut Case, name: &str) -> String {
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
    for name in ["coder", "gitea", "litellm", "minio"] {
        reach(&mut case, name, "timed-out");
    }
    case
}

fn typed(recorded: &Recorded, address: &str, how: &str) -> Case {
    typed_in(ended(recorded, how), address)
}

/// One container is led elsewhere; that the others are refused is another fault.
fn wrong_and_loopback(recorded: &Recorded) -> Case {
    let mut case = recorded["published-on-loopback"].clone();
    reach(&mut case, "coder", "timed-out");
    typed_in(case, "10.1.2.3")
}

fn typed_in(mut case: Case, address: &str) -> Case {
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

fn localhost_in_two(recorded: &Recorded) -> Case {
    let mut case = issuer(recorded, "http://localhost:9000/application/o/coder/");
    let url = "http://localhost:9000/application/o/minio/.well-known/openid-configuration";
    container(&mut case, "minio")["env"]["MINIO_IDENTITY_OPENID_CONFIG_URL"] =
        json!({"plain": url});
    let id = id_of(&mut case, "minio");
    let mut entry: Entry = case.evidence[&format!("reach {id} {NAME}:9000")].clone();
    entry.answer = Some(json!("refused"));
    let key = format!("reach {id} localhost:9000");
    case.evidence.insert(key, entry);
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

/// An answer to a question that the recording did not ask.
fn answer(case: &mut Case, key: &str, answer: Value) {
    let mut entry: Entry = case.evidence["engine"].clone();
    entry.kind = key.split(' ').next().unwrap_or(key).to_owned();
    (entry.answer, entry.error) = (Some(answer), None);
    case.evidence.insert(key.to_owned(), entry);
}

fn failure(case: &mut Case, key: &str, error: ProbeError) {
    answer(case, key, Value::Null);
    let entry = case.evidence.get_mut(key).unwrap();
    (entry.answer, entry.error) = (None, Some(error));
}

/// The DNS server has the right address, which a line of the hosts file hides.
fn hidden(recorded: &Recorded) -> Case {
    let mut case = recorded["dns-wrong"].clone();
    answer(
        &mut case,
        &format!("dns {NAME}"),
        json!({"addresses": ["203.0.113.7"]}),
    );
    for port in [9000, 7443] {
        answer(&mut case, &format!("connect 203.0.113.7:{port}"), json!({}));
    }
    case
}

/// As glibc says it where the DNS server is away.
fn silent(recorded: &Recorded) -> Case {
    let mut case = recorded["dns-missing"].clone();
    let detail = "failed to lookup address information: Temporary failure in name resolution";
    let host = NAME.to_owned();
    let error = ProbeError::NoAddress {
        host,
        detail: detail.into(),
    };
    failure(&mut case, &format!("lookup {NAME}"), error);
    let error = ProbeError::Failed {
        what: format!("asking the DNS server for {NAME}"),
        detail: "request timed out".into(),
    };
    failure(&mut case, &format!("dns {NAME}"), error);
    case
}

/// No tool tries the port, and its resolver knows no address although a stale line would.
fn own_resolver(recorded: &Recorded) -> Case {
    let mut case = ended(recorded, "no-tool");
    let id = id_of(&mut case, "coder");
    answer(
        &mut case,
        &format!("resolve {id} {NAME}"),
        json!("no-address"),
    );
    case
}

/// Both are on the default bridge, where containers have no names.
fn default_bridge(recorded: &Recorded) -> Case {
    let mut case = token_endpoint(recorded);
    for name in ["coder", "authentik-server"] {
        let net = json!({"bridge": {"ip": "172.17.0.9", "gateway": "172.17.0.1", "aliases": []}});
        container(&mut case, name)["networks"] = net;
        container(&mut case, name)["network_mode"] = json!("default");
    }
    let id = id_of(&mut case, "coder");
    answer(
        &mut case,
        &format!("reach {id} authentik-server:9000"),
        json!("no-address"),
    );
    case
}

const NO_IPV6: &str = "Error: failed to listen on [::]:9000: Address family not supported by \
                       protocol (os error 97)";

/// A server of 2026.5 whose log says this, and how authentik answers.
fn says(recorded: &Recorded, started: &str, at: &str) -> Case {
    let mut case = healthy(recorded);
    let server = container(&mut case, "authentik-server");
    server["image_version"] = json!("2026.5.1");
    server["state"]["started"] = json!(started);
    let id = id_of(&mut case, "authentik-server");
    let line = json!({"at": at, "stderr": true, "text": NO_IPV6});
    answer(
        &mut case,
        &format!("log {id} tail 60"),
        json!({"lines": [line]}),
    );
    case
}

fn listens_on_ipv6(recorded: &Recorded) -> Case {
    let mut case = says(recorded, "2026-11-24T10:00:00Z", "2026-11-24T10:00:02Z");
    container(&mut case, "authentik-server")["state"]["status"] = json!("restarting");
    let all: Vec<String> = case.evidence.keys().cloned().collect();
    for key in all
        .iter()
        .filter(|key| key.starts_with("http GET http://localhost:9000/"))
    {
        let at = "localhost:9000".to_owned();
        failure(&mut case, key, ProbeError::Refused { at });
    }
    case
}

/// It said so once, and is well.
fn past_error(recorded: &Recorded) -> Case {
    says(recorded, "2026-11-24T10:00:00Z", "2026-11-20T10:00:02Z")
}

/// The app's container is in the server's network: its localhost is the server's.
fn network_of_the_server(recorded: &Recorded) -> Case {
    let mut case = issuer(recorded, "http://localhost:9000/application/o/token/");
    let server = id_of(&mut case, "authentik-server");
    let coder = container(&mut case, "coder");
    coder["network_mode"] = json!(format!("container:{server}"));
    coder["networks"] = json!({});
    asked_again(&mut case, "localhost:9000", "open");
    case
}

fn asked_again(case: &mut Case, at: &str, how: &str) {
    let key = format!("reach {} {at}", id_of(case, "coder"));
    case.evidence.get_mut(&key).unwrap().answer = Some(json!(how));
}

/// IPv6 before IPv4, and the address of a VPN behind both.
fn several_addresses(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let addresses = json!({"addresses": ["::1", "127.0.0.1", "100.64.0.7"]});
    answer(&mut case, &format!("lookup {NAME}"), addresses);
    case
}

/// An app on another machine is away; that a program here has the same port says nothing.
fn elsewhere(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let name = "coder.example.com";
    case.stack.apps[0].url = Some(format!("https://{name}:7443"));
    answer(
        &mut case,
        &format!("lookup {name}"),
        json!({"addresses": ["198.51.100.4"]}),
    );
    let at = format!("{name}:7443");
    failure(
        &mut case,
        &format!("connect {at}"),
        ProbeError::Refused { at },
    );
    answer(&mut case, "connect localhost:7443", json!({}));
    let env = &mut container(&mut case, "coder")["env"];
    env["CODER_ACCESS_URL"] = json!({"plain": format!("https://{name}:7443")});
    container(&mut case, "coder")["ports"] = json!([]);
    case
}

/// A further address that only containers know is a way of its own.
fn of_containers(recorded: &Recorded) -> Case {
    let mut case = healthy(recorded);
    let url = "http://authentik-server:9000".to_owned();
    case.stack.authentik.also.push(url);
    case
}
