//! Lines that are no JSON: PostgreSQL, Redis, nginx, Traefik, gunicorn, uvicorn, structlog's
//! console, Python's tracebacks, and whatever an app writes.

use serde_json::Map;

use super::{
    clock,
    dialect::{Record, level_of},
};
use crate::words::Level;

/// How a traceback begins (Python, all versions).
pub(super) const TRACEBACK: &str = "Traceback (most recent call last):";
/// How far into a line its level may stand.
const HEAD: usize = 96;
/// PostgreSQL's words before the text (documentation 19.8.1, "Message Severity Levels"), and those
/// that go on with a message.
const SEVERITIES: [(&str, Level); 7] = [
    ("LOG", Level::Info),
    ("INFO", Level::Info),
    ("NOTICE", Level::Info),
    ("WARNING", Level::Warning),
    ("ERROR", Level::Error),
    ("FATAL", Level::Critical),
    ("PANIC", Level::Critical),
];
const GOING_ON: [&str; 6] = [
    "DETAIL",
    "HINT",
    "CONTEXT",
    "QUERY",
    "STATEMENT",
    "LOCATION",
];

/// How the statements begin that akdoctor itself sends by psql (`src/probe/psql_*.sql`): authentik
/// writes SELECT in capitals. One that a release cannot answer or a limit ends is no fault of
/// authentik's.
const OUR_STATEMENTS: [&str; 8] = [
    "select jsonb_build_object('",
    "select coalesce(\n    string_agg(format('select ",
    "select convert_from(decode('",
    "select replace(replace($sql$",
    "select $sql$",
    "with lately as (",
    "with recursive below(top, id) as (",
    "with recursive powerful(id) as (",
];

/// Reads plain text.
pub(super) fn read(text: &str) -> Record {
    if let Some(record) = traceback(text).or_else(|| postgresql(text)) {
        return record;
    }
    Record {
        event: text.to_owned(),
        level: level(text),
        ..bare(text)
    }
}

fn bare(text: &str) -> Record {
    Record {
        event: String::new(),
        error: None,
        exception: None,
        level: None,
        at: clock::of_plain(text),
        ours: false,
        fields: Map::new(),
    }
}

/// A traceback says most in its last line: `Class: message`.
fn traceback(text: &str) -> Option<Record> {
    let at = text.find(TRACEBACK)?;
    let mut lines = text[at + TRACEBACK.len()..].lines().rev();
    let last = lines.find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
    let last = last.unwrap_or(TRACEBACK).trim_end().to_owned();
    Some(Record {
        event: last.clone(),
        exception: Some(last),
        level: Some(Level::Error),
        ..bare(text)
    })
}

/// `2025-07-03 07:49:54.203 UTC [50] ERROR:  text`, with what follows from the same process.
fn postgresql(text: &str) -> Option<Record> {
    let head = PostgresHead::of(text)?;
    let level = SEVERITIES.iter().find(|(word, _)| *word == head.word);
    let mut event = String::new();
    let mut keep = true;
    for line in text.lines() {
        match PostgresHead::of(line) {
            Some(more) if GOING_ON.contains(&more.word) && !event.is_empty() => {
                keep = !matches!(more.word, "STATEMENT" | "QUERY" | "LOCATION");
                if keep {
                    event += &format!("\n{}:  {}", more.word, more.text);
                }
            }
            Some(first) => event += first.text,
            None if keep => event += &format!("\n{}", line.trim_start()),
            None => {}
        }
    }
    Some(Record {
        event,
        level: level.map(|(_, level)| *level),
        ours: is_our_statement(text),
        ..bare(text)
    })
}

/// Whether what PostgreSQL complains of is a statement of akdoctor's.
fn is_our_statement(text: &str) -> bool {
    let Some((_, statement)) = text.split_once(" STATEMENT:  ") else {
        return false;
    };
    // A statement's further lines stand behind a tab, and its own blanks after that.
    let start: String = statement.chars().take(120).filter(|c| *c != '\t').collect();
    OUR_STATEMENTS
        .iter()
        .any(|begins| start.starts_with(begins))
}

/// What stands at the beginning of a line of PostgreSQL.
pub(super) struct PostgresHead<'a> {
    /// The process, as in `[50]`.
    pub process: &'a str,
    /// `ERROR`, `DETAIL` and so on.
    pub word: &'a str,
    /// What follows.
    pub text: &'a str,
}

impl<'a> PostgresHead<'a> {
    /// Two blanks follow the colon, which no other writer does.
    pub(super) fn of(line: &'a str) -> Option<Self> {
        if !line.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let colon = line.find(":  ")?;
        let before = &line[..colon];
        let word = &before[before.rfind(' ').map_or(0, |at| at + 1)..];
        let known = SEVERITIES.iter().any(|(known, _)| *known == word) || GOING_ON.contains(&word);
        let open = before.find('[')?;
        let close = open + before[open..].find(']')?;
        known.then(|| Self {
            process: &before[open..=close],
            word,
            text: &line[colon + 3..],
        })
    }

    /// Whether it goes on with what the line before began.
    pub(super) fn goes_on(&self) -> bool {
        GOING_ON.contains(&self.word)
    }
}

/// The level that a line of an unknown writer tells in its first characters: `[error]`, `[E]`,
/// `level=error`, ` ERROR `, `ERR`, Redis' `#`.
fn level(text: &str) -> Option<Level> {
    if text.starts_with("panic: ") {
        return Some(Level::Critical);
    }
    let end = (0..=text.len().min(HEAD))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let head = &text[..end.unwrap_or(0)];
    bracketed(head)
        .or_else(|| logfmt(head))
        .or_else(|| redis(head))
        .or_else(|| capitals(head))
}

fn bracketed(head: &str) -> Option<Level> {
    let mut opened = head.split('[').skip(1);
    opened.find_map(|rest| level_of(rest.split_once(']')?.0.trim()))
}

fn logfmt(head: &str) -> Option<Level> {
    let at = head.find("level=")?;
    let word = head[at + 6..].trim_start_matches('"');
    let end = word.find(|c: char| !c.is_ascii_alphabetic());
    level_of(&word[..end.unwrap_or(word.len())])
}

/// `1:C 20 May 2025 15:03:15.594 # text`: `.` debug, `-` verbose, `*` notice, `#` warning.
fn redis(head: &str) -> Option<Level> {
    let mut words = head.split(' ');
    let (number, role) = words.next()?.split_once(':')?;
    let numeric = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let process = numeric && role.len() == 1 && role.bytes().all(|b| b.is_ascii_uppercase());
    match words.nth(4).filter(|_| process)? {
        "#" => Some(Level::Warning),
        "." => Some(Level::Debug),
        "-" | "*" => Some(Level::Info),
        _ => None,
    }
}

/// A word of a level in capitals among the first: uvicorn's `ERROR:`, Traefik's `ERR`.
fn capitals(head: &str) -> Option<Level> {
    let mut words = head.split(|c: char| !c.is_ascii_alphanumeric()).take(16);
    words.find_map(|word| {
        let capital = word.len() >= 3 && word.bytes().all(|b| b.is_ascii_uppercase());
        level_of(word).filter(|_| capital)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresqls_lines_of_one_message_are_one() {
        let text = "2025-07-03 07:49:54.203 UTC [61] FATAL:  password authentication failed for user \"a\"\n\
            2025-07-03 07:49:54.203 UTC [61] DETAIL:  Connection matched file \"x\" line 1\n\
            2025-07-03 07:49:54.203 UTC [61] STATEMENT:  SELECT 'secret'\n\twhere x";
        let record = read(text);
        let event = "password authentication failed for user \"a\"\n\
            DETAIL:  Connection matched file \"x\" line 1";
        assert_eq!(
            (record.event.as_str(), record.level),
            (event, Some(Level::Critical))
        );
        assert_eq!(record.at.unwrap().to_string(), "2025-07-03T07:49:54.203Z");
        let alone = read("2025-07-03 07:49:54.203 UTC [1] HINT:  Look.");
        assert_eq!((alone.event.as_str(), alone.level), ("Look.", None));
    }

    #[test]
    fn every_statement_that_akdoctor_sends_is_known_as_its_own() {
        let sql = [
            include_str!("../probe/psql_access.sql"),
            include_str!("../probe/psql_events.sql"),
            include_str!("../probe/psql_facts.sql"),
            include_str!("../probe/psql_flows.sql"),
            include_str!("../probe/psql_people.sql"),
            include_str!("../probe/psql_person.sql"),
            include_str!("../probe/psql_person_row.sql"),
            include_str!("../probe/psql_token.sql"),
        ]
        .join("\n")
        .replace(":'asked'", "'7b7d'");
        let starts = sql.match_indices('\n').map(|(at, _)| &sql[at + 1..]);
        let starts: Vec<&str> = starts
            .filter(|rest| rest.starts_with("select ") || rest.starts_with("with "))
            // It reads what psql itself was given, and no table.
            .filter(|rest| !rest.starts_with("select ('7b7d'::jsonb"))
            .collect();
        assert!(starts.len() > 30, "{}", starts.len());
        for start in starts {
            let statement = start.replace('\n', "\n\t");
            let line = format!(
                "2026-11-28 10:25:34.846 UTC [2053] ERROR:  canceling statement due to statement timeout\n\
                 2026-11-28 10:25:34.846 UTC [2053] STATEMENT:  {statement}"
            );
            assert!(read(&line).ours, "{}", &start[..start.len().min(80)]);
        }
        let theirs = "2026-11-28 10:19:59.122 UTC [88] ERROR:  column authentik_tenants_tenant.reputation_lower_limit does not exist at character 417\n\
            2026-11-28 10:19:59.122 UTC [88] STATEMENT:  SELECT \"authentik_tenants_tenant\".\"tenant_uuid\"";
        assert!(!read(theirs).ours);
    }

    #[test]
    fn a_traceback_is_told_by_its_last_line() {
        let text = "Failed to read config file: x\nTraceback (most recent call last):\n  File \"a\", line 1, in b\n    c()\nRuntimeError: Major version skips are not allowed.";
        let record = read(text);
        assert_eq!(
            record.event,
            "RuntimeError: Major version skips are not allowed."
        );
        assert_eq!(record.exception.as_deref(), Some(record.event.as_str()));
        assert!(record.is_error());
    }

    #[test]
    fn the_level_of_every_writer_is_read() {
        for (line, level) in [
            (
                "2025/05/20 15:03:15 [error] 31#31: *1 connect() failed",
                Some(Level::Error),
            ),
            (
                "2025/05/20 15:03:15 ...x.go:1:f() [E] bad",
                Some(Level::Error),
            ),
            (
                "[2025-05-20 15:03:15 +0000] [7] [CRITICAL] WORKER TIMEOUT",
                Some(Level::Critical),
            ),
            ("2024-10-11 08:47:19 [info     ] waiting", Some(Level::Info)),
            (
                "ERROR:    Exception in ASGI application",
                Some(Level::Error),
            ),
            ("2025-05-20T15:03:15Z ERR bad gateway", Some(Level::Error)),
            (
                "time=\"2025-05-20T15:03:15Z\" level=warning msg=\"x\"",
                Some(Level::Warning),
            ),
            (
                "1:C 20 May 2025 15:03:15.594 # WARNING Memory",
                Some(Level::Warning),
            ),
            (
                "15:03:15 - LiteLLM:ERROR: utils.py:1 - x",
                Some(Level::Error),
            ),
            ("panic: runtime error", Some(Level::Critical)),
            ("an error in prose is none", None),
            ("", None),
        ] {
            assert_eq!(read(line).level, level, "{line}");
        }
    }
}
