//! What decides who may open which application, for one person: three lists in pages of a thousand,
//! and no question for each group. Who else is in the groups is not told.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::Serialize;

use super::{
    LIST,
    access::{AppWire, BindingWire, of_apps, rows, told, unbound},
    apps,
    people::{GroupWire, VIEW_GROUP},
};
use crate::probe::{
    Probe, ProbeError, Tools,
    access::{AccessApp, AccessFacts, BindingRow, BoundGroup},
    http::place_of,
    people::GroupRow,
};

/// Applications, what is bound to them, and the groups below those that are bound. Needs what
/// [`super::AskAccess`] needs.
#[derive(Debug, Clone, Serialize)]
pub struct AskDoors {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Whether this release may have the setting that closes applications without bindings (from
    /// 2026.5).
    pub setting: bool,
    /// Slugs that are known from elsewhere.
    pub known: Vec<String>,
}

impl Probe for AskDoors {
    const KIND: &'static str = "doors";
    const LIMIT: Option<Duration> = LIST;
    type Answer = AccessFacts;

    fn key(&self) -> String {
        format!(
            "api GET {}/api/v3/policies/bindings/?page_size=1000",
            self.base
        )
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<AccessFacts, ProbeError> {
        let base = &self.base;
        let all = format!("{}&page_size=1000", apps::ALL);
        let bound = "/policies/bindings/?page_size=1000";
        let groups = "/core/groups/?include_users=false&page_size=1000";
        let view = "authentik_policies.view_policybinding";
        let (apps, bindings, groups) = futures::join!(
            apps::applications(tools, base, &all, &self.known, AppWire::slug),
            rows::<BindingWire>(tools, base, Some(view), bound, |row| &row.pk),
            rows::<GroupWire>(tools, base, Some(VIEW_GROUP), groups, |row| &row.pk),
        );
        let (apps, access_unseen) = told(apps?);
        let (bindings, others) = of_apps(bindings?, &apps);
        let groups: Vec<GroupRow> = groups?.into_iter().map(GroupRow::from).collect();
        let counts = |app: &AccessApp| {
            let mut theirs = bindings.iter().filter(|row| row.target == app.target);
            theirs.any(|row| row.enabled && !row.is_expired())
        };
        let access_unbound = match !self.setting || apps.iter().all(counts) {
            true => None,
            false => unbound(tools, base).await,
        };
        let bound = bindings.iter().filter_map(|row| row.group.as_deref());
        let access_groups = with_those_below(bound.collect(), &groups);
        Ok(AccessFacts {
            access_apps: Some(apps),
            access_bindings: Some(bindings.into_iter().map(BindingRow::from).collect()),
            access_groups: Some(access_groups),
            access_unbound,
            access_unseen,
            access_others: Some(others),
        })
    }
}

/// Each of these groups with all that are below it, however deep; a ring of groups ends too.
fn with_those_below(bound: BTreeSet<&str>, groups: &[GroupRow]) -> Vec<BoundGroup> {
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for group in groups {
        for above in &group.above {
            children.entry(above).or_default().push(&group.pk);
        }
    }
    let below = |pk: &str| {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut next: Vec<&str> = children.get(pk).cloned().unwrap_or_default();
        while let Some(one) = next.pop() {
            if one != pk && reached.insert(one) {
                next.extend(children.get(one).into_iter().flatten());
            }
        }
        reached.into_iter().map(str::to_owned).collect()
    };
    let told = bound.into_iter().map(|pk| BoundGroup {
        pk: pk.to_owned(),
        below: below(pk),
        people: None,
        whole: true,
        active: None,
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_followed_downwards_through_every_parent_and_rings_end() {
        let group = |pk: &str, above: &[&str]| GroupRow {
            pk: pk.into(),
            name: pk.into(),
            is_superuser: false,
            above: above.iter().map(|pk| (*pk).to_owned()).collect(),
        };
        let groups = [
            group("top", &["d"]),
            group("b", &["top"]),
            group("c", &["b", "other"]),
            group("d", &["c"]),
            group("other", &[]),
        ];
        let told = with_those_below(BTreeSet::from(["top", "other", "gone"]), &groups);
        let below = |pk: &str| {
            let mut all = told.iter();
            all.find(|group| group.pk == pk).unwrap().below.clone()
        };
        assert_eq!(below("top"), ["b", "c", "d"]);
        assert_eq!(below("other"), ["b", "c", "d", "top"]);
        assert!(below("gone").is_empty());
    }
}
