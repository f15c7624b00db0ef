//! The default command: run the checks on the stack at hand.

use anyhow::Result;

use crate::stack::{self, LoadOptions};

use super::{
    args::Global,
    logs, proxies,
    run::{self, Subject},
    trust, world,
};

pub(super) fn run(global: &Global, select: &[String]) -> Result<u8> {
    let mut loaded = stack::load(&LoadOptions {
        config: global.config.clone(),
        url: global.url(),
        trust_config: global.trust_config,
        since: global.since,
        ..LoadOptions::default()
    })?;
    loaded.stack.signatures = logs::signatures(&global.checks)?;
    trust::settle(&mut loaded);
    let mut notes = loaded.notes;
    if global.verbose {
        notes.extend(proxies::note(&|name| std::env::var(name).ok()));
    }
    run::in_runtime(async {
        let subject = Subject {
            tools: world::tools(global.timeout)?,
            stack: loaded.stack,
            token: loaded.token,
            notes,
            simulated: None,
        };
        run::diagnose(global, select, subject).await
    })
}
