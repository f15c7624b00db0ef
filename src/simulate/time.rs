//! Times relative to the run: a scenario says "12 minutes ago", and what was recorded on one day
//! is told as if it had happened just now.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, civil::DateTime};
use serde::Deserialize;

/// A stretch of time as people write it ("12 minutes ago", "3 days ago"; without "ago" it lies
/// ahead).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Ago(SignedDuration);

impl TryFrom<String> for Ago {
    type Error = jiff::Error;

    fn try_from(text: String) -> Result<Self, jiff::Error> {
        let span: Span = text.parse()?;
        Ok(Self(span.to_duration(SpanRelativeTo::days_are_24_hours())?))
    }
}

impl Ago {
    /// So many days ahead, or back.
    pub(super) const fn days(days: i64) -> Self {
        Self(SignedDuration::from_hours(24 * days))
    }

    /// The moment that lies this far from `now`.
    pub(super) fn from(self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.0).unwrap_or(now)
    }

    /// Whole seconds since, never negative.
    pub(super) fn seconds(self) -> u64 {
        u64::try_from(-self.0.as_secs()).unwrap_or(0)
    }
}

/// The value of a `Date` header (RFC 9110 section 5.6.7).
pub(super) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads the value of a `Date` header.
pub(super) fn read_http_date(text: &str) -> Option<DateTime> {
    DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text).ok()
}

/// The text with every time in it (`2026-11-23T11:12:12`, with whatever fraction and zone follow)
/// moved as far as `recorded` lies from `now`.
pub(super) fn moved(text: &str, recorded: DateTime, now: Timestamp) -> String {
    let Some(by) = utc(recorded).map(|then| now.duration_since(then)) else {
        return text.to_owned();
    };
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, then, after)) = next_time(rest) {
        out.push_str(before);
        let separator = rest.as_bytes()[before.len() + 10];
        let moved = then.checked_add(by).unwrap_or(then);
        let form = if separator == b'T' {
            "%Y-%m-%dT%H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        out.push_str(&moved.strftime(form).to_string());
        rest = after;
    }
    out + rest
}

/// The moment that a date and time in UTC is.
fn utc(at: DateTime) -> Option<Timestamp> {
    format!("{at}Z").parse().ok()
}

/// The last time in a text.
pub(super) fn last_time(text: &str) -> Option<DateTime> {
    let (mut last, mut rest) = (None, text);
    while let Some((_, then, after)) = next_time(rest) {
        (last, rest) = (Some(then), after);
    }
    last
}

/// The first time in a text, which is told in UTC.
pub(super) fn first_time(text: &str) -> Option<Timestamp> {
    utc(next_time(text)?.1)
}

/// What stands before the first time, the time to the second, and what follows.
fn next_time(text: &str) -> Option<(&str, DateTime, &str)> {
    /// How long `2026-11-23T11:12:12` is.
    const LENGTH: usize = 19;
    text.match_indices("20").find_map(|(start, _)| {
        let candidate = text.get(start..start + LENGTH)?;
        let separator = candidate.as_bytes()[10];
        if separator != b'T' && separator != b' ' {
            return None;
        }
        let then = candidate.parse().ok()?;
        Some((&text[..start], then, &text[start + LENGTH..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_times_are_told_as_if_they_were_now() {
        let now: Timestamp = "2027-01-01T00:00:10Z".parse().unwrap();
        let recorded = read_http_date("Mon, 23 Nov 2026 11:12:10 GMT").unwrap();
        let text = r#"{"a":"2026-11-23T11:12:12.857666Z","b":"2026-11-22 11:12:10","c":2026}"#;
        assert_eq!(
            moved(text, recorded, now),
            r#"{"a":"2027-01-01T00:00:12.857666Z","b":"2026-12-31 00:00:10","c":2026}"#
        );
    }

    #[test]
    fn people_may_write_days() {
        let ago = Ago::try_from("3 days ago".to_owned()).unwrap();
        assert_eq!(ago.seconds(), 3 * 24 * 3600);
        let now: Timestamp = "2027-01-04T00:00:00Z".parse().unwrap();
        assert_eq!(ago.from(now).to_string(), "2027-01-01T00:00:00Z");
        assert!(Ago::try_from("sometime".to_owned()).is_err());
    }

    #[test]
    fn a_date_header_is_read_as_it_is_written() {
        let now: Timestamp = "2027-01-01T00:00:10Z".parse().unwrap();
        let read = read_http_date(&http_date(now)).unwrap();
        assert_eq!(read.to_string(), "2027-01-01T00:00:10");
    }
}
