//! One person: who is called so, what their sign-in needs, what became of their last ones. `psql`
//! stands before the API, as in [`super::people`]. Whatever the directory's size, the API is asked
//! a fixed number of questions.

use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        authentik_api::{
            AskDevices, AskFactors, AskIdentification, AskLimits, AskPersonEvents, AskScores,
            AskSignInFlow, AskWho,
        },
        people::PersonRow,
        person::{
            DeviceRow, EventRow, ExpiryRow, FactorRow, FoundRow, IdentificationRow, LimitRow,
            NearRow, PersonFacts, ScoreRow,
        },
    },
    stack::{Stack, User},
};

use super::{Base, Chosen, flows, person_in_database, rights, shell_facts};

/// A part that could be told or not.
type Part<T> = Result<Vec<T>, Unknown>;

/// One person, each part as far as it was told.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who is called so; of several none is the one that was meant.
    pub found: Vec<FoundRow>,
    /// Who could be meant, where nobody is called so.
    pub near: Vec<NearRow>,
    /// The slug of the flow with which people sign in.
    pub flow: Result<String, Unknown>,
    /// The devices of their second factor.
    pub devices: Part<DeviceRow>,
    /// Whether the hosts of WebAuthn devices would be among what was told.
    pub tells_hosts: bool,
    /// Stages that ask for a second factor.
    pub factors: Part<FactorRow>,
    /// By what identification stages know people.
    pub identification: Part<IdentificationRow>,
    /// Policies that judge by reputation.
    pub limits: Part<LimitRow>,
    /// Their reputation; not asked for where no policy judges by it.
    pub scores: Part<ScoreRow>,
    /// Policies under which passwords expire.
    pub expiries: Part<ExpiryRow>,
    /// Sign-ins that failed and apps that were opened, the newest first.
    pub events: Part<EventRow>,
    /// Whether whoever told sees everybody: a limited token may not, and does not say so.
    pub everybody: bool,
    /// The key of the evidence.
    pub cite: String,
}

/// The person called so, from the first source that tells people.
///
/// # Errors
/// [`Unknown`] when neither `psql`, the API nor `ak shell` tells.
pub async fn person(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    who: &str,
) -> Result<Person, Unknown> {
    if let Ok(facts) = person_in_database(stack, seen, who).await {
        return Ok(in_database(&facts, flow_here(stack, seen, base).await, who));
    }
    let why = match rights(stack, seen, &base.url).await {
        Ok(user) => match by_api(stack, seen, base, who).await {
            Ok(mut person) => {
                person.everybody = user.is_superuser;
                return Ok(person);
            }
            Err(why) => why,
        },
        Err(why) => why,
    };
    match by_shell(stack, seen, base, who).await {
        Ok(person) => Ok(person),
        Err(last) if why.is_not_configured() => Err(last),
        Err(_) => Err(why),
    }
}

/// The flow that people of this address run, as the database tells it.
async fn flow_here(stack: &Stack, seen: &Evidence, base: &Base) -> Result<String, Unknown> {
    let told = flows(stack, seen, base).await?;
    let host = told.at(&base.url);
    match told.sign_in(None, host.brand) {
        Chosen::Flow { flow, .. } if host.sure => Ok(flow.slug.clone()),
        Chosen::Flow { .. } | Chosen::Open => Err(Unknown::not_configured(
            "flow",
            "releases and policies differ in which flow signs people in here",
        )),
        Chosen::None => Err(Unknown::not_configured(
            "flow",
            "no flow signs people in here; `akdoctor flow` tells more",
        )),
    }
}

fn in_database(facts: &PersonFacts, flow: Result<String, Unknown>, who: &str) -> Person {
    fn part<T: Clone>(told: Option<&Vec<T>>, what: &str) -> Part<T> {
        told.cloned().ok_or_else(|| untold("psql", what))
    }
    let found = meant(facts.found.clone().unwrap_or_default(), who);
    let of_theirs = |user: Option<i64>| found.iter().any(|one| Some(one.row.pk) == user);
    let mut devices = part(facts.devices.as_ref(), "devices");
    if let Ok(rows) = &mut devices {
        rows.retain(|row| of_theirs(row.user));
    }
    let mut events = part(facts.events.as_ref(), "events");
    if let Ok(rows) = &mut events {
        rows.retain(|row| of_theirs(row.user));
    }
    let named = |name: &str| found.iter().any(|one| one.row.username == name);
    let mut scores = part(facts.scores.as_ref(), "reputation");
    if let Ok(rows) = &mut scores {
        rows.retain(|row| named(&row.identifier));
    }
    Person {
        near: facts.near.clone().unwrap_or_default(),
        flow,
        devices,
        tells_hosts: true,
        factors: part(facts.factors.as_ref(), "stages of a second factor"),
        identification: part(facts.identification.as_ref(), "identification stages"),
        limits: part(facts.limits.as_ref(), "policies of reputation"),
        scores,
        expiries: part(facts.expiries.as_ref(), "policies of expiry"),
        events,
        everybody: true,
        cite: "psql".into(),
        found,
    }
}

/// Of those who are called so in any way: by user name, else by primary key, else by address.
fn meant(found: Vec<FoundRow>, who: &str) -> Vec<FoundRow> {
    let by = |test: &dyn Fn(&PersonRow) -> bool| -> Vec<FoundRow> {
        let fitting = found.iter().filter(|one| test(&one.row));
        fitting.cloned().collect()
    };
    let by_name = by(&|row| row.username == who);
    if !by_name.is_empty() {
        return by_name;
    }
    let by_pk = by(&|row| row.pk.to_string() == who);
    if !by_pk.is_empty() {
        return by_pk;
    }
    by(&|row| !row.email.is_empty() && row.email.to_lowercase() == who.to_lowercase())
}

async fn by_api(stack: &Stack, seen: &Evidence, base: &Base, who: &str) -> Result<Person, Unknown> {
    let url = || base.url.clone();
    let ask = AskWho {
        base: url(),
        who: who.into(),
    };
    let cite = ask.key();
    let told = seen.ask(ask).await?;
    let mut found: Vec<FoundRow> = told.rows.iter().map(of_row).collect();
    let one = match &mut *found {
        [one] => Some(one),
        _ => None,
    };
    if let Some(one) = one {
        add_password(&mut one.row, stack, seen, base).await;
    }
    let one = found.first().map(|one| one.row.clone()).unwrap_or_default();
    let there = !found.is_empty();
    let nobody = || Unknown::not_configured("person", "nobody is called so");
    let devices = async {
        match there {
            true => {
                ask_rows(
                    seen,
                    AskDevices {
                        base: url(),
                        user: one.pk,
                    },
                )
                .await
            }
            false => Err(nobody()),
        }
    };
    let events = async {
        match there {
            true => {
                let username = one.username.clone();
                ask_rows(
                    seen,
                    AskPersonEvents {
                        base: url(),
                        username,
                    },
                )
                .await
            }
            false => Err(nobody()),
        }
    };
    let reputation = async {
        let limits = seen.ask(AskLimits { base: url() }).await?;
        let bound = limits.iter().filter(|limit| limit.bound != Some(0));
        let limits: Vec<LimitRow> = bound
            .map(|limit| LimitRow {
                name: limit.name.clone(),
                threshold: limit.threshold,
                by_name: true,
                ..LimitRow::default()
            })
            .collect();
        let scores = match there && !limits.is_empty() {
            true => {
                let username = one.username.clone();
                ask_rows(
                    seen,
                    AskScores {
                        base: url(),
                        username,
                    },
                )
                .await
            }
            false => Ok(Vec::new()),
        };
        Ok((limits, scores))
    };
    // Only whether an address can be typed hangs on it.
    let identification = async {
        match who.contains('@') {
            true => ask_rows(seen, AskIdentification { base: url() }).await,
            false => Ok(Vec::new()),
        }
    };
    let flow = async {
        let ask = AskSignInFlow { base: url() };
        let key = ask.key();
        let told = seen.ask(ask).await?;
        told.as_ref()
            .clone()
            .ok_or_else(|| untold(&key, "the brand's flow"))
    };
    let (devices, events, reputation, flow, factors, identification) = futures::join!(
        devices,
        events,
        reputation,
        flow,
        ask_rows(seen, AskFactors { base: url() }),
        identification,
    );
    let (limits, scores) = match reputation {
        Ok((limits, scores)) => (Ok(limits), scores),
        Err(why) => (Err(why), Ok(Vec::new())),
    };
    Ok(Person {
        near: told.near.clone(),
        flow,
        devices,
        tells_hosts: false,
        factors,
        identification,
        limits,
        scores,
        expiries: Err(Unknown::not_configured(
            "expiry",
            "authentik's API does not tell when a password was set; its database does",
        )),
        events,
        everybody: false,
        cite,
        found,
    })
}

async fn ask_rows<P, R>(seen: &Evidence, probe: P) -> Part<R>
where
    P: crate::probe::Probe<Answer = Vec<R>>,
    R: Clone,
{
    seen.ask(probe).await.map(|rows| rows.to_vec())
}

fn of_row(row: &PersonRow) -> FoundRow {
    FoundRow {
        row: row.clone(),
        set_at: None,
    }
}

/// Whether the password can be used, where a container is here to ask.
async fn add_password(row: &mut PersonRow, stack: &Stack, seen: &Evidence, base: &Base) {
    if let Ok(told) = in_shell(stack, seen, base, &row.username).await
        && let Some(told) = told.into_iter().find(|told| told.pk == row.pk)
    {
        (row.usable, row.linked) = (told.usable, told.linked);
    }
}

/// Those of this user name, as `ak shell` tells them.
async fn in_shell(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    username: &str,
) -> Result<Vec<PersonRow>, Unknown> {
    let mut stack = stack.clone();
    stack.users = vec![User {
        username: username.into(),
        ..User::default()
    }];
    let facts = shell_facts(&stack, seen, base).await?;
    facts
        .people
        .named
        .clone()
        .ok_or_else(|| untold("ak shell", "people"))
}

async fn by_shell(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    who: &str,
) -> Result<Person, Unknown> {
    fn part<T>(what: &str) -> Part<T> {
        Err(untold("ak shell", what))
    }
    let rows = in_shell(stack, seen, base, who).await?;
    // It was asked for a user name only.
    if rows.is_empty() {
        return Err(untold("ak shell", "people by anything but their user name"));
    }
    Ok(Person {
        found: rows.iter().map(of_row).collect(),
        near: Vec::new(),
        flow: flow_here(stack, seen, base).await,
        devices: part("devices"),
        tells_hosts: false,
        factors: part("stages of a second factor"),
        identification: part("identification stages"),
        limits: part("policies of reputation"),
        scores: part("reputation"),
        expiries: part("policies of expiry"),
        events: part("events"),
        everybody: true,
        cite: "ak shell".into(),
    })
}

fn untold(by: &str, what: &str) -> Unknown {
    Unknown {
        key: by.to_owned(),
        error: ProbeError::Failed {
            what: by.to_owned(),
            detail: format!("it did not tell {what}; this release may keep it elsewhere"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pk: i64, username: &str, email: &str) -> FoundRow {
        of_row(&PersonRow {
            pk,
            username: username.into(),
            email: email.into(),
            ..PersonRow::default()
        })
    }

    #[test]
    fn a_user_name_goes_before_a_key_and_both_before_an_address() {
        let all = vec![row(7, "anna", "7"), row(8, "7", "x@y"), row(9, "b", "X@y")];
        let names = |who: &str| -> Vec<String> {
            let found = meant(all.clone(), who).into_iter();
            found.map(|one| one.row.username).collect()
        };
        assert_eq!(names("7"), ["7"]);
        assert_eq!(names("9"), ["b"]);
        assert_eq!(names("x@Y"), ["7", "b"]);
        assert!(names("").is_empty());
    }
}
