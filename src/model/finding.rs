use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Severity, Subject};

/// What a command may do to the stack.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// Only looks.
    ReadOnly,
    /// Interrupts running sign-ins for a moment.
    Restarts,
    /// Changes configuration or data, and can be undone.
    ChangesData,
    /// Cannot be undone.
    Destructive,
}

/// Who is kept from signing in while a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Everybody, in every app.
    Everybody,
    /// The finding's own subject: this app, this person.
    Subject,
    /// Nobody for now.
    Nobody,
}

/// A way to mend a finding, rendered for the runtime at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// What it does, as an instruction.
    pub does: String,
    /// What it may do to the stack.
    pub risk: Risk,
    /// The one to take first. At most one of a finding.
    pub recommended: bool,
    /// The command as program and arguments; empty for a mend that has no command.
    pub argv: Vec<String>,
    /// The same as one line (or here-document) for a POSIX shell.
    pub shell: Option<String>,
    /// The command that takes it back, for a POSIX shell.
    pub undo: Option<String>,
    /// The check that shows whether it helped.
    pub proves: String,
    /// What else to know before running it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The finding that a finding follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The causing finding's code.
    pub code: String,
    /// The causing finding's subject.
    pub subject: Subject,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `check/fault`, stable over releases; a fault, never a remedy.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is faulty.
    pub subject: Subject,
    /// The fault in one sentence.
    pub says: String,
    /// What should have been seen.
    pub expected: Option<String>,
    /// What was seen.
    pub observed: Option<String>,
    /// Since when, RFC 3339, if something told.
    pub since: Option<String>,
    /// Whether it was seen now (`true`) or only inferred (`false`, "probably").
    pub certain: bool,
    /// Who is hit while it stands.
    pub reach: Reach,
    /// Keys of the evidence it rests on.
    pub cites: Vec<String>,
    /// The finding it follows from; `None` for a root cause.
    pub caused_by: Option<Cause>,
    /// Ways to mend it, the recommended one first. Empty for a consequence: mend its cause.
    pub fixes: Vec<Fix>,
    /// Where authentik's admin interface shows it.
    pub admin: Option<String>,
    /// Where to read more.
    pub see: Vec<String>,
}

impl Finding {
    /// Whether nothing else in the report explains it.
    pub fn is_root(&self) -> bool {
        self.caused_by.is_none()
    }
}
