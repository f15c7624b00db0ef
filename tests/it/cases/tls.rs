//! Cases of certificates that no scenario plays: the recording of a stack behind a proxy with one
//! answer changed.

use akdoctor::probe::ProbeError;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const PROXIED: &str = "https://auth.example.com";
const SHOWN: &str = "tls auth.example.com:443";
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "certificate-of-tomorrow",
        make: |recorded| {
            let mut case = Case::of(recorded, "behind-proxy");
            let from = case.started + SignedDuration::from_hours(9);
            case.answer(SHOWN)["chain"][0]["not_before"] = json!(from.to_string());
            refused(case, "not-yet-valid")
        },
        roots: &[("tls/not-yet-valid", PROXIED)],
    },
    Made {
        name: "certificate-of-no-server",
        make: |recorded| refused(Case::of(recorded, "behind-proxy"), "other"),
        roots: &[("tls/not-accepted", PROXIED)],
    },
    Made {
        name: "proxy-of-an-older-day",
        make: |recorded| without_chain(recorded, "old-protocol"),
        roots: &[("tls/old-protocol", PROXIED)],
    },
    Made {
        name: "proxy-that-does-not-know-the-name",
        make: |recorded| without_chain(recorded, "refused"),
        roots: &[("tls/refused", PROXIED)],
    },
    Made {
        name: "http-to-a-port-of-tls",
        make: http_to_tls,
        roots: &[("tls/http-to-tls-port", "Platform Admin")],
    },
    Made {
        name: "certificate-of-an-app-expired",
        make: |recorded| {
            let mut case = Case::of(recorded, "healthy");
            let ended = case.ago(3 * 24 * 60);
            let shown = case.answer("tls host.docker.internal:7443");
            shown["chain"][0]["not_after"] = json!(ended);
            shown["fault"] = json!("expired");
            case
        },
        roots: &[("tls/expired", "Coder")],
    },
    // Caddy's own authority gives twelve hours, and renews with four left.
    Made {
        name: "certificate-of-half-a-day",
        make: |recorded| {
            let mut case = Case::of(recorded, "behind-proxy");
            let (from, until) = (
                case.started - SignedDuration::from_hours(7),
                case.started + SignedDuration::from_hours(5),
            );
            let leaf = &mut case.answer(SHOWN)["chain"][0];
            leaf["not_before"] = json!(from.to_string());
            leaf["not_after"] = json!(until.to_string());
            case
        },
        roots: &[],
    },
    Made {
        name: "file-of-authorities-missing",
        make: |recorded| {
            with_variable(recorded, "coder", "SSL_CERT_FILE", || {
                let what = "/certs/company.pem in container coder".into();
                Err(ProbeError::Absent { what })
            })
        },
        roots: &[
            ("tls/not-trusted-inside", "Coder"),
            ("tls/unknown-authority", PROXIED),
        ],
    },
    Made {
        name: "file-of-authorities-right",
        make: |recorded| {
            with_variable(recorded, "coder", "SSL_CERT_FILE", || {
                Ok(json!({ "count": 1, "held": ["CN=Simulated Company CA"] }))
            })
        },
        roots: &[("tls/unknown-authority", PROXIED)],
    },
    Made {
        name: "extra-authorities-of-node-wrong",
        make: |recorded| {
            let mut case = with_variable(recorded, "platform-admin", "NODE_EXTRA_CA_CERTS", || {
                Ok(json!({ "count": 1, "held": [] }))
            });
            // Coder has the authority among the system's.
            let held = json!({ "count": 141, "held": ["CN=Simulated Company CA"] });
            let key = authorities(&mut case, "coder", BUNDLE);
            case.put(&key, Ok(held));
            case
        },
        roots: &[
            ("tls/not-trusted-inside", "Platform Admin"),
            ("tls/unknown-authority", PROXIED),
        ],
    },
];

fn refused(mut case: Case, fault: &str) -> Case {
    let shown = case.answer(SHOWN);
    shown["fault"] = json!(fault);
    shown["detail"] = json!(format!("invalid peer certificate: {fault}"));
    case
}

fn without_chain(recorded: &Recorded, fault: &str) -> Case {
    let mut case = Case::of(recorded, "behind-proxy");
    let detail = "received fatal alert: the peer's words";
    let shown = json!({ "chain": [], "fault": fault, "detail": detail });
    case.put(SHOWN, Ok(shown));
    case
}

/// Platform Admin speaks TLS, and its address begins with http.
fn http_to_tls(recorded: &Recorded) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let shown = case.answer("tls host.docker.internal:7443").clone();
    let page = case.answer("http GET http://localhost:5050/");
    page["status"] = json!(400);
    page["body"] = json!("Client sent an HTTP request to an HTTPS server.\n");
    case.put("tls localhost:5050", Ok(shown));
    case
}

/// The key under which a file of a container was asked for the authorities of the company.
fn authorities(case: &mut Case, container: &str, path: &str) -> String {
    let id = case.container(container)["id"].as_str().unwrap().to_owned();
    let wanted = ["CN=Simulated Company CA"; 2].join(" | ");
    format!("authorities {id}:{path} {wanted}")
}

fn with_variable(
    recorded: &Recorded,
    container: &str,
    variable: &str,
    told: fn() -> Result<Value, ProbeError>,
) -> Case {
    let mut case = Case::of(recorded, "tls-unknown-authority");
    let path = "/certs/company.pem";
    case.container(container)["env"][variable] = json!({ "plain": path });
    let key = authorities(&mut case, container, path);
    case.put(&key, told());
    case
}
