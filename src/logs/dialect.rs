//! One line, or the lines that belong together, in whichever dialect it was written (knowledge
//! D.1): structlog's JSON, logrus' JSON, Rust's JSON, PostgreSQL's, and plain text of many kinds.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{clock, plain};
use crate::words::Level;

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// What happened.
    pub event: String,
    /// JSON's `error`, `err` or `exc`.
    pub error: Option<String>,
    /// `Class: message` of the exception that was raised.
    pub exception: Option<String>,
    /// How loud it is, if it says so.
    pub level: Option<Level>,
    /// The line's own time, if it tells one.
    pub at: Option<Timestamp>,
    /// Whether it complains of a statement that akdoctor itself sent to the database.
    pub ours: bool,
    /// Every key of a JSON line.
    pub fields: Map<String, Value>,
}

impl Record {
    /// Reads a line, or lines that belong together with `\n` between. Never fails: what is no
    /// dialect is plain text.
    pub fn read(bytes: &[u8]) -> Self {
        let text = without_colours(String::from_utf8_lossy(bytes));
        let text = text.trim_end_matches(['\r', '\n', ' ']);
        let json = text.trim_start();
        if json.starts_with('{')
            && let Ok(fields) = serde_json::from_str::<Map<String, Value>>(json)
        {
            return Self::of_json(fields);
        }
        plain::read(text)
    }

    fn of_json(fields: Map<String, Value>) -> Self {
        let text = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| fields.get(*name));
            found.find_map(|value| value.as_str().map(str::to_owned))
        };
        let level = text(&["level", "severity", "lvl"]);
        Self {
            event: text(&["event", "message", "msg"]).unwrap_or_default(),
            error: text(&["error", "err", "exc"]).map(|text| without_colours(text.into()).into()),
            exception: fields.get("exception").and_then(exception_of),
            level: level.and_then(|word| level_of(&word)),
            at: ["timestamp", "time", "ts", "@timestamp"]
                .iter()
                .find_map(|name| clock::of_json(fields.get(*name)?)),
            ours: false,
            fields,
        }
    }

    /// The value under a dotted path of keys.
    pub fn field(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let mut at = self.fields.get(parts.next()?)?;
        for part in parts {
            at = at.get(part)?;
        }
        Some(at)
    }

    /// Which request it belongs to.
    pub fn request_id(&self) -> Option<&str> {
        let known = ["request_id", "context.http_request.request_id"];
        let mut found = known.iter().filter_map(|path| self.field(path)?.as_str());
        found.find(|id| id.len() >= 8)
    }

    /// Whether it only tells that a request was answered.
    pub fn is_access(&self) -> bool {
        self.fields.contains_key("method") && self.fields.contains_key("status")
    }

    /// Whether it speaks of an error.
    pub fn is_error(&self) -> bool {
        self.level.is_some_and(|level| level >= Level::Error)
    }

    /// What it says and why, as it was written.
    pub fn gist(&self) -> String {
        let why = self.exception.as_ref().or(self.error.as_ref());
        match why {
            Some(why) if self.event.is_empty() => why.clone(),
            Some(why) if !self.event.contains(why.as_str()) => {
                format!("{}: {why}", self.event.trim_end_matches(['.', ':']))
            }
            _ => self.event.clone(),
        }
    }
}

/// What the words of all dialects for a level mean.
pub(super) fn level_of(word: &str) -> Option<Level> {
    Some(match word.to_ascii_lowercase().as_str() {
        "trace" | "debug" | "debu" | "dbg" | "d" => Level::Debug,
        "info" | "inf" | "notice" | "log" | "verbose" | "i" => Level::Info,
        "warn" | "warning" | "wrn" | "w" => Level::Warning,
        "error" | "err" | "erro" | "e" => Level::Error,
        "critical" | "crit" | "fatal" | "ftl" | "fata" | "panic" | "emerg" | "alert" | "f"
        | "c" => Level::Critical,
        _ => return None,
    })
}

/// structlog's list of exceptions, the first of which was raised and the others led to it; or a
/// plain text.
fn exception_of(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => {
            let raised = list.iter().find_map(Value::as_object)?;
            let text = |name: &str| raised.get(name).and_then(Value::as_str).unwrap_or_default();
            Some(format!("{}: {}", text("exc_type"), text("exc_value")))
        }
        Value::String(text) => {
            let mut lines = text.lines().rev().map(str::trim_end);
            lines.find(|line| !line.is_empty()).map(str::to_owned)
        }
        _ => None,
    }
}

/// The text without the terminal's colours (`ESC [ … m`).
pub(super) fn without_colours(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(sequence) = rest.strip_prefix('[') {
            let parameters = |c: char| c.is_ascii_digit() || matches!(c, ';' | '?');
            let after = sequence.trim_start_matches(parameters);
            let mut letters = after.chars();
            rest = match letters.next() {
                Some(c) if c.is_ascii_alphabetic() => letters.as_str(),
                _ => after,
            };
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_json_tells_event_level_and_what_was_raised() {
        let line = br#"{"event": "Internal Server Error: /x", "exception": [{"exc_type": "OperationalError", "exc_value": "no"}, {"exc_type": "A", "exc_value": "a"}], "level": "error", "request_id": "2fdd732771f541f48902ede5073295d8", "timestamp": "2026-11-23T11:11:24.848981"}"#;
        let record = Record::read(line);
        assert_eq!(record.exception.as_deref(), Some("OperationalError: no"));
        assert_eq!(record.level, Some(Level::Error));
        assert_eq!(
            record.gist(),
            "Internal Server Error: /x: OperationalError: no"
        );
        assert_eq!(
            record.at.unwrap().to_string(),
            "2026-11-23T11:11:24.848981Z"
        );
        assert!(record.request_id().is_some() && !record.is_access());
    }

    #[test]
    fn gos_and_rusts_json_are_read_alike() {
        let go = Record::read(br#"{"error":"exit status 1","event":"gunicorn process died, restarting","level":"warning","timestamp":"2025-05-20T15:03:15+02:00"}"#);
        assert_eq!(go.error.as_deref(), Some("exit status 1"));
        assert_eq!(go.at.unwrap().to_string(), "2025-05-20T13:03:15Z");
        let rust = Record::read(b"{\"timestamp\":\"2026-09-01T17:09:49.217807\",\"level\":\"warn\",\"message\":\"x\",\"err\":\"\\u001b[31mbad\\u001b[0m\"}");
        assert_eq!(
            (rust.level, rust.error.as_deref()),
            (Some(Level::Warning), Some("bad"))
        );
    }

    #[test]
    fn a_line_that_is_cut_or_odd_is_plain_text() {
        for odd in ["{\"event\": \"cut", "{}}", "[1]", "", "\u{0}\u{1}"] {
            let record = Record::read(odd.as_bytes());
            assert!(record.fields.is_empty(), "{odd}");
        }
        assert_eq!(Record::read(b"a\xff\r").event, "a\u{fffd}");
    }

    #[test]
    fn a_path_of_keys_leads_into_the_line() {
        let record =
            Record::read(br#"{"context": {"http_request": {"request_id": "0123456789"}}}"#);
        assert_eq!(record.request_id(), Some("0123456789"));
        assert_eq!(record.field("context.nothing.at"), None);
    }
}
