//! What each scenario must come to.

/// A scenario's outcome.
pub struct Expected {
    pub scenario: &'static str,
    pub exit: i32,
    /// Code and subject of every root cause, in order.
    pub roots: &'static [(&'static str, &'static str)],
    /// Code and subject of everything that follows, in order.
    pub follows: &'static [(&'static str, &'static str)],
}

const HERE: &str = "http://localhost:9000";
const INSIDE: &str = "http://host.docker.internal:9000";
const PROXIED: &str = "https://auth.example.com";

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "healthy",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "apps-otherwise",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "server-down",
        exit: 1,
        roots: &[("health/container-stopped", "authentik-server")],
        follows: &[("health/refused", HERE), ("health/refused", INSIDE)],
    },
    Expected {
        scenario: "database-down",
        exit: 1,
        roots: &[("health/container-stopped", "authentik-postgresql")],
        follows: DATABASE_DOWN,
    },
    Expected {
        scenario: "database-hanging",
        exit: 1,
        roots: &[("health/container-paused", "authentik-postgresql")],
        follows: &[("health/silent", HERE), ("health/silent", INSIDE)],
    },
    Expected {
        scenario: "worker-down",
        exit: 1,
        roots: &[("health/container-stopped", "authentik-worker")],
        follows: &[("health/no-worker", "authentik-worker")],
    },
    Expected {
        scenario: "starting",
        exit: 1,
        roots: &[("health/starting", HERE)],
        follows: &[("health/starting", INSIDE)],
    },
    Expected {
        scenario: "not-authentik",
        exit: 1,
        roots: &[("health/port-elsewhere", "authentik-server")],
        follows: &[
            ("health/another-program", HERE),
            ("health/another-program", INSIDE),
        ],
    },
    Expected {
        scenario: "oom",
        exit: 1,
        roots: &[("health/out-of-memory", "authentik-server")],
        follows: &[("health/refused", HERE), ("health/refused", INSIDE)],
    },
    Expected {
        scenario: "limited-token",
        exit: 3,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "several",
        exit: 1,
        roots: &[
            ("health/container-stopped", "authentik-postgresql"),
            ("app-start/container-stopped", "Gitea"),
            ("health/version-mismatch", "authentik-worker"),
        ],
        follows: DATABASE_DOWN,
    },
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
        roots: &[],
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
        follows: &[],
    },
    Expected {
        scenario: "client-id",
        exit: 1,
        roots: &[("redirect-uri/client-id", "MinIO")],
        follows: &[],
    },
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
        follows: &[],
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
    Expected {
        scenario: "flow-not-applicable",
        exit: 1,
        roots: &[("login-flow/refuses", HERE)],
        follows: &[],
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
            ("tls/self-signed", "https://localhost:9443"),
        ],
        follows: &[("health/tls", "https://localhost:9443")],
    },
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
        scenario: "callback-elsewhere",
        exit: 1,
        roots: &[("cookies/callback-elsewhere", "Coder")],
        follows: &[],
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
        scenario: "inactive-user",
        exit: 1,
        roots: &[("users/inactive", "contractor3")],
        follows: &[],
    },
    Expected {
        scenario: "missing-user",
        exit: 1,
        roots: &[("users/missing", "contractor2")],
        follows: &[],
    },
    Expected {
        scenario: "user-in-other-letters",
        exit: 1,
        roots: &[("users/missing", "contractor2")],
        follows: &[],
    },
    Expected {
        scenario: "no-password",
        exit: 1,
        roots: &[("users/no-password", "readonly")],
        follows: &[],
    },
    Expected {
        scenario: "no-superuser",
        exit: 1,
        roots: &[("users/inactive", "akadmin")],
        follows: &[("users/no-superuser", "any superuser")],
    },
    Expected {
        scenario: "not-superuser",
        exit: 1,
        roots: &[("users/not-superuser", "akadmin")],
        follows: &[("users/no-superuser", "any superuser")],
    },
    Expected {
        scenario: "not-in-group",
        exit: 1,
        roots: &[("users/not-in-group", "appmanager")],
        follows: &[],
    },
    Expected {
        scenario: "nested-group",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "missing-group",
        exit: 1,
        roots: &[("users/missing-group", "App Managers")],
        follows: &[],
    },
    Expected {
        scenario: "user-type",
        exit: 1,
        roots: &[("users/type", "akadmin")],
        follows: &[],
    },
    Expected {
        scenario: "stranger-tried",
        exit: 0,
        roots: &[("users/inactive-tried", "oldtimer")],
        follows: &[],
    },
    Expected {
        scenario: "shared-email",
        exit: 0,
        roots: &[("users/shared-email", "contractor1")],
        follows: &[],
    },
    Expected {
        scenario: "directory-100k",
        exit: 1,
        roots: &[
            ("users/inactive", "contractor2"),
            ("users/single-superuser", "akadmin"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "log-story",
        exit: 1,
        roots: &[("container-logs/redirect-uri-refused", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "database-password",
        exit: 1,
        roots: &[("health/database-password", "authentik-postgresql")],
        follows: &[
            (
                "container-logs/database-password-refused",
                "authentik-postgresql",
            ),
            ("container-logs/database-password", "authentik-server"),
            ("health/container-unhealthy", "authentik-server"),
            ("container-logs/database-password", "authentik-worker"),
            ("health/container-unhealthy", "authentik-worker"),
            ("health/server-error", HERE),
            ("health/server-error", INSIDE),
        ],
    },
    Expected {
        scenario: "disk-full",
        exit: 1,
        roots: &[("health/disk-full", "authentik-postgresql")],
        follows: &[
            ("container-logs/disk-full", "authentik-postgresql"),
            ("health/database-not-accepting", "authentik-postgresql"),
            ("health/container-unhealthy", "authentik-server"),
            ("health/container-unhealthy", "authentik-worker"),
            ("health/server-error", HERE),
            ("health/server-error", INSIDE),
        ],
    },
    Expected {
        scenario: "past-errors",
        exit: 0,
        roots: &[
            (
                "container-logs/database-name-unresolved",
                "authentik-server",
            ),
            ("container-logs/database-starting", "authentik-worker"),
        ],
        follows: &[(
            "container-logs/database-connection-lost",
            "authentik-worker",
        )],
    },
    Expected {
        scenario: "only-noise",
        exit: 0,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "migration-lock",
        exit: 1,
        roots: &[("container-logs/migration-lock", "authentik-server")],
        follows: &[
            ("health/container-unhealthy", "authentik-server"),
            ("health/starting", HERE),
            ("health/starting", INSIDE),
        ],
    },
];

/// The name by which containers know the machine.
const MACHINE: &str = "host.docker.internal";

/// The server's own health check and every address fail, and so does the worker's.
const DATABASE_DOWN: &[(&str, &str)] = &[
    ("health/container-unhealthy", "authentik-server"),
    ("health/server-error", HERE),
    ("health/container-unhealthy", "authentik-worker"),
    ("container-logs/database-starting", "authentik-worker"),
    (
        "container-logs/database-name-unresolved",
        "authentik-server",
    ),
    ("health/server-error", INSIDE),
    (
        "container-logs/database-connection-lost",
        "authentik-worker",
    ),
];

/// What this scenario must come to.
pub fn expected(scenario: &str) -> &'static Expected {
    let mut all = EXPECTED.iter();
    all.find(|expected| expected.scenario == scenario)
        .unwrap_or_else(|| panic!("nothing is expected of {scenario}"))
}
