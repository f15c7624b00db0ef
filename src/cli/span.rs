//! Moments on the command line: a time of day, or how long ago.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// This one.
    At(Timestamp),
    /// So long before now.
    Ago(Duration),
}

impl Moment {
    /// The moment, counted from `now`.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

/// Reads `2026-11-23T10:00:00Z`, `90s`, `15m`, `2h` or `3d`.
pub(super) fn parse(text: &str) -> Result<Moment, String> {
    if let Ok(at) = text.parse() {
        return Ok(Moment::At(at));
    }
    let wrong = "not a moment such as 2026-11-23T10:00:00Z, or a time such as 15m, 2h or 3d";
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<u64>().ok());
    if let Some(days) = days {
        return Ok(Moment::Ago(Duration::from_secs(
            days.saturating_mul(86_400),
        )));
    }
    let span: SignedDuration = text.parse().map_err(|_| wrong.to_owned())?;
    let span = Duration::try_from(span).map_err(|_| wrong.to_owned())?;
    Ok(Moment::Ago(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        for (text, at) in [
            ("2h", "2026-11-23T08:00:00Z"),
            ("3d", "2026-11-20T10:00:00Z"),
            ("90s", "2026-11-23T09:58:30Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ] {
            assert_eq!(parse(text).unwrap().before(now).to_string(), at);
        }
        for text in ["", "soon", "-2h", "d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
