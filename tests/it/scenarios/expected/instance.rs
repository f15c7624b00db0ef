//! Scenarios about the instance itself: its containers, its database, its token.

use super::{Expected, HERE, INSIDE};

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
        roots: &[("access-token/limited", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "token-expired",
        exit: 0,
        roots: &[("access-token/refused", HERE)],
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
];

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
