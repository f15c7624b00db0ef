//! What is asked about people, and how they come back, whichever way was asked. Bounded whatever
//! the directory's size: only people who are expected, who administer authentik, or who could not
//! sign in are told of.

use serde::{Deserialize, Serialize};

/// Whom to tell about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PeopleQuestion {
    /// User names, told exactly as they are: authentik holds `Anna` and `anna` for two people
    /// (verified.md 1c).
    pub usernames: Vec<String>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// How far back sign-ins that failed are of interest, in seconds.
    pub within: u64,
}

impl PeopleQuestion {
    /// As hexadecimal digits of JSON: it holds nothing that a shell, Python or SQL could read as
    /// anything but text.
    pub(super) fn hex(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        data_encoding::HEXLOWER.encode(&json)
    }
}

/// What was told; a part that its source could not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PeopleFacts {
    /// Those of the question who exist.
    pub named: Option<Vec<PersonRow>>,
    /// Names that somebody of the question who does not exist could be meant by.
    pub near: Option<Vec<NearName>>,
    /// The groups of the question that exist.
    pub groups: Option<Vec<GroupRow>>,
    /// Superusers, active ones first, at most fifty.
    pub superusers: Option<Vec<PersonRow>>,
    /// Who could not sign in and is inactive or has no password, at most fifty.
    pub tried: Option<Vec<Attempts>>,
    /// Addresses that several active people share, at most twenty.
    pub shared_emails: Option<Vec<SharedEmail>>,
}

impl PeopleFacts {
    /// Whether nothing at all was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes from another telling of the same source what this one lacks.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            named: self.named.or(other.named),
            near: self.near.or(other.near),
            groups: self.groups.or(other.groups),
            superusers: self.superusers.or(other.superusers),
            tried: self.tried.or(other.tried),
            shared_emails: self.shared_emails.or(other.shared_emails),
        }
    }
}

/// Somebody who has an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonRow {
    /// Primary key.
    pub pk: i64,
    /// User name.
    pub username: String,
    /// E-mail address, perhaps empty.
    #[serde(default)]
    pub email: String,
    /// "internal", "external", "service_account" or "internal_service_account"; `None` before
    /// 2023.8.
    #[serde(default)]
    pub kind: Option<String>,
    /// Whether they may sign in at all.
    pub is_active: bool,
    /// Whether there is a password that can be right; `None` where that was not told: the API
    /// never does.
    #[serde(default)]
    pub usable: Option<bool>,
    /// Whether they come from a source (LDAP, another provider), so that authentik needs no
    /// password of theirs.
    #[serde(default)]
    pub linked: bool,
    /// Last sign-in, RFC 3339.
    #[serde(default)]
    pub last_login: Option<String>,
    /// Names of their groups; by `psql` and `ak shell` those above them too.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Primary keys of the same groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_pks: Vec<String>,
    /// Primary keys of the groups right above those, where only they were told.
    #[serde(default)]
    pub above: Vec<String>,
    /// Whether a group of theirs makes them a superuser.
    #[serde(default)]
    pub is_superuser: bool,
}

impl PersonRow {
    /// Whether this is a program's account: it signs in with tokens.
    pub fn is_service_account(&self) -> bool {
        matches!(
            self.kind.as_deref(),
            Some("service_account" | "internal_service_account")
        )
    }
}

/// Somebody's name that is like one that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearName {
    /// The name that does not exist.
    pub wanted: String,
    /// The one that does.
    pub username: String,
    /// Their e-mail address.
    #[serde(default)]
    pub email: String,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// Primary key.
    pub pk: String,
    /// Its name; up to 2025.10 not always its alone.
    pub name: String,
    /// Whether its members are superusers.
    #[serde(default)]
    pub is_superuser: bool,
    /// Primary keys of the groups right above it, where they were told.
    #[serde(default)]
    pub above: Vec<String>,
}

/// Sign-ins of somebody that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// Who it was.
    pub person: PersonRow,
    /// How many there were.
    pub count: u64,
    /// The last of them, RFC 3339.
    pub last: String,
}

/// An address that several people share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedEmail {
    /// In lower case: authentik compares addresses so when somebody signs in with one.
    pub email: String,
    /// How many share it.
    pub count: u64,
    /// User names of the first few.
    pub usernames: Vec<String>,
}
