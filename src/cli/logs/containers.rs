//! Logs of containers, from their engine.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, anyhow, bail};
use futures::future::join_all;
use jiff::SignedDuration;

use crate::{
    engine,
    evidence::{Evidence, Limits},
    facts::{self, Containers, LogSource},
    logs::LogGroup,
    model::{Kind, LogReport, Subject},
    probe::engine::ContainerLog,
    stack::{self, LoadOptions, Stack},
    words::Component,
};

use super::super::{
    suggest::{did_you_mean, nearest},
    world,
};
use super::{Job, Shop, files, finished, follow, names};

/// How far back a log is read unless asked otherwise.
const AGE: SignedDuration = SignedDuration::from_hours(24);
/// The most of a log that is read unless all was asked for, in bytes.
const MOST: u64 = 64 << 20;
/// `--all` takes as long as it takes.
const ENDLESS: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(job: &mut Job<'_>) -> Result<u8> {
    let options = LoadOptions {
        config: job.global.config.clone(),
        url: job.global.url(),
        ..LoadOptions::default()
    };
    let stack = stack::load(&options)?.stack;
    let patience = if job.asked.all {
        ENDLESS
    } else {
        job.global.deadline
    };
    let limits = Limits {
        timeout: patience,
        jobs: usize::from(job.global.jobs),
    };
    let tools = Arc::new(world::tools(patience)?);
    let seen = Evidence::new(Arc::clone(&tools), limits);
    let found = facts::containers(&stack, &seen).await;
    let found =
        found.map_err(|why| anyhow!("{why}; --file FILE and - need no container engine"))?;
    job.shop = Shop(engine::workshop_of(&found, &stack));
    let job = &*job;
    let sources = chosen(job, &stack, &found)?;
    let mut report = job.teller().report();
    add(job, &seen, &sources, &mut report).await;
    for file in &job.asked.file {
        files::add(job, &mut report, file)?;
    }
    let code = finished(job, report)?;
    if job.asked.follow {
        return follow::containers(job, &tools, &sources).await;
    }
    Ok(code)
}

async fn add(job: &Job<'_>, seen: &Evidence, sources: &[LogSource], report: &mut LogReport) {
    let looks = sources.iter().map(|source| seen.ask(question(job, source)));
    let answers = join_all(looks).await;
    let teller = job.teller();
    for (source, answer) in sources.iter().zip(answers) {
        let name = &source.container.name;
        match answer {
            Ok(digest) => {
                let stands = |group: &LogGroup| source.stands(group, job.now);
                teller.add(report, name, source.component, &digest, &stands);
            }
            Err(why) => teller.unread(report, name, source.component, why.to_string()),
        }
    }
}

pub(super) fn question(job: &Job<'_>, source: &LogSource) -> ContainerLog {
    let asked = job.asked;
    let since = match job.global.since {
        Some(since) => Some(since),
        None if asked.all => None,
        None => source.about_now_since(job.now.checked_sub(AGE).ok()),
    };
    ContainerLog {
        container: source.container.id.clone(),
        tty: source.container.tty,
        component: source.component,
        started: source.started(),
        since,
        until: asked.until,
        lines: asked.tail,
        bytes: (!asked.all).then_some(MOST),
        version: None,
        asked: None,
        catalogue: Arc::clone(&job.known.catalogue),
    }
}

/// The containers that were named, or all that belong to sign-in.
fn chosen(job: &Job<'_>, stack: &Stack, found: &Containers) -> Result<Vec<LogSource>> {
    let usual = facts::log_sources(found, &facts::app_containers(found, stack));
    let names = names(job.asked);
    if names.is_empty() {
        if usual.is_empty() {
            bail!("no container of authentik is on this engine; name the containers to read");
        }
        return Ok(usual);
    }
    names
        .iter()
        .map(|name| called(&usual, found, name))
        .collect()
}

/// A container by its name, the beginning of its id, its app or its part.
fn called(usual: &[LogSource], found: &Containers, name: &str) -> Result<LogSource> {
    let lower = name.to_lowercase();
    let is = |source: &&LogSource| {
        let app = source.app.as_ref().map(|app| app.to_lowercase());
        source.container.name == name
            || app.as_deref() == Some(&*lower)
            || source.component.word() == lower
            || (name.len() >= 6 && source.container.id.starts_with(name))
    };
    if let Some(source) = usual.iter().find(is) {
        return Ok(source.clone());
    }
    let by_id = |id: &str| name.len() >= 6 && id.starts_with(name);
    let other = found.all.iter().find(|it| it.name == name || by_id(&it.id));
    let Some(container) = other else {
        let all = found.all.iter().map(|it| it.name.as_str());
        let hint = did_you_mean(nearest(name, all));
        bail!("no container is called {name:?}{hint}");
    };
    Ok(LogSource {
        container: Arc::clone(container),
        component: Component::Any,
        subject: Subject::new(Kind::Container, name),
        app: None,
    })
}
