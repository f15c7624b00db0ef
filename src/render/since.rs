//! A point in time as people say it: the clock, and how long ago.

use jiff::{Timestamp, tz::TimeZone};

/// "2026-11-23 10:02 UTC, 12 minutes ago"; the day is left out when it is the run's. Something
/// that is no time is handed back as it is.
pub(super) fn since(since: &str, started: &str) -> String {
    let (Ok(then), Ok(now)) = (since.parse::<Timestamp>(), started.parse::<Timestamp>()) else {
        return since.to_owned();
    };
    let same_day = day(then) == day(now);
    let clock = then.strftime(if same_day {
        "%H:%M UTC"
    } else {
        "%Y-%m-%d %H:%M UTC"
    });
    match ago(now.as_second() - then.as_second()) {
        Some(ago) => format!("{clock}, {ago}"),
        None => clock.to_string(),
    }
}

fn day(at: Timestamp) -> jiff::civil::Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// `None` for the future: two clocks differ, and how much is not ours to say here.
fn ago(seconds: i64) -> Option<String> {
    let count = |n: i64, what: &str| Some(format!("{} ago", counted(n.unsigned_abs(), what)));
    match seconds {
        ..0 => None,
        0..120 => count(seconds, "second"),
        120..7_200 => count(seconds / 60, "minute"),
        7_200..172_800 => count(seconds / 3_600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// "1 minute", "2 minutes".
pub(super) fn counted(n: u64, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T10:14:30Z";

    #[test]
    fn the_clock_and_how_long_ago() {
        for (then, said) in [
            ("2026-11-23T10:02:10Z", "10:02 UTC, 12 minutes ago"),
            ("2026-11-23T10:14:29.4Z", "10:14 UTC, 1 second ago"),
            ("2026-11-23T09:02:10+01:00", "08:02 UTC, 2 hours ago"),
            ("2026-11-20T10:02:10Z", "2026-11-20 10:02 UTC, 3 days ago"),
            ("2026-11-23T10:20:00Z", "10:20 UTC"),
            ("some time", "some time"),
        ] {
            assert_eq!(since(then, NOW), said);
        }
    }
}
