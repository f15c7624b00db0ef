//! Scenarios about what stands in logs.

use super::{Expected, HERE, INSIDE};

pub const EXPECTED: &[Expected] = &[
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
