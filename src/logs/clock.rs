//! Times in lines: the engine's own stamp before a line, and the line's own clock in any dialect.

use std::borrow::Cow;

use jiff::{Timestamp, civil::DateTime};
use serde_json::Value;

/// The longest stamp: nanoseconds and an offset, with some room.
const STAMP: usize = 40;
/// The pieces in which engines keep long lines, in bytes.
const PIECE: usize = 16 << 10;
/// Where a line of plain text may tell its time.
const HEAD: usize = 64;

/// The engine's time stamp at the beginning, if there is one, and what follows it. An empty line
/// of some engines is the stamp alone.
pub fn cut_stamp(bytes: &[u8]) -> (Option<&str>, &[u8]) {
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return (None, bytes);
    }
    let head = &bytes[..bytes.len().min(STAMP)];
    let (end, rest) = match head.iter().position(|byte| *byte == b' ') {
        Some(end) => (end, &bytes[end + 1..]),
        None if bytes.len() > STAMP => return (None, bytes),
        None => (bytes.len(), &bytes[bytes.len()..]),
    };
    let text = std::str::from_utf8(&bytes[..end]).ok();
    match text.filter(|text| text.contains('T') && text.parse::<Timestamp>().is_ok()) {
        Some(text) => (Some(text), rest),
        None => (None, bytes),
    }
}

/// A long line whole again: engines split one into pieces of 16 KiB, each with a time stamp before
/// it (moby daemon/logger/copier.go, `defaultBufSize`); the first stamp is cut off already.
pub fn whole(line: &[u8]) -> Cow<'_, [u8]> {
    if line.len() <= PIECE {
        return Cow::Borrowed(line);
    }
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((piece, more)) = rest.split_at_checked(PIECE) {
        bytes.extend_from_slice(piece);
        rest = cut_stamp(more).1;
    }
    bytes.extend_from_slice(rest);
    Cow::Owned(bytes)
}

/// The time that a line tells itself; without a zone it is taken for UTC, which containers use
/// unless told otherwise.
pub fn own_time(line: &[u8]) -> Option<Timestamp> {
    super::dialect::Record::read(line).at
}

/// A JSON line's time: seconds since 1970, or text.
pub(super) fn of_json(value: &Value) -> Option<Timestamp> {
    if let Some(text) = value.as_str() {
        return of_text(text);
    }
    let seconds = value.as_f64()?;
    // Some write milliseconds; the year 5138 is not meant.
    let seconds = if seconds > 1e11 {
        seconds / 1e3
    } else {
        seconds
    };
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the range is what Timestamp checks"
    )]
    let micros = (seconds * 1e6) as i64;
    Timestamp::from_microsecond(micros).ok()
}

/// The time that stands in the first characters of a plain line.
pub(super) fn of_plain(line: &str) -> Option<Timestamp> {
    let head: String = line.chars().take(HEAD).collect();
    let digits = |from: usize| head.get(from..from + 4)?.parse::<u16>().ok();
    let year = head.char_indices().find(|(at, c)| {
        c.is_ascii_digit() && digits(*at).is_some_and(|y| (2000..2200).contains(&y))
    })?;
    of_text(head.get(year.0..)?)
}

/// A time at the beginning of a text, with `-` or `/` between the parts of its date.
fn of_text(text: &str) -> Option<Timestamp> {
    let longest = text.len().min(STAMP);
    let text = text.get(..longest).unwrap_or(text);
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let date = text.get(..10)?.replace('/', "-");
    let time = text.get(11..)?;
    let end = time
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(time.len());
    let clock = time[..end]
        .trim_end_matches(['.', ',', ':'])
        .replace(',', ".");
    let zone = time[end..].trim_start();
    let at: DateTime = format!("{date}T{clock}").parse().ok()?;
    with_offset(at, zone)
}

/// `+0200`, `+02:00`, `Z` and `UTC` are read; another zone's name is taken for UTC.
fn with_offset(at: DateTime, zone: &str) -> Option<Timestamp> {
    let utc: Timestamp = format!("{at}Z").parse().ok()?;
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Some(utc),
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').take(4).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    let by = jiff::SignedDuration::from_secs(sign * (hours * 3600 + minutes * 60));
    utc.checked_sub(by).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_stamp_is_cut_off_and_the_programs_own_stays() {
        const STAMP: &str = "2026-11-23T13:06:16.123456789Z";
        let line = format!("{STAMP} {STAMP} started");
        let (at, rest) = cut_stamp(line.as_bytes());
        assert_eq!(
            (at, rest),
            (Some(STAMP), format!("{STAMP} started").as_bytes())
        );
        assert_eq!(cut_stamp(STAMP.as_bytes()), (Some(STAMP), &b""[..]));
        for bare in ["no stamp", "2026 was", "", "7", "2026-11-23 13:06:16 x"] {
            assert_eq!(
                cut_stamp(bare.as_bytes()),
                (None, bare.as_bytes()),
                "{bare}"
            );
        }
    }

    #[test]
    fn podmans_stamps_with_an_offset_are_read() {
        let (at, rest) = cut_stamp(b"2026-11-23T14:06:16.123456789+01:00 x");
        assert_eq!(
            (at, rest),
            (Some("2026-11-23T14:06:16.123456789+01:00"), &b"x"[..])
        );
    }

    #[test]
    fn every_dialects_clock_is_read() {
        for (line, at) in [
            (
                "2025-07-03 07:49:54.203 UTC [50] ERROR:  x",
                "2025-07-03T07:49:54.203Z",
            ),
            (
                "2025/05/20 15:03:15 [error] 31#31: x",
                "2025-05-20T15:03:15Z",
            ),
            (
                "[2025-05-20 15:03:15 +0200] [7] [ERROR] x",
                "2025-05-20T13:03:15Z",
            ),
            ("2024-10-11 08:47:19 [info     ] x", "2024-10-11T08:47:19Z"),
            ("2025-05-20T15:03:15Z ERR x", "2025-05-20T15:03:15Z"),
            (
                "time=\"2025-05-20T15:03:15-07:00\" level=error",
                "2025-05-20T22:03:15Z",
            ),
        ] {
            assert_eq!(
                of_plain(line).map(|at| at.to_string()).as_deref(),
                Some(at),
                "{line}"
            );
        }
        assert_eq!(of_plain("nothing of 1999 here"), None);
        let float = of_json(&serde_json::json!(1_751_529_000.5)).unwrap();
        assert_eq!(float.to_string(), "2025-07-03T07:50:00.5Z");
    }
}
