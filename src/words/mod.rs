//! The words of a check: `check.toml` read strictly, its templates filled, its pages written.

mod action;
mod log;
mod page;
mod read;
mod read_fix;
mod read_log;
mod table;
pub(crate) mod template;

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;
use thiserror::Error;

use crate::model::{Reach, Severity, list_of};

pub use action::{Action, ApiWords, ComposeScope, ExecWords, FixWords, ForVersions, SqlWords};
pub use log::{BenignWords, Component, Level, LinePattern, LogField, LogWords, Unless};
pub use page::{explain, page};

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
    /// Codes of earlier releases; never used again.
    pub retired: Vec<String>,
    /// Ids of lines of logs that earlier releases knew; never used again.
    pub retired_ids: Vec<String>,
    /// Lines of logs that look like a fault and are none.
    pub benign: Vec<BenignWords>,
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
    /// How it shows in a container's log, for a fault that is found there.
    pub log: Option<LogWords>,
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
    pub fn parse(text: &str) -> Result<Self, WordsError> {
        read::words(text)
    }

    /// Reads a file of a person's own findings, which may leave out the head; its codes begin with
    /// `local/`.
    ///
    /// # Errors
    /// Says where (line, column) and why the text is not one.
    pub fn parse_pack(text: &str) -> Result<Self, WordsError> {
        read::pack(text)
    }

    /// The ids of every line of a log that it knows.
    pub fn line_ids(&self) -> impl Iterator<Item = &str> {
        let logs = self.findings.iter().filter_map(|it| it.log.as_ref());
        let lines = logs.map(|log| &log.line);
        let lines = lines.chain(self.benign.iter().map(|benign| &benign.line));
        lines.map(|line| line.id.as_str())
    }

    /// The words of a code.
    pub fn finding(&self, code: &str) -> Option<&FindingWords> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

impl FindingWords {
    /// The values that its sentences cannot do without.
    pub fn wants(&self) -> BTreeSet<&str> {
        let sentences = [&self.expected, &self.observed, &self.admin];
        std::iter::once(&self.says)
            .chain(sentences.into_iter().flatten())
            .flat_map(|template| template::names(template))
            .collect()
    }

    /// The values that its fixes know how to use; a fix whose values are not there is left out.
    pub fn fixes_want(&self) -> BTreeSet<&str> {
        self.fixes
            .iter()
            .flat_map(FixWords::templates)
            .flat_map(template::names)
            .collect()
    }
}

impl FixWords {
    /// Every template in it, its undo's included.
    pub fn templates(&self) -> Vec<&str> {
        let mut templates = vec![self.does.as_str()];
        templates.extend(self.note.as_deref());
        templates.extend(self.action.templates());
        templates.extend(self.undo.iter().flat_map(Action::templates));
        templates
    }
}

/// Fills a template that is read by people: text as it is, lists as "a, b and c".
///
/// # Errors
/// Names the value that the template wants and did not get.
pub fn fill<K: Borrow<str> + Ord>(
    template: &str,
    values: &BTreeMap<K, Value>,
) -> Result<String, WordsError> {
    template::fill_with(template, values, human)
        .map_err(|error| WordsError(format!("cannot fill {template:?}: {error}")))
}

/// A value as people write it.
pub(crate) fn human(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Err("is null".to_owned()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(human).collect::<Result<_, _>>()?;
            Ok(list_of(&items))
        }
        Value::Object(_) => Err("is neither text, number nor list".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let values = BTreeMap::from([
            ("text", json!("O'Brien \"x\" {{ n }}")),
            ("n", json!(3)),
            ("list", json!(["a", "b", 7])),
        ]);
        let filled = fill("{{ text }}: {{ n }} of {{ list }}", &values).unwrap();
        assert_eq!(filled, "O'Brien \"x\" {{ n }}: 3 of a, b and 7");
    }

    #[test]
    fn a_missing_value_is_named() {
        let values = BTreeMap::from([("empty", Value::Null)]);
        for name in ["app", "empty"] {
            let error = fill(&format!("x {{{{ {name} }}}}"), &values).unwrap_err();
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}
