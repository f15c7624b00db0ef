//! The database's container from inside: accepting connections, taking authentik's password, on a
//! network that authentik shares, with room on its disk.

use super::{Scene, say::size};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{Containers, DatabaseLogin, looks_like_postgresql},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::{
        Probe as _, ProbeError,
        engine::{Container, Exec, Executed, InspectContainer, InspectVolume, SecretRef, Status},
    },
};

/// Used space, in percent, from which a disk is nearly full.
const LOW_PERCENT: u64 = 95;
/// Free bytes under which PostgreSQL cannot even write a WAL segment (16 MiB) or two.
const FULL_BYTES: u64 = 64 * 1024 * 1024;
const PASSWORD: &str = "AUTHENTIK_POSTGRESQL__PASSWORD";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Ok(found) = &scene.containers else {
        return findings;
    };
    if !scene.is_ready() {
        findings.merge(network(found));
    }
    let Some(database) = &found.roles.database else {
        return findings;
    };
    if database.state.status != Status::Running {
        return findings;
    }
    let (accepting, disk) =
        futures::join!(accepting(scene, found, database), disk(scene, database));
    findings.merge(accepting);
    findings.merge(disk);
    findings
}

fn subject(database: &Container) -> Subject {
    Subject::new(Kind::Database, &database.name)
}

async fn accepting(scene: &Scene<'_>, found: &Containers, database: &Container) -> Findings {
    let mut findings = Findings::new();
    let what = "the database accepts connections";
    let probe = Exec {
        container: database.id.clone(),
        argv: vec!["pg_isready".into()],
        secrets: Vec::new(),
        stdin: None,
        label: "pg_isready".into(),
    };
    let key = probe.key();
    match scene.seen.ask(probe).await {
        Ok(done) if done.exit_code == 0 => {
            findings.passed(what, subject(database), &[key]);
            findings.merge(password(scene, found, database).await);
        }
        // 1: rejecting; 2: no answer (PostgreSQL manual, pg_isready).
        Ok(done) if matches!(done.exit_code, 1 | 2) => findings.raise(
            what,
            weigh(
                scene,
                Raised::new("health/database-not-accepting", subject(database)),
            )
            .with("container", database.name.clone())
            .with("observed", words_of(&done))
            .cites(key),
        ),
        Ok(done) => {
            let why = cannot("pg_isready", database, &key, &done);
            findings.unknown(what, subject(database), &why);
        }
        Err(why) => findings.unknown(what, subject(database), &why),
    }
    findings
}

/// authentik is ready, so what fails here does not keep it from its database.
fn weigh(scene: &Scene<'_>, raised: Raised) -> Raised {
    if scene.is_ready() {
        raised.weighing(Severity::Warning, Reach::Nobody)
    } else {
        raised
    }
}

/// A program that failed in a way that says nothing about the database.
fn cannot(program: &str, database: &Container, key: &str, done: &Executed) -> Unknown {
    Unknown {
        key: key.into(),
        error: ProbeError::Failed {
            what: format!("{program} in container {}", database.name),
            detail: words_of(done),
        },
    }
}

fn words_of(done: &Executed) -> String {
    let text = if done.stderr.trim().is_empty() {
        &done.stdout
    } else {
        &done.stderr
    };
    match text.lines().map(str::trim).rfind(|line| !line.is_empty()) {
        Some(line) => line.chars().take(300).collect(),
        None => format!("exit code {}", done.exit_code),
    }
}

/// Signs in to the database as authentik would, over the network and with authentik's own
/// password; only when authentik is not ready, since it otherwise just did.
async fn password(scene: &Scene<'_>, found: &Containers, database: &Container) -> Findings {
    let mut findings = Findings::new();
    let what = "the database takes authentik's password";
    let cores = found.roles.server.iter().chain(&found.roles.worker);
    let Some(core) = cores.into_iter().find(|c| c.env.contains_key(PASSWORD)) else {
        return findings;
    };
    if scene.is_ready() {
        findings.passed(what, subject(database), &scene.sight.cites);
        return findings;
    }
    let target = DatabaseLogin::of(Some(core), database);
    let address = database.networks.values().map(|net| net.ip.as_str());
    let Some(address) = address.into_iter().find(|ip| !ip.is_empty()) else {
        return findings;
    };
    // The official image trusts its local socket and 127.0.0.1; only its network address asks for
    // the password.
    let argv = [
        "psql",
        "-w",
        "-h",
        address,
        "-U",
        &target.user,
        "-d",
        &target.database,
        "-Atqc",
        "select 1",
    ];
    let probe = Exec {
        container: database.id.clone(),
        argv: argv.map(String::from).to_vec(),
        secrets: vec![(
            "PGPASSWORD".into(),
            SecretRef {
                container: core.id.clone(),
                variable: PASSWORD.into(),
            },
        )],
        stdin: None,
        label: format!("psql as {} on {}", target.user, target.database),
    };
    let key = probe.key();
    let done = match scene.seen.ask(probe).await {
        Ok(done) if done.exit_code == 0 => {
            findings.passed(what, subject(database), &[key]);
            return findings;
        }
        Ok(done) => done,
        Err(why) => {
            findings.unknown(what, subject(database), &why);
            return findings;
        }
    };
    let words = words_of(&done);
    let Some(code) = refusal(&words) else {
        findings.unknown(
            what,
            subject(database),
            &cannot("psql", database, &key, &done),
        );
        return findings;
    };
    let age = match code {
        "health/database-password" => older_volume(scene, database).await,
        _ => None,
    };
    let runs = core.state.status == Status::Running;
    findings.raise(
        what,
        Raised::new(code, subject(database))
            .with("container", database.name.clone())
            .with("server", core.name.clone())
            .with("user", target.user)
            .with("database", target.database)
            .with(
                "admin_user",
                database.plain_env("POSTGRES_USER").unwrap_or("postgres"),
            )
            .with(
                "observed",
                age.map_or(words.clone(), |age| format!("{words}; {age}")),
            )
            .with_some("server_runs", runs.then_some(true))
            .cites(key),
    );
    findings
}

/// PostgreSQL's own words for why it refuses (src/backend/libpq, stable since 9).
fn refusal(words: &str) -> Option<&'static str> {
    let says = |text: &str| words.contains(text);
    if says("password authentication failed") || says("no password supplied") {
        Some("health/database-password")
    } else if says("does not exist") && (says("database \"") || says("role \"")) {
        Some("health/database-name-unknown")
    } else if says("too many clients")
        || says("remaining connection slots")
        || says("too many connections")
    {
        Some("health/database-connections")
    } else {
        None
    }
}

/// Whether the volume is older than the container: then a new password never reached it.
async fn older_volume(scene: &Scene<'_>, database: &Container) -> Option<String> {
    let mount = database
        .mounts
        .iter()
        .find(|m| m.kind == "volume" && m.destination.starts_with("/var/lib/postgresql"))?;
    let name = mount.name.clone()?;
    let volume = scene
        .seen
        .ask(InspectVolume { name: name.clone() })
        .await
        .ok()?;
    let made = volume.created.as_deref()?.parse::<jiff::Timestamp>().ok()?;
    let container = database
        .created
        .as_deref()?
        .parse::<jiff::Timestamp>()
        .ok()?;
    (made.as_second() + 60 < container.as_second()).then(|| {
        format!(
            "volume {name} was made on {}, the container on {}: a password set in between never \
             reached the volume",
            made.strftime("%Y-%m-%d"),
            container.strftime("%Y-%m-%d"),
        )
    })
}

/// Whether authentik's name for its database leads to a container on a shared network. Judged by
/// what the engine says, so only where authentik is not ready.
fn network(found: &Containers) -> Findings {
    let mut findings = Findings::new();
    let what = "authentik finds its database by name";
    let Some(server) = found.roles.server.first() else {
        return findings;
    };
    let Some(host) = server.plain_env("AUTHENTIK_POSTGRESQL__HOST") else {
        return findings;
    };
    if !server.knows_by_container(host) {
        return findings;
    }
    // A stopped container keeps its networks in inspect; that it is stopped is told elsewhere.
    let reached = |c: &std::sync::Arc<Container>| {
        c.id != server.id && c.answers_to(host, server) && c.shares_network(server)
    };
    if found.all.iter().any(reached) {
        return findings;
    }
    let database = found.roles.database.as_ref();
    if let Some(named) = database.filter(|c| c.answers_to(host, server)) {
        let theirs: Vec<&str> = named.networks.keys().map(String::as_str).collect();
        let observed = match theirs.as_slice() {
            [] => format!("{} is on no network", named.name),
            _ => format!("{} is on {}", named.name, list_of(&theirs)),
        };
        findings.raise(what, lost(server, host, Some(named), observed));
        return findings;
    }
    // One that could not be inspected may answer to it; one that has vanished does not.
    let hidden = |(_, why): &&(_, Unknown)| !matches!(why.error, ProbeError::Absent { .. });
    if let Some((_, why)) = found.unseen.iter().find(hidden) {
        findings.unknown(what, Subject::new(Kind::Database, host), why);
        return findings;
    }
    findings.raise(what, nobody_of_that_name(found, server, host));
    findings
}

fn nobody_of_that_name(found: &Containers, server: &Container, host: &str) -> Raised {
    let near = |c: &&std::sync::Arc<Container>| {
        looks_like_postgresql(c) && (c.shares_network(server) || server.networks.is_empty())
    };
    let likely = found.all.iter().find(near);
    let observed = match likely {
        Some(likely) => format!("no container of that name; {} is there", likely.name),
        None => "no container of that name".to_owned(),
    };
    let service = likely.map(|likely| service_of(likely).to_owned());
    // Off every network it answers to no name; on a shared one, attaching it again would fail.
    let database = found.roles.database.as_deref();
    let database = database.filter(|c| !c.shares_network(server));
    lost(server, host, database, observed).with_some("likely", service)
}

/// authentik's name for its database leads to no container that it can reach.
fn lost(server: &Container, host: &str, database: Option<&Container>, observed: String) -> Raised {
    let networks: Vec<&str> = server.networks.keys().map(String::as_str).collect();
    let inspected = InspectContainer {
        id: server.id.clone(),
    };
    let raised = Raised::new(
        "health/database-network",
        Subject::new(Kind::Database, host),
    )
    .with("host", host)
    .with("server", server.name.clone())
    .with("observed", observed)
    .cites(inspected.key());
    match (networks.first(), database) {
        (Some(network), _) => raised
            .with("networks", list_of(&networks))
            .with("network", *network)
            .with("alias", host)
            .with_some("container", database.map(|c| c.name.clone())),
        // The server itself was taken off every network: bring it back to its database's.
        (None, database) => raised
            .with("networks", "(authentik's server is on none)")
            .with("container", server.name.clone())
            .with("alias", service_of(server))
            .with_some(
                "network",
                database.and_then(|c| c.networks.keys().next().cloned()),
            ),
    }
}

/// The name that others of its compose project know it by.
fn service_of(container: &Container) -> &str {
    let compose = container.compose.as_ref();
    compose.map_or(&container.name, |compose| &compose.service)
}

/// Room on the file system of the database's volume.
async fn disk(scene: &Scene<'_>, database: &Container) -> Findings {
    let mut findings = Findings::new();
    let what = "the database's disk has room";
    let mut mounts = database.mounts.iter().map(|m| m.destination.as_str());
    let path = mounts
        .find(|path| path.starts_with("/var/lib/postgresql"))
        .unwrap_or("/var/lib/postgresql/data");
    let probe = Exec {
        container: database.id.clone(),
        argv: ["df", "-Pk", path].map(String::from).to_vec(),
        secrets: Vec::new(),
        stdin: None,
        label: format!("df {path}"),
    };
    let key = probe.key();
    let done = match scene.seen.ask(probe).await {
        Ok(done) => done,
        Err(why) => {
            findings.unknown(what, subject(database), &why);
            return findings;
        }
    };
    let Some((used_percent, free)) = room(&done.stdout) else {
        findings.unknown(
            what,
            subject(database),
            &cannot("df", database, &key, &done),
        );
        return findings;
    };
    let code = if free < FULL_BYTES {
        "health/disk-full"
    } else if used_percent >= LOW_PERCENT {
        "health/disk-low"
    } else {
        findings.passed(what, subject(database), &[key]);
        return findings;
    };
    findings.raise(
        what,
        Raised::new(code, subject(database))
            .with("role", "authentik's database")
            .with("path", path)
            .with("free", size(free))
            .with("used_percent", used_percent)
            .cites(key),
    );
    findings
}

/// Used percent and free bytes of the last line of `df -Pk` (POSIX: filesystem, blocks of 1024
/// bytes, used, available, capacity, mounted on).
fn room(stdout: &str) -> Option<(u64, u64)> {
    let fields: Vec<&str> = stdout.lines().last()?.split_whitespace().collect();
    let at = fields.iter().position(|field| field.ends_with('%'))?;
    let percent = fields[at].trim_end_matches('%').parse().ok()?;
    let free: u64 = fields.get(at.checked_sub(1)?)?.parse().ok()?;
    Some((percent, free * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df_reads_with_spaces_and_long_names() {
        let out = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                   /dev/mapper/a b-c 1000 900 100 90% /var/lib/postgresql/data\n";
        assert_eq!(room(out), Some((90, 100 * 1024)));
        assert_eq!(room("df: /x: No such file or directory\n"), None);
    }

    #[test]
    fn refusals_are_told_apart() {
        let words =
            "psql: error: connection to server at \"172.18.0.2\", port 5432 failed: FATAL:  ";
        for (text, code) in [
            (
                "password authentication failed for user \"authentik\"",
                "health/database-password",
            ),
            (
                "database \"authentik\" does not exist",
                "health/database-name-unknown",
            ),
            (
                "sorry, too many clients already",
                "health/database-connections",
            ),
        ] {
            assert_eq!(refusal(&format!("{words}{text}")), Some(code));
        }
        assert_eq!(refusal("could not translate host name"), None);
    }
}
