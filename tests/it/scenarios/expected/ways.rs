//! Scenarios about reverse proxies, TLS, cookies and names.

use super::{Expected, INSIDE, MACHINE, PROXIED};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "proxy-without-scheme",
        exit: 1,
        roots: &[("proxy-headers/scheme-lost", PROXIED)],
        follows: &[("issuer/differs", "Coder")],
    },
    Expected {
        scenario: "proxy-not-trusted",
        exit: 1,
        roots: &[("proxy-headers/not-trusted", PROXIED)],
        follows: &[("issuer/differs", "Coder")],
    },
    Expected {
        scenario: "proxy-host-rewritten",
        exit: 1,
        roots: &[("proxy-headers/host-rewritten", PROXIED)],
        follows: &[("issuer/differs", "Coder")],
    },
    Expected {
        scenario: "cookie-domain",
        exit: 1,
        roots: &[("cookies/domain", PROXIED)],
        follows: &[],
    },
    Expected {
        scenario: "http-beside-https",
        exit: 0,
        roots: &[("cookies/http-beside-https", PROXIED)],
        follows: &[],
    },
    Expected {
        scenario: "callback-elsewhere",
        exit: 1,
        roots: &[("cookies/callback-elsewhere", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "callback-refused",
        exit: 1,
        roots: &[("callback/refused", "Coder")],
        follows: &[("redirect-uri/outdated", "Coder")],
    },
    Expected {
        scenario: "callback-of-another",
        exit: 1,
        roots: &[("callback/another-container", "Coder")],
        follows: &[("redirect-uri/outdated", "Coder")],
    },
    Expected {
        scenario: "too-wide",
        exit: 0,
        roots: &[("redirect-uri/too-wide", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "dns-missing",
        exit: 1,
        roots: &[("dns/name-missing", MACHINE)],
        follows: &[("health/no-address", INSIDE)],
    },
    Expected {
        scenario: "dns-wrong",
        exit: 1,
        roots: &[("dns/name-wrong", MACHINE)],
        follows: &[("health/refused", INSIDE), ("app-start/refused", "Coder")],
    },
    Expected {
        scenario: "container-dns-missing",
        exit: 1,
        roots: &[("dns/container-name-missing", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "published-on-loopback",
        exit: 1,
        roots: &[("dns/published-on-loopback", "authentik-server")],
        follows: &[
            ("dns/refused-inside", "Coder"),
            ("dns/refused-inside", "Gitea"),
            ("dns/refused-inside", "MinIO"),
            ("dns/refused-inside", "Platform Admin"),
            ("dns/refused-inside", "LiteLLM"),
        ],
    },
    Expected {
        scenario: "service-name-in-url",
        exit: 1,
        roots: &[("dns/service-name-in-url", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "service-name-in-urls",
        exit: 1,
        roots: &[("dns/service-name-in-urls", "authentik-server")],
        follows: &[
            ("dns/service-name-in-url", "Coder"),
            ("dns/service-name-in-url", "LiteLLM"),
        ],
    },
];
