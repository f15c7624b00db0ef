//! `--since`: how far back, or from when on.

use jiff::{SignedDuration, Timestamp};

/// Reads how far back from now (`30m`, `6h`, `2d`) or a point in time (RFC 3339).
pub(super) fn parse(text: &str) -> Result<Timestamp, String> {
    before(text, Timestamp::now())
}

fn before(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let wrong = || "neither a time span such as 30m, 6h or 2d nor a time such as 2026-11-24T08:00Z";
    let at = match text.parse::<Timestamp>() {
        Ok(at) => at,
        Err(_) => {
            let back = span(text).ok_or_else(wrong)?;
            now.checked_sub(back).map_err(|_| wrong())?
        }
    };
    if at > now {
        return Err("that lies in the future".into());
    }
    Ok(at)
}

/// A time span; days are 24 hours long, which is no matter for "how far back".
fn span(text: &str) -> Option<SignedDuration> {
    if let Some(days) = text.trim().strip_suffix('d') {
        let days: i64 = days.trim().parse().ok()?;
        return (days > 0).then_some(SignedDuration::from_hours(days.checked_mul(24)?));
    }
    let back: SignedDuration = text.parse().ok()?;
    back.is_positive().then_some(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<String, String> {
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        before(text, now).map(|at| at.to_string())
    }

    #[test]
    fn spans_and_times() {
        for (text, wanted) in [
            ("30m", "2026-11-24T11:30:00Z"),
            ("6h", "2026-11-24T06:00:00Z"),
            ("2d", "2026-11-22T12:00:00Z"),
            ("2026-11-24T08:00:00Z", "2026-11-24T08:00:00Z"),
            ("2026-11-24T08:00:00+02:00", "2026-11-24T06:00:00Z"),
        ] {
            assert_eq!(at(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "0m",
            "-1h",
            "-2d",
            "yesterday",
            "5",
            "99999999999d",
            "2027-01-01T00:00:00Z",
        ] {
            assert!(at(text).is_err(), "{text}");
        }
    }
}
