//! `akdoctor token`: makes the token with which akdoctor reads, renews it, or takes it away again. And
//! how a token gets to the tools.

mod files;
mod give;
mod key;
mod script;

use std::{
    io::{IsTerminal, stderr, stdin},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use secrecy::ExposeSecret as _;

use crate::{
    evidence::{Evidence, Limits},
    facts,
    model::printable,
    probe::{Tools, ak_shell},
    stack::{self, Keeper, Kept, LoadOptions},
};

use super::{
    args::{Global, Token},
    output, run,
    start::say,
    trust, world,
};
use files::{Waiting, shown};
pub(in crate::cli) use give::give;
use script::Told;

/// Seconds that `ak shell` may take: Django needs three to start, on a busy machine forty.
const LONGEST: u64 = 90;
/// The longest wait for it, which ends itself before.
const WAIT: Duration = Duration::from_secs(LONGEST + 10);
/// A day, in seconds.
const DAY: u64 = 24 * 60 * 60;

/// The same in the admin interface.
const BY_HAND: &str = "\
By hand, in authentik's admin interface:
  Directory > Roles: create akdoctor, open it, and assign the permissions of docs/token.md
  Directory > Groups: create akdoctor with that role
  Directory > Users: create the service account akdoctor, and add it to the group
  Directory > Tokens and App passwords: create a token of it with intent API, copy it to a file";

/// Makes, renews, shows or takes away.
///
/// # Errors
/// When it is not done, with what to do.
pub(super) fn run(global: &Global, asked: &Token) -> Result<u8> {
    if asked.print {
        return print(asked);
    }
    let options = LoadOptions {
        config: global.config.clone(),
        url: global.url(),
        ..LoadOptions::default()
    };
    let kept = stack::kept(&options)?;
    let target = target(&kept, asked.file.as_deref())?;
    run::in_runtime(async {
        let place = Place::find(global, kept, target).await?;
        match asked.revoke {
            true => place.revoke(asked).await,
            false => place.make(asked).await,
        }
    })
}

/// The script alone, for whoever cannot or will not let akdoctor run it.
fn print(asked: &Token) -> Result<u8> {
    let script = match asked.revoke {
        true => script::by_hand(&script::revoke(None), "Takes akdoctor's token away"),
        false => {
            let made = script::make(None, None, asked.expires);
            script::by_hand(&made, "Makes akdoctor's token, or renews its expiry")
        }
    };
    output::deliver(script.as_bytes(), None)?;
    Ok(0)
}

/// The file for the token: as asked, as akdoctor.toml says, or the usual one.
fn target(kept: &Kept, asked: Option<&Path>) -> Result<PathBuf> {
    let path = match (asked, kept.keeper()) {
        (Some(path), _) => path.to_owned(),
        (None, Keeper::File(path)) => path,
        (None, _) => kept
            .usual()
            .context("there is no folder for configuration; name a file with --file")?,
    };
    std::path::absolute(&path).with_context(|| format!("finding {}", shown(&path)))
}

/// Where it all is done.
struct Place {
    kept: Kept,
    target: PathBuf,
    tools: Arc<Tools>,
    /// Id and name of a container of authentik that runs.
    container: (String, String),
    /// The SHA-256 of the token that lies in the file.
    have: Option<String>,
}

impl Place {
    async fn find(global: &Global, kept: Kept, target: PathBuf) -> Result<Self> {
        let tools = Arc::new(world::tools(global.timeout)?);
        let limits = Limits {
            timeout: global.timeout,
            jobs: usize::from(global.jobs),
        };
        let seen = Evidence::new(Arc::clone(&tools), limits);
        let found = facts::containers(&kept.stack, &seen).await;
        let container = found.as_ref().ok().and_then(|found| {
            let mut core = found.roles.server.iter().chain(&found.roles.worker);
            let up = core.find(|container| container.state.status.is_up())?;
            Some((up.id.clone(), up.name.clone()))
        });
        let Some(container) = container else {
            let why = match found {
                Err(why) => why.to_string(),
                Ok(_) => "no container of authentik runs on this engine".into(),
            };
            bail!(
                "{why}\nRun akdoctor token on the machine of authentik's containers, or take the \
                 script of akdoctor token --print there.\n{BY_HAND}"
            );
        };
        let have = files::hash_in(&target)?;
        Ok(Self {
            kept,
            target,
            tools,
            container,
            have,
        })
    }

    async fn make(&self, asked: &Token) -> Result<u8> {
        self.plan(asked.expires).lines().for_each(say);
        agree(asked.yes, "Make it?")?;
        let key = key::key()?;
        // Whatever comes back, of the engine or of authentik, is shown without it.
        self.tools.redact.learn(key.expose_secret());
        let waiting = Waiting::write(&key, &self.target)?;
        let script = script::make(Some(&key), self.have.as_deref(), asked.expires);
        let told = self.ask(script).await?;
        match &told {
            Told::Made(_) | Told::Renewed(_) => waiting.keep()?,
            _ => drop(waiting),
        }
        let (done, token) = match told {
            Told::Made(token) => ("The token was made", token),
            Told::Renewed(token) => ("The token has a new key", token),
            Told::Extended(token) => ("The token lives longer, with the same key", token),
            Told::There(token) => ("The token is there already", token),
            Told::Refused { why } => bail!(
                "nothing was done: {}\nakdoctor token --revoke takes away what is akdoctor's own; \
                 rename what is not.",
                printable(&why)
            ),
            Told::Removed { .. } => bail!("authentik answered something else than was asked"),
        };
        let until = token.expires.as_deref().map_or_else(
            || "and does not expire".to_owned(),
            |until| format!("and expires on {}", printable(until)),
        );
        let mut lines = vec![format!(
            "{done}, {until}. It lies in {}.",
            shown(&self.target)
        )];
        lines.extend(note(
            "This release of authentik does not have the permission",
            &token.unknown,
        ));
        lines.extend(note("Beside what it must, it may read", &token.more));
        lines.extend(self.name_it()?);
        lines.push("akdoctor token --revoke takes it away again.".into());
        tell(&lines)
    }

    async fn revoke(&self, asked: &Token) -> Result<u8> {
        say(&format!(
            "This takes away, in container {}: the token akdoctor-api, the service account akdoctor, \
             its group and its role.",
            self.container.1
        ));
        agree(asked.yes, "Take them away?")?;
        let told = self.ask(script::revoke(self.have.as_deref())).await?;
        let Told::Removed {
            removed,
            kept,
            matched,
        } = told
        else {
            bail!("authentik answered something else than was asked");
        };
        let mut lines = match removed.is_empty() {
            true => vec!["Nothing of it was there.".to_owned()],
            false => note("Taken away:", &removed).into_iter().collect(),
        };
        lines.extend(note("Left as it is:", &kept));
        if matched {
            files::remove(&self.target)?;
            lines.push(format!("Removed {} too.", shown(&self.target)));
            match (self.kept.without_token(), self.kept.file()) {
                (Some(text), Some((path, name))) => {
                    files::replace(path, &text)?;
                    lines.push(format!("{} names it no longer.", printable(name)));
                }
                (None, Some((_, name))) if self.kept.keeper() != Keeper::Nothing => {
                    let name = printable(name);
                    lines.push(format!("Take the line of the token out of {name}."));
                }
                _ => {}
            }
        } else if self.have.is_some() {
            let file = shown(&self.target);
            lines.push(format!("{file} holds another token and stays."));
        }
        tell(&lines)
    }

    async fn ask(&self, script: String) -> Result<Told> {
        let ran = ak_shell::run(&self.tools, &self.container.0, script, LONGEST);
        let again = "perhaps it was done: run the same again, which sees what is there";
        let Ok(ran) = tokio::time::timeout(WAIT, ran).await else {
            bail!("ak shell did not answer; {again}");
        };
        let told = ran.map_err(|error| match error.is_timeout() {
            true => anyhow::anyhow!("{error}; {again}"),
            false => anyhow::anyhow!("{error}"),
        })?;
        serde_json::from_str(&told).context("ak shell answered something else than was asked")
    }

    fn plan(&self, lives: Duration) -> String {
        let file = shown(&self.target);
        let there = match self.have {
            Some(_) => ", in place of what it holds, unless that is the token already",
            None => "",
        };
        let names = match (self.kept.keeper(), self.kept.file()) {
            (Keeper::Nothing, Some((_, name))) => {
                format!("\nIt names that file in {}.", printable(name))
            }
            _ => String::new(),
        };
        format!(
            "This makes, in container {}:\n  a service account, a group and a role called akdoctor, \
             with {} permissions to read and none to change\n  a token akdoctor-api of it with intent \
             API, for {}\nThe key goes to {file}, which only you can read{there}.{names}\nWhoever has \
             the token can read people, flows and events, and the client secrets of providers.\n{BY_HAND}",
            self.container.1,
            script::PERMISSIONS.len(),
            days(lives)
        )
    }

    /// Names the file in akdoctor.toml, or says what to write there.
    fn name_it(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let path = self.target.to_str();
        let wanted = path.map(stack::line_for).unwrap_or_default();
        match (self.kept.keeper(), self.kept.file()) {
            (Keeper::File(path), _) if path == self.target => {}
            (Keeper::Nothing, Some((file, name))) => {
                let name = printable(name);
                match path.and_then(|path| self.kept.with_token_in(path)) {
                    Some(text) => {
                        files::replace(file, &text)?;
                        lines.push(format!("{name} names it now."));
                    }
                    None => lines.push(format!("Write below [authentik] in {name}: {wanted}")),
                }
            }
            (_, Some((_, name))) => lines.push(format!(
                "{} takes the token from elsewhere; write instead: {wanted}",
                printable(name)
            )),
            (_, None) => lines.push(format!(
                "There is no akdoctor.toml; make one with these two lines:\n[authentik]\n{wanted}"
            )),
        }
        if let Some(variable) = self.kept.variable() {
            lines.push(format!(
                "{variable} is set and comes before the file: unset it."
            ));
        }
        Ok(lines)
    }
}

/// Asks, unless that was answered on the command line.
fn agree(yes: bool, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() || !stderr().is_terminal() {
        bail!("nothing was done: there is nobody to ask; say --yes, or --print to see the script");
    }
    match trust::agreed(question, &mut stdin().lock(), &mut stderr()) {
        true => Ok(()),
        false => bail!("nothing was done"),
    }
}

fn note(what: &str, items: &[String]) -> Option<String> {
    let items = crate::model::list_of(items);
    (!items.is_empty()).then(|| format!("{what} {}.", printable(&items)))
}

fn tell(lines: &[String]) -> Result<u8> {
    let mut text = lines.join("\n");
    text.push('\n');
    output::deliver(text.as_bytes(), None)?;
    Ok(0)
}

fn days(lives: Duration) -> String {
    match (lives.as_secs() / DAY, lives.as_secs() / 3600) {
        (0, 1) => "1 hour".into(),
        (0, hours) => format!("{hours} hours"),
        (1, _) => "1 day".into(),
        (days, _) => format!("{days} days"),
    }
}

/// Reads how long a token lives: `12h`, `90d`, `4w`.
///
/// # Errors
/// When it is no such time, or not between an hour and ten years.
pub(super) fn lives(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time such as 12h, 90d or 4w".to_owned();
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds = match unit {
        'h' => 3600,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return Err(wrong()),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let all = count.checked_mul(seconds).ok_or_else(wrong)?;
    if !(3600..=3650 * DAY).contains(&all) {
        return Err("a token may live an hour at least and ten years at most".into());
    }
    Ok(Duration::from_secs(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_token_lives() {
        let of = |text| lives(text).map(days);
        assert_eq!(of("90d").unwrap(), "90 days");
        assert_eq!(of("4w").unwrap(), "28 days");
        assert_eq!(of("12h").unwrap(), "12 hours");
        for wrong in [
            "",
            "90",
            "d",
            "-1d",
            "0d",
            "99999d",
            "1é",
            "999999999999999999w",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
