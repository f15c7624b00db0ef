use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CheckReport, Finding, Outcome, Severity};

/// The version of the report's shape. Raised when a field changes its meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// authentik's base URL, if one was given or found.
    pub url: Option<String>,
    /// authentik's version, if anything told.
    pub version: Option<String>,
    /// The container engine that was asked.
    pub engine: Option<String>,
    /// The configuration file in force.
    pub config: Option<String>,
    /// The scenario, when all of this was simulated.
    pub simulated: Option<String>,
}

/// Who is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Hit {
    /// Everybody, in every app.
    Everybody,
    /// Those who use the named apps or are the named people.
    Some,
    /// Nobody, although there are findings.
    Nobody,
    /// Nothing was found in what could be seen.
    None,
    /// Nothing was found and nothing could be seen.
    Unknown,
}

/// The first thing that a person reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Who is hit.
    pub hit: Hit,
    /// Apps and people by name, when not everybody.
    pub names: Vec<String>,
    /// Whether it was seen now; otherwise "probably".
    pub certain: bool,
    /// "NOBODY CAN SIGN IN".
    pub headline: String,
}

/// How many of each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Seen and right.
    pub passed: usize,
    /// Seen and faulty.
    pub found: usize,
    /// Wanted and not seen.
    pub unknown: usize,
    /// Absent by configuration or options.
    pub skipped: usize,
    /// akdoctor failed.
    pub broke: usize,
}

impl Counts {
    /// Counts one more outcome.
    pub fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Found => &mut self.found,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Broke => &mut self.broke,
        } += 1;
    }

    /// All that was wanted: everything but the skipped.
    pub fn wanted(&self) -> usize {
        self.passed + self.found + self.unknown + self.broke
    }

    /// What could be seen: passed and found.
    pub fn seen(&self) -> usize {
        self.passed + self.found
    }
}

/// Counts of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Checks by outcome.
    pub checks: Counts,
    /// Points by outcome; a check looks at several.
    pub points: Counts,
    /// Findings at severity error.
    pub errors: usize,
    /// Findings at severity warning.
    pub warnings: usize,
    /// Findings at severity info.
    pub infos: usize,
}

/// Everything a run found out; every format is a view of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of akdoctor.
    pub akdoctor: String,
    /// When the run began, RFC 3339.
    pub started: String,
    /// How long it took.
    pub milliseconds: u64,
    /// Whether the run was cut short by an interrupt or its deadline.
    pub partial: bool,
    /// What was looked at.
    pub target: Target,
    /// Who is hit.
    pub verdict: Verdict,
    /// Honest counts.
    pub summary: Summary,
    /// Every check with its outcome, passes included.
    pub checks: Vec<CheckReport>,
    /// Root causes first, each followed by its consequences.
    pub findings: Vec<Finding>,
    /// What the reader should know about the run itself (proxy in use, token withheld).
    pub notes: Vec<String>,
}

impl Report {
    /// The exit code: 1 for a finding at or above `fail_on`, else 3 when something wanted could
    /// not be told, else 0 (design: command line).
    pub fn exit_code(&self, fail_on: Severity) -> u8 {
        if self.findings.iter().any(|f| f.severity >= fail_on) {
            1
        } else if self.summary.points.unknown + self.summary.points.broke > 0
            || self.summary.checks.unknown + self.summary.checks.broke > 0
        {
            3
        } else {
            0
        }
    }
}
