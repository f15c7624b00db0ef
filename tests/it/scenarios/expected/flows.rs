//! Scenarios about flows, brands and signing out.

use super::{Expected, HERE};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "flow-not-applicable",
        exit: 1,
        roots: &[("login-flow/refuses", HERE)],
        follows: &[("container-logs/flow-not-applicable", HERE)],
    },
    Expected {
        scenario: "flow-empty",
        exit: 1,
        roots: &[("login-flow/empty", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "flow-without-login",
        exit: 1,
        roots: &[("login-flow/no-login-stage", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "flow-denies",
        exit: 1,
        roots: &[("login-flow/denies", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "flow-missing",
        exit: 1,
        roots: &[("login-flow/missing", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "flow-of-sources",
        exit: 1,
        roots: &[("login-flow/of-sources", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "brand-without-flow",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "brand-of-another-host",
        exit: 0,
        roots: &[("login-flow/empty", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "no-authorization-flow",
        exit: 1,
        roots: &[("login-flow/authorization-missing", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "sign-out-keeps-session",
        exit: 0,
        roots: &[("sign-out/keeps-session", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "sign-out-without-flow",
        exit: 0,
        roots: &[("sign-out/no-flow", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "end-session-missing",
        exit: 0,
        roots: &[("sign-out/no-end-session", "MinIO")],
        follows: &[],
    },
    Expected {
        scenario: "logout-url-of-another",
        exit: 0,
        roots: &[
            ("sign-out/logout-url", "LiteLLM"),
            ("sign-out/redirect-ignored", "LiteLLM"),
        ],
        follows: &[],
    },
];
