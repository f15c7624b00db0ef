use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Subject;

/// What came of a check or of one of its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Seen, and as it should be.
    Passed,
    /// Seen, and faulty.
    Found,
    /// Wanted and not seen.
    Unknown,
    /// Absent by configuration or by the options of this run.
    Skipped,
    /// akdoctor itself failed; says nothing about the stack.
    Broke,
}

/// One thing that a check looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// What was looked at, as a promise in the present tense ("the server is ready").
    pub what: String,
    /// Of what.
    pub subject: Subject,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it is unknown or skipped, or what was seen.
    pub why: Option<String>,
    /// Keys of the evidence it rests on.
    pub cites: Vec<String>,
    /// The finding that explains why this could not be told, by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folded_under: Option<String>,
}

/// A check with its outcome. Passes are included, so that a check that did not run cannot be taken
/// for one that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckReport {
    /// The check's id, such as `health`.
    pub id: String,
    /// What it promises.
    pub title: String,
    /// The worst of its points, in the order broke, found, unknown, passed, skipped.
    pub outcome: Outcome,
    /// Why it is unknown, skipped or broke.
    pub why: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
    /// Everything it looked at.
    pub points: Vec<Point>,
}
