//! How often and when, as people say it.

use jiff::{Timestamp, tz::TimeZone};

/// A span of time in words, for "since 12 minutes".
pub fn ago(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(at.as_second()).max(0);
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds / 60, "minute"),
        7200..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// "14 times since 10:02 UTC, last 40 seconds ago".
pub fn times(
    count: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    now: Timestamp,
) -> String {
    let last_ago = last.map(|last| format!("{} ago", ago(now, last)));
    match (count, first, last_ago) {
        (1, _, Some(ago)) => format!("once, {ago}"),
        (1, _, None) => "once".into(),
        (count, Some(first), Some(ago)) => {
            format!("{count} times since {}, last {ago}", clock(first, now))
        }
        (count, ..) => format!("{count} times"),
    }
}

/// The time of day, with the day where it is not today.
pub fn clock(at: Timestamp, now: Timestamp) -> String {
    let day = |at| TimeZone::UTC.to_datetime(at).date();
    let form = if day(at) == day(now) {
        "%H:%M UTC"
    } else {
        "%Y-%m-%d %H:%M UTC"
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_and_when() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-23T10:14:30Z");
        let first = Some(at("2026-11-23T10:02:10Z"));
        let last = Some(at("2026-11-23T10:13:50Z"));
        assert_eq!(
            times(14, first, last, now),
            "14 times since 10:02 UTC, last 40 seconds ago"
        );
        assert_eq!(times(1, last, last, now), "once, 40 seconds ago");
        assert_eq!(times(3, None, None, now), "3 times");
        assert_eq!(
            clock(at("2026-11-22T10:02:10Z"), now),
            "2026-11-22 10:02 UTC"
        );
    }
}
