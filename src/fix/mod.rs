//! An action is turned into a command for the runtime at hand, with quoting by construction.

mod build;
mod command;
pub mod quote;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::{Fix, Version},
    probe::engine::{Compose, Flavour},
    words::{Action, FixWords, ForVersions, fill},
};
use build::{Builder, Cannot};
use command::Written;

/// What a fix can be rendered for: the runtimes, containers and URLs of this stack.
#[derive(Debug, Clone, Default)]
pub struct Workshop {
    /// Containers that commands may name, by container name.
    pub containers: BTreeMap<String, Runtime>,
    /// The name of authentik's server container, for `ak shell`.
    pub server: Option<String>,
    /// Whether that container is elsewhere: no engine here has it.
    pub elsewhere: bool,
    /// Whether there is an API token that may change anything.
    pub token: bool,
    /// authentik's base URL, for `curl`.
    pub api: Option<String>,
    /// The variable that holds the API token, for `curl`; empty for `AKDOCTOR_TOKEN`.
    pub token_variable: String,
    /// authentik's version, if anything told.
    pub version: Option<Version>,
    /// The scenario, when this is simulated: every line with a command says so.
    pub simulated: bool,
}

/// How a container is reached by commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// `docker` or `podman`.
    pub flavour: Flavour,
    /// Where compose put it, if compose made it.
    pub compose: Option<Compose>,
}

/// A rendered fix, and whether it may be the one to take first.
struct Rendered {
    fix: Fix,
    wanted: Option<bool>,
    usable: bool,
    by_api: bool,
}

/// Renders every fix of a finding that can be done here, the recommended one first.
///
/// Where authentik's server container is on no engine here and there is an API token, a request to
/// the API goes before a command in the container, unless the words recommend one.
///
/// A fix is left out when something it needs is not here: a value, compose's labels, the server's
/// container, the API's URL, the right release. A fix whose values cannot be pasted stays, without
/// a command and with a note that says why.
pub fn render(fixes: &[FixWords], values: &BTreeMap<&str, Value>, shop: &Workshop) -> Vec<Fix> {
    let builder = Builder { values, shop };
    let rendered = fixes.iter().filter_map(|words| one(words, &builder));
    let mut rendered: Vec<Rendered> = rendered.collect();
    let first = |wanted, anything: bool| {
        let fits = |fix: &Rendered| fix.usable && fix.wanted == wanted && (anything || fix.by_api);
        rendered.iter().position(fits)
    };
    let as_written = || first(Some(true), true).or_else(|| first(None, true));
    // Where authentik's container is out of reach, a request is what can be done from here.
    let from_here = match shop.elsewhere && shop.token {
        true => first(None, false),
        false => None,
    };
    let advised = rendered
        .iter()
        .any(|fix| fix.wanted == Some(true) && fix.usable);
    let from_here = from_here.filter(|_| !advised);
    if let Some(at) = from_here.or_else(as_written) {
        rendered[at].fix.recommended = true;
        rendered[..=at].rotate_right(1);
    }
    rendered.into_iter().map(|rendered| rendered.fix).collect()
}

fn one(words: &FixWords, builder: &Builder<'_>) -> Option<Rendered> {
    let there = |name: &String| builder.values.contains_key(name.as_str());
    if !words.needs.iter().all(there) {
        return None;
    }
    let mut notes = vec![match &words.note {
        Some(note) => Some(fill(note, builder.values).ok()?),
        None => None,
    }];
    notes.push(release(
        words.authentik.as_ref(),
        builder.shop.version.as_ref(),
    )?);
    let written = match write(&words.action, builder) {
        Ok(written) => written,
        Err(Cannot::Here) => return None,
        Err(Cannot::Paste(why)) => {
            notes.push(Some(format!("no command can be given: {why}")));
            None
        }
    };
    // What takes a command back is shown beside the command only.
    let undo = words.undo.as_ref().filter(|_| written.is_some());
    let undo = undo.and_then(|undo| write(undo, builder).ok().flatten());
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let usable = written.is_some() || words.action == Action::Advice;
    let (argv, shell) = written.map_or_else(Default::default, |w| (w.argv, Some(w.shell)));
    let mark = |shell: String| marked(shell, builder.shop.simulated);
    let fix = Fix {
        does: fill(&words.does, builder.values).ok()?,
        risk: words.risk,
        recommended: false,
        argv,
        shell: shell.map(mark),
        undo: undo.map(|undo| mark(undo.shell)),
        proves: words.proves.clone(),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    };
    Some(Rendered {
        fix,
        wanted: words.recommended,
        usable,
        by_api: matches!(words.action, Action::Api(_)),
    })
}

fn write(action: &Action, builder: &Builder<'_>) -> Result<Option<Written>, Cannot> {
    let pipeline = builder.build(action)?;
    let written = pipeline.map(|pipeline| pipeline.write()).transpose();
    written.map_err(Cannot::Paste)
}

/// A note for a release that nobody knows; `None` when the release is known and another.
fn release(wanted: Option<&ForVersions>, running: Option<&Version>) -> Option<Option<String>> {
    match (wanted, running) {
        (Some(wanted), Some(running)) => wanted.range.holds(running).then_some(None),
        (Some(wanted), None) => Some(Some(format!("for authentik {}", wanted.text))),
        (None, _) => Some(None),
    }
}

/// Says in the command itself that it belongs to a simulated stack. A command of several lines
/// ends inside quotes on all lines but its last, so it is said in front.
fn marked(shell: String, simulated: bool) -> String {
    match (simulated, shell.contains('\n')) {
        (false, _) => shell,
        (true, false) => format!("{shell}  # SIMULATED"),
        (true, true) => format!("# SIMULATED\n{shell}"),
    }
}
