//! Cases of reverse proxies that no scenario plays: documents with another name in them.

use akdoctor::probe::ProbeError;
use serde_json::{Value, json};

use super::{
    Case,
    made::{Made, Recorded},
};

const PROXIED: &str = "https://auth.example.com";
const HERE: &str = "http://localhost:9000";

pub(super) const MADE: &[Made] = &[
    Made {
        name: "port-lost",
        make: |recorded| {
            let mut case = Case::of(recorded, "behind-proxy");
            told(&mut case, PROXIED, "https://auth.example.com:8443");
            case
        },
        roots: &[("proxy-headers/port-lost", PROXIED)],
    },
    Made {
        name: "https-whatever-was-asked",
        make: |recorded| {
            let mut case = Case::of(recorded, "healthy");
            for host in ["localhost:9000", "host.docker.internal:9000"] {
                told(
                    &mut case,
                    &format!("http://{host}"),
                    &format!("https://{host}"),
                );
            }
            case
        },
        roots: &[
            ("proxy-headers/scheme-added", HERE),
            ("proxy-headers/scheme-added", HERE),
        ],
    },
    Made {
        name: "address-of-its-own",
        make: |recorded| {
            let mut case = Case::of(recorded, "behind-proxy");
            newer(&mut case);
            let own = json!({ "plain": "https://sso.example.com/" });
            case.container("authentik-server")["env"]["AUTHENTIK_WEB__BASE_URL"] = own;
            told(&mut case, PROXIED, "https://sso.example.com");
            case
        },
        roots: &[("proxy-headers/own-address", PROXIED)],
    },
    // The usual ranges hold the proxy, so it is not trust that is missing.
    Made {
        name: "trusted-and-silent",
        make: |recorded| {
            let mut case = Case::of(recorded, "proxy-not-trusted");
            let env = &mut case.container("authentik-server")["env"];
            let ranges = "AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS";
            env.as_object_mut().unwrap().remove(ranges);
            case
        },
        roots: &[("proxy-headers/scheme-lost", PROXIED)],
    },
    // Nor can it be told where a range cannot be read.
    Made {
        name: "ranges-that-are-none",
        make: |recorded| {
            let mut case = Case::of(recorded, "proxy-not-trusted");
            let env = &mut case.container("authentik-server")["env"];
            env["AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS"] = json!({ "plain": "traefik" });
            case
        },
        roots: &[("proxy-headers/scheme-lost", PROXIED)],
    },
    // What was added to the usual ranges by hand replaces them.
    Made {
        name: "ranges-with-the-proxy",
        make: |recorded| {
            let mut case = Case::of(recorded, "proxy-not-trusted");
            let env = &mut case.container("authentik-server")["env"];
            env["AUTHENTIK_LISTEN__TRUSTED_PROXY_CIDRS"] = json!({ "plain": "172.19.0.6" });
            case
        },
        roots: &[("proxy-headers/scheme-lost", PROXIED)],
    },
    Made {
        name: "token-that-did-not-arrive",
        make: |recorded| {
            let mut case = Case::of(recorded, "behind-proxy");
            let me = format!("{PROXIED}/api/v3/core/users/me/");
            let entry = case.evidence.get_mut(&format!("api GET {me}")).unwrap();
            entry.answer = None;
            let detail = "Authentication credentials were not provided. (the token did not arrive)";
            entry.error = Some(ProbeError::NotAllowed {
                what: format!("GET {me}"),
                detail: detail.into(),
            });
            case
        },
        roots: &[("proxy-headers/authorization-lost", PROXIED)],
    },
];

pub(super) const COOKIES: &[Made] = &[
    Made {
        name: "cookie-of-another-domain",
        make: |recorded| {
            let mut case = Case::of(recorded, "healthy");
            let cookie = json!({ "name": "oauth_state", "domain": "coder.example.com" });
            starts(&mut case, "host.docker.internal:7443/api")["hops"][0]["cookies"] =
                json!([cookie]);
            case
        },
        roots: &[("cookies/thrown-away", "Coder")],
    },
    // Coder is opened at host.docker.internal, and authentik at auth.example.com.
    Made {
        name: "state-that-is-strict",
        make: |recorded| {
            let mut case = Case::of(recorded, "cookie-domain");
            let env = &mut case.container("authentik-server")["env"];
            env.as_object_mut()
                .unwrap()
                .remove("AUTHENTIK_COOKIE_DOMAIN");
            let hop = &mut starts(&mut case, "host.docker.internal:7443/api")["hops"][0];
            hop["cookies"][0]["same_site"] = json!("strict");
            case
        },
        roots: &[("cookies/kept-back", "Coder")],
    },
    Made {
        name: "several-names",
        make: |recorded| {
            let mut case = Case::of(recorded, "cookie-domain");
            let env = &mut case.container("authentik-server")["env"];
            env.as_object_mut()
                .unwrap()
                .remove("AUTHENTIK_COOKIE_DOMAIN");
            case.stack.authentik.also = vec!["https://sso.example.com".into()];
            starts(&mut case, "localhost:4000/sso")["ended"]["host"] = json!("sso.example.com");
            case
        },
        roots: &[("cookies/several-names", PROXIED)],
    },
];

/// Callbacks that no scenario plays: Coder's start sends one at a port of its own.
pub(super) const CALLBACK: &[Made] = &[
    Made {
        name: "nothing-answers",
        make: |recorded| {
            let error = ProbeError::TimedOut {
                at: CALLBACK_AT.into(),
                doing: "connect".into(),
                millis: 5000,
            };
            elsewhere(recorded, Err(error))
        },
        roots: &[("callback/silent", "Coder")],
    },
    Made {
        name: "host-without-address",
        make: |recorded| {
            let error = ProbeError::NoAddress {
                host: "coder.example.com".into(),
                detail: "no such host".into(),
            };
            elsewhere(recorded, Err(error))
        },
        roots: &[("callback/no-address", "Coder")],
    },
    Made {
        name: "callback-without-tls",
        make: |recorded| {
            let answer = json!({ "chain": [], "fault": "not-tls", "detail": null });
            elsewhere(recorded, Ok(answer))
        },
        roots: &[("callback/not-tls", "Coder")],
    },
    // Whom its certificate convinces is told elsewhere.
    Made {
        name: "callback-at-a-port-of-its-own",
        make: |recorded| {
            let answer = json!({ "chain": [], "fault": null, "detail": null });
            elsewhere(recorded, Ok(answer))
        },
        roots: &[],
    },
];

const CALLBACK_AT: &str = "coder.example.com:8443";

/// The healthy world, in which Coder's callback is elsewhere and a look there comes to this.
fn elsewhere(recorded: &Recorded, look: Result<Value, ProbeError>) -> Case {
    let mut case = Case::of(recorded, "healthy");
    let ended = &mut starts(&mut case, "host.docker.internal:7443/api")["ended"];
    ended["redirect_uri"] = json!(format!("https://{CALLBACK_AT}/api/v2/users/oidc/callback"));
    case.put(&format!("tls {CALLBACK_AT}"), look);
    case
}

/// The answer of the start whose question holds this.
fn starts<'c>(case: &'c mut Case, part: &str) -> &'c mut Value {
    let mut entries = case.evidence.iter_mut();
    let found = entries.find(|(key, _)| key.starts_with("start ") && key.contains(part));
    found.unwrap().1.answer.as_mut().unwrap()
}

/// Puts another origin into every document that was asked at one.
fn told(case: &mut Case, asked: &str, told: &str) {
    let entries = case.evidence.iter_mut();
    let documents = entries.filter(|(key, _)| key.starts_with(&format!("discovery GET {asked}/")));
    for (_, entry) in documents {
        let answer = entry.answer.as_mut().unwrap();
        let text = answer.to_string().replace(asked, told);
        *answer = serde_json::from_str::<Value>(&text).unwrap();
    }
}

/// authentik 2026.8.
fn newer(case: &mut Case) {
    for entry in case.evidence.values_mut() {
        if let Some(answer) = entry.answer.as_mut()
            && answer.get("current").is_some()
        {
            answer["current"] = json!("2026.8.3");
        }
    }
}
