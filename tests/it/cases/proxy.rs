//! Cases of reverse proxies that no scenario plays: documents with another name in them.

use serde_json::{Value, json};

use super::{Case, made::Made};

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
];

pub(super) const COOKIES: &[Made] = &[Made {
    name: "cookie-of-another-domain",
    make: |recorded| {
        let mut case = Case::of(recorded, "healthy");
        let entries = case.evidence.iter_mut();
        let mut starts = entries.filter(|(key, _)| key.contains("host.docker.internal:7443/api"));
        let (_, entry) = starts.next().unwrap();
        let cookie = json!({ "name": "oauth_state", "domain": "coder.example.com" });
        entry.answer.as_mut().unwrap()["hops"][0]["cookies"] = json!([cookie]);
        case
    },
    roots: &[("cookies/thrown-away", "Coder")],
}];

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
