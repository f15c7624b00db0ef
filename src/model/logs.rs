use jiff::Timestamp;
use serde::Serialize;

use super::{Fix, Severity};

/// What logs mean: the answer of `akdoctor logs`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogReport {
    /// The version of this form.
    pub schema_version: u32,
    /// akdoctor's version.
    pub akdoctor: String,
    /// When it was asked, the "now" of every "ago".
    pub started: Timestamp,
    /// The logs that were read, or were to be.
    pub sources: Vec<LogSource>,
    /// Known faults, the worst first.
    pub findings: Vec<LogFinding>,
    /// Errors that akdoctor does not know, the most frequent first.
    pub unknown: Vec<UnknownError>,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogSource {
    /// A container's or a file's name.
    pub name: String,
    /// Which part it plays: "server", "worker", …, "any".
    pub component: String,
    /// Lines that were read.
    pub lines: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// When the oldest line that was looked at was written.
    pub from: Option<Timestamp>,
    /// When the newest was written.
    pub to: Option<Timestamp>,
    /// What ended the reading, in words.
    pub bound: String,
    /// Lines that were too long and were cut.
    pub cut: u64,
    /// Lines that look like faults and are none.
    pub harmless: u64,
    /// Kinds of lines that were not kept because there were too many.
    pub dropped: u64,
    /// Why it could not be read.
    pub problem: Option<String>,
}

/// A known fault in a log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogFinding {
    /// Its code; `akdoctor explain CODE` tells more.
    pub code: String,
    /// The signature that recognised it.
    pub signature: String,
    /// How bad it is; info when it may be over.
    pub severity: Severity,
    /// Whether it was seen at least twice in the last ten minutes.
    pub standing: bool,
    /// Whose log tells of it.
    pub source: String,
    /// The fault in one sentence.
    pub says: String,
    /// How often it was seen.
    pub count: u64,
    /// When first.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
    /// How often in each stretch of time since the first.
    pub timeline: Vec<u32>,
    /// How long each stretch is, in seconds.
    pub stretch_seconds: i64,
    /// What one of its lines says.
    pub sample: String,
    /// The code of the fault in these logs that it follows from: mend that one.
    pub follows_from: Option<String>,
    /// What mends it here, the recommended one first; none where it follows from another.
    pub fixes: Vec<Fix>,
}

/// Errors of one kind that akdoctor does not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnknownError {
    /// Whose log tells of it.
    pub source: String,
    /// What its lines have in common.
    pub template: String,
    /// How many there are.
    pub count: u64,
    /// When first.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
    /// One of them.
    pub sample: String,
}

impl LogReport {
    /// As for checks: 1 for findings from this severity on, 3 when a log could not be read.
    pub fn exit_code(&self, fail_on: Severity) -> u8 {
        if self
            .findings
            .iter()
            .any(|finding| finding.severity >= fail_on)
        {
            return 1;
        }
        let unread = self.sources.iter().any(|source| source.problem.is_some());
        if unread { 3 } else { 0 }
    }
}
