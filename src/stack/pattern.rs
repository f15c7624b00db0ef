//! Patterns in profiles, proved when they are read.

use regex::Regex;
use serde::{Deserialize, Deserializer, de::Error};

/// A pattern as the `regex` crate reads it.
pub(crate) struct Pattern;

impl Pattern {
    /// A pattern for whole names of variables.
    pub(crate) fn of_names(pattern: &str) -> Option<Regex> {
        Regex::new(&format!("^(?:{pattern})$")).ok()
    }
}

/// A pattern that may be left out.
///
/// # Errors
/// When it is none.
pub(super) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let pattern = String::deserialize(from)?;
    Regex::new(&pattern).map_err(|why| D::Error::custom(reason(&why)))?;
    Ok(Some(pattern))
}

/// A pattern with a group that takes a value out of a text.
///
/// # Errors
/// When it is none, or has no group.
pub(super) fn taking<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let pattern = String::deserialize(from)?;
    let read = Regex::new(&pattern).map_err(|why| D::Error::custom(reason(&why)))?;
    match read.captures_len() {
        2 => Ok(Some(pattern)),
        _ => Err(D::Error::custom(
            "a pattern here has one group, ( and ), around the value",
        )),
    }
}

/// Why it is none, in one line: the crate draws an arrow beneath the pattern.
fn reason(why: &regex::Error) -> String {
    let text = why.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("not a pattern: {}", last.trim_start_matches("error: "))
}
