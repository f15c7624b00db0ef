//! The default command: run the checks on the stack at hand.

use anyhow::Result;

use crate::stack::{self, LoadOptions};

use super::{
    args::Global,
    proxies,
    run::{self, Subject},
    world,
};

pub(super) fn run(global: &Global, select: &[String]) -> Result<u8> {
    let loaded = stack::load(&LoadOptions {
        config: global.config.clone(),
        url: global.url(),
        trust_config: global.trust_config,
    })?;
    let mut notes = loaded.notes;
    if global.verbose {
        notes.extend(proxies::note(&|name| std::env::var(name).ok()));
    }
    let token = loaded.token;
    let stack = loaded.stack;
    run::in_runtime(async {
        let subject = Subject {
            stack,
            tools: world::tools(token)?,
            notes,
            simulated: None,
        };
        run::diagnose(global, select, subject).await
    })
}
