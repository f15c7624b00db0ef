//! What decides who may open an application, whichever way it was asked for: the applications, what
//! is bound to them, and who is in the groups that are. Bounded whatever the directory's size: of a
//! group only whether somebody is in it, of people only those who are bound themselves.

use serde::{Deserialize, Serialize};

/// What was told; a part that its source could not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessFacts {
    /// Every application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_apps: Option<Vec<AccessApp>>,
    /// What is bound to applications; `None` too where there are more than 5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_bindings: Option<Vec<BindingRow>>,
    /// The groups among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_groups: Option<Vec<BoundGroup>>,
    /// Whether an application without bindings is open to everybody (a setting from 2026.5; always
    /// before).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_unbound: Option<bool>,
    /// How many applications there are beside those, which the API does not show this token.
    #[serde(skip_serializing_if = "is_none_of_them")]
    pub access_unseen: u64,
    /// Whether bindings to something else than these applications were told too; `None` where only
    /// those to applications were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_others: Option<bool>,
}

impl AccessFacts {
    /// Takes from another telling of the same source what this one lacks.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            access_apps: self.access_apps.or(other.access_apps),
            access_bindings: self.access_bindings.or(other.access_bindings),
            access_groups: self.access_groups.or(other.access_groups),
            access_unbound: self.access_unbound.or(other.access_unbound),
            access_unseen: self.access_unseen.max(other.access_unseen),
            access_others: self.access_others.or(other.access_others),
        }
    }
}

/// An application as its bindings see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AccessApp {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What its bindings name as their target, a UUID.
    pub target: String,
    /// "any" or "all".
    #[serde(default)]
    pub mode: String,
}

/// A binding to an application. One that is bound to neither person, group nor policy lets nobody
/// in by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BindingRow {
    /// Primary key, a UUID.
    pub pk: String,
    /// The application's `target`.
    pub target: String,
    /// Its place among the others.
    pub order: i64,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether its result is turned round.
    pub negate: bool,
    /// Whether its time is over (from 2026.8): authentik leaves it out then.
    pub expired: bool,
    /// Whether it is only tried (from 2026.11).
    pub dry_run: bool,
    /// What it says when its policy fails to run.
    pub failure_result: bool,
    /// Seconds after which its policy is ended.
    pub timeout: u64,
    /// The person.
    pub user: Option<BoundUser>,
    /// The group.
    pub group: Option<BoundName>,
    /// The policy.
    pub policy: Option<BoundName>,
}

/// Somebody to whom an application is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundUser {
    /// Primary key.
    pub pk: i64,
    /// User name.
    pub username: String,
    /// Whether they may sign in at all.
    pub is_active: bool,
}

/// A group or a policy to which an application is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundName {
    /// Primary key, a UUID.
    pub pk: String,
    /// Its name.
    pub name: String,
    /// Of a policy the name of authentik's model in lower case, such as "expressionpolicy".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// Who is in a group to which an application is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundGroup {
    /// Primary key, a UUID.
    pub pk: String,
    /// Primary keys of the groups below it, however deep.
    #[serde(default)]
    pub below: Vec<String>,
    /// Whether those are all of them.
    #[serde(default = "all", skip_serializing_if = "is_so")]
    pub whole: bool,
    /// Whether anybody is in it or below it; `None` where not told.
    #[serde(default)]
    pub people: Option<bool>,
    /// Whether anybody of them is active; `None` where not told.
    #[serde(default)]
    pub active: Option<bool>,
}

fn all() -> bool {
    true
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference to what it asks"
)]
fn is_none_of_them(count: &u64) -> bool {
    *count == 0
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference to what it asks"
)]
fn is_so(is: &bool) -> bool {
    *is
}
