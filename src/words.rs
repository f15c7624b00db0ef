//! The words of a check: `check.toml` read strictly, and its templates.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use crate::model::{Reach, Severity};

/// A check's words.
#[derive(Debug, Clone)]
pub struct Words {
    /// Its id, such as `redirect-uri`.
    pub id: String,
    /// What kind of thing it looks at.
    pub group: String,
    /// What it promises, in the present tense.
    pub title: String,
    /// Why that matters.
    pub why: String,
    /// Where to read more.
    pub see: Vec<String>,
    /// Its findings.
    pub findings: Vec<FindingWords>,
}

/// A finding's words.
#[derive(Debug, Clone)]
pub struct FindingWords {
    /// `check/fault`.
    pub code: String,
    /// How bad it is unless overridden.
    pub severity: Severity,
    /// Who is hit while it stands.
    pub reach: Reach,
    /// Template of the fault in one sentence.
    pub says: String,
    /// Template of what should have been seen.
    pub expected: Option<String>,
    /// Template of what was seen.
    pub observed: Option<String>,
    /// Template of the path in authentik's admin interface, such as `/if/admin/#/core/users`.
    pub admin: Option<String>,
    /// For `explain` and the docs: how it shows, what to make of it. Markdown, no templates.
    pub explain: String,
    /// Codes that could cause it.
    pub explained_by: Vec<String>,
    /// Ways to mend it, in the order to try them.
    pub fixes: Vec<FixWords>,
}

/// A fix's words.
#[derive(Debug, Clone)]
pub struct FixWords {
    /// Template of what it does.
    pub does: String,
}

/// What is wrong with a `check.toml`.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct WordsError(pub String);

impl Words {
    /// Reads a `check.toml`.
    ///
    /// # Errors
    /// Says where (line, column) and why the text is not one.
    pub fn parse(_text: &str) -> Result<Self, WordsError> {
        Err(WordsError("not read yet".into()))
    }

    /// The words of a code.
    pub fn finding(&self, code: &str) -> Option<&FindingWords> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

/// Fills a template that is read by people.
///
/// # Errors
/// Names the value that the template wants and did not get.
pub fn fill(template: &str, _values: &BTreeMap<&'static str, Value>) -> Result<String, WordsError> {
    Ok(template.to_owned())
}
