//! `akdoctor trace --as USER`: signs in for real, goes on to the apps, signs out, and says where it
//! ended.

use std::{future::Future, path::PathBuf, pin::pin, sync::Arc};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use url::Url;

use crate::{
    evidence::{Evidence, Limits},
    facts,
    model::SignIn,
    probe::{Tools, tools::Password},
    render,
    stack::{PendingToken, Stack},
};

use super::{
    args::{Global, Trace},
    check,
    format::Plain,
    output, password,
    progress::Progress,
    run, screen, simulate, token, world,
};

/// What a sign-in is asked with.
#[derive(Debug, Args)]
pub(super) struct AsUser {
    /// Sign in for real as this user, to the apps, and out again. It writes login events in
    /// authentik. The password is asked for, or taken from AKDOCTOR_PASSWORD
    #[arg(long = "as", value_name = "USER")]
    pub user: Option<String>,
    /// The file that holds the password, alone in its first line
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// The file that holds the key of this person's authenticator app, as base32 or otpauth:// address,
    /// alone in its first line; or AKDOCTOR_TOTP. Without it a code is asked for at the terminal
    #[arg(long, value_name = "FILE", requires = "user")]
    pub totp_file: Option<PathBuf>,
    /// Go on into the apps: each is given its code, and begins a session of its own
    #[arg(long, requires = "user")]
    pub complete: bool,
}

pub(super) fn run(global: &Global, asked: &Trace) -> Result<u8> {
    if let Some(scenario) = &asked.simulate {
        let name = simulate::known(scenario)?;
        return run::in_runtime(async {
            let playing = crate::simulate::play(&name).await?;
            // The rest of `playing` keeps the world going until all is told.
            let world = World {
                stack: playing.stack,
                tools: playing.tools,
                token: None,
            };
            world.sign_in(global, asked).await
        });
    }
    let loaded = check::load(global)?;
    run::in_runtime(async {
        let world = World {
            stack: loaded.stack,
            tools: world::tools(global.timeout)?,
            token: loaded.token,
        };
        world.sign_in(global, asked).await
    })
}

/// Where somebody signs in.
struct World {
    stack: Stack,
    tools: Tools,
    token: Option<PendingToken>,
}

impl World {
    /// Signs in and tells.
    async fn sign_in(mut self, global: &Global, asked: &Trace) -> Result<u8> {
        let given = &asked.as_user;
        let user = given.user.as_deref().filter(|user| !user.is_empty());
        let user = user.context("--as needs the name of a user")?;
        let tools = Arc::new(self.tools);
        let limits = Limits {
            timeout: global.timeout,
            jobs: usize::from(global.jobs),
        };
        let seen = Evidence::new(Arc::clone(&tools), limits);
        if let Some(token) = self.token.take() {
            token::give(token, &tools, &mut self.stack, &seen).await;
        }
        let base = facts::base(&self.stack, &seen).await;
        let origin: Url = base.url.parse().context("reading authentik's URL")?;
        let file = given.password_file.as_deref();
        let secret = password::password(user, &origin, &self.stack.access, file)?;
        let totp = password::codes(user, &self.stack.access, given.totp_file.as_deref())?;
        tools.give_password(Password { secret, origin });
        let doing = format!("signing in as {user} at {}", base.url);
        let progress = Progress::begin(doing, global.quiet);
        let codes = match totp {
            Some(totp) => Some(password::made(totp)),
            None => password::typed(user, progress.aside()),
        };
        if let Some(codes) = codes {
            tools.give_codes(codes);
        }
        let apps = &asked.apps;
        let ask = facts::sign_in(&self.stack, &seen, &base, user, apps, given.complete);
        let ask = tokio::select! {
            ask = ask => ask,
            // Nothing was signed in to yet.
            () = run::interrupt() => return Ok(run::INTERRUPTED),
        };
        let ask = ask.map_err(|why| anyhow::Error::msg(why.to_string()))?;
        let (told, interrupted) = until_interrupted(seen.ask(ask), &tools).await?;
        drop(progress);
        let told = told.map_err(|why| anyhow::Error::msg(why.to_string()))?;
        deliver(global, &told)?;
        Ok(match interrupted {
            true => run::INTERRUPTED,
            false => told.exit_code(),
        })
    }
}

/// The first Ctrl-C lets the sign-in sign out; with the second the person does not want to wait for
/// that.
async fn until_interrupted<T>(work: impl Future<Output = T>, tools: &Tools) -> Result<(T, bool)> {
    let mut work = pin!(work);
    tokio::select! {
        told = &mut work => return Ok((told, false)),
        () = run::interrupt() => tools.stop(),
    }
    tokio::select! {
        told = &mut work => Ok((told, true)),
        () = run::interrupt() => bail!(
            "interrupted while signing out: a session of this sign-in may be left in authentik; it \
             can be ended under Directory > Users > Sessions"
        ),
    }
}

fn deliver(global: &Global, told: &SignIn) -> Result<()> {
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => render::json(told, &mut out)?,
        Plain::Human => render::sign_in(told, &screen::style(global), &mut out)?,
    }
    output::deliver(&out, file.as_deref())
}
