//! Scenarios about where each app's sign-in begins.

use super::Expected;

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "app-stopped",
        exit: 1,
        roots: &[("app-start/container-stopped", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "app-port-elsewhere",
        exit: 1,
        roots: &[("app-start/port-elsewhere", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "app-refused",
        exit: 1,
        roots: &[("app-start/refused", "Platform Admin")],
        follows: &[],
    },
    Expected {
        scenario: "sso-not-configured",
        exit: 1,
        roots: &[
            ("app-start/not-configured", "Gitea"),
            ("app-start/not-configured", "LiteLLM"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "start-unknown-host",
        exit: 1,
        roots: &[("app-start/unresolvable-host", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-unreadable-document",
        exit: 1,
        roots: &[("app-start/cannot-reach", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-page",
        exit: 1,
        roots: &[("app-start/page", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-fails",
        exit: 1,
        roots: &[("app-start/fails", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "start-endless",
        exit: 1,
        roots: &[("app-start/endless", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "start-no-address",
        exit: 1,
        roots: &[("app-start/bad-location", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "start-javascript",
        exit: 1,
        roots: &[("app-start/bad-location", "MinIO")],
        follows: &[],
    },
    Expected {
        scenario: "start-moved",
        exit: 0,
        roots: &[("app-start/moved", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-elsewhere",
        exit: 1,
        roots: &[("app-start/elsewhere", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-other-provider",
        exit: 1,
        roots: &[("app-start/other-provider", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-other-instance",
        exit: 1,
        roots: &[("app-start/other-instance", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "start-wrong-path",
        exit: 1,
        roots: &[("app-start/wrong-path", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "start-no-openid",
        exit: 1,
        roots: &[("claims/no-openid", "LiteLLM")],
        follows: &[("app-start/no-openid", "LiteLLM")],
    },
    Expected {
        scenario: "start-parameters",
        exit: 1,
        roots: &[
            ("app-start/response-type", "Gitea"),
            ("app-start/parameter-missing", "MinIO"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "start-response-type",
        exit: 1,
        roots: &[("app-start/response-type", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "start-pkce-method",
        exit: 1,
        roots: &[("app-start/pkce-method", "Platform Admin")],
        follows: &[],
    },
    Expected {
        scenario: "authorize-refuses",
        exit: 1,
        roots: &[("redirect-uri/refused", "Gitea")],
        follows: &[],
    },
];
