//! People by the API: a request for each name that is asked about, never a page for each hundred
//! people. A filter that authentik does not know or cannot read is ignored without a word
//! (measured.md), so every row is held against what was asked for.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{ask::Api, pages::Page};
use crate::probe::{
    Probe, ProbeError, Tools,
    http::place_of,
    people::{GroupRow, PersonRow},
};

pub(super) const VIEW_USER: &str = "authentik_core.view_user";
pub(super) const VIEW_GROUP: &str = "authentik_core.view_group";
pub(super) const VIEW_EVENT: &str = "authentik_events.view_event";
/// People who could be meant by a name that does not exist.
const MOST_NEAR: &str = "20";
/// Failed sign-ins that are looked at, the newest.
const MOST_EVENTS: usize = 100;

/// Somebody by their exact user name. Needs `view_user`.
#[derive(Debug, Clone, Serialize)]
pub struct AskPerson {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The user name.
    pub username: String,
}

/// Who was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSeen {
    /// The one of that name.
    pub row: Option<PersonRow>,
    /// Where there is none: user names and addresses of people who could be meant.
    pub near: Vec<(String, String)>,
}

/// Superusers, by the groups that make them so. Needs `view_user`.
#[derive(Debug, Clone, Serialize)]
pub struct AskSuperusers {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// A group by its name or primary key. Needs `view_group`.
#[derive(Debug, Clone, Serialize)]
pub struct AskGroup {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Its name or primary key.
    pub by: GroupKey,
}

/// What a group is asked for by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum GroupKey {
    /// Its name; up to 2025.10 several may have one.
    Name(String),
    /// Its primary key.
    Pk(String),
}

/// Sign-ins that failed. Needs `view_event`.
#[derive(Debug, Clone, Serialize)]
pub struct AskFailedLogins {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// How far back, in seconds.
    pub within: u64,
}

/// Failed sign-ins of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedLogins {
    /// The name that was given.
    pub username: String,
    /// How many, as far as the newest hundred tell.
    pub count: u64,
    /// The last, RFC 3339.
    pub last: String,
}

impl Probe for AskPerson {
    const KIND: &'static str = "api";
    const LIMIT: Option<Duration> = super::LIST;
    type Answer = PersonSeen;

    fn key(&self) -> String {
        let query = query(&[("username", &self.username)]);
        format!("api GET {}/api/v3/core/users/?{query}", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<PersonSeen, ProbeError> {
        let api = Api::new(tools, &self.base, Some(VIEW_USER))?;
        let found = users(&api, &[("username", &self.username), ("page_size", "5")]).await?;
        let exact = |row: &UserWire| row.username == self.username;
        if let Some(row) = found.into_iter().find(exact) {
            let (row, near) = (Some(row.into()), Vec::new());
            return Ok(PersonSeen { row, near });
        }
        // What the first letters find is compared by whoever asks.
        let start: String = self.username.chars().take(3).collect();
        let near = users(&api, &[("search", &start), ("page_size", MOST_NEAR)]).await?;
        let near = near.into_iter().map(|row| (row.username, row.email));
        Ok(PersonSeen {
            row: None,
            near: near.collect(),
        })
    }
}

impl Probe for AskSuperusers {
    const KIND: &'static str = "api";
    type Answer = Vec<PersonRow>;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/core/users/?is_superuser=true", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<PersonRow>, ProbeError> {
        let api = Api::new(tools, &self.base, Some(VIEW_USER))?;
        let found = users(&api, &[("is_superuser", "true"), ("page_size", "50")]).await?;
        if found.iter().any(|row| !row.is_superuser) {
            let why = "the filter for superusers was ignored".into();
            return Err(api.malformed("/core/users/?is_superuser=true", why));
        }
        let mut rows: Vec<PersonRow> = found.into_iter().map(PersonRow::from).collect();
        rows.sort_by_key(|row| (!row.is_active, row.pk));
        Ok(rows)
    }
}

impl Probe for AskGroup {
    const KIND: &'static str = "api";
    type Answer = Vec<GroupRow>;

    fn key(&self) -> String {
        format!("api GET {}/api/v3{}", self.base, self.path())
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<GroupRow>, ProbeError> {
        let api = Api::new(tools, &self.base, Some(VIEW_GROUP))?;
        match &self.by {
            GroupKey::Pk(_) => {
                let group: GroupWire = api.get(&self.path()).await?;
                Ok(vec![group.into()])
            }
            GroupKey::Name(name) => {
                let page: Page<GroupWire> = api.get(&self.path()).await?;
                let same = page.results.into_iter().filter(|row| row.name == *name);
                Ok(same.map(GroupRow::from).collect())
            }
        }
    }
}

impl AskGroup {
    fn path(&self) -> String {
        match &self.by {
            GroupKey::Name(name) => {
                let query = query(&[("name", name), ("include_users", "false")]);
                format!("/core/groups/?{query}")
            }
            GroupKey::Pk(pk) => format!("/core/groups/{pk}/?include_users=false"),
        }
    }
}

impl Probe for AskFailedLogins {
    const KIND: &'static str = "api";
    type Answer = Vec<FailedLogins>;

    fn key(&self) -> String {
        let what = "events/events/?actions=login_failed";
        format!("api GET {}/api/v3/{what}", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<FailedLogins>, ProbeError> {
        let api = Api::new(tools, &self.base, Some(VIEW_EVENT))?;
        let path = format!(
            "/events/events/?actions=login_failed&ordering=-created&page_size={MOST_EVENTS}"
        );
        let page: Page<EventWire> = api.get(&path).await?;
        let back = i64::try_from(self.within).unwrap_or(i64::MAX);
        let since = Timestamp::now().saturating_sub(SignedDuration::from_secs(back));
        Ok(grouped(page.results, since.unwrap_or(Timestamp::MIN)))
    }
}

/// By the name that was given, the newest first. `actions` is exact, unlike `action`
/// (measured.md), but a release that does not know it ignores it.
fn grouped(events: Vec<EventWire>, since: Timestamp) -> Vec<FailedLogins> {
    let mut by_name: BTreeMap<String, (u64, Timestamp)> = BTreeMap::new();
    for event in events {
        let name = event.context.get("username").and_then(Value::as_str);
        let (Some(name), true) = (name, event.action == "login_failed") else {
            continue;
        };
        if event.created >= since {
            let known = by_name.entry(name.to_owned()).or_insert((0, event.created));
            *known = (known.0 + 1, known.1.max(event.created));
        }
    }
    let mut all: Vec<FailedLogins> = by_name
        .into_iter()
        .map(|(username, (count, last))| FailedLogins {
            username,
            count,
            last: last.to_string(),
        })
        .collect();
    all.sort_by(|a, b| b.last.cmp(&a.last));
    all
}

pub(super) async fn users(
    api: &Api<'_>,
    filters: &[(&str, &str)],
) -> Result<Vec<UserWire>, ProbeError> {
    let path = format!("/core/users/?{}", query(filters));
    let page: Page<UserWire> = api.get(&path).await?;
    Ok(page.results)
}

pub(super) fn query(filters: &[(&str, &str)]) -> String {
    Serializer::new(String::new())
        .extend_pairs(filters)
        .finish()
}

/// A row of `/core/users/`. The API does not tell whether a password can be used.
#[derive(Deserialize)]
pub(super) struct UserWire {
    pk: i64,
    pub(super) username: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    is_active: bool,
    #[serde(default)]
    path: String,
    last_login: Option<String>,
    #[serde(default)]
    is_superuser: bool,
    #[serde(default)]
    groups_obj: Option<Vec<GroupWire>>,
}

impl From<UserWire> for PersonRow {
    fn from(wire: UserWire) -> Self {
        let groups: Vec<GroupRow> = wire
            .groups_obj
            .unwrap_or_default()
            .into_iter()
            .map(GroupRow::from)
            .collect();
        Self {
            pk: wire.pk,
            username: wire.username,
            email: wire.email,
            kind: wire.kind,
            is_active: wire.is_active,
            usable: None,
            linked: wire.path.starts_with("goauthentik.io/sources/"),
            last_login: wire.last_login,
            above: groups
                .iter()
                .flat_map(|group| group.above.clone())
                .collect(),
            group_pks: groups.iter().map(|group| group.pk.clone()).collect(),
            groups: groups.into_iter().map(|group| group.name).collect(),
            is_superuser: wire.is_superuser,
        }
    }
}

/// A group, alone or inside somebody's row. One parent up to 2025.10, several after.
#[derive(Deserialize)]
pub(super) struct GroupWire {
    pub(super) pk: String,
    name: String,
    #[serde(default)]
    is_superuser: bool,
    parent: Option<String>,
    #[serde(default)]
    parents: Vec<String>,
}

impl From<GroupWire> for GroupRow {
    fn from(wire: GroupWire) -> Self {
        Self {
            pk: wire.pk,
            name: wire.name,
            is_superuser: wire.is_superuser,
            above: wire.parents.into_iter().chain(wire.parent).collect(),
        }
    }
}

#[derive(Deserialize)]
struct EventWire {
    action: String,
    created: Timestamp,
    #[serde(default)]
    context: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str, username: &str, created: &str) -> EventWire {
        EventWire {
            action: action.into(),
            created: created.parse().unwrap(),
            context: serde_json::json!({ "username": username }),
        }
    }

    #[test]
    fn failures_are_counted_by_name_and_old_ones_left_out() {
        let events = vec![
            event("login_failed", "anna", "2026-11-24T10:00:00Z"),
            event("login_failed", "ben", "2026-11-24T11:00:00Z"),
            event("login_failed", "anna", "2026-11-24T09:00:00Z"),
            event("login_failed", "anna", "2026-11-23T09:00:00Z"),
            event("login", "carl", "2026-11-24T11:00:00Z"),
        ];
        let told = grouped(events, "2026-11-24T00:00:00Z".parse().unwrap());
        let told: Vec<_> = told.iter().map(|f| (&*f.username, f.count)).collect();
        assert_eq!(told, [("ben", 1), ("anna", 2)]);
    }

    #[test]
    fn parents_are_read_in_both_shapes() {
        let one = r#"{"pk": "a", "name": "A", "parent": "p"}"#;
        let many = r#"{"pk": "a", "name": "A", "parents": ["p", "q"], "is_superuser": true}"#;
        let of = |text| GroupRow::from(serde_json::from_str::<GroupWire>(text).unwrap());
        assert_eq!(of(one).above, ["p"]);
        assert_eq!(of(many).above, ["p", "q"]);
        assert!(of(many).is_superuser);
    }

    #[test]
    fn a_name_cannot_leave_its_parameter() {
        let ask = AskPerson {
            base: "http://a".into(),
            username: "x&is_active=false#/%\n".into(),
        };
        let wanted =
            "api GET http://a/api/v3/core/users/?username=x%26is_active%3Dfalse%23%2F%25%0A";
        assert_eq!(ask.key(), wanted);
    }
}
