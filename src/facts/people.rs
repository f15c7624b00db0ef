//! The people of the stack: those who are expected, who administer authentik, and who could not
//! sign in. Never the whole directory: what is asked does not grow with it.
//!
//! Here `psql` stands before the API as well: it alone tells in a tenth of a second whether a
//! password can be used at all, which the API never tells.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{Base, database_facts, rights, shell_facts};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe, ProbeError,
        authentik_api::{
            AskFailedLogins, AskGroup, AskPerson, AskSuperusers, FailedLogins, GroupKey,
        },
        people::{Attempts, GroupRow, NearName, PeopleFacts, PersonRow, SharedEmail},
    },
    stack::Stack,
};

/// Questions about people asked of the API side by side.
const AT_ONCE: usize = 4;
/// Names with failed sign-ins that are looked up: whoever guesses names tries thousands.
const MOST_FAILED: usize = 20;
/// Groups that are followed upwards from one person.
const MOST_GROUPS: usize = 40;

/// The people of the stack, each part as far as it was told.
#[derive(Debug, Clone)]
pub struct People {
    /// Those of akdoctor.toml who exist.
    pub named: Vec<PersonRow>,
    /// Who could be meant by a name that does not exist.
    pub near: Vec<NearName>,
    /// The groups of akdoctor.toml that exist.
    pub groups: Result<Vec<GroupRow>, Unknown>,
    /// Superusers, active ones first.
    pub superusers: Result<Vec<PersonRow>, Unknown>,
    /// Who could not sign in and is inactive or has no password.
    pub tried: Result<Vec<Attempts>, Unknown>,
    /// Addresses that several people share.
    pub shared_emails: Result<Vec<SharedEmail>, Unknown>,
    /// Whether whoever told sees everybody: a limited token may not, and does not say so.
    pub everybody: bool,
    /// The key of the evidence.
    pub cite: String,
}

/// The people, from the first source that tells them.
///
/// # Errors
/// [`Unknown`] when neither `psql`, the API nor `ak shell` tells.
pub async fn people(stack: &Stack, seen: &Evidence, base: &Base) -> Result<People, Unknown> {
    if let Ok(facts) = database_facts(stack, seen).await
        && let Some(people) = told_inside(&facts.people, "psql")
    {
        return Ok(people);
    }
    let why = match rights(stack, seen, &base.url).await {
        Ok(user) => match by_api(stack, seen, base).await {
            Ok(mut people) => {
                people.everybody = user.is_superuser;
                add_passwords(&mut people, stack, seen, base).await;
                return Ok(people);
            }
            Err(why) => why,
        },
        Err(why) => why,
    };
    match shell_facts(stack, seen, base).await {
        Ok(facts) => told_inside(&facts.people, "ak shell").ok_or_else(|| untold("ak shell")),
        Err(last) if why.is_not_configured() => Err(last),
        Err(_) => Err(why),
    }
}

/// What a telling from inside a container holds; `None` when it holds no people at all.
fn told_inside(facts: &PeopleFacts, by: &str) -> Option<People> {
    let untold = || untold(by);
    Some(People {
        named: facts.named.clone()?,
        near: facts.near.clone().unwrap_or_default(),
        groups: facts.groups.clone().ok_or_else(untold),
        superusers: facts.superusers.clone().ok_or_else(untold),
        tried: facts.tried.clone().ok_or_else(untold),
        shared_emails: facts.shared_emails.clone().ok_or_else(untold),
        everybody: true,
        cite: by.to_owned(),
    })
}

fn untold(by: &str) -> Unknown {
    Unknown {
        key: by.to_owned(),
        error: ProbeError::Failed {
            what: by.to_owned(),
            detail: "it did not tell this of people; this release may keep it elsewhere".into(),
        },
    }
}

async fn by_api(stack: &Stack, seen: &Evidence, base: &Base) -> Result<People, Unknown> {
    let url = &base.url;
    let (named, groups, superusers, tried) = futures::join!(
        named(stack, seen, url),
        groups(stack, seen, url),
        seen.ask(AskSuperusers { base: url.clone() }),
        tried(stack, seen, url)
    );
    let (named, near) = named?;
    Ok(People {
        named,
        near,
        groups,
        superusers: superusers.map(|rows| (*rows).clone()),
        tried,
        // Only a page for each hundred people would tell.
        shared_emails: Err(Unknown::not_configured(
            "shared addresses",
            "the API cannot be asked for shared addresses without reading the whole directory; \
             akdoctor on authentik's own machine asks its database",
        )),
        everybody: false,
        cite: (AskSuperusers { base: url.clone() }).key(),
    })
}

/// Whether passwords can be used, where a container is here to ask.
async fn add_passwords(people: &mut People, stack: &Stack, seen: &Evidence, base: &Base) {
    if people.named.is_empty() {
        return;
    }
    let Ok(facts) = shell_facts(stack, seen, base).await else {
        return;
    };
    let inside: BTreeMap<i64, &PersonRow> = facts
        .people
        .named
        .iter()
        .flatten()
        .map(|row| (row.pk, row))
        .collect();
    for row in &mut people.named {
        if let Some(told) = inside.get(&row.pk) {
            (row.usable, row.linked) = (told.usable, told.linked);
        }
    }
}

async fn named(
    stack: &Stack,
    seen: &Evidence,
    url: &str,
) -> Result<(Vec<PersonRow>, Vec<NearName>), Unknown> {
    let names: Vec<String> = stack
        .users
        .iter()
        .map(|user| user.username.clone())
        .collect();
    let found = each(names.into_iter(), |username| async move {
        let base = url.to_owned();
        let ask = AskPerson { base, username };
        let wanted = ask.username.clone();
        Ok((wanted, seen.ask(ask).await?))
    })
    .await?;
    let (mut rows, mut near) = (Vec::new(), Vec::new());
    for (wanted, person) in found {
        match &person.row {
            Some(row) => rows.push(row.clone()),
            None => near.extend(person.near.iter().map(|(username, email)| NearName {
                wanted: wanted.clone(),
                username: username.clone(),
                email: email.clone(),
            })),
        }
    }
    for row in &mut rows {
        let expected = stack
            .users
            .iter()
            .find(|user| user.username == row.username);
        let all_there =
            |user: &crate::stack::User| user.groups.iter().all(|group| row.groups.contains(group));
        if !expected.is_some_and(all_there) {
            climb(row, seen, url).await?;
        }
    }
    Ok((rows, near))
}

/// Adds the groups above somebody's own, one request each.
async fn climb(row: &mut PersonRow, seen: &Evidence, url: &str) -> Result<(), Unknown> {
    let mut asked = BTreeSet::new();
    let mut next = row.above.clone();
    while let Some(pk) = next.pop() {
        if asked.len() >= MOST_GROUPS || !asked.insert(pk.clone()) {
            continue;
        }
        let ask = AskGroup {
            base: url.to_owned(),
            by: GroupKey::Pk(pk),
        };
        for group in seen.ask(ask).await?.iter() {
            row.groups.push(group.name.clone());
            row.group_pks.push(group.pk.clone());
            next.extend(group.above.iter().cloned());
        }
    }
    Ok(())
}

async fn groups(stack: &Stack, seen: &Evidence, url: &str) -> Result<Vec<GroupRow>, Unknown> {
    let names: BTreeSet<String> = (stack.users.iter())
        .flat_map(|user| user.groups.iter().cloned())
        .collect();
    let found = each(names.into_iter(), |name| async move {
        let base = url.to_owned();
        let by = GroupKey::Name(name);
        seen.ask(AskGroup { base, by }).await
    })
    .await?;
    Ok(found.iter().flat_map(|rows| rows.iter().cloned()).collect())
}

async fn tried(stack: &Stack, seen: &Evidence, url: &str) -> Result<Vec<Attempts>, Unknown> {
    let ask = AskFailedLogins {
        base: url.to_owned(),
        within: stack.within(Timestamp::now()),
    };
    let failed = seen.ask(ask).await?;
    let newest: Vec<FailedLogins> = failed.iter().take(MOST_FAILED).cloned().collect();
    let found = each(newest.into_iter(), |failed: FailedLogins| async move {
        let ask = AskPerson {
            base: url.to_owned(),
            username: failed.username.clone(),
        };
        Ok((seen.ask(ask).await?, failed))
    })
    .await?;
    let inactive = found.into_iter().filter_map(|(person, failed)| {
        let person = person.row.clone().filter(|row| !row.is_active)?;
        Some(Attempts {
            person,
            count: failed.count,
            last: failed.last,
        })
    });
    Ok(inactive.collect())
}

/// Asks for each, a few side by side, in order.
async fn each<I, T, F>(
    items: impl Iterator<Item = I>,
    ask: impl Fn(I) -> F,
) -> Result<Vec<T>, Unknown>
where
    F: Future<Output = Result<T, Unknown>>,
{
    stream::iter(items.map(ask))
        .buffered(AT_ONCE)
        .try_collect()
        .await
}
