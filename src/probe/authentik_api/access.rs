//! What decides who may open an application, as the API tells it: two lists, and of each group that
//! is bound whether anybody is in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    LIST, List, apps,
    ask::Api,
    pages::{self, Page},
};
use crate::probe::{
    Probe, ProbeError, Tools,
    access::{AccessApp, AccessFacts, BindingRow, BoundGroup, BoundName, BoundUser},
    http::place_of,
};

/// Groups that are asked about, bound ones and those below them; of more it is not told who is in
/// them.
const MOST_GROUPS: usize = 20;

/// Applications, what is bound to them, and who is in the groups among that. Needs
/// `view_policybinding`; a token that is not a superuser's `view_application` and
/// `view_oauth2provider` too, and those without a provider stay unseen unless their slug is known.
/// `view_group` and `view_user` tell who is in groups, `view_system_settings` whether applications
/// without bindings are open.
#[derive(Debug, Clone, Serialize)]
pub struct AskAccess {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Slugs that are known from elsewhere.
    pub known: Vec<String>,
}

impl Probe for AskAccess {
    const KIND: &'static str = "access";
    const LIMIT: Option<Duration> = LIST;
    type Answer = AccessFacts;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/policies/bindings/", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<AccessFacts, ProbeError> {
        let base = &self.base;
        let view = "authentik_policies.view_policybinding";
        let (apps, bindings) = futures::join!(
            apps::applications(tools, base, apps::ALL, &self.known, AppWire::slug),
            rows::<BindingWire>(tools, base, Some(view), "/policies/bindings/", |row| &row
                .pk),
        );
        let (apps, access_unseen) = told(apps?);
        let (bindings, others) = of_apps(bindings?, &apps);
        let groups = groups(tools, base, &bindings).await;
        let counts = |app: &AccessApp| {
            let mut theirs = bindings.iter().filter(|row| row.target == app.target);
            theirs.any(|row| row.enabled && !row.is_expired())
        };
        let access_unbound = match apps.iter().all(counts) {
            true => None,
            false => unbound(tools, base).await,
        };
        Ok(AccessFacts {
            access_apps: Some(apps),
            access_bindings: Some(bindings.into_iter().map(BindingRow::from).collect()),
            access_groups: Some(groups),
            access_unbound,
            access_unseen,
            access_others: Some(others),
        })
    }
}

/// The applications that were told, and how many were not.
pub(super) fn told(list: List<AppWire>) -> (Vec<AccessApp>, u64) {
    let unseen = list.count.saturating_sub(list.rows.len() as u64);
    let apps = list.rows.into_iter().map(AccessApp::from);
    (apps.collect(), unseen)
}

/// The bindings to these applications, and whether there were others: those of flows are there in
/// every authentik, unless the token is shown some rows alone.
pub(super) fn of_apps(bindings: Vec<BindingWire>, apps: &[AccessApp]) -> (Vec<BindingWire>, bool) {
    let targets: BTreeSet<&str> = apps.iter().map(|app| app.target.as_str()).collect();
    let all = bindings.len();
    let theirs = bindings.into_iter();
    let theirs: Vec<BindingWire> = theirs
        .filter(|row| targets.contains(row.target.as_str()))
        .collect();
    let others = theirs.len() < all;
    (theirs, others)
}

/// Every row of a list; one that a limited token shortens is refused.
pub(super) async fn rows<W: DeserializeOwned + Send>(
    tools: &Tools,
    base: &str,
    permission: Option<&'static str>,
    path: &str,
    pk: impl Fn(&W) -> &String,
) -> Result<Vec<W>, ProbeError> {
    let api = Api::new(tools, base, permission)?;
    let list: List<W> = pages::all(&api, path, |row| pk(row).clone()).await?;
    if list.is_shortened() {
        return Err(ProbeError::NotAllowed {
            what: format!("reading all of {path}"),
            detail: format!(
                "the token's user sees {} of {}",
                list.rows.len(),
                list.count
            ),
        });
    }
    Ok(list.rows)
}

/// The setting (from 2026.5); `None` where it cannot be read.
pub(super) async fn unbound(tools: &Tools, base: &str) -> Option<bool> {
    let permission = "authentik_rbac.view_system_settings";
    let api = Api::new(tools, base, Some(permission)).ok()?;
    let settings: SettingsWire = api.get("/admin/settings/").await.ok()?;
    Some(settings.flags.core_default_app_access.unwrap_or(true))
}

/// Who is in the groups that are bound, each asked once.
async fn groups(tools: &Tools, base: &str, bindings: &[BindingWire]) -> Vec<BoundGroup> {
    let bound: BTreeSet<&String> = bindings
        .iter()
        .filter_map(|row| row.group.as_ref())
        .collect();
    let mut known = BTreeMap::new();
    let mut told = Vec::new();
    for pk in bound {
        let (mut reached, mut next) = (BTreeSet::new(), vec![pk.clone()]);
        let (mut people, mut active, mut whole) = (Some(false), Some(false), true);
        while let Some(one) = next.pop() {
            if !reached.insert(one.clone()) {
                continue;
            }
            if known.len() < MOST_GROUPS && !known.contains_key(&one) {
                known.insert(one.clone(), inside(tools, base, &one).await);
            }
            let unseen = Inside::default();
            let seen = known.get(&one).unwrap_or(&unseen);
            whole &= seen.children.is_some();
            people = either(people, seen.people);
            active = either(active, seen.active);
            next.extend(seen.children.iter().flatten().cloned());
        }
        // Somebody may be in a group that was not seen.
        let unless_whole = |some: Option<bool>| some.filter(|some| *some || whole);
        (people, active) = (unless_whole(people), unless_whole(active));
        reached.remove(pk);
        told.push(BoundGroup {
            pk: pk.clone(),
            below: reached.into_iter().collect(),
            whole,
            people,
            active,
        });
    }
    told
}

/// Whoever was seen is there, whatever was not.
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// What a group holds itself; `None` for what cannot be told.
#[derive(Default)]
struct Inside {
    children: Option<Vec<String>>,
    people: Option<bool>,
    active: Option<bool>,
}

/// One group. A release that does not tell the groups below it, or ignores the filter, is not
/// believed.
async fn inside(tools: &Tools, base: &str, pk: &str) -> Inside {
    let (Ok(groups), Ok(users)) = (
        Api::new(tools, base, Some("authentik_core.view_group")),
        Api::new(tools, base, Some("authentik_core.view_user")),
    ) else {
        return Inside::default();
    };
    let path = format!("/core/groups/{pk}/?include_users=false");
    let of = format!("/core/users/?groups_by_pk={pk}&page_size=1");
    let (group, active, people) = futures::join!(
        groups.get::<GroupWire>(&path),
        members(&users, format!("{of}&is_active=true"), pk),
        members(&users, of.clone(), pk),
    );
    Inside {
        children: group.ok().and_then(|group| group.children),
        people,
        active,
    }
}

/// Whether anybody is in the group, as far as a filter leaves them.
async fn members(api: &Api<'_>, path: String, group: &str) -> Option<bool> {
    let page: Page<UserWire> = api.get(&path).await.ok()?;
    let asked_active = path.contains("is_active=true");
    let fits = |row: &UserWire| {
        row.groups.iter().any(|pk| pk == group) && (row.is_active || !asked_active)
    };
    match page.results.first() {
        // A limited token's list may be shortened to nothing.
        None => (page.pagination.count == 0).then_some(false),
        Some(row) => fits(row).then_some(true),
    }
}

/// A row of `/core/applications/`. Up to 2026.8 its primary key is what bindings name.
#[derive(Deserialize)]
pub(super) struct AppWire {
    pk: String,
    pbm_uuid: Option<String>,
    slug: String,
    name: String,
    #[serde(default)]
    policy_engine_mode: String,
}

impl AppWire {
    /// What it is called in URLs.
    pub(super) fn slug(&self) -> &str {
        &self.slug
    }
}

impl From<AppWire> for AccessApp {
    fn from(wire: AppWire) -> Self {
        Self {
            slug: wire.slug,
            name: wire.name,
            target: wire.pbm_uuid.unwrap_or(wire.pk),
            mode: wire.policy_engine_mode,
        }
    }
}

/// A row of `/policies/bindings/`.
#[derive(Deserialize)]
pub(super) struct BindingWire {
    pub(super) pk: String,
    pub(super) target: String,
    #[serde(default)]
    order: i64,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    negate: bool,
    #[serde(default)]
    expiring: bool,
    expires: Option<jiff::Timestamp>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    failure_result: bool,
    #[serde(default)]
    timeout: u64,
    pub(super) group: Option<String>,
    group_obj: Option<NamedWire>,
    policy: Option<String>,
    policy_obj: Option<NamedWire>,
    user: Option<i64>,
    user_obj: Option<UserWire>,
}

fn yes() -> bool {
    true
}

impl BindingWire {
    pub(super) fn is_expired(&self) -> bool {
        self.expiring && self.expires.is_some_and(|at| at <= jiff::Timestamp::now())
    }
}

impl From<BindingWire> for BindingRow {
    fn from(wire: BindingWire) -> Self {
        let named = |pk: Option<String>, row: Option<NamedWire>| {
            let (name, model) = row.map_or((None, None), |row| (row.name, row.meta_model_name));
            let kind = model.and_then(|model| model.rsplit('.').next().map(str::to_owned));
            pk.map(|pk| BoundName {
                name: name.unwrap_or_else(|| pk.clone()),
                pk,
                kind,
            })
        };
        let user = wire.user_obj;
        Self {
            expired: wire.expiring && wire.expires.is_some_and(|at| at <= jiff::Timestamp::now()),
            pk: wire.pk,
            target: wire.target,
            order: wire.order,
            enabled: wire.enabled,
            negate: wire.negate,
            dry_run: wire.dry_run,
            failure_result: wire.failure_result,
            timeout: wire.timeout,
            user: wire.user.map(|pk| BoundUser {
                pk,
                username: user
                    .as_ref()
                    .map_or_else(|| pk.to_string(), |user| user.username.clone()),
                is_active: user.is_none_or(|user| user.is_active),
            }),
            group: named(wire.group, wire.group_obj),
            policy: named(wire.policy, wire.policy_obj),
        }
    }
}

/// A group or a policy inside a binding's row.
#[derive(Deserialize)]
struct NamedWire {
    name: Option<String>,
    meta_model_name: Option<String>,
}

/// Somebody, in a list or inside a binding's row.
#[derive(Deserialize)]
struct UserWire {
    username: String,
    is_active: bool,
    #[serde(default)]
    groups: Vec<String>,
}

/// A row of `/core/groups/`; the groups below it stand in it in the releases that were recorded.
#[derive(Deserialize)]
struct GroupWire {
    children: Option<Vec<String>>,
}

/// `/admin/settings/`; no flags before 2026.5.
#[derive(Deserialize)]
struct SettingsWire {
    #[serde(default)]
    flags: FlagsWire,
}

#[derive(Default, Deserialize)]
struct FlagsWire {
    core_default_app_access: Option<bool>,
}
