//! Everything that `ak shell` can tell, in one run: Django takes seconds to start, the queries
//! cost nothing beside it (verified.md 4 and 5).

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    access::AccessFacts,
    authentik_api::{ApplicationRow, ProviderRow, Queue, Workers},
    engine::{Exec, Executed, InspectContainer},
    events::{ChangeRow, EventFacts, Failure, VersionRow, add_logins, grouped},
    flows::FlowFacts,
    people::{PeopleFacts, PeopleQuestion},
    scope_mapping::{self, ScopeMappingRow},
};

/// Seconds after which the container itself ends the shell: a client that goes away does not end
/// what it started (verified.md 4).
const INSIDE: u64 = 15;
/// What Django needs to start beside a running authentik, in bytes.
const MEMORY: u64 = 300 << 20;
/// The script, given on standard input: no quoting and no limit of length.
const SCRIPT: &str = include_str!("ak_shell_facts.py");
/// What reads a script on standard input.
pub const READER: &str = "import sys;exec(compile(sys.stdin.read(),'akd','exec'),globals())";

/// Every fact by one `ak shell` in a server or worker container.
#[derive(Debug, Clone, Serialize)]
pub struct AkShell {
    /// The container's id.
    pub container: String,
    /// Whom to tell about.
    pub people: PeopleQuestion,
}

/// What it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellFacts {
    /// The running version.
    pub version: String,
    /// Every application.
    pub applications: Vec<ApplicationRow>,
    /// Every OAuth2/OpenID provider.
    pub providers: Vec<ProviderRow>,
    /// Every scope mapping; empty where they could not be read.
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

impl Probe for AkShell {
    const KIND: &'static str = "ak-shell";
    /// A little more than the shell has inside, so that its own end is seen.
    const LIMIT: Option<Duration> = Some(Duration::from_secs(INSIDE + 2));
    type Answer = ShellFacts;

    fn key(&self) -> String {
        format!("ak shell {}", self.container)
    }

    async fn look(&self, tools: &Tools) -> Result<ShellFacts, ProbeError> {
        let script = format!("ASKED = \"{}\"\n{SCRIPT}", self.people.hex());
        let shell = Shell {
            container: &self.container,
            seconds: INSIDE,
        };
        let executed = shell.run(tools, script).await?;
        facts_of(&executed, &shell.what())
    }
}

/// Runs Python of akdoctor's own in `ak shell` and gives the JSON that it prints between the marks
/// `AKD_BEGIN` and `AKD_END`. Not a question: the caller answers for what the script does.
///
/// # Errors
/// When it could not be run, ended with an error or in `seconds` not at all, or printed no answer.
pub async fn run(
    tools: &Tools,
    container: &str,
    script: String,
    seconds: u64,
) -> Result<String, ProbeError> {
    let shell = Shell { container, seconds };
    let executed = shell.run(tools, script).await?;
    if executed.exit_code != 0 {
        return Err(failure(&executed, &shell.what()));
    }
    let told = between_marks(&executed.stdout).ok_or_else(|| ProbeError::Malformed {
        what: shell.what(),
        detail: "it printed no answer".into(),
    })?;
    Ok(told.to_owned())
}

/// An `ak shell` in a container.
struct Shell<'a> {
    /// The container's id.
    container: &'a str,
    /// How long it may take, in seconds; it ends itself then.
    seconds: u64,
}

impl Shell<'_> {
    fn what(&self) -> String {
        let short = self.container.get(..12).unwrap_or(self.container);
        format!("ak shell in container {short}")
    }

    async fn run(&self, tools: &Tools, script: String) -> Result<Executed, ProbeError> {
        self.spare_memory(tools).await?;
        let inside = self.seconds.to_string();
        let argv = ["timeout", &inside, "ak", "shell", "-c", READER];
        let shell = Exec {
            container: self.container.to_owned(),
            argv: argv.map(str::to_owned).into(),
            secrets: Vec::new(),
            stdin: Some(script),
            label: "ak shell".into(),
        };
        shell.look(tools).await
    }

    /// Refuses where a second Django could bring the kernel to kill the running one.
    async fn spare_memory(&self, tools: &Tools) -> Result<(), ProbeError> {
        let id = self.container.to_owned();
        let limit = InspectContainer { id }.look(tools).await?.memory_limit;
        if limit == 0 {
            return Ok(());
        }
        // Whichever of the two versions of cgroups is there; without an answer we go on.
        let argv = [
            "cat",
            "/sys/fs/cgroup/memory.current",
            "/sys/fs/cgroup/memory.stat",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
            "/sys/fs/cgroup/memory/memory.stat",
        ];
        let question = Exec {
            container: self.container.to_owned(),
            argv: argv.map(str::to_owned).into(),
            secrets: Vec::new(),
            stdin: None,
            label: "memory in use".into(),
        };
        match question.look(tools).await {
            Ok(told) => enough(limit, &told.stdout, &self.what()),
            Err(_) => Ok(()),
        }
    }
}

/// Judges what `cat` printed: the memory in use, and how much of it is cache that can go.
fn enough(limit: u64, cgroup: &str, what: &str) -> Result<(), ProbeError> {
    let Some(used) = cgroup
        .lines()
        .find_map(|line| line.trim().parse::<u64>().ok())
    else {
        return Ok(());
    };
    let cache = |name: &str| {
        cgroup
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
    };
    let cache = cache("total_inactive_file ").or_else(|| cache("inactive_file "));
    let free = limit.saturating_sub(used.saturating_sub(cache.unwrap_or(0)));
    if free >= MEMORY {
        return Ok(());
    }
    Err(ProbeError::Failed {
        what: what.into(),
        detail: format!(
            "not run, because only {} MiB of the container's {} MiB of memory are free and it \
             needs about {}; give akdoctor an API token instead, or raise the limit",
            free >> 20,
            limit >> 20,
            MEMORY >> 20
        ),
    })
}

/// The script's answer: every part may be missing.
#[derive(Deserialize)]
struct Told {
    version: Option<String>,
    applications: Option<Vec<ApplicationRow>>,
    providers: Option<Vec<ProviderRow>>,
    #[serde(default)]
    scope_mappings: Option<Vec<scope_mapping::Wire>>,
    workers: Option<Workers>,
    queue: Option<Queue>,
    #[serde(default)]
    people: Option<PeopleFacts>,
    #[serde(flatten)]
    flows: FlowFacts,
    #[serde(default)]
    events: Option<ToldEvents>,
    #[serde(flatten)]
    access: AccessFacts,
    errors: BTreeMap<String, String>,
}

/// Events, failures one by one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ToldEvents {
    failures: Option<Vec<Failure>>,
    failures_from: Option<Timestamp>,
    logins: Option<BTreeMap<String, Timestamp>>,
    changes: Option<Vec<ChangeRow>>,
    versions: Option<Vec<VersionRow>>,
}

impl From<ToldEvents> for EventFacts {
    fn from(told: ToldEvents) -> Self {
        let mut failures = told.failures.map(grouped);
        if let (Some(rows), Some(logins)) = (&mut failures, &told.logins) {
            add_logins(rows, logins);
        }
        Self {
            failures,
            changes: told.changes,
            versions: told.versions,
            failures_from: told.failures_from,
            changes_from: None,
            shows_logins: false,
        }
    }
}

fn facts_of(executed: &Executed, what: &str) -> Result<ShellFacts, ProbeError> {
    if executed.exit_code != 0 {
        return Err(failure(executed, what));
    }
    let malformed = |detail: String| ProbeError::Malformed {
        what: what.into(),
        detail,
    };
    let json =
        between_marks(&executed.stdout).ok_or_else(|| malformed("it printed no facts".into()))?;
    let told: Told = serde_json::from_str(json).map_err(|error| malformed(error.to_string()))?;
    let (Some(version), Some(applications), Some(providers)) =
        (told.version, told.applications, told.providers)
    else {
        // A list that could not be read is no empty list.
        let first = told.errors.into_iter().next().unwrap_or_default();
        return Err(ProbeError::Failed {
            what: what.into(),
            detail: format!("reading {} failed: {}", first.0, first.1),
        });
    };
    Ok(ShellFacts {
        version,
        applications,
        providers,
        scope_mappings: told
            .scope_mappings
            .into_iter()
            .flatten()
            .map(ScopeMappingRow::from)
            .collect(),
        workers: told.workers,
        queue: told.queue,
        people: told.people.unwrap_or_default(),
        flows: told.flows,
        events: told.events.unwrap_or_default().into(),
        access: told.access,
    })
}

/// What stands between the first begin and the last end; other things may be printed around it.
fn between_marks(stdout: &str) -> Option<&str> {
    let (_, rest) = stdout.split_once("AKD_BEGIN")?;
    Some(rest.rsplit_once("AKD_END")?.0)
}

fn failure(executed: &Executed, what: &str) -> ProbeError {
    if executed.exit_code == 124 {
        return ProbeError::TimedOut {
            at: what.into(),
            doing: "answer".into(),
            millis: INSIDE * 1000,
        };
    }
    ProbeError::Failed {
        what: what.into(),
        detail: last_words(executed),
    }
}

/// Exit code and the last line of standard error, where Python puts the exception.
pub(super) fn last_words(executed: &Executed) -> String {
    let last = executed.stderr.lines().rev().map(str::trim);
    let last = last.into_iter().find(|line| !line.is_empty());
    let words: String = last
        .unwrap_or("no error message")
        .chars()
        .take(300)
        .collect();
    format!("exit code {}: {words}", executed.exit_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(exit_code: i64, stdout: &str, stderr: &str) -> Executed {
        Executed {
            exit_code,
            stdout: stdout.into(),
            stderr: stderr.into(),
        }
    }

    const FACTS: &str = r#"noise AKD_BEGIN{"version":"2025.10.1","applications":[],"providers":[
        {"pk":1,"name":"P","client_id":"c","application":null,
         "redirect_uris":[{"matching_mode":"strict","url":"http://a/AKD_END"}]}],
        "workers":null,"queue":{"count":2,"oldest":null},"errors":{}}AKD_END
        "#;

    #[test]
    fn facts_are_read_from_between_the_marks() {
        let facts = facts_of(&executed(0, FACTS, ""), "x").unwrap();
        assert_eq!(facts.version, "2025.10.1");
        assert_eq!(facts.providers[0].redirect_uris[0].url, "http://a/AKD_END");
        assert_eq!((facts.workers, facts.queue.unwrap().count), (None, 2));
    }

    #[test]
    fn a_list_that_could_not_be_read_is_no_empty_list() {
        let broken = r#"AKD_BEGIN{"version":"2025.10.1","applications":null,"providers":[],
            "workers":null,"queue":null,"errors":{"applications":"FieldError: no"}}AKD_END"#;
        let error = facts_of(&executed(0, broken, ""), "ak shell").unwrap_err();
        assert_eq!(
            error.to_string(),
            "ak shell failed: reading applications failed: FieldError: no"
        );
    }

    #[test]
    fn every_end_that_is_no_answer_says_what_it_was() {
        let late = facts_of(&executed(124, FACTS, ""), "x").unwrap_err();
        assert!(late.is_timeout());
        let raised = executed(1, FACTS, "Traceback\n  File\nValueError: bad\n\n");
        let error = facts_of(&raised, "x").unwrap_err().to_string();
        assert_eq!(error, "x failed: exit code 1: ValueError: bad");
        let silent = facts_of(&executed(0, "", ""), "x").unwrap_err();
        assert!(matches!(silent, ProbeError::Malformed { .. }));
    }

    #[test]
    fn a_container_short_of_memory_is_left_alone() {
        let limit = 512 << 20;
        let full = format!("{}\nanon 1\ninactive_file 1048576\n", 400 << 20);
        let error = enough(limit, &full, "x").unwrap_err().to_string();
        assert!(
            error.contains("only 113 MiB of the container's 512 MiB"),
            "{error}"
        );
        let cached = format!("{}\ninactive_file {}\n", 400 << 20, 300 << 20);
        assert_eq!(enough(limit, &cached, "x"), Ok(()));
        assert_eq!(enough(limit, "", "x"), Ok(()), "without an answer we go on");
    }
}
