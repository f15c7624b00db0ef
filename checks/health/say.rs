//! What is said of a container: its state, how it ended, its last words, sizes and spans of time.

use jiff::Timestamp;

use super::Scene;
pub(super) use crate::model::ago;
use crate::probe::engine::{Container, LogTail, Status};

/// Lines of a log that are read for a container's last words.
const LAST_LINES: u32 = 30;
/// The exit codes of an orderly end: success, and 128 + SIGTERM.
const ORDERLY: [i64; 2] = [0, 143];
/// The exit code of a process that was killed: 128 + SIGKILL.
const KILLED: i64 = 137;

pub(super) fn ending(it: &Container) -> String {
    match (&it.state.status, it.state.exit_code) {
        (Status::Created, _) => "was never started".into(),
        (_, KILLED) if !it.state.oom_killed => {
            "was killed (exit code 137), by somebody or when it did not stop in time".into()
        }
        (_, code) => format!("ended with exit code {code}"),
    }
}

/// Whether it failed, as against being stopped or killed by somebody or never started.
pub(super) fn ended_by_itself(it: &Container) -> bool {
    let code = it.state.exit_code;
    it.state.status != Status::Created && code != KILLED && !ORDERLY.contains(&code)
}

pub(super) fn state_of(it: &Container, now: Timestamp) -> String {
    match &it.state.status {
        Status::Running => {
            let health = it.state.health.as_ref();
            let health = health.map_or(String::new(), |h| format!(", {}", h.status));
            let started = it.state.started.as_deref().and_then(|at| at.parse().ok());
            let up = started.map_or(String::new(), |at| format!(", up for {}", ago(now, at)));
            format!("running{health}{up}")
        }
        Status::Paused => "paused".into(),
        Status::Restarting => format!(
            "restarting, exit code {}, {} restarts",
            it.state.exit_code, it.restart_count
        ),
        Status::Created => "created, never started".into(),
        Status::Exited => {
            let oom = if it.state.oom_killed {
                ", out of memory"
            } else {
                ""
            };
            format!("exited with code {}{oom}", it.state.exit_code)
        }
        Status::Dead => "dead".into(),
        Status::Other(word) => word.clone(),
    }
}

pub(super) fn memory_of(bytes: u64) -> String {
    match bytes {
        0 => "none".into(),
        _ => size(bytes),
    }
}

/// Bytes in the unit that people read (binary units, one decimal).
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut rest = bytes;
    while rest >= 1024 * 10 && unit + 1 < UNITS.len() {
        rest /= 1024;
        unit += 1;
    }
    format!("{rest} {}", UNITS[unit])
}

pub(super) fn last_line(text: Option<&str>) -> String {
    let line = text.and_then(|text| text.lines().map(str::trim).rfind(|line| !line.is_empty()));
    line.map_or_else(|| "nothing".into(), |line| line.chars().take(200).collect())
}

/// The last line of its log that speaks of an error; any other line explains nothing.
pub(super) async fn last_words(scene: &Scene<'_>, it: &Container) -> String {
    let probe = LogTail {
        container: it.id.clone(),
        tty: it.tty,
        lines: LAST_LINES,
    };
    let Ok(log) = scene.seen.ask(probe).await else {
        return "could not be read".into();
    };
    let lines = log.lines.iter().map(|line| gist(&line.text));
    let errors: Vec<String> = lines
        .filter_map(|(error, text)| error.then_some(text))
        .collect();
    match (errors.last(), log.lines.is_empty()) {
        (Some(error), _) => last_line(Some(error)),
        (None, true) => "none, its log is empty".into(),
        (None, false) => format!("no error in its last {LAST_LINES} log lines"),
    }
}

/// What a log line says, and whether it is an error: of authentik's JSON lines the event and what
/// was raised (knowledge D.1), of others the line itself.
fn gist(line: &str) -> (bool, String) {
    let told = |text: &str| {
        let text = text.to_ascii_lowercase();
        // "PostgreSQL connection failed, retrying" is of level info (knowledge D.2, PG-01).
        let words = [
            "error",
            "fatal",
            "panic",
            "critical",
            "exception",
            "failed",
            "cannot",
            "could not",
            "not found",
            "no such",
            "denied",
            "refused",
            "missing",
        ];
        words.iter().any(|word| text.contains(word))
    };
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(line) else {
        return (told(line), line.trim().to_owned());
    };
    let field = |name: &str| fields.get(name).and_then(|value| value.as_str());
    let raised = fields.get("exception").and_then(|list| {
        let last = list.as_array()?.last()?;
        last.get("exc_value")?.as_str()
    });
    // An access line tells nothing of why a program ended.
    if fields.contains_key("status") && fields.contains_key("method") {
        return (false, String::new());
    }
    let level = field("level").unwrap_or_default();
    let event = field("event").or(field("message")).unwrap_or(line);
    let text = match raised.or(field("error")) {
        Some(why) => format!("{event}: {why}"),
        None => event.to_owned(),
    };
    let error = matches!(level, "error" | "critical" | "fatal" | "panic") || told(event);
    (error, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_told_by_its_event_and_what_was_raised() {
        let recorded = r#"{"event": "Internal Server Error: /-/health/live/", "exception": [{"exc_type": "OperationalError", "exc_value": "[Errno -2] Name or service not known"}], "level": "error"}"#;
        let said = "Internal Server Error: /-/health/live/: [Errno -2] Name or service not known";
        assert_eq!(gist(recorded), (true, said.into()));
        let access = r#"{"event": "/-/health/live/", "method": "GET", "status": 200}"#;
        assert_eq!(gist(access), (false, String::new()));
        assert!(gist("2025-07-03 07:49:54 UTC [50] FATAL:  no").0);
    }

    #[test]
    fn sizes_and_spans_are_for_people() {
        assert_eq!(size(52_428_800), "50 MiB");
        assert_eq!(size(300), "300 B");
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(ago(at(1000), at(280)), "12 minutes");
        assert_eq!(ago(at(1000), at(999)), "1 second");
        assert_eq!(ago(at(1000), at(2000)), "0 seconds");
    }
}
