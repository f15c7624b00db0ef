//! How often and when, as people say it.

use jiff::{Timestamp, tz::TimeZone};

use crate::model::ago;

/// "14 times since 10:02 UTC, last 40 seconds ago".
pub(super) fn seen(
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
pub(super) fn clock(at: Timestamp, now: Timestamp) -> String {
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
            seen(14, first, last, now),
            "14 times since 10:02 UTC, last 40 seconds ago"
        );
        assert_eq!(seen(1, last, last, now), "once, 40 seconds ago");
        assert_eq!(seen(3, None, None, now), "3 times");
        assert_eq!(
            clock(at("2026-11-22T10:02:10Z"), now),
            "2026-11-22 10:02 UTC"
        );
    }
}
