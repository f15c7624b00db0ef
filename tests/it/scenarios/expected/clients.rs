//! Scenarios about redirect URIs, applications and providers.

use super::{Expected, HERE};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "redirect-trailing-slash",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-scheme",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-host",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-port",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-case",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-encoded-twice",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-white-space",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-regex-as-strict",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-broken-regex",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-logout-type",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-other-provider",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-copied",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Platform Admin")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-forbidden-scheme",
        exit: 1,
        roots: &[("redirect-uri/forbidden-scheme", "Platform Admin")],
        follows: &[],
    },
    Expected {
        scenario: "redirect-lines-of-text",
        exit: 1,
        roots: &[("redirect-uri/not-allowed", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "empty-list",
        exit: 0,
        roots: &[("redirect-uri/empty-list", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "no-provider",
        exit: 1,
        roots: &[("redirect-uri/application-without-provider", "Gitea")],
        follows: &[
            ("oidc-discovery/not-found", "Gitea"),
            ("app-start/cannot-reach", "Gitea"),
        ],
    },
    Expected {
        scenario: "provider-of-another-kind",
        exit: 1,
        roots: &[("redirect-uri/provider-of-another-kind", "Gitea")],
        follows: &[
            ("oidc-discovery/not-found", "Gitea"),
            ("app-start/cannot-reach", "Gitea"),
        ],
    },
    Expected {
        scenario: "provider-without-application",
        exit: 0,
        roots: &[("redirect-uri/provider-without-application", "Wiki OIDC")],
        follows: &[],
    },
    Expected {
        scenario: "unseen-applications",
        exit: 3,
        roots: &[("access-token/limited", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "hostile-names",
        exit: 1,
        roots: &[
            ("redirect-uri/not-allowed", "Gitea"),
            ("redirect-uri/client-id", "Gitea"),
            ("redirect-uri/client-id", "MinIO"),
            ("redirect-uri/not-allowed", "Platform Admin"),
            (
                "redirect-uri/provider-without-application",
                "lost '\"$(id)`\u{202e}\u{1b}[31m\n\\",
            ),
            (
                "redirect-uri/empty-list",
                "Wiki '\"$(id)`\u{202e}\u{1b}[31m\n",
            ),
        ],
        follows: &[],
    },
    Expected {
        scenario: "grant-types",
        exit: 1,
        roots: &[("redirect-uri/grant-types", "Gitea")],
        follows: &[("app-start/request-refused", "Gitea")],
    },
    Expected {
        scenario: "client-id",
        exit: 1,
        roots: &[("redirect-uri/client-id", "MinIO")],
        follows: &[],
    },
];
