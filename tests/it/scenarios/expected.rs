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

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "healthy",
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
    // Nothing is faulty; the worker and its queue are hidden from this token, and there is no
    // engine to ask instead.
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
        scenario: "empty-list",
        exit: 0,
        roots: &[("redirect-uri/empty-list", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "no-provider",
        exit: 1,
        roots: &[("redirect-uri/application-without-provider", "Gitea")],
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
        follows: &[("health/refused", INSIDE)],
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
    // All is well now: what the logs tell is information.
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
];

/// The name by which containers know the machine.
const MACHINE: &str = "host.docker.internal";

/// The server's own health check and every address fail, and so does the worker's; the logs tell
/// why.
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
