//! `akdoctor why USER [APP]`: everything that keeps one person from signing in, or from an app.

use std::sync::Arc;

use anyhow::{Result, bail};

use crate::{
    engine::{self, Options},
    evidence::{Evidence, Limits},
    model::Why as Answer,
    probe::Tools,
    render,
    stack::{PendingToken, Stack},
};

use super::{
    args::{Global, Why},
    check,
    format::Plain,
    output,
    progress::Progress,
    run, screen, simulate, token, world,
};

pub(super) fn run(global: &Global, asked: &Why) -> Result<u8> {
    if asked.user.is_empty() {
        bail!("why needs a user name, an e-mail address or a primary key");
    }
    if let Some(scenario) = &asked.simulate {
        let name = simulate::known(scenario)?;
        return run::in_runtime(async {
            let playing = crate::simulate::play(&name).await?;
            // The rest of `playing` keeps the world going until all is told.
            let world = World {
                stack: playing.stack,
                tools: playing.tools,
                token: None,
                simulated: Some(name),
            };
            world.tell(global, asked).await
        });
    }
    let loaded = check::load(global)?;
    run::in_runtime(async {
        let world = World {
            stack: loaded.stack,
            tools: world::tools(global.timeout)?,
            token: loaded.token,
            simulated: None,
        };
        world.tell(global, asked).await
    })
}

/// Where somebody should be able to sign in.
struct World {
    stack: Stack,
    tools: Tools,
    token: Option<PendingToken>,
    simulated: Option<String>,
}

impl World {
    async fn tell(mut self, global: &Global, asked: &Why) -> Result<u8> {
        let tools = Arc::new(self.tools);
        let limits = Limits {
            timeout: global.timeout,
            jobs: usize::from(global.jobs),
        };
        let seen = Evidence::new(Arc::clone(&tools), limits);
        if let Some(token) = self.token.take() {
            token::give(token, &tools, &mut self.stack, &seen).await;
        }
        let options = Options {
            select: Vec::new(),
            deadline: global.deadline,
            simulated: self.simulated,
        };
        let progress = Progress::begin("asking authentik about one person".into(), global.quiet);
        let app = asked.app.as_deref();
        let told = engine::why(&self.stack, &seen, &options, &asked.user, app).await;
        drop(progress);
        let told = told.map_err(|why| anyhow::Error::msg(why.to_string()))?;
        deliver(global, &told)?;
        Ok(told.exit_code())
    }
}

fn deliver(global: &Global, told: &Answer) -> Result<()> {
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => render::json(told, &mut out)?,
        Plain::Human => render::why(told, &screen::style(global), global.detail(), &mut out)?,
    }
    output::deliver(&out, file.as_deref())
}
