//! What authentik tells about itself from inside its containers.

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{Base, Condition, condition, containers};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        ak_shell::{AkShell, ShellFacts},
        engine::Container,
        own_token::{OwnToken, OwnTokenFacts},
        people::PeopleQuestion,
        person::{PersonFacts, PersonQuestion, PsqlPerson},
        psql::{DatabaseFacts, Psql},
    },
    stack::Stack,
};

/// authentik's own defaults for role and database (lib/default.yml).
const DEFAULT_NAME: &str = "authentik";

/// Everything by one `ak shell`. Asked only of an authentik that is ready: with its database away
/// Django retries for 30 s (verified.md 4).
///
/// # Errors
/// [`Unknown`] when there is no running server container, authentik is not ready, or it failed.
pub async fn shell_facts(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
) -> Result<Arc<ShellFacts>, Unknown> {
    let found = containers(stack, seen).await?;
    let running = found.roles.server.iter().chain(&found.roles.worker);
    let Some(container) = running.into_iter().find(|c| c.state.status.is_up()) else {
        return Err(Unknown::not_configured(
            "ak shell",
            "no container of authentik runs on this engine",
        ));
    };
    if condition(seen, base).await.condition != Condition::Ready {
        return Err(Unknown::not_configured(
            "ak shell",
            "not started: authentik is not ready, and Django would wait for it",
        ));
    }
    let id = container.id.clone();
    let people = question(stack);
    let ask = AkShell {
        container: id,
        people,
    };
    seen.ask(ask).await
}

/// What the database tells, over its container's local socket.
///
/// # Errors
/// [`Unknown`] when the database is no running container here, or `psql` failed.
pub async fn database_facts(stack: &Stack, seen: &Evidence) -> Result<Arc<DatabaseFacts>, Unknown> {
    let (container, login) = database(stack, seen).await?;
    seen.ask(Psql {
        container,
        user: login.user,
        database: login.database,
        people: question(stack),
    })
    .await
}

/// Whose the API token is, as the database has it.
///
/// # Errors
/// [`Unknown`] when the database is no running container here, or `psql` failed.
pub async fn own_token(stack: &Stack, seen: &Evidence) -> Result<Arc<OwnTokenFacts>, Unknown> {
    let (container, login) = database(stack, seen).await?;
    seen.ask(OwnToken {
        container,
        user: login.user,
        database: login.database,
    })
    .await
}

/// What the database tells of one person, by user name, e-mail address or primary key.
///
/// # Errors
/// As for [`database_facts`].
pub async fn person_in_database(
    stack: &Stack,
    seen: &Evidence,
    who: &str,
) -> Result<Arc<PersonFacts>, Unknown> {
    let (container, login) = database(stack, seen).await?;
    seen.ask(PsqlPerson {
        container,
        user: login.user,
        database: login.database,
        person: PersonQuestion {
            who: who.to_owned(),
            within: stack.within(Timestamp::now()),
        },
    })
    .await
}

/// The id of the database's container, and how authentik signs in to it.
async fn database(stack: &Stack, seen: &Evidence) -> Result<(String, DatabaseLogin), Unknown> {
    let found = containers(stack, seen).await?;
    let database = found
        .roles
        .database
        .as_ref()
        .filter(|c| c.state.status.is_up());
    let Some(database) = database else {
        return Err(Unknown::not_configured(
            "psql",
            "authentik's database is no running container on this engine",
        ));
    };
    let core = found.roles.server.first().or(found.roles.worker.first());
    let login = DatabaseLogin::of(core.map(|core| &**core), database);
    Ok((database.id.clone(), login))
}

/// Whom both are asked about: always the same within a run, so that each is asked once.
fn question(stack: &Stack) -> PeopleQuestion {
    let groups: BTreeSet<&String> = stack.users.iter().flat_map(|user| &user.groups).collect();
    PeopleQuestion {
        usernames: stack
            .users
            .iter()
            .map(|user| user.username.clone())
            .collect(),
        groups: groups.into_iter().cloned().collect(),
        within: stack.within(Timestamp::now()),
    }
}

/// The user and the database that authentik is configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLogin {
    /// The role in PostgreSQL.
    pub user: String,
    /// The database.
    pub database: String,
}

impl DatabaseLogin {
    /// From authentik's environment, else the database container's, else authentik's defaults.
    pub fn of(core: Option<&Container>, database: &Container) -> Self {
        let setting = |ours: &str, theirs: &str| {
            core.and_then(|core| core.plain_env(ours))
                .or_else(|| database.plain_env(theirs))
                .unwrap_or(DEFAULT_NAME)
                .to_owned()
        };
        Self {
            user: setting("AUTHENTIK_POSTGRESQL__USER", "POSTGRES_USER"),
            database: setting("AUTHENTIK_POSTGRESQL__NAME", "POSTGRES_DB"),
        }
    }
}
