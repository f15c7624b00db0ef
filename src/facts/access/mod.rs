//! Who may open which application.
//!
//! `psql` stands before the API here: it tells in the question that is asked anyway what takes the
//! API two lists and three requests a group.

mod bound;
mod decide;
mod reason;

use std::collections::BTreeMap;

use super::{Base, database_facts, rights, shell_facts, version};
use crate::{
    evidence::{Evidence, Unknown},
    model::Version,
    probe::{
        Probe, ProbeError,
        access::{AccessFacts, BindingRow, BoundGroup},
        authentik_api::{AskAccess, AskDoors},
        people::PersonRow,
    },
    stack::Stack,
};

pub use bound::{AppAccess, Binding, BoundTo, Holders, Member, Mode, Together, Trilean};
pub use decide::Decision;
pub use reason::{BindingKind, Opening, Reason};

/// Who may open which application.
#[derive(Debug, Clone)]
pub struct Access {
    /// The applications, by slug.
    pub apps: Vec<AppAccess>,
    /// How many there are beside those, which the API does not show this token.
    pub unseen: u64,
    /// The key of the evidence.
    pub cite: String,
}

/// What decides who may open which application, from the first source that tells it.
///
/// # Errors
/// [`Unknown`] when neither `psql`, the API nor `ak shell` tells.
pub async fn access(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Access, Unknown> {
    let ask = AskAccess {
        base: base.url.clone(),
        known: slugs(stack).collect(),
    };
    told(stack, seen, base, ask).await
}

/// The same for the sake of one person: the API is asked three lists, whatever their length, and not
/// who else is in the groups that are bound. `app` may be the slug of an application that
/// akdoctor.toml does not name.
///
/// # Errors
/// As for [`access`].
pub async fn doors(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    app: Option<&str>,
) -> Result<Access, Unknown> {
    let version = version(stack, seen, base).await;
    let ask = AskDoors {
        base: base.url.clone(),
        setting: version.is_none_or(|version| version.at_least(2026, 5)),
        known: slugs(stack).chain(app.map(str::to_owned)).collect(),
    };
    told(stack, seen, base, ask).await
}

/// Those of akdoctor.toml.
fn slugs(stack: &Stack) -> impl Iterator<Item = String> {
    stack.apps.iter().map(|app| app.slug.clone())
}

async fn told(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    ask: impl Probe<Answer = AccessFacts>,
) -> Result<Access, Unknown> {
    let version = version(stack, seen, base).await;
    let of = |facts: &AccessFacts, cite: &str| Access::of(facts, version.as_ref(), cite);
    if let Ok(facts) = database_facts(stack, seen).await
        && let Some(access) = of(&facts.access, "psql")
    {
        return Ok(access);
    }
    let why = match rights(stack, seen, &base.url).await {
        Ok(user) => {
            let key = ask.key();
            match seen.ask(ask).await {
                // One that may see single rows is shown those, as if there were no others.
                Ok(facts) if !user.is_superuser && facts.access_others == Some(false) => {
                    single_rows(&key)
                }
                Ok(facts) => return of(&facts, &key).ok_or_else(|| untold(&key)),
                Err(why) => why,
            }
        }
        Err(why) => why,
    };
    match shell_facts(stack, seen, base).await {
        Ok(facts) => of(&facts.access, "ak shell").ok_or_else(|| untold("ak shell")),
        Err(last) if why.is_not_configured() => Err(last),
        Err(_) => Err(why),
    }
}

fn single_rows(key: &str) -> Unknown {
    Unknown {
        key: key.to_owned(),
        error: ProbeError::NotAllowed {
            what: "reading all of /policies/bindings/".into(),
            detail:
                "no binding of a flow is among them, so others may be missing too; the token's \
                     user needs the permission authentik_policies.view_policybinding"
                    .into(),
        },
    }
}

fn untold(by: &str) -> Unknown {
    Unknown {
        key: by.to_owned(),
        error: ProbeError::Failed {
            what: by.to_owned(),
            detail: "it did not tell what is bound to applications; this release may keep it \
                     elsewhere"
                .into(),
        },
    }
}

impl Access {
    /// That of a telling; `None` when it tells not all of it.
    fn of(facts: &AccessFacts, version: Option<&Version>, cite: &str) -> Option<Self> {
        let bindings = facts.access_bindings.as_ref()?;
        let groups: BTreeMap<&str, &BoundGroup> = facts
            .access_groups
            .as_ref()?
            .iter()
            .map(|group| (group.pk.as_str(), group))
            .collect();
        // A setting from 2026.5; before it every such application is open.
        let unbound = match (facts.access_unbound, version) {
            (_, Some(version)) if !version.at_least(2026, 5) => Trilean::Yes,
            (Some(open), _) => open.into(),
            (None, _) => Trilean::Unknown,
        };
        let apps = facts.access_apps.as_ref()?.iter().map(|app| AppAccess {
            slug: app.slug.clone(),
            name: app.name.clone(),
            target: app.target.clone(),
            mode: match app.mode.as_str() {
                "all" => Mode::All,
                _ => Mode::Any,
            },
            together: Together::of(version),
            unbound,
            bindings: bindings
                .iter()
                .filter(|row| row.target == app.target)
                .map(|row| binding(row, &groups))
                .collect(),
        });
        let mut apps: Vec<AppAccess> = apps.collect();
        for app in &mut apps {
            app.bindings.sort_by_key(|binding| binding.order);
        }
        apps.sort_by(|a, b| a.slug.cmp(&b.slug));
        Some(Self {
            apps,
            unseen: facts.access_unseen,
            cite: cite.to_owned(),
        })
    }

    /// The application with this slug.
    pub fn of_app(&self, slug: &str) -> Option<&AppAccess> {
        self.apps.iter().find(|app| app.slug == slug)
    }
}

fn binding(row: &BindingRow, groups: &BTreeMap<&str, &BoundGroup>) -> Binding {
    Binding {
        pk: row.pk.clone(),
        order: row.order,
        enabled: row.enabled,
        negate: row.negate,
        expired: row.expired,
        dry_run: row.dry_run,
        failure_result: row.failure_result,
        timeout: row.timeout,
        to: to(row, groups),
    }
}

/// A policy goes before what stands beside it, as in authentik's engine.
fn to(row: &BindingRow, groups: &BTreeMap<&str, &BoundGroup>) -> BoundTo {
    match (&row.policy, &row.group, &row.user) {
        (Some(policy), ..) => BoundTo::Policy {
            pk: policy.pk.clone(),
            name: policy.name.clone(),
            kind: policy.kind.clone(),
        },
        (None, Some(group), _) => {
            let told = groups.get(group.pk.as_str());
            BoundTo::Group {
                pk: group.pk.clone(),
                name: group.name.clone(),
                below: told
                    .map(|told| told.below.iter().cloned().collect())
                    .unwrap_or_default(),
                whole: told.is_some_and(|told| told.whole),
                holders: told.map_or(Holders::Unknown, |told| holders(told)),
            }
        }
        (None, None, Some(user)) => BoundTo::User {
            pk: user.pk,
            name: user.username.clone(),
            is_active: user.is_active,
        },
        (None, None, None) => BoundTo::Nothing,
    }
}

fn holders(told: &BoundGroup) -> Holders {
    match (told.active, told.people) {
        (Some(true), _) => Holders::Active,
        (Some(false), Some(true)) => Holders::Inactive,
        (Some(false), Some(false)) => Holders::Nobody,
        _ => Holders::Unknown,
    }
}

impl Member {
    /// Somebody as the facts about people tell them.
    pub fn of(row: &PersonRow) -> Self {
        Self {
            pk: row.pk,
            is_active: row.is_active,
            groups: row.group_pks.iter().chain(&row.above).cloned().collect(),
            is_superuser: row.is_superuser,
        }
    }
}
