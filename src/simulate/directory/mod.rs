//! The people and groups of one simulated authentik: the recorded ones, with what a scenario
//! changes, a crowd of further people where it wants one, and what requests have changed since.
//! The API, `psql` and `ak shell` all tell from here.

mod api;
mod bindings;
mod events;
mod person;
mod told;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

pub(super) use api::json_answer;

use super::{
    recorded,
    world::{ExpiryOverlay, ReputationOverlay, World},
};
use crate::probe::sign_in::Totp;

/// Where the primary keys of the crowd begin; recorded people have smaller ones.
const CROWD: u64 = 1_000_000;

/// Everybody's password, where they have one: the one that was recorded.
const PASSWORD: &str = "password123";

/// The key of everybody's authenticator app, where they have one.
const TOTP: &str = "JBSWY3DPEHPK3PXP";

/// People and groups.
pub(super) struct Directory {
    rows: Mutex<Rows>,
    /// How many people there are beside those with a row.
    crowd: u64,
    /// Events as the API has them, the latest first.
    events: Vec<Value>,
    /// Releases that ran, as the database has them, the latest first.
    versions: Value,
    /// A policy that judges by reputation.
    reputation: Option<ReputationOverlay>,
    /// A policy under which passwords expire.
    expiry: Option<ExpiryOverlay>,
}

/// What the API's rows hold, and what they do not.
struct Rows {
    users: Vec<Value>,
    groups: Vec<Value>,
    /// Who has no password that could be right.
    locked: BTreeSet<i64>,
    /// The devices of people's second factor.
    devices: BTreeMap<String, Vec<String>>,
    /// The hosts of people's WebAuthn devices.
    passkey_hosts: BTreeMap<String, String>,
    /// Applications that were opened an hour ago, by user name.
    opened: BTreeMap<String, Vec<String>>,
    /// The scores of user names.
    scores: BTreeMap<String, i64>,
    /// How many days ago passwords were set, by user name.
    password_days: BTreeMap<String, i64>,
    /// Sign-ins that failed, by user name: how many, and the last.
    failed: BTreeMap<String, (u64, Timestamp)>,
    /// What is bound to applications, as the API's rows without what follows from people and
    /// groups.
    bindings: Vec<Value>,
    /// Whether applications without bindings are closed.
    closed_unless_bound: bool,
}

impl Directory {
    /// Those of a world.
    pub(super) fn of(world: &World) -> Self {
        let mut rows = Rows {
            users: recorded::rows("095-users-page-size-1000.json"),
            groups: recorded::rows("106-groups.json"),
            locked: BTreeSet::new(),
            devices: BTreeMap::new(),
            passkey_hosts: BTreeMap::new(),
            opened: BTreeMap::new(),
            scores: BTreeMap::new(),
            password_days: BTreeMap::new(),
            failed: BTreeMap::new(),
            bindings: Vec::new(),
            closed_unless_bound: world.closed_unless_bound,
        };
        for (name, overlay) in &world.group {
            rows.lay_over_group(name, overlay.removed, overlay.parent.as_deref());
        }
        for (username, overlay) in &world.person {
            rows.lay_over(username, overlay);
        }
        for (slug, overlay) in &world.access {
            rows.bind(slug, &overlay.bindings);
        }
        Self {
            events: events::of(world, &rows),
            versions: events::versions(world),
            rows: Mutex::new(rows),
            crowd: world.crowd,
            reputation: world.reputation.clone(),
            expiry: world.expiry.clone(),
        }
    }

    /// The user name of a primary key.
    pub(super) fn username(&self, pk: i64) -> Option<String> {
        let rows = self.rows();
        let mut users = rows.users.iter();
        let row = users.find(|row| row["pk"] == pk)?;
        row["username"].as_str().map(str::to_owned)
    }

    /// Whether somebody is there and active.
    pub(super) fn is_active(&self, username: &str) -> bool {
        let mut rows = self.rows();
        rows.user(username)
            .is_some_and(|row| row["is_active"] == true)
    }

    /// Whether somebody may sign in with this password. An unknown name, an account that is not
    /// active and a wrong password look alike (recorded 035, 039, 043).
    pub(super) fn may_sign_in(&self, username: &str, password: &str) -> bool {
        let mut rows = self.rows();
        let pk = rows
            .user(username)
            .filter(|row| row["is_active"] == true)
            .and_then(|row| row["pk"].as_i64());
        pk.is_some_and(|pk| !rows.locked.contains(&pk) && password == PASSWORD)
    }

    /// The classes of the devices of somebody's second factor.
    pub(super) fn devices(&self, username: &str) -> Vec<String> {
        self.rows()
            .devices
            .get(username)
            .cloned()
            .unwrap_or_default()
    }

    /// Whether a code is the one of somebody's authenticator app, now or half a minute away.
    pub(super) fn takes_code(&self, username: &str, code: &str) -> bool {
        let has_app = self.devices(username).iter().any(|class| class == "totp");
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        let is_code = |at: u64| {
            let totp = Totp::read(TOTP).ok();
            totp.is_some_and(|totp| totp.at(at).expose_secret() == code)
        };
        has_app
            && [now, now.saturating_sub(30), now + 30]
                .into_iter()
                .any(is_code)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    fn user(&mut self, username: &str) -> Option<&mut Value> {
        let mut users = self.users.iter_mut();
        users.find(|row| row["username"] == username)
    }

    fn lay_over_group(&mut self, name: &str, removed: bool, parent: Option<&str>) {
        if removed {
            self.groups.retain(|row| row["name"] != name);
            return;
        }
        if self.groups.iter().all(|row| row["name"] != name) {
            self.add_group(name);
        }
        let above = self
            .groups
            .iter()
            .find(|row| parent.is_some_and(|p| row["name"] == p));
        let (pk, parent) = above.map_or((Value::Null, Value::Null), |row| {
            (row["pk"].clone(), row["name"].clone())
        });
        let mut groups = self.groups.iter_mut();
        if let Some(row) = groups.find(|row| row["name"] == name) {
            (row["parent"], row["parent_name"]) = (pk, parent);
        }
    }

    /// A group without anything, as a POST makes it.
    fn add_group(&mut self, name: &str) -> &mut Value {
        let mut row = self.groups.first().cloned().unwrap_or_default();
        let number = self.groups.len() as u64;
        row["pk"] = format!("00000000-0000-4000-8000-{number:012x}").into();
        row["num_pk"] = number.into();
        row["name"] = name.into();
        row["users"] = json!([]);
        row["is_superuser"] = false.into();
        self.groups.push(row);
        let last = self.groups.len() - 1;
        &mut self.groups[last]
    }

    fn add_user(&mut self, username: &str) -> &mut Value {
        let like = |row: &&Value| row["username"] == "contractor1";
        let mut row = self.users.iter().find(like).cloned().unwrap_or_default();
        let highest = self.users.iter().filter_map(|row| row["pk"].as_i64()).max();
        row["pk"] = (highest.unwrap_or(0) + 1).into();
        for name in ["username", "name"] {
            row[name] = username.into();
        }
        row["email"] = "".into();
        row["groups"] = json!([]);
        row["last_login"] = Value::Null;
        self.users.push(row);
        let last = self.users.len() - 1;
        &mut self.users[last]
    }

    fn lay_over(&mut self, username: &str, overlay: &super::world::PersonOverlay) {
        if overlay.removed {
            self.users.retain(|row| row["username"] != username);
            return;
        }
        if self.user(username).is_none() {
            self.add_user(username);
        }
        let groups = overlay.groups.as_ref().map(|names| self.pks(names));
        let Some(row) = self.user(username) else {
            return;
        };
        if let Some(is_active) = overlay.is_active {
            row["is_active"] = is_active.into();
        }
        for (field, value) in [("email", &overlay.email), ("type", &overlay.kind)] {
            if let Some(value) = value {
                row[field] = value.as_str().into();
            }
        }
        if let Some(groups) = groups {
            row["groups"] = groups;
        }
        let pk = row["pk"].as_i64().unwrap_or_default();
        if overlay.no_password {
            self.locked.insert(pk);
        }
        let devices = overlay.second_factor.clone();
        self.devices.insert(username.to_owned(), devices);
        let name = || username.to_owned();
        self.opened.insert(name(), overlay.opened.clone());
        let host = overlay.passkey_host.clone();
        self.passkey_hosts.extend(host.map(|host| (name(), host)));
        self.scores
            .extend(overlay.score.map(|score| (name(), score)));
        let days = overlay.password_days;
        self.password_days.extend(days.map(|days| (name(), days)));
        if overlay.failed_logins > 0 {
            let last = Timestamp::now().saturating_sub(SignedDuration::from_mins(3));
            let known = (overlay.failed_logins, last.unwrap_or(Timestamp::MIN));
            self.failed.insert(username.to_owned(), known);
        }
    }

    fn pks(&self, names: &[String]) -> Value {
        let groups = self.groups.iter();
        groups
            .filter(|row| names.iter().any(|name| row["name"] == name.as_str()))
            .map(|row| row["pk"].clone())
            .collect()
    }

    /// Somebody's groups and all above them.
    fn all_groups(&self, user: &Value) -> Vec<&Value> {
        let own = user["groups"].as_array().cloned().unwrap_or_default();
        let (mut next, mut all) = (own, Vec::<&Value>::new());
        while let Some(pk) = next.pop() {
            let Some(group) = self.groups.iter().find(|row| row["pk"] == pk) else {
                continue;
            };
            if all.iter().all(|known| known["pk"] != pk) {
                next.push(group["parent"].clone());
                all.push(group);
            }
        }
        all
    }

    fn is_superuser(&self, user: &Value) -> bool {
        self.all_groups(user)
            .iter()
            .any(|group| group["is_superuser"] == true)
    }
}

/// Somebody of the crowd.
fn one_of_the_crowd(number: u64, like: &Value) -> Value {
    let mut row = like.clone();
    let name = format!("person{number:06}");
    row["pk"] = (CROWD + number).into();
    row["email"] = format!("{name}@example.com").into();
    for field in ["username", "name"] {
        row[field] = name.as_str().into();
    }
    row["groups"] = json!([]);
    row
}
