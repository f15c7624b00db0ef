//! Says on stderr that a run is under way, for the person who waits.

use std::{
    env,
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::model::printable;

use super::{screen, start::say};

/// A run that is done by then needs no word.
const PATIENCE: Duration = Duration::from_millis(1200);
const TICK: Duration = Duration::from_millis(100);

/// A run under way; dropped, it leaves the screen as it was.
pub(super) enum Progress {
    /// On a terminal.
    Spinner(ProgressBar),
    /// In a log: one line, once, if the run takes its time.
    Line(JoinHandle<()>),
    /// Nothing is to be said.
    Silent,
}

impl Progress {
    /// Begins; `doing` is such as "asking authentik at http://…". Needs the runtime.
    pub fn begin(doing: String, quiet: bool) -> Self {
        if quiet {
            return Self::Silent;
        }
        let dumb = env::var("TERM").is_ok_and(|term| term == "dumb");
        if stderr().is_terminal() && !dumb {
            return Self::Spinner(spinner(&doing));
        }
        Self::Line(tokio::spawn(line(doing)))
    }

    /// For whoever must speak to the person meanwhile.
    pub fn aside(&self) -> Aside {
        Aside(match self {
            Self::Spinner(bar) => Some(bar.clone()),
            Self::Line(_) | Self::Silent => None,
        })
    }
}

/// Room on the screen in the middle of a run.
pub(super) struct Aside(Option<ProgressBar>);

impl Aside {
    /// Does this while the screen is free.
    pub fn run<T>(&self, it: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(it),
            None => it(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match self {
            Self::Spinner(bar) => bar.finish_and_clear(),
            Self::Line(task) => task.abort(),
            Self::Silent => {}
        }
    }
}

fn spinner(doing: &str) -> ProgressBar {
    let ticks = if screen::unicode(&|name| env::var(name).ok()) {
        "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
    } else {
        "|/-\\ "
    };
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
        bar.set_style(style.tick_chars(ticks));
    }
    bar.set_message(printable(doing).into_owned());
    bar.enable_steady_tick(TICK);
    bar
}

async fn line(doing: String) {
    let began = Instant::now();
    tokio::time::sleep(PATIENCE).await;
    let seconds = began.elapsed().as_secs_f64();
    say(&format!("{doing}, {seconds:.1} s; still waiting"));
}
