//! The logs of authentik's parts and of the apps tell of no fault. Every signature is data
//! (`signatures/`); what is judged here is whether a fault stands or is past, whom it concerns, and
//! which lines tell one story.

mod faults;
mod judge;
mod story;

use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures::future::join_all;
use jiff::Timestamp;

pub(super) use faults::{LogFault, faults};

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts::{self, AppContainer, AppFacts, Condition, Containers, DatabaseLogin, LogSource},
    logs::{Bound, Catalogue, LogDigest},
    model::{Kind, Subject, Version},
    probe::{Probe as _, engine::ContainerLog},
    stack::Stack,
    words::Words,
};

/// check.toml and its signatures as one text.
const WORDS: &str = concat!(
    include_str!("check.toml"),
    include_str!("signatures/database.toml"),
    include_str!("signatures/redis.toml"),
    include_str!("signatures/startup.toml"),
    include_str!("signatures/files.toml"),
    include_str!("signatures/mail.toml"),
    include_str!("signatures/oidc.toml"),
    include_str!("signatures/flows.toml"),
    include_str!("signatures/outposts.toml"),
    include_str!("signatures/worker.toml"),
    include_str!("signatures/tls.toml"),
    include_str!("signatures/apps.toml"),
    include_str!("signatures/benign.toml"),
);
/// The most of a log that is read, in bytes.
const MOST: u64 = 64 << 20;

/// The check.
pub static CHECK: Check = Check {
    words: WORDS,
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// The signatures, compiled once; a test rules out that they cannot be.
static KNOWN: LazyLock<Option<Arc<Catalogue>>> = LazyLock::new(|| {
    let words = Words::own(WORDS).ok()?;
    Catalogue::new([&words]).ok().map(Arc::new)
});

/// A person's own signatures with akdoctor's, and the texts that they were compiled from.
static OWN: Mutex<Option<(Vec<String>, &'static Arc<Catalogue>)>> = Mutex::new(None);

/// The signatures, a person's own before akdoctor's: they may know better.
fn known(stack: &Stack) -> Option<&'static Arc<Catalogue>> {
    if stack.signatures.is_empty() {
        return KNOWN.as_ref();
    }
    let texts = stack.signatures.iter().map(|file| file.text.clone());
    let texts: Vec<String> = texts.collect();
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, catalogue)) = &*own
        && *of == texts
    {
        return Some(catalogue);
    }
    let catalogue = compiled(stack)?;
    *own = Some((texts, catalogue));
    Some(catalogue)
}

fn compiled(stack: &Stack) -> Option<&'static Arc<Catalogue>> {
    let own = stack
        .signatures
        .iter()
        .map(|file| Words::parse_pack(&file.text));
    let all: Vec<Words> = own
        .chain([Words::own(WORDS)])
        .collect::<Result<_, _>>()
        .ok()?;
    let catalogue = Arc::new(Catalogue::new(&all).ok()?);
    // As long as the process, like akdoctor's own: what a check raises names codes and values that
    // outlive it, and a process judges by a person's own signatures once.
    Some(Box::leak(Box::new(catalogue)))
}

/// What every part of this check judges by.
struct Scene<'a> {
    seen: &'a Evidence,
    now: Timestamp,
    /// How far back logs are read.
    since: Timestamp,
    catalogue: &'static Arc<Catalogue>,
    /// authentik as people come by it.
    instance: Subject,
    apps: Vec<AppFacts>,
    version: Option<Version>,
    /// The container of the database, and how authentik signs in there.
    database: Option<(String, DatabaseLogin)>,
    /// Whether authentik is ready now: then whatever its log says keeps nobody out.
    ready: bool,
}

impl Log<'_> {
    /// What it is to show, as far as it was read.
    fn promise(&self) -> String {
        let whole = promise(self.source);
        match self.digest.bound {
            Bound::Size => format!("{whole} in its newest 64 MB"),
            Bound::Time => format!("{whole} as far back as it could be read in time"),
            _ => whole,
        }
    }
}

/// A log that was read.
struct Log<'a> {
    source: &'a LogSource,
    digest: Arc<LogDigest>,
    /// The key of the evidence.
    cite: String,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let mut findings = Findings::new();
    let found = match facts::containers(stack, seen).await {
        Ok(found) => found,
        Err(why) if why.is_not_configured() => {
            let host = Subject::new(Kind::Host, "this machine");
            findings.skipped("logs of containers", host, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let Some(catalogue) = known(stack) else {
        let why = "the signatures are broken";
        return Err(Unknown::not_configured("container-logs", why));
    };
    let (scene, sources) = scene(stack, seen, &found, catalogue).await;
    let mut logs = Vec::new();
    for (source, log) in read(&scene, &sources).await {
        match log {
            Ok(log) => logs.push(log),
            Err(why) => findings.unknown(&promise(source), source.subject.clone(), &why),
        }
    }
    findings.merge(judge::judge(&scene, &logs));
    Ok(findings)
}

/// Every log, or why it could not be read.
async fn read<'a>(
    scene: &Scene<'_>,
    sources: &'a [LogSource],
) -> Vec<(&'a LogSource, Result<Log<'a>, Unknown>)> {
    let looks = sources.iter().map(|source| {
        let question = question(scene, source);
        let cite = question.key();
        async move {
            let digest = scene.seen.ask(question).await;
            let log = digest.map(|digest| Log {
                source,
                digest,
                cite,
            });
            (source, log)
        }
    });
    join_all(looks).await
}

/// What is judged by, and the logs to read.
async fn scene<'a>(
    stack: &Stack,
    seen: &'a Evidence,
    found: &Containers,
    catalogue: &'static Arc<Catalogue>,
) -> (Scene<'a>, Vec<LogSource>) {
    let base = facts::base(stack, seen).await;
    let (apps, sight, version) = futures::join!(
        facts::app_facts(stack, seen, &base),
        facts::condition(seen, &base),
        facts::version(stack, seen, &base)
    );
    let of_app = |app: &AppFacts| Some((app.name.clone(), app.container.clone()?));
    let containers: Vec<AppContainer> = apps.iter().filter_map(of_app).collect();
    let sources = facts::log_sources(found, &containers);
    let core = found.roles.server.first().or(found.roles.worker.first());
    let database = found.roles.database.as_ref().map(|database| {
        let login = DatabaseLogin::of(core.map(|core| &**core), database);
        (database.name.clone(), login)
    });
    let scene = Scene {
        seen,
        database,
        now: seen.started(),
        since: stack.since(seen.started()),
        catalogue,
        instance: Subject::new(Kind::Instance, &base.url),
        apps,
        version,
        ready: sight.condition == Condition::Ready,
    };
    (scene, sources)
}

/// What a log is to show.
fn promise(source: &LogSource) -> String {
    format!("the log of {} tells of no fault", source.container.name)
}

fn question(scene: &Scene<'_>, source: &LogSource) -> ContainerLog {
    ContainerLog {
        container: source.container.id.clone(),
        tty: source.container.tty,
        component: source.component,
        started: source.started(),
        since: source.about_now_since(Some(scene.since)),
        until: None,
        lines: None,
        bytes: Some(MOST),
        version: scene.version.clone(),
        asked: Some(scene.now),
        catalogue: Arc::clone(scene.catalogue),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::prove;

    #[test]
    fn every_signature_keeps_its_word() {
        let words = Words::parse(WORDS).unwrap_or_else(|error| panic!("{error}"));
        let catalogue = Catalogue::new([&words]).unwrap_or_else(|error| panic!("{error}"));
        catalogue.sound().unwrap_or_else(|error| panic!("{error}"));
        let wrong = prove(&catalogue);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
