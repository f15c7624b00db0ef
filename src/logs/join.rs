//! Lines that belong together: a plain traceback of Python, and what PostgreSQL adds to a message.

use super::{
    clock,
    plain::{PostgresHead, TRACEBACK},
};

/// The most that is taken for one message, in bytes and lines.
const LONGEST: usize = 64 << 10;
const MOST_LINES: usize = 400;
/// How a traceback goes on after its last line (Python, "exception chaining").
const CHAINED: [&str; 2] = [
    "During handling of the above exception",
    "The above exception was the direct cause",
];

/// What belongs to a line.
pub(super) struct Joined {
    /// The text of all lines, the engine's stamps cut off, `\n` between.
    pub text: Vec<u8>,
    /// How many bytes of what follows the line were taken.
    pub taken: usize,
    /// Whether more may come that has not been read yet.
    pub open: bool,
}

/// The line with what belongs to it of `after`, the lines that follow.
pub(super) fn with_following(line: &[u8], after: &[u8], stamped: bool) -> Joined {
    let kind = kind_of(line);
    let mut joined = Joined {
        text: line.to_vec(),
        taken: 0,
        open: false,
    };
    let Some(mut kind) = kind else {
        return joined;
    };
    let mut lines = 0;
    loop {
        let rest = &after[joined.taken..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            // An end of the block in the middle of what belongs together.
            joined.open = joined.text.len() < LONGEST && lines < MOST_LINES;
            return joined;
        };
        let next = text_of(&rest[..end], stamped);
        if !kind.takes(next) || joined.text.len() + next.len() > LONGEST || lines >= MOST_LINES {
            return joined;
        }
        joined.text.push(b'\n');
        joined.text.extend_from_slice(next);
        joined.taken += end + 1;
        lines += 1;
    }
}

/// A line without the engine's stamp and the terminal's carriage return.
pub(super) fn text_of(line: &[u8], stamped: bool) -> &[u8] {
    let line = if stamped {
        clock::cut_stamp(line).1
    } else {
        line
    };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// What a line begins that may take several.
enum Kind {
    /// A traceback, and whether its `Class: message` has come.
    Traceback { ended: bool },
    /// A message of PostgreSQL's process.
    Postgres { process: String },
}

fn kind_of(line: &[u8]) -> Option<Kind> {
    if line.first() == Some(&b'{') {
        return None;
    }
    let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST)]);
    if text.contains(TRACEBACK) {
        return Some(Kind::Traceback { ended: false });
    }
    let head = PostgresHead::of(&text)?;
    let process = head.process.to_owned();
    (!head.goes_on()).then_some(Kind::Postgres { process })
}

impl Kind {
    fn takes(&mut self, next: &[u8]) -> bool {
        let text = String::from_utf8_lossy(next);
        match self {
            Self::Traceback { ended } => {
                let chained = CHAINED.iter().any(|how| text.starts_with(how));
                if text.trim().is_empty() || text.starts_with([' ', '\t']) {
                    return true;
                }
                if chained || text.starts_with(TRACEBACK) {
                    *ended = false;
                    return true;
                }
                let last = !*ended && !text.starts_with('{');
                *ended = true;
                last
            }
            Self::Postgres { process } => match PostgresHead::of(&text) {
                Some(head) => head.goes_on() && head.process == *process,
                None => text.starts_with('\t'),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str, stamped: bool) -> (String, usize, bool) {
        let (line, after) = text.split_once('\n').unwrap_or((text, ""));
        let joined = with_following(text_of(line.as_bytes(), stamped), after.as_bytes(), stamped);
        let text = String::from_utf8_lossy(&joined.text).into_owned();
        (text, joined.taken, joined.open)
    }

    const TRACE: &str = "Traceback (most recent call last):\n  File \"a\", line 1\n    b()\nValueError: x\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"c\"\nRuntimeError: y\n";

    #[test]
    fn a_traceback_ends_with_its_last_exception() {
        let (text, taken, open) = joined(&format!("{TRACE}{{\"event\": 1}}\n"), false);
        assert_eq!(text + "\n", TRACE);
        assert_eq!(
            (taken, open),
            (TRACE.len() - TRACE.find('\n').unwrap() - 1, false)
        );
    }

    #[test]
    fn the_end_of_a_block_leaves_it_open() {
        for cut in [40, 60, TRACE.len()] {
            assert!(joined(&TRACE[..cut], false).2, "{cut}");
        }
        assert!(!joined("an ordinary line\nand another", false).2);
    }

    #[test]
    fn postgresql_goes_on_in_the_same_process_only() {
        let stamp = "2026-11-23T13:06:16.123456789Z ";
        let line = |process: u8, rest: &str| {
            format!("{stamp}2025-07-03 07:49:54.203 UTC [{process}] {rest}\n")
        };
        let text = [
            line(1, "ERROR:  a"),
            line(1, "DETAIL:  b"),
            format!("{stamp}\tmore\n"),
            line(2, "DETAIL:  c"),
            line(1, "HINT:  d"),
        ];
        let (told, ..) = joined(&text.concat(), true);
        assert!(told.ends_with("DETAIL:  b\n\tmore"), "{told}");
    }
}
