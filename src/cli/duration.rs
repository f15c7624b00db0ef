//! Times on the command line: `5`, `500ms`, `2s`, `1m`.

use std::time::Duration;

use jiff::SignedDuration;

/// Longer makes no sense for a run and would overflow clocks further in.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a time; a bare number is in seconds.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || "not a time such as 5, 500ms, 2s or 1m".to_owned();
    let time = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let signed: SignedDuration = text.parse().map_err(|_| wrong())?;
            Duration::try_from(signed).map_err(|_| wrong())?
        }
    };
    if time.is_zero() {
        return Err("a time must be longer than nothing".into());
    }
    if time > LONGEST {
        return Err("a time may be 24 hours at most".into());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit() {
        for (text, millis) in [
            ("5", 5_000),
            ("500ms", 500),
            ("2s", 2_000),
            ("1m", 60_000),
            ("1m 30s", 90_000),
            ("1.5s", 1_500),
            ("24h", 86_400_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "0",
            "0s",
            "-1",
            "-2s",
            "soon",
            "5 apples",
            "25h",
            "99999999999999999999",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
