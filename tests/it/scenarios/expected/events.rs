//! Scenarios about what authentik's events tell.

use super::{Expected, HERE};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "many-failures",
        exit: 0,
        roots: &[
            ("recent-failures/many-people", HERE),
            ("recent-failures/guessing", HERE),
            ("recent-failures/sign-ins", "contractor1"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "policy-exception",
        exit: 1,
        roots: &[
            ("recent-failures/policy", "MinIO"),
            ("users/single-superuser", "akadmin"),
        ],
        follows: &[],
    },
    Expected {
        scenario: "policy-exception-in-log",
        exit: 1,
        roots: &[("container-logs/policy-failed", "MinIO")],
        follows: &[("recent-failures/policy", "MinIO")],
    },
    Expected {
        scenario: "changed-before-failure",
        exit: 1,
        roots: &[
            ("recent-failures/mapping", "Coder"),
            ("recent-changes/before-failures", "Coder"),
        ],
        follows: &[],
    },
];
