//! The way of a run: tools, evidence, engine, report, exit code. A simulated run goes the same way.

use std::{future::Future, pin::pin, sync::Arc};

use anyhow::{Context, Result};

use crate::{
    engine::{self, Options, SelectError},
    evidence::{Evidence, Limits},
    model::{Places, Report, Trace},
    probe::Tools,
    render::{self, NagiosState, Unseen},
    stack::{ClientSecret, PendingToken, Stack},
};

use super::{
    args::{Global, Untold},
    format::{Format, PLAIN, REPORT},
    github, output,
    progress::Progress,
    screen,
    suggest::nearest,
    token,
};

/// Interrupted by the person (128 + SIGINT).
pub(super) const INTERRUPTED: u8 = 130;
/// Words that begin a command line and are no selection; a slip in one ends up as a selection.
const COMMANDS: [&str; 9] = [
    "simulate",
    "trace",
    "why",
    "logs",
    "token",
    "pack",
    "list",
    "explain",
    "completions",
];

/// What is looked at, and with what.
pub(super) struct Subject {
    pub stack: Stack,
    pub tools: Tools,
    /// A token that is not with the tools yet: where it may go depends on what is found.
    pub token: Option<PendingToken>,
    /// Client secrets that akdoctor.toml names.
    pub secrets: Vec<ClientSecret>,
    /// What the person should know about the run itself.
    pub notes: Vec<String>,
    /// On which lines the configuration speaks of what.
    pub places: Places,
    /// The scenario, when the world is played.
    pub simulated: Option<String>,
}

/// What is done with the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// The checks, as a report.
    Checks,
    /// The sign-in path, hop by hop.
    Trace,
}

/// What a run hands out.
#[allow(clippy::large_enum_variant, reason = "there is one in a run")]
enum Product {
    Report(Report),
    Trace(Trace),
}

impl Product {
    fn report(&mut self) -> &mut Report {
        match self {
            Self::Report(report) => report,
            Self::Trace(trace) => &mut trace.report,
        }
    }
}

/// How a run came to its end.
enum Ended {
    /// By itself.
    Whole(Product),
    /// By the person, with what was known by then; `None` when they did not want to wait for it.
    Interrupted(Option<Product>),
}

/// Runs `work` and leaves without waiting for threads that hang in the system's resolver.
pub(super) fn in_runtime(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting akdoctor's runtime")?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// Runs the checks, delivers the report, says with which code to exit.
pub(super) async fn diagnose(
    global: &Global,
    select: &[String],
    mut subject: Subject,
    work: Work,
) -> Result<u8> {
    // A format that cannot be is told before anything is asked.
    let wanted = global.wanted(match work {
        Work::Checks => REPORT,
        Work::Trace => PLAIN,
    })?;
    let limits = Limits {
        timeout: global.timeout,
        jobs: usize::from(global.jobs),
    };
    let tools = Arc::new(subject.tools);
    tools.give_client_secrets(std::mem::take(&mut subject.secrets));
    let seen = Evidence::new(Arc::clone(&tools), limits);
    if let Some(token) = subject.token.take() {
        token::give(token, &tools, &mut subject.stack, &seen).await;
    }
    let options = Options {
        select: select.to_vec(),
        deadline: global.deadline,
        simulated: subject.simulated,
    };
    let progress = Progress::begin(doing(&subject.stack, &options), global.quiet);
    let (stack, seen_by, asked) = (&subject.stack, &seen, &options);
    let run = async move {
        Ok(match work {
            Work::Checks => Product::Report(engine::run(stack, seen_by, asked).await?),
            Work::Trace => Product::Trace(engine::trace(stack, seen_by, asked).await?),
        })
    };
    let ended = until_interrupted(run, &seen).await;
    drop(progress);
    let (mut product, interrupted) = match ended.map_err(|error| wrong_word(&error))? {
        Ended::Whole(product) => (product, false),
        Ended::Interrupted(Some(product)) => (product, true),
        Ended::Interrupted(None) => return Ok(INTERRUPTED),
    };
    let report = product.report();
    report.partial |= interrupted;
    report.notes.splice(0..0, subject.notes);
    let code = exit_code(global, product.report(), interrupted);
    for one in &wanted {
        let written = write(global, one.format, &product, &subject.places, code)?;
        output::deliver(&written, one.file.as_deref())?;
    }
    Ok(code)
}

fn exit_code(global: &Global, report: &Report, interrupted: bool) -> u8 {
    if global.is_nagios() {
        return NagiosState::of(report).code();
    }
    if interrupted {
        return INTERRUPTED;
    }
    report.exit_code(global.fail_on.into())
}

fn write(
    global: &Global,
    format: Format,
    product: &Product,
    places: &Places,
    code: u8,
) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let (style, detail) = (screen::style(global), global.detail());
    let report = match product {
        Product::Report(report) => report,
        Product::Trace(trace) => {
            match format {
                Format::Json => render::json(trace, &mut out)?,
                _ => render::trace(trace, &style, detail, &mut out)?,
            }
            return Ok(out);
        }
    };
    match format {
        Format::Human => render::human(report, &style, detail, &mut out)?,
        Format::Json => render::json(report, &mut out)?,
        Format::Junit => {
            let unseen = match global.unknown {
                Untold::Error => Unseen::Error,
                Untold::Skipped => Unseen::Skipped,
            };
            render::junit(report, global.fail_on.into(), unseen, &mut out)?;
        }
        Format::Sarif => render::sarif(report, places, &mut out)?,
        Format::Github => {
            render::github(report, places, &mut out)?;
            github::summary(report, &|name| std::env::var(name).ok())?;
        }
        Format::Markdown => render::markdown(report, &mut out)?,
        Format::Prometheus => render::prometheus(report, code, &mut out)?,
        Format::Nagios => render::nagios(report, &mut out)?,
    }
    Ok(out)
}

fn doing(stack: &Stack, options: &Options) -> String {
    match (&options.simulated, &stack.authentik.url) {
        (Some(scenario), _) => format!("asking the simulated authentik of {scenario}"),
        (None, Some(url)) => format!("asking authentik at {url}"),
        (None, None) => "looking for authentik".into(),
    }
}

/// The first Ctrl-C ends the asking, so that what is known can be told; the second ends it all.
async fn until_interrupted(
    run: impl Future<Output = Result<Product, SelectError>>,
    seen: &Evidence,
) -> Result<Ended, SelectError> {
    let mut run = pin!(run);
    tokio::select! {
        report = &mut run => return report.map(Ended::Whole),
        () = interrupt() => seen.close(),
    }
    tokio::select! {
        report = &mut run => report.map(|report| Ended::Interrupted(Some(report))),
        () = interrupt() => Ok(Ended::Interrupted(None)),
    }
}

pub(super) async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Where no handler can be set, the system's own ends the process.
        std::future::pending::<()>().await;
    }
}

/// A word that is called nothing may be a slip in a command's name.
fn wrong_word(error: &SelectError) -> anyhow::Error {
    let message = match error {
        SelectError::Unknown {
            word,
            nearest: None,
        } => match nearest(word, COMMANDS) {
            Some(command) => format!("{error}; did you mean `akdoctor {command}`?"),
            None => format!("{error}; `akdoctor list` shows every check and code"),
        },
        _ => error.to_string(),
    };
    anyhow::Error::msg(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(word: &str) -> String {
        let (word, nearest) = (word.to_owned(), None);
        wrong_word(&SelectError::Unknown { word, nearest }).to_string()
    }

    #[test]
    fn a_slip_in_a_command_is_told_from_a_wrong_check() {
        assert!(unknown("simulat").ends_with("did you mean `akdoctor simulate`?"));
        assert!(unknown("xyzzy").ends_with("`akdoctor list` shows every check and code"));
    }
}
