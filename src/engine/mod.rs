//! One run: choose checks, run them at once, link causes, build the report.

mod compose;
mod link;
mod needs;
mod past;
mod select;
mod trace;
mod users;
mod verdict;
mod why;
mod workshop;

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures::FutureExt;

pub use select::{SelectError, library};
pub use trace::trace;
pub use why::why;
pub use workshop::workshop_of;

use crate::{
    check::Findings,
    evidence::{Evidence, Unknown},
    facts::{self, Base},
    model::{Hit, Report, SCHEMA_VERSION, Target, list_of},
    stack::Stack,
    words::Words,
};

/// What a run was asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which checks, apps and codes; empty for all. Globs; `!` excludes.
    pub select: Vec<String>,
    /// The longest a run may take.
    pub deadline: Duration,
    /// The scenario, when the world is simulated.
    pub simulated: Option<String>,
}

/// How a check ended.
pub(crate) enum Ending {
    /// It judged.
    Judged(Findings),
    /// It could not be told as a whole.
    Unknown(Unknown),
    /// It failed; says nothing about the stack.
    Broke,
}

/// A check's words with how it ended.
pub(crate) struct Run {
    words: Words,
    ending: Ending,
    milliseconds: u64,
}

/// Runs the chosen checks and reports.
///
/// # Errors
/// Checks that ask for every name of the stack.
const OF_NAMES: [&str; 4] = ["cookies", "dns", "proxy-headers", "tls"];

/// When the selection names nothing, or leaves nothing.
pub async fn run(stack: &Stack, seen: &Evidence, options: &Options) -> Result<Report, SelectError> {
    let began = Instant::now();
    let choice = select::choose(&options.select, stack)?;
    let narrowed = choice.narrow(stack);
    let watch = async {
        tokio::time::sleep(options.deadline).await;
        seen.close();
        // Never the first to end: closing lets the checks end by themselves, with what they saw.
        std::future::pending::<()>().await;
    };
    let work = async {
        let looks = choice
            .checks
            .into_iter()
            .map(|(check, words)| one(check.run, words, &narrowed, seen));
        futures::future::join_all(looks).await
    };
    let runs = tokio::select! {
        runs = work => runs,
        () = watch => Vec::new(),
    };
    let base = facts::base(&narrowed, seen).await;
    let shop = workshop::workshop(&narrowed, seen, &base, options.simulated.is_some()).await;
    let apps = match runs.iter().any(Run::found_something) {
        true => facts::apps(&narrowed, seen, &base).await,
        false => facts::Apps::default(),
    };
    // Only what a check of names has asked already: nothing is asked for the words' sake.
    let asks_names = |run: &Run| OF_NAMES.contains(&run.words.id.as_str());
    let asked = runs.iter().any(asks_names);
    let found = runs.iter().any(Run::found_something);
    let needs = needs::needs(&narrowed, seen, &base, &apps, asked && found).await;
    let users = match asked && found {
        true => users::Users::of(&narrowed, seen, &base).await,
        false => users::Users::default(),
    }
    .and_people_of(&narrowed);
    let (mut findings, past) = compose::findings(&runs, &shop, &base);
    link::link(&mut findings, &runs, &needs, &past);
    past.confirm(&mut findings);
    let mut checks = compose::checks(&runs, &base);
    link::fold(&mut checks, &findings, |key| seen.failed(key));
    choice.codes.keep(&mut findings);
    compose::drop_fixes_of_consequences(&mut findings);
    let summary = compose::summary(&checks, &findings);
    let verdict = verdict::verdict(&findings, &summary, &apps, &users);
    if verdict.hit == Hit::Everybody {
        // Nobody can open authentik's admin interface either.
        findings.iter_mut().for_each(|finding| finding.admin = None);
    }
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        akdoctor: env!("CARGO_PKG_VERSION").into(),
        started: seen.started().to_string(),
        milliseconds: millis(began),
        partial: seen.is_closed(),
        target: target(&narrowed, seen, &base, &shop, options).await,
        verdict,
        summary,
        checks,
        findings,
        notes: notes(&narrowed, seen).await,
    })
}

async fn one(
    run: for<'a> fn(
        &'a Stack,
        &'a Evidence,
    ) -> futures::future::BoxFuture<'a, Result<Findings, Unknown>>,
    words: Words,
    stack: &Stack,
    seen: &Evidence,
) -> Run {
    let began = Instant::now();
    // One check that breaks never ends the run, and its panic text (which may hold a secret) is
    // not looked at.
    let ending = match AssertUnwindSafe(run(stack, seen)).catch_unwind().await {
        Ok(Ok(findings)) => Ending::Judged(findings),
        Ok(Err(unknown)) => Ending::Unknown(unknown),
        Err(_) => Ending::Broke,
    };
    Run {
        words,
        ending,
        milliseconds: millis(began),
    }
}

impl Run {
    fn found_something(&self) -> bool {
        matches!(&self.ending, Ending::Judged(findings) if !findings.raised.is_empty())
    }
}

/// What the reader should know about the choice that was made for them.
async fn notes(stack: &Stack, seen: &Evidence) -> Vec<String> {
    let Ok(found) = facts::containers(stack, seen).await else {
        return Vec::new();
    };
    let roles = &found.roles;
    match (roles.server.first(), roles.others.is_empty()) {
        (Some(judged), false) => vec![format!(
            "this engine holds more than one authentik: judged was {}, not {}; choose with --url \
             or name its containers in akdoctor.toml",
            judged.name,
            list_of(&roles.others),
        )],
        _ => Vec::new(),
    }
}

async fn target(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    shop: &crate::fix::Workshop,
    options: &Options,
) -> Target {
    let engine = facts::containers(stack, seen).await.ok().map(|found| {
        let engine = &found.engine;
        let name = match engine.flavour {
            crate::probe::engine::Flavour::Docker => "Docker",
            crate::probe::engine::Flavour::Podman => "Podman",
        };
        format!("{name} {} at {}", engine.version, engine.endpoint)
    });
    Target {
        url: Some(base.url.clone()),
        version: shop.version.as_ref().map(ToString::to_string),
        engine,
        config: stack.config_path.clone(),
        simulated: options.simulated.clone(),
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
