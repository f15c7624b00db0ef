//! What decides who may open an application: its bindings, and who wants to.

use std::collections::BTreeSet;

use crate::model::Version;

/// Yes, no, or not to be told from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trilean {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// It depends on what is not known.
    Unknown,
}

impl Trilean {
    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Whether one of them is so.
    pub fn any(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter()
            .fold(Self::No, |so_far, one| match (so_far, one) {
                (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
                (Self::No, Self::No) => Self::No,
                _ => Self::Unknown,
            })
    }

    /// Whether all of them are so.
    pub fn all(all: impl IntoIterator<Item = Self>) -> Self {
        Self::any(all.into_iter().map(Self::not)).not()
    }
}

impl From<bool> for Trilean {
    fn from(is: bool) -> Self {
        match is {
            true => Self::Yes,
            false => Self::No,
        }
    }
}

/// How the results of an application's bindings are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One is enough (the default).
    Any,
    /// All are needed.
    All,
}

/// How a release counts several bindings to people and groups where all bindings are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Each is needed.
    Each,
    /// One of them is enough: from 2025.8 (authentik #14957) until that was mended (#20430).
    One,
    /// The release is not known, or may be of either kind.
    Open,
}

impl Together {
    /// That of a release. The mend was merged in February 2026; which patches of 2025.10 to 2026.2
    /// have it is not known.
    pub fn of(version: Option<&Version>) -> Self {
        let Some(version) = version else {
            return Self::Open;
        };
        let is_before_the_mend = version.at_least(2025, 8)
            && "2025.10.3"
                .parse()
                .is_ok_and(|last: Version| version.order(&last).is_le());
        match (version.at_least(2025, 8), version.at_least(2026, 5)) {
            (false, _) | (_, true) => Self::Each,
            _ if is_before_the_mend => Self::One,
            _ => Self::Open,
        }
    }
}

/// An application with what decides who may open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppAccess {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What its bindings name as their target, a UUID.
    pub target: String,
    /// Whether one binding is enough.
    pub mode: Mode,
    /// How this release counts people and groups where all are needed.
    pub together: Together,
    /// Whether an application without any binding that counts is open to everybody.
    pub unbound: Trilean,
    /// Its bindings in their order, those that do not count included.
    pub bindings: Vec<Binding>,
}

/// What lets people into an application, or keeps them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Primary key, a UUID.
    pub pk: String,
    /// Its place; it changes nothing in who may open the application.
    pub order: i64,
    /// Whether it is switched on.
    pub enabled: bool,
    /// Whether its result is turned round.
    pub negate: bool,
    /// Whether its time is over (from 2026.8).
    pub expired: bool,
    /// Whether it is only tried, its result noted and perhaps not counted.
    pub dry_run: bool,
    /// What it says when its policy fails to run.
    pub failure_result: bool,
    /// Seconds after which a policy is ended.
    pub timeout: u64,
    /// To what it is bound.
    pub to: BoundTo,
}

/// To what an application is bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundTo {
    /// One person.
    User {
        /// Primary key.
        pk: i64,
        /// User name.
        name: String,
        /// Whether they may sign in at all.
        is_active: bool,
    },
    /// The members of a group and of the groups below it.
    Group {
        /// Primary key, a UUID.
        pk: String,
        /// Its name.
        name: String,
        /// Primary keys of the groups below it, however deep, as far as they were told.
        below: BTreeSet<String>,
        /// Who is in it or below it.
        holders: Holders,
    },
    /// A policy.
    Policy {
        /// Primary key, a UUID.
        pk: String,
        /// Its name.
        name: String,
        /// The name of authentik's model in lower case, such as "expressionpolicy".
        kind: Option<String>,
    },
    /// Nothing that this release of akdoctor knows.
    Nothing,
}

/// Who is in a group or in one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Somebody who is active.
    Active,
    /// People, and every one of them is inactive.
    Inactive,
    /// Nobody.
    Nobody,
    /// Not told.
    Unknown,
}

/// Somebody who wants to open an application.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Primary key.
    pub pk: i64,
    /// Whether they may sign in at all.
    pub is_active: bool,
    /// Primary keys of their groups, and of those above them as far as they are known.
    pub groups: BTreeSet<String>,
    /// Whether they are a superuser: it changes nothing.
    pub is_superuser: bool,
}

impl Binding {
    /// Whether it counts at all.
    pub fn counts(&self) -> bool {
        self.enabled && !self.expired
    }

    /// Whether it is worked out together with the others to people and groups.
    pub fn is_static(&self) -> bool {
        matches!(self.to, BoundTo::User { .. } | BoundTo::Group { .. })
    }

    /// What it is bound to, as people call it.
    pub fn called(&self) -> String {
        match &self.to {
            BoundTo::User { name, .. } => name.clone(),
            BoundTo::Group { name, .. } => format!("the group {name}"),
            BoundTo::Policy { name, .. } => format!("the policy {name}"),
            BoundTo::Nothing => "something that akdoctor does not know".to_owned(),
        }
    }

    /// What it comes to for somebody.
    pub fn passes(&self, who: &Member) -> Trilean {
        if self.dry_run {
            return Trilean::Unknown;
        }
        let is_theirs = match &self.to {
            BoundTo::User { pk, .. } => *pk == who.pk,
            BoundTo::Group { pk, below, .. } => {
                who.groups.contains(pk) || !who.groups.is_disjoint(below)
            }
            BoundTo::Policy { .. } | BoundTo::Nothing => return Trilean::Unknown,
        };
        Trilean::from(is_theirs != self.negate)
    }
}
