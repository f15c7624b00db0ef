//! Scenarios about certificates.

use super::{Expected, PROXIED};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "behind-proxy",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "tls-expired",
        exit: 1,
        roots: &[("tls/expired", PROXIED)],
        follows: &[("health/tls", PROXIED)],
    },
    Expected {
        scenario: "tls-wrong-name",
        exit: 1,
        roots: &[("tls/wrong-name", PROXIED)],
        follows: &[("health/tls", PROXIED)],
    },
    Expected {
        scenario: "tls-unknown-authority",
        exit: 1,
        roots: &[
            ("tls/not-trusted-inside", "Coder"),
            ("tls/unknown-authority", PROXIED),
        ],
        follows: &[("health/tls", PROXIED)],
    },
    Expected {
        scenario: "tls-incomplete-chain",
        exit: 1,
        roots: &[("tls/incomplete-chain", PROXIED)],
        follows: &[("tls/not-trusted-inside", "Coder"), ("health/tls", PROXIED)],
    },
    Expected {
        scenario: "tls-expires-soon",
        exit: 0,
        roots: &[("tls/expires-soon", PROXIED)],
        follows: &[],
    },
    Expected {
        scenario: "tls-plain-http",
        exit: 1,
        roots: &[("tls/plain-http", "https://localhost:9000")],
        follows: &[("health/tls", "https://localhost:9000")],
    },
    Expected {
        scenario: "tls-self-signed",
        exit: 1,
        roots: &[
            ("tls/not-trusted-inside", "Coder"),
            ("cookies/http-beside-https", "https://localhost:9443"),
            ("tls/self-signed", "https://localhost:9443"),
        ],
        follows: &[("health/tls", "https://localhost:9443")],
    },
];
