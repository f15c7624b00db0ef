//! What is wrong with a configuration, and where: one line each, for somebody at 2 a.m.

use std::fmt;

use crate::model::printable;

/// Why there is no stack: usage or configuration, exit code 2. Everything that is wrong, not only
/// the first of it. Never holds a token or a value that may be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", one_a_line(problems))]
pub struct ConfigError {
    /// What is wrong, in the order of the file; never empty.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
///
/// Displayed as `akdoctor.toml:12:3: unknown key "redirect_uri" in [[app]]; did you mean
/// "redirect_uris"?`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the person knows it; `None` for flags and variables.
    pub file: Option<String>,
    /// Where in the file; `None` where the file as a whole is meant.
    pub at: Option<Position>,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it: a lower-case fragment.
    pub hint: Option<String>,
}

/// A place in a text as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters (not bytes).
    pub column: usize,
}

impl ConfigError {
    /// A problem of a flag or a variable.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem {
            file: None,
            at: None,
            message: message.into(),
            hint: Some(hint.into()),
        }
        .into()
    }

    /// A problem of a whole file.
    pub(super) fn of_file(file: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem {
            file: Some(file.to_owned()),
            at: None,
            message: message.into(),
            hint: Some(hint.into()),
        }
        .into()
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }
}

impl Position {
    /// The position of a byte offset. Lines end at `\n`; so a `\r\n` counts once.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", printable(file))?;
            if let Some(Position { line, column }) = self.at {
                write!(f, "{line}:{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

fn one_a_line(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_either_line_end() {
        let text = "a\r\né = 1\nb";
        let at = |offset| {
            let Position { line, column } = Position::of(text, offset);
            (line, column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(5), (2, 2), "é is two bytes and one column");
        assert_eq!(at(text.len()), (3, 2));
        assert_eq!(at(text.len() + 9), (3, 2), "past the end is the end");
    }
}
