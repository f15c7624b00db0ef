//! Why somebody can or cannot sign in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, Severity, Target};

/// The version of this answer's shape. Raised when a field changes its meaning or goes away.
pub const WHY_SCHEMA_VERSION: u32 = 1;

/// What was found out about one person's sign-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// [`WHY_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// akdoctor's version.
    pub akdoctor: String,
    /// When the look began, RFC 3339.
    pub started: String,
    /// What was looked at.
    pub target: Target,
    /// Who was asked about: user name, e-mail address or primary key, as it was given.
    pub asked: String,
    /// Who that is; `None` where nobody, or more than one, is called so.
    pub account: Option<Account>,
    /// Whether they can sign in to authentik.
    pub signs_in: Can,
    /// What keeps them from it, in the order to mend it; then what only makes it harder.
    pub findings: Vec<Finding>,
    /// Each application, or the one that was asked for, as if they were signed in; empty where it was
    /// not told what is bound to them.
    pub apps: Vec<AppAnswer>,
    /// Whether one application was asked for.
    pub one_app: bool,
    /// What was wanted and could not be seen.
    pub unseen: Vec<Unseen>,
    /// What to know beside: what the sign-in asks for, which pages are closed.
    pub notes: Vec<String>,
    /// What became of their last sign-ins; `None` where events were not told.
    pub history: Option<History>,
    /// One sentence to tell the person.
    pub tell: String,
}

/// Whether somebody can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Can {
    /// Nothing keeps them from it, and everything that could was seen.
    Yes,
    /// Something does.
    No,
    /// Nothing that was seen does, or it is only inferred, and not everything was seen.
    Unknown,
}

/// Whether somebody may open an application once they are signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppAnswer {
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether its bindings let them in.
    pub can: Can,
    /// Why, in words: each a clause.
    pub because: Vec<String>,
    /// What would open it, the way that opens least besides first; each is enough.
    pub ways: Vec<Way>,
    /// When they opened it last, RFC 3339, as far as events tell.
    pub opened: Option<String>,
}

/// A way to open an application to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Way {
    /// What would have to be done: "add them to App Managers".
    pub does: String,
    /// The other applications that this opens.
    pub also_opens: Vec<String>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Primary key.
    pub pk: i64,
    /// User name.
    pub username: String,
    /// E-mail address, perhaps empty.
    pub email: String,
    /// "internal", "external", "`service_account`", "`internal_service_account`".
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Names of the groups they are in; of those above them too, as far as they were told.
    pub groups: Vec<String>,
    /// Last sign-in, RFC 3339.
    pub last_login: Option<String>,
}

/// Something that was wanted and not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// Whether it is about an application, as against the sign-in to authentik.
    pub of_app: bool,
    /// What, as a clause: "whether they have a password that can be right".
    pub what: String,
    /// Why not.
    pub why: String,
}

/// What became of somebody's last sign-ins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct History {
    /// Sign-ins that failed since `--since`.
    pub failures: u64,
    /// The newest of them, at most three.
    pub last_failures: Vec<Failure>,
    /// Apps that were opened, each with the last time, the newest first.
    pub opened: Vec<Opened>,
}

/// A sign-in that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// When, RFC 3339.
    pub at: String,
    /// From which address.
    pub ip: Option<String>,
    /// The stage that refused, by authentik's model, such as "passwordstage".
    pub stage: Option<String>,
}

/// An app that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// The application's name.
    pub app: String,
    /// When it was last, RFC 3339.
    pub at: String,
}

impl Why {
    /// The code of a person who may not open the application that was asked for.
    pub const NO_ACCESS: &'static str = "why/no-access";

    /// Whether they can sign in and open the application, where one was asked for.
    pub fn can(&self) -> Can {
        let app = match (self.one_app, self.apps.first()) {
            (false, _) => Can::Yes,
            (true, Some(app)) => app.can,
            (true, None) => Can::Unknown,
        };
        match (self.signs_in, app) {
            (Can::No, _) | (_, Can::No) => Can::No,
            (Can::Yes, Can::Yes) => Can::Yes,
            _ => Can::Unknown,
        }
    }

    /// 0: can; 1: cannot; 3: not everything was seen.
    pub fn exit_code(&self) -> u8 {
        match self.can() {
            Can::Yes => 0,
            Can::No => 1,
            Can::Unknown => 3,
        }
    }

    /// Findings that keep the person from signing in to authentik.
    pub fn signs_in_barriers(&self) -> impl Iterator<Item = &Finding> {
        self.barriers().filter(|it| it.code != Self::NO_ACCESS)
    }

    /// Findings that keep the person out, as against those that only make it harder.
    pub fn barriers(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.severity == Severity::Error)
    }
}
