//! What the database itself can tell by a read-only `psql`: in a tenth of a second where Django
//! takes three to start, and also when it cannot.

use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    access::AccessFacts,
    ak_shell::last_words,
    authentik_api::{ApplicationRow, ProviderRow, Queue, RedirectUri, WorkerRow, Workers},
    engine::{Exec, Executed},
    events::EventFacts,
    flows::{FlowFacts, LogoutUri, ProviderFlows},
    people::{PeopleFacts, PeopleQuestion},
    scope_mapping::{self, ScopeMappingRow},
};

/// The questions, given on standard input.
const SQL: &str = concat!(
    include_str!("psql_facts.sql"),
    include_str!("psql_flows.sql"),
    include_str!("psql_person_row.sql"),
    include_str!("psql_people.sql"),
    include_str!("psql_events.sql"),
    include_str!("psql_access.sql")
);

/// Facts by one read-only `psql` in the database container, over its local socket.
#[derive(Debug, Clone, Serialize)]
pub struct Psql {
    /// The database container's id.
    pub container: String,
    /// The role to connect as.
    pub user: String,
    /// The database.
    pub database: String,
    /// Whom to tell about.
    pub people: PeopleQuestion,
}

/// What it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// The newest entry of `authentik_version_history` (from 2024.10).
    pub version: Option<String>,
    /// Every application.
    pub applications: Vec<ApplicationRow>,
    /// Every OAuth2/OpenID provider.
    pub providers: Vec<ProviderRow>,
    /// Every scope mapping; empty where the table could not be read.
    #[serde(default)]
    pub scope_mappings: Vec<ScopeMappingRow>,
    /// Workers seen within two minutes; `None` before 2025.8.
    pub workers: Option<Workers>,
    /// Tasks that wait; `None` before 2025.8.
    pub queue: Option<Queue>,
    /// People.
    #[serde(default)]
    pub people: PeopleFacts,
    /// Flows, their stages and the brands.
    #[serde(default)]
    pub flows: FlowFacts,
    /// Failures and changes.
    #[serde(default)]
    pub events: EventFacts,
    /// Who may open which application.
    #[serde(default)]
    pub access: AccessFacts,
}

impl Probe for Psql {
    const KIND: &'static str = "psql";
    type Answer = DatabaseFacts;

    fn key(&self) -> String {
        format!("psql {} {}", self.container, self.database)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<DatabaseFacts, ProbeError> {
        let executed = self.query().look(tools).await?;
        let short = self.container.get(..12).unwrap_or(&self.container);
        facts_of(&executed, &format!("psql in container {short}"))
    }
}

impl Psql {
    fn query(&self) -> Exec {
        Exec {
            container: self.container.clone(),
            argv: arguments(&self.user, &self.database),
            secrets: Vec::new(),
            stdin: Some(format!("\\set asked {}\n{SQL}", self.people.hex())),
            label: format!("psql {}", self.database),
        }
    }
}

/// Bare answers only, no start-up file, every statement whatever became of the one before, and
/// never a question for a password, which would swallow the first line of the input.
pub(super) fn arguments(user: &str, database: &str) -> Vec<String> {
    let options = ["-w", "-AtqX", "-v", "ON_ERROR_STOP=0"];
    ["psql", "-U", user, "-d", database]
        .into_iter()
        .chain(options)
        .map(str::to_owned)
        .collect()
}

/// One line of the answer; each holds one fact.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    version: Option<String>,
    applications: Option<Vec<ApplicationRow>>,
    providers: Option<Vec<Provider>>,
    provider_mappings: Option<Vec<(i64, String)>>,
    scope_mappings: Option<Vec<scope_mapping::Wire>>,
    workers: Option<Vec<WorkerRow>>,
    queue: Option<Queue>,
    #[serde(flatten)]
    people: PeopleFacts,
    #[serde(flatten)]
    flows: FlowFacts,
    #[serde(flatten)]
    events: EventFacts,
    #[serde(flatten)]
    access: AccessFacts,
}

/// A provider as its table has it.
#[derive(Deserialize)]
struct Provider {
    pk: i64,
    name: String,
    client_id: String,
    application: Option<String>,
    redirect_uris: Option<serde_json::Value>,
    client_type: Option<String>,
    grant_types: Option<Vec<String>>,
    signing_key: Option<String>,
    claims_in_id_token: Option<bool>,
    flows: Option<ProviderFlows>,
    logout: Option<LogoutUri>,
}

fn facts_of(executed: &Executed, what: &str) -> Result<DatabaseFacts, ProbeError> {
    let malformed = |error: &serde_json::Error| ProbeError::Malformed {
        what: what.into(),
        detail: error.to_string(),
    };
    let mut all = Told::default();
    for line in executed.stdout.lines().filter(|line| line.starts_with('{')) {
        let told: Told = serde_json::from_str(line).map_err(|error| malformed(&error))?;
        all.version = all.version.or(told.version);
        all.applications = all.applications.or(told.applications);
        all.providers = all.providers.or(told.providers);
        all.provider_mappings = all.provider_mappings.or(told.provider_mappings);
        all.scope_mappings = all.scope_mappings.or(told.scope_mappings);
        all.workers = all.workers.or(told.workers);
        all.queue = all.queue.or(told.queue);
        all.people = all.people.or(told.people);
        all.flows = all.flows.or(told.flows);
        all.events = all.events.or(told.events);
        all.access = all.access.or(told.access);
    }
    // Both tables are as old as authentik 2023.10; without them this is another database, or
    // psql did not get in, and an empty list would be a lie.
    let (Some(applications), Some(providers)) = (all.applications, all.providers) else {
        return Err(ProbeError::Failed {
            what: what.into(),
            detail: complaint(executed),
        });
    };
    let mappings = all.provider_mappings;
    let with_mappings = |provider: Provider| {
        let mut row = row_of(provider)?;
        row.mappings = mappings.as_ref().map(|all| {
            let own = all.iter().filter(|(provider, _)| *provider == row.pk);
            own.map(|(_, mapping)| mapping.clone()).collect()
        });
        Ok(row)
    };
    let scope_mappings = all.scope_mappings.into_iter().flatten();
    Ok(DatabaseFacts {
        version: all.version,
        applications,
        scope_mappings: scope_mappings.map(ScopeMappingRow::from).collect(),
        providers: providers
            .into_iter()
            .map(with_mappings)
            .collect::<Result<_, _>>()
            .map_err(|error| malformed(&error))?,
        workers: all.workers.map(|rows| Workers {
            count: rows.len() as u64,
            rows,
        }),
        queue: all.queue,
        people: all.people,
        flows: all.flows,
        events: all.events,
        access: all.access,
    })
}

/// The last error among psql's words, which end with a line that only points at a place.
pub(super) fn complaint(executed: &Executed) -> String {
    let is_error = |line: &&str| line.contains("ERROR:") || line.contains("FATAL:");
    match executed.stderr.lines().rev().find(is_error) {
        Some(line) => line.trim().chars().take(300).collect(),
        None => last_words(executed),
    }
}

fn row_of(provider: Provider) -> serde_json::Result<ProviderRow> {
    let stored = provider.redirect_uris.unwrap_or_default();
    Ok(ProviderRow {
        pk: provider.pk,
        name: provider.name,
        client_id: provider.client_id,
        application: provider.application,
        redirect_text: stored.as_str().map(str::to_owned),
        redirect_uris: redirect_uris(stored)?,
        client_type: provider.client_type,
        grant_types: provider.grant_types,
        signing_key: provider.signing_key,
        mappings: None,
        claims_in_id_token: provider.claims_in_id_token,
        flows: provider.flows,
        logout: provider.logout.filter(|logout| !logout.uri.is_empty()),
    })
}

/// Both shapes.
fn redirect_uris(stored: serde_json::Value) -> serde_json::Result<Vec<RedirectUri>> {
    match stored.as_str() {
        Some(text) => Ok(RedirectUri::lines(text)),
        None if stored.is_null() => Ok(Vec::new()),
        None => serde_json::from_value(stored),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stdout: &str, stderr: &str) -> Result<DatabaseFacts, ProbeError> {
        let executed = Executed {
            exit_code: 0,
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        facts_of(&executed, "psql")
    }

    const LISTS: &str = r#"{"applications": [{"slug": "a", "name": "A", "provider": 1, "launch_url": null}]}
{"providers": [{"pk": 1, "name": "P", "client_id": "c", "application": "a", "redirect_uris": "http://a/cb\r\n.*"}]}
"#;

    #[test]
    fn a_version_without_its_history_still_tells_the_rest() {
        let facts = told(LISTS, "ERROR:  relation \"authentik_version_history\"").unwrap();
        assert_eq!(facts.version, None);
        assert_eq!(facts.applications[0].slug, "a");
        let uris = &facts.providers[0].redirect_uris;
        let text = facts.providers[0].redirect_text.as_deref();
        assert_eq!(text, Some("http://a/cb\r\n.*"));
        assert_eq!(
            (&*uris[0].url, &*uris[0].matching_mode),
            ("http://a/cb", "strict")
        );
        assert_eq!((&*uris[1].url, &*uris[1].matching_mode), (".*", "regex"));
    }

    #[test]
    fn tables_that_are_not_there_are_no_empty_lists() {
        let stderr = "ERROR:  relation \"a\" does not exist\nLINE 2: from a\n             ^\n";
        let error = told("", stderr).unwrap_err().to_string();
        assert_eq!(error, "psql failed: ERROR:  relation \"a\" does not exist");
        let error = told("", "psql: not found\n").unwrap_err().to_string();
        assert_eq!(error, "psql failed: exit code 0: psql: not found");
    }

    #[test]
    fn an_entry_of_the_newest_shape_is_read() {
        let uris = redirect_uris(serde_json::json!([
            {"matching_mode": "regex", "url": "a.*", "redirect_uri_type": "logout", "new": 1},
        ]));
        assert_eq!(
            uris.unwrap()[0].redirect_uri_type.as_deref(),
            Some("logout")
        );
        assert!(redirect_uris(serde_json::json!([{"url": "a"}])).is_err());
    }
}
