//! One line as plugins of Nagios, Icinga and their kin write it, with performance data.

use std::io::{self, Write};

use super::prometheus::seconds;
use crate::model::{Report, Severity, printable};

/// The state of a service, with the exit code of a plugin (Monitoring Plugins guidelines 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NagiosState {
    /// 0: nothing found, and everything wanted was seen.
    Ok,
    /// 1: warnings.
    Warning,
    /// 2: somebody cannot sign in.
    Critical,
    /// 3: something wanted could not be told.
    Unknown,
}

impl NagiosState {
    /// That of a report. An error weighs more than what could not be told, and that more than a
    /// warning only when nothing was seen at all.
    pub fn of(report: &Report) -> Self {
        let worst = report.findings.iter().map(|finding| finding.severity).max();
        let untold = report.exit_code(Severity::Error) == 3;
        match worst {
            Some(Severity::Error) => Self::Critical,
            Some(Severity::Warning) => Self::Warning,
            _ if untold || report.partial => Self::Unknown,
            _ => Self::Ok,
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Writes the line.
///
/// # Errors
/// When `out` cannot be written to.
pub fn nagios(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let state = NagiosState::of(report);
    let mut said = report.verdict.headline.clone();
    if let Some(scenario) = &report.target.simulated {
        said = format!("SIMULATED {scenario}: {said}");
    }
    let mut roots = report.findings.iter().filter(|finding| finding.is_root());
    if let Some(root) = roots.next().filter(|it| it.severity > Severity::Info) {
        said = format!("{said}: {}", root.says);
        match roots.filter(|it| it.severity > Severity::Info).count() {
            0 => {}
            more => said = format!("{said} (and {more} more)"),
        }
    }
    let (summary, points) = (&report.summary, &report.summary.points);
    writeln!(
        out,
        "{}|errors={};;1;0 warnings={};1;;0 unknown={};;;0 seen={};;;0 time={}s;;;0",
        line(state, &said),
        summary.errors,
        summary.warnings,
        points.unknown + points.broke,
        points.seen(),
        seconds(report.milliseconds),
    )
}

/// Writes the line of a run that could not be.
///
/// # Errors
/// When `out` cannot be written to.
pub fn nagios_failed(why: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", line(NagiosState::Unknown, why))
}

/// The bar begins performance data, so none may stand before it; a line is one line.
fn line(state: NagiosState, said: &str) -> String {
    let said = printable(said).replace('|', "/");
    format!("AKDOCTOR {} - {said}", state.word())
}
