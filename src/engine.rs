//! One run: choose checks, run them at once, link causes, build the report.

use std::time::Duration;

use crate::{
    evidence::Evidence,
    model::{Report, Target, Verdict},
    stack::Stack,
};

/// What a run was asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which checks, apps and codes; empty for all. Globs; `!` excludes.
    pub select: Vec<String>,
    /// The longest a run may take.
    pub deadline: Duration,
    /// The scenario, when the world is simulated.
    pub simulated: Option<String>,
}

/// Why a run cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// A word names neither check, app nor code.
    #[error("nothing is called {word:?}{}", nearest.as_ref().map(|n| format!("; did you mean {n:?}?")).unwrap_or_default())]
    Unknown {
        /// The word.
        word: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// The words exclude everything.
    #[error("no check is left to run; `akdoctor list` shows all")]
    Nothing,
}

/// Runs the chosen checks and reports.
///
/// # Errors
/// When the selection names nothing.
pub async fn run(
    _stack: &Stack,
    seen: &Evidence,
    options: &Options,
) -> Result<Report, SelectError> {
    Ok(Report {
        schema_version: crate::model::SCHEMA_VERSION,
        akdoctor: env!("CARGO_PKG_VERSION").into(),
        started: seen.started().to_string(),
        milliseconds: 0,
        partial: false,
        target: Target {
            simulated: options.simulated.clone(),
            ..Target::default()
        },
        verdict: Verdict {
            hit: crate::model::Hit::Unknown,
            names: Vec::new(),
            certain: true,
            headline: String::new(),
        },
        summary: crate::model::Summary::default(),
        checks: Vec::new(),
        findings: Vec::new(),
        notes: Vec::new(),
    })
}
