//! The default command: run the checks on the stack at hand.

use anyhow::Result;

use crate::stack::{self, LoadOptions, Loaded};

use super::{
    args::Global,
    logs, proxies,
    run::{self, Subject, Work},
    trust, world,
};

pub(super) fn run(global: &Global, select: &[String]) -> Result<u8> {
    work(global, select, Work::Checks)
}

/// Does this work on the stack at hand.
pub(super) fn work(global: &Global, select: &[String], work: Work) -> Result<u8> {
    let mut loaded = load(global)?;
    loaded.stack.signatures = logs::signatures(&global.checks)?;
    let mut notes = loaded.notes;
    if global.verbose {
        notes.extend(proxies::note(&|name| std::env::var(name).ok()));
    }
    run::in_runtime(async {
        let subject = Subject {
            tools: world::tools(global.timeout)?,
            stack: loaded.stack,
            token: loaded.token,
            secrets: loaded.secrets,
            notes,
            places: loaded.places,
            simulated: None,
        };
        run::diagnose(global, select, subject, work).await
    })
}

/// What the command line, the environment and akdoctor.toml say, with the question settled whether
/// the token may be sent.
pub(super) fn load(global: &Global) -> Result<Loaded> {
    let mut loaded = stack::load(&LoadOptions {
        config: global.config.clone(),
        url: global.url(),
        trust_config: global.trust_config,
        since: global.since,
        ..LoadOptions::default()
    })?;
    trust::settle(&mut loaded);
    Ok(loaded)
}
