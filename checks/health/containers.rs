//! The containers of server, worker, database and Redis: there, running, healthy, in memory.

use jiff::Timestamp;

use super::{
    Scene,
    say::{ended_by_itself, ending, last_line, last_words, memory_of, state_of},
};
use crate::{
    check::{Findings, Raised},
    facts::{Containers, Role, version},
    model::{Kind, Reach, Severity, Subject},
    probe::{
        Probe as _,
        engine::{Compose, Container, InspectContainer, Listed, Status},
    },
};

/// The release from which authentik needs no Redis (release notes 2025.10).
const WITHOUT_REDIS: (u16, u16) = (2025, 10);
/// Restarts by the engine and seconds since the last start that together are a loop of crashes.
const LOOP_RESTARTS: u64 = 2;
const LOOP_SECONDS: i64 = 60;

/// What a part is called, where it stands in the graph, and whom its failure hits.
struct Part {
    role: Role,
    kind: Kind,
    says: &'static str,
    reach: Reach,
}

const SERVER: Part = Part {
    role: Role::Server,
    kind: Kind::Server,
    says: "authentik's server",
    reach: Reach::Everybody,
};
const WORKER: Part = Part {
    role: Role::Worker,
    kind: Kind::Worker,
    says: "authentik's worker",
    reach: Reach::Nobody,
};
const DATABASE: Part = Part {
    role: Role::Database,
    kind: Kind::Database,
    says: "authentik's database",
    reach: Reach::Everybody,
};
const CACHE: Part = Part {
    role: Role::Cache,
    kind: Kind::Cache,
    says: "authentik's Redis",
    reach: Reach::Everybody,
};

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let found = match &scene.containers {
        Ok(found) => found,
        Err(why) if why.is_not_configured() => {
            findings.skipped("containers run", scene.instance(), why.to_string());
            return findings;
        }
        Err(why) => {
            findings.unknown("containers run", scene.instance(), why);
            return findings;
        }
    };
    for (listed, why) in found
        .unseen
        .iter()
        .filter(|(listed, _)| ours(scene, found, listed))
    {
        let subject = Subject::new(Kind::Container, &listed.name);
        findings.unknown("the container can be inspected", subject, why);
    }
    if found.roles.is_empty() && scene.stack.authentik.containers == Default::default() {
        findings.skipped(
            "containers run",
            scene.instance(),
            "no container of authentik is on this engine",
        );
        return findings;
    }
    let serves = found.roles.server.iter().any(|c| c.state.status.is_up());
    if scene.is_ready() && !found.roles.server.is_empty() && !serves {
        findings.skipped(
            "containers run",
            scene.instance(),
            "authentik answers, and no container of this engine is what answers",
        );
        return findings;
    }
    for part in [&SERVER, &WORKER, &DATABASE, &CACHE] {
        for container in found.roles.of(part.role) {
            findings.merge(one(scene, found, part, container).await);
        }
        if found.roles.of(part.role).is_empty() {
            findings.merge(missing(scene, found, part).await);
        }
    }
    findings
}

/// Whether a container that could not be inspected may be a part of authentik; others come and go
/// on a busy machine.
fn ours(scene: &Scene<'_>, found: &Containers, listed: &Listed) -> bool {
    let names = &scene.stack.authentik.containers;
    let configured = [
        &names.server,
        &names.worker,
        &names.postgresql,
        &names.redis,
    ];
    let mut configured = configured.into_iter().flatten();
    let project = |compose: &Option<Compose>| compose.as_ref().map(|at| at.project.clone());
    let ours = found.roles.any().and_then(|c| project(&c.compose));
    configured.any(|name| *name == listed.name)
        || listed.image.contains("authentik")
        || listed.name.contains("authentik")
        || (ours.is_some() && ours == project(&listed.compose))
}

/// A part that the stack expects and the engine does not have.
async fn missing(scene: &Scene<'_>, found: &Containers, part: &Part) -> Findings {
    let mut findings = Findings::new();
    let names = &scene.stack.authentik.containers;
    let configured = match part.role {
        Role::Server => &names.server,
        Role::Worker => &names.worker,
        Role::Database => &names.postgresql,
        Role::Cache => &names.redis,
    };
    let sibling = found.roles.any();
    // A server without a worker beside it is half an authentik; a database may well be elsewhere,
    // and is told of by the name that authentik looks it up under.
    let gone = match part.role {
        Role::Cache => redis_is_gone(scene, found).await,
        _ => None,
    };
    let expected = match part.role {
        Role::Server | Role::Worker => sibling.is_some_and(|c| c.compose.is_some()),
        Role::Database => false,
        Role::Cache => gone.is_some(),
    };
    let what = "the container exists";
    if configured.is_none() && !expected {
        return findings;
    }
    // It is listed and could not be inspected, which is told of itself: not known, not missing.
    let project = |compose: &Option<Compose>| compose.as_ref().map(|at| at.project.clone());
    let may_be = |listed: &Listed| match configured {
        Some(name) => *name == listed.name,
        None => sibling.is_some_and(|c| project(&c.compose) == project(&listed.compose)),
    };
    if found.unseen.iter().any(|(listed, _)| may_be(listed)) {
        return findings;
    }
    let name = configured
        .clone()
        .or_else(|| gone.map(str::to_owned))
        .unwrap_or_else(|| format!("a container of {}", part.says));
    let subject = Subject::new(part.kind, &name);
    let others: Vec<&str> = found.roles.all().map(|c| c.name.as_str()).collect();
    let seen = if others.is_empty() {
        "no container of authentik at all".to_owned()
    } else {
        format!("of authentik only {}", crate::model::list_of(&others))
    };
    findings.raise(
        what,
        Raised::new("health/container-missing", subject)
            .weighing(Severity::Error, part.reach)
            .with("role", part.says)
            .with("name", name)
            .with("found", seen)
            .with_some(
                "sibling",
                sibling
                    .filter(|c| c.compose.is_some())
                    .map(|c| c.name.clone()),
            )
            .cites("containers"),
    );
    findings
}

async fn one(scene: &Scene<'_>, found: &Containers, part: &Part, it: &Container) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(part.kind, &it.name);
    let cite = InspectContainer { id: it.id.clone() }.key();
    let what = "the container runs and is healthy";
    let up = it.state.status == Status::Running;
    if part.role == Role::Cache && !up && !needs_redis(scene, found).await {
        findings.skipped(
            what,
            subject,
            "this version of authentik does without Redis",
        );
        return findings;
    }
    // authentik is ready although this part is not: a replica, or a leftover. The worker is no
    // part of being ready.
    let (severity, reach) = match part.role {
        Role::Worker => (Severity::Error, part.reach),
        _ if scene.is_ready() => (Severity::Warning, Reach::Nobody),
        _ => (Severity::Error, part.reach),
    };
    let raised = |code| {
        Raised::new(code, subject.clone())
            .weighing(severity, reach)
            .with("role", part.says)
            .with("container", it.name.clone())
            .with("state", state_of(it, scene.seen.started()))
            .with("exit_code", it.state.exit_code)
            .cites(cite.clone())
    };
    let ended = it.state.finished.clone();
    let limit = memory_of(it.memory_limit);
    let raised = match &it.state.status {
        Status::Running if it.state.oom_killed && !scene.is_ready() => {
            raised("health/out-of-memory")
                .with("how", "was killed and runs again")
                .with("limit", limit)
                .with("limit_bytes", it.memory_limit)
                .with("swap_bytes", it.memory_swap)
                .with("swap_bytes", it.memory_swap)
                .with_some("limited", (it.memory_limit > 0).then_some(true))
                .since(ended)
        }
        // A loop of crashes, caught while it runs for a moment.
        Status::Running if loops(it, scene.seen.started()) && !scene.is_ready() => {
            raised("health/container-restarting")
                .with("restarts", it.restart_count)
                .with("last_words", last_words(scene, it).await)
                .since(ended)
        }
        Status::Running => match &it.state.health {
            // After a pause the engine calls a container unhealthy until its next run of the
            // check, although the last one passed.
            Some(health) if health.status == "unhealthy" && health.last_exit != Some(0) => {
                raised("health/container-unhealthy")
                    .with("last_words", last_line(health.last_output.as_deref()))
            }
            _ => {
                findings.passed(what, subject, &[cite]);
                return findings;
            }
        },
        Status::Paused => raised("health/container-paused"),
        Status::Restarting | Status::Exited | Status::Dead | Status::Created
            if it.state.oom_killed =>
        {
            raised("health/out-of-memory")
                .with("how", ending(it))
                .with("limit", limit)
                .with("limit_bytes", it.memory_limit)
                .with("swap_bytes", it.memory_swap)
                .with("swap_bytes", it.memory_swap)
                .with_some("limited", (it.memory_limit > 0).then_some(true))
                .since(ended)
        }
        Status::Restarting => raised("health/container-restarting")
            .with("restarts", it.restart_count)
            .with("last_words", last_words(scene, it).await)
            .since(ended),
        Status::Created | Status::Exited | Status::Dead if !it.state.error.is_empty() => {
            refused_start(found, it, raised)
        }
        Status::Created | Status::Exited | Status::Dead | Status::Other(_) => {
            let words = match ended_by_itself(it) {
                true => format!("; last words: {}", last_words(scene, it).await),
                false => String::new(),
            };
            raised("health/container-stopped")
                .with("how", ending(it))
                .with("why", words)
                .since(ended)
        }
    };
    findings.raise(what, raised);
    findings
}

/// The engine's own refusal to start a container: a taken port, or anything else.
fn refused_start(
    found: &Containers,
    it: &Container,
    raised: impl Fn(&'static str) -> Raised,
) -> Raised {
    let error = it.state.error.clone();
    let Some(port) = taken_port(&error) else {
        return raised("health/cannot-start").with("error", error);
    };
    let other = found.publishing(port).find(|other| other.id != it.id);
    let by = other.map_or_else(String::new, |other| format!(" by container {}", other.name));
    raised("health/port-taken")
        .with("port", port)
        .with("by", by)
        .with("error", error)
        .with_some("other", other.map(|other| other.name.clone()))
}

/// The port in "Bind for 0.0.0.0:9000 failed: port is already allocated", "listen tcp4
/// 0.0.0.0:9000: bind: address already in use" and "ports are not available: … 0.0.0.0:9000".
fn taken_port(error: &str) -> Option<u16> {
    let told = [
        "already allocated",
        "already in use",
        "ports are not available",
    ];
    if !told.iter().any(|words| error.contains(words)) {
        return None;
    }
    error
        .split(|c: char| c.is_whitespace() || c == '/')
        .filter_map(|word| word.trim_end_matches([':', ',', ')']).rsplit_once(':'))
        .find_map(|(_, port)| port.parse().ok())
}

/// Redis is needed up to 2025.8. A build of 2025.10 from before its removal still names it in its
/// environment and is not ready without it (measured.md), so there what is seen has the last word.
async fn needs_redis(scene: &Scene<'_>, found: &Containers) -> bool {
    let missed = !scene.is_ready() && redis_host(found).is_some();
    match version(scene.stack, scene.seen, &scene.base).await {
        Some(version) if version.train() == WITHOUT_REDIS => missed,
        Some(version) => version.train() < WITHOUT_REDIS,
        None => missed,
    }
}

/// The name under which authentik looks for its Redis.
fn redis_host(found: &Containers) -> Option<&str> {
    let core = found.roles.server.first().or(found.roles.worker.first())?;
    core.plain_env("AUTHENTIK_REDIS__HOST")
}

/// Redis is needed and no container answers to the name that authentik has for it.
async fn redis_is_gone<'f>(scene: &Scene<'_>, found: &'f Containers) -> Option<&'f str> {
    let host = redis_host(found)?;
    let core = found.roles.server.first().or(found.roles.worker.first())?;
    let gone = core.knows_by_container(host)
        && !found.all.iter().any(|c| c.answers_to(host, core))
        && found.unseen.is_empty();
    (gone && !scene.is_ready() && needs_redis(scene, found).await).then_some(host)
}

/// Whether the engine has restarted it again and again, the last time a moment ago.
fn loops(it: &Container, now: Timestamp) -> bool {
    let started: Option<Timestamp> = it.state.started.as_deref().and_then(|at| at.parse().ok());
    let up = started.map_or(i64::MAX, |at| now.as_second() - at.as_second());
    it.restart_count >= LOOP_RESTARTS && up < LOOP_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taken_port_is_read_from_every_engines_words() {
        for error in [
            "driver failed programming external connectivity on endpoint authentik-server (0ab): Bind for 0.0.0.0:9000 failed: port is already allocated",
            "failed to set up container networking: driver failed programming external connectivity: Error starting userland proxy: listen tcp4 0.0.0.0:9000: bind: address already in use",
            "ports are not available: exposing port TCP 0.0.0.0:9000 -> 127.0.0.1:0: listen tcp 0.0.0.0:9000: bind: address already in use",
        ] {
            assert_eq!(taken_port(error), Some(9000), "{error}");
        }
        assert_eq!(
            taken_port("error while creating mount source path: /x:9000"),
            None
        );
    }
}
