//! Scenarios about discovery documents, secrets, keys and claims.

use super::{Expected, HERE};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "discovery-page",
        exit: 1,
        roots: &[("oidc-discovery/not-a-document", "MinIO")],
        follows: &[],
    },
    Expected {
        scenario: "issuer-slash",
        exit: 1,
        roots: &[("issuer/differs", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "issuer-fixed-host",
        exit: 1,
        roots: &[("proxy-headers/host-rewritten", HERE)],
        follows: &[("issuer/differs", "Coder")],
    },
    Expected {
        scenario: "issuer-global",
        exit: 1,
        roots: &[("issuer/global", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "slug-of-another",
        exit: 1,
        roots: &[("oidc-discovery/of-another", "Platform Admin")],
        follows: &[],
    },
    Expected {
        scenario: "slug-unknown",
        exit: 1,
        roots: &[("oidc-discovery/not-found", "MinIO")],
        follows: &[("app-start/cannot-reach", "MinIO")],
    },
    Expected {
        scenario: "no-signing-key",
        exit: 1,
        roots: &[("signing-key/missing", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "key-without-private",
        exit: 1,
        roots: &[("signing-key/no-private-key", "Gitea")],
        follows: &[("oidc-discovery/fails", "Gitea")],
    },
    Expected {
        scenario: "tokens-encrypted",
        exit: 1,
        roots: &[("signing-key/encrypted", "MinIO")],
        follows: &[],
    },
    Expected {
        scenario: "minio-without-sign-in",
        exit: 1,
        roots: &[("app-release/no-sign-in", "MinIO")],
        follows: &[("app-start/cannot-reach", "MinIO")],
    },
    Expected {
        scenario: "settings-in-file",
        exit: 1,
        roots: &[
            ("redirect-uri/not-allowed", "GitLab"),
            ("redirect-uri/not-encrypted", "GitLab"),
        ],
        follows: &[("callback/refused", "GitLab")],
    },
    Expected {
        scenario: "secret-of-app",
        exit: 1,
        roots: &[("client-secret/wrong", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "secret-of-authentik",
        exit: 1,
        roots: &[("client-secret/wrong", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "secret-in-quotes",
        exit: 1,
        roots: &[
            ("client-secret/written-otherwise", "MinIO"),
            ("client-secret/written-otherwise", "Platform Admin"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "secret-missing",
        exit: 1,
        roots: &[("client-secret/missing", "LiteLLM")],
        follows: &[],
    },
    Expected {
        scenario: "public-client",
        exit: 0,
        roots: &[("client-secret/public", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "scope-missing",
        exit: 1,
        roots: &[
            ("claims/missing", "Coder"),
            ("claims/scope-not-selected", "LiteLLM"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "email-unverified",
        exit: 1,
        roots: &[("claims/email-not-verified", "Coder")],
        follows: &[],
    },
    Expected {
        scenario: "minio-without-policy",
        exit: 1,
        roots: &[("claims/missing", "MinIO")],
        follows: &[],
    },
    Expected {
        scenario: "claims-not-in-id-token",
        exit: 1,
        roots: &[("claims/not-in-id-token", "Coder")],
        follows: &[],
    },
];
