//! The summary of a step in GitHub Actions, which workflow commands are only a part of.

use std::{fs::OpenOptions, io::Write as _};

use anyhow::{Context, Result};

use crate::{model::Report, render};

/// The file that a runner shows below the step (docs.github.com, "Workflow commands").
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Adds the report to the step's summary; does nothing where there is none.
///
/// # Errors
/// When the summary cannot be written to.
pub(super) fn summary(report: &Report, var: &dyn Fn(&str) -> Option<String>) -> Result<()> {
    let Some(path) = var(SUMMARY).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut text = Vec::new();
    render::markdown(report, &mut text)?;
    text.push(b'\n');
    // Steps add to it one after the other, so what is there stays.
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .with_context(|| format!("writing the step's summary to {path} ({SUMMARY})"))?;
    file.write_all(&text)
        .with_context(|| format!("writing the step's summary to {path} ({SUMMARY})"))
}
