//! How what was found is written.

use anyhow::Result;

use crate::{
    model::{LogFinding, LogReport},
    render,
};

use super::super::{args::Global, format::Plain, output, screen};

pub(super) fn deliver(global: &Global, report: &LogReport) -> Result<()> {
    let mut out = Vec::new();
    let (plain, file) = global.plain()?;
    match plain {
        Plain::Json => render::json(report, &mut out)?,
        Plain::Human => render::logs(report, &screen::style(global), global.detail(), &mut out)?,
    }
    output::deliver(&out, file.as_deref())
}

/// One fault at once, for a log that is being followed; JSON is one line each.
pub(super) fn one(global: &Global, report: &LogReport, finding: &LogFinding) -> Result<()> {
    let mut out = Vec::new();
    let (plain, _) = global.plain()?;
    match plain {
        Plain::Json => {
            out = serde_json::to_vec(finding)?;
            out.push(b'\n');
        }
        Plain::Human => render::log_finding(report, finding, &screen::style(global), &mut out)?,
    }
    output::deliver(&out, None)
}
