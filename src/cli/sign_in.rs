//! `akdoctor trace --as USER`: signs in for real, goes on to the apps, signs out, and says where it
//! ended.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use url::Url;

use crate::{
    evidence::{Evidence, Limits},
    facts,
    model::SignIn,
    probe::tools::Password,
    render,
};

use super::{
    args::{Format, Global},
    output,
    password::{self, Named},
    progress::Progress,
    run::Subject,
    screen, token,
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
    /// Go on into the apps: each is given its code, and begins a session of its own
    #[arg(long, requires = "user")]
    pub complete: bool,
}

/// Signs in and tells.
pub(super) async fn run(
    global: &Global,
    asked: &AsUser,
    mut subject: Subject,
    named: Named,
) -> Result<u8> {
    let user = asked.user.as_deref().unwrap_or_default();
    if user.is_empty() {
        bail!("--as needs the name of a user");
    }
    let limits = Limits {
        timeout: global.timeout,
        jobs: usize::from(global.jobs),
    };
    let tools = Arc::new(subject.tools);
    let seen = Evidence::new(Arc::clone(&tools), limits);
    if let Some(token) = subject.token.take() {
        token::give(token, &tools, &mut subject.stack, &seen).await;
    }
    let base = facts::base(&subject.stack, &seen).await;
    let origin: Url = base.url.parse().context("reading authentik's URL")?;
    let file = asked.password_file.as_deref();
    let secret = password::password(user, &origin, named, file)?;
    tools.give_password(Password { secret, origin });
    let doing = format!("signing in as {user} at {}", base.url);
    let progress = Progress::begin(doing, global.quiet);
    let told = facts::sign_in(&subject.stack, &seen, &base, user, asked.complete).await;
    drop(progress);
    let told = told.map_err(|why| anyhow::Error::msg(why.to_string()))?;
    deliver(global, &told)?;
    Ok(told.exit_code())
}

fn deliver(global: &Global, told: &SignIn) -> Result<()> {
    let mut out = Vec::new();
    match global.output {
        Format::Json => render::json(told, &mut out)?,
        Format::Human => render::sign_in(told, &screen::style(global), &mut out)?,
    }
    output::deliver(&out, global.output_file.as_deref())
}
