//! Scenarios about people.

use super::{Expected, HERE};

pub const EXPECTED: &[Expected] = &[
    Expected {
        scenario: "inactive-user",
        exit: 1,
        roots: &[("users/inactive", "contractor3")],
        follows: &[("recent-failures/sign-ins", "contractor3")],
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
        scenario: "mfa-required",
        exit: 0,
        roots: &[("login-flow/second-factor-wanted", HERE)],
        follows: &[],
    },
    Expected {
        scenario: "no-superuser",
        exit: 1,
        roots: &[
            ("users/inactive", "akadmin"),
            ("access-token/refused", HERE),
        ],
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
        scenario: "app-nobody",
        exit: 1,
        roots: &[("app-access/nobody", "Gitea")],
        follows: &[("app-access/person", "contractor1")],
    },
    Expected {
        scenario: "app-not-for-person",
        exit: 1,
        roots: &[("app-access/person", "contractor2")],
        follows: &[],
    },
    Expected {
        scenario: "app-unbound",
        exit: 1,
        roots: &[("app-access/unbound", "Gitea")],
        follows: &[("app-access/person", "contractor1")],
    },
    Expected {
        scenario: "negated-binding",
        exit: 1,
        roots: &[("app-access/person", "appmanager")],
        follows: &[],
    },
    Expected {
        scenario: "policy-raises",
        exit: 3,
        roots: &[],
        follows: &[],
    },
    Expected {
        scenario: "binding-off",
        exit: 0,
        roots: &[("app-access/all-off", "Gitea")],
        follows: &[],
    },
    Expected {
        scenario: "expired-binding",
        exit: 0,
        roots: &[("app-access/all-off", "Gitea")],
        follows: &[],
    },
];
