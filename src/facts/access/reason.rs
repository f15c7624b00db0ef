//! Why somebody may or may not open an application, and what would open it.

use std::fmt;

use super::Trilean;

/// What decides, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Their account is inactive: they cannot sign in. authentik's own `check_access` does not look
    /// at this (measured.md).
    Inactive,
    /// No binding counts.
    Unbound {
        /// How many there are that are switched off or have expired.
        off: usize,
        /// Whether such an application is open to everybody.
        open: Trilean,
    },
    /// A binding.
    Binding {
        /// Its primary key.
        pk: String,
        /// To what it is bound, as people call it: "the group App Managers".
        to: String,
        /// What it comes to for this person, `negate` included.
        passes: Trilean,
        /// Whether its result is turned round.
        negate: bool,
        /// Of what kind it is.
        kind: BindingKind,
    },
    /// Some of the people and groups bound let them in, some do not, and releases differ in whether
    /// that is enough where all bindings are needed.
    ReleasesDiffer,
}

/// Of what kind a binding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    /// To one person.
    Person,
    /// To a group.
    Group,
    /// To a policy, or to something else whose answer only authentik knows when it asks it.
    Policy,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inactive => f.write_str("the account is inactive"),
            Self::Unbound { off, open } => {
                match off {
                    0 => f.write_str("nothing is bound to it")?,
                    1 => f.write_str("its only binding is switched off or has expired")?,
                    _ => f.write_str("all its bindings are switched off or have expired")?,
                }
                f.write_str(match open {
                    Trilean::Yes => ", so everybody may open it",
                    Trilean::No => ", and authentik's settings close applications without bindings",
                    Trilean::Unknown => {
                        "; whether authentik's settings close such applications is not known"
                    }
                })
            }
            Self::Binding {
                to,
                passes,
                negate,
                kind,
                ..
            } => f.write_str(&binding_words(to, *passes, *negate, *kind)),
            Self::ReleasesDiffer => f.write_str(
                "all bindings are needed, and releases differ in whether one of several groups \
                 and people is enough",
            ),
        }
    }
}

fn binding_words(to: &str, passes: Trilean, negate: bool, kind: BindingKind) -> String {
    let is_theirs = match passes {
        Trilean::Unknown => None,
        passes => Some((passes == Trilean::Yes) != negate),
    };
    let fits = match (kind, is_theirs) {
        (BindingKind::Policy, _) | (_, None) => "whose answer only authentik knows",
        (BindingKind::Group, Some(true)) => "which they are in",
        (BindingKind::Group, Some(false)) => "which they are not in",
        (BindingKind::Person, Some(true)) => "who they are",
        (BindingKind::Person, Some(false)) => "who is somebody else",
    };
    match negate {
        false => format!("it is bound to {to}, {fits}"),
        true => format!("it is bound to everybody but {to}, {fits}"),
    }
}

/// What would open an application to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Their account would have to be active.
    Activate,
    /// They would have to be in this group.
    Join {
        /// Its primary key.
        pk: String,
        /// Its name.
        name: String,
    },
    /// They would have to be in this group no longer, nor in one below it.
    Leave {
        /// Its primary key.
        pk: String,
        /// Its name.
        name: String,
    },
    /// A binding to themselves would be enough, and takes nothing from anybody else.
    Bind,
    /// This binding, which keeps them out, would have to go.
    Unbind {
        /// Its primary key.
        pk: String,
    },
}
