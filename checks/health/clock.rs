//! The clock of authentik's machine against this one's, by the `Date` header.

use jiff::Timestamp;

use super::Scene;
use crate::{
    check::{Findings, Raised},
    model::{Reach, Severity},
};

/// One-time codes change every half minute (RFC 6238 section 4.1).
const BOTHERS_SECONDS: i64 = 30;
/// Beyond this, tokens are refused by the usual relying parties (leeway of at most two minutes:
/// Authlib 120 s, go-oidc none).
const BREAKS_SECONDS: i64 = 120;

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let what = "the clock agrees with this machine's";
    let (Some(answer), true) = (&scene.sight.ready, scene.is_ready()) else {
        return findings;
    };
    let cites = [scene.sight.cites[0].clone()];
    let Some(theirs) = answer.headers.get("date").and_then(|date| http_date(date)) else {
        findings.skipped(what, scene.instance(), "its answers carry no Date");
        return findings;
    };
    // The ready endpoint is among the first that a run asks: seconds at most, of thirty.
    let ours = scene.seen.started();
    let skew = theirs.as_second() - ours.as_second();
    if skew.abs() < BOTHERS_SECONDS {
        findings.passed(what, scene.instance(), &cites);
        return findings;
    }
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    let raised = Raised::new("health/clock-skew", scene.instance())
        .with("skew", format!("{} seconds", skew.abs()))
        .with("url", scene.base.url.clone())
        .with(
            "observed",
            format!(
                "authentik is {} seconds {direction} this machine",
                skew.abs()
            ),
        )
        .cites(cites[0].clone());
    let raised = if skew.abs() >= BREAKS_SECONDS {
        raised.weighing(Severity::Error, Reach::Everybody)
    } else {
        raised
    };
    findings.raise(what, raised);
    findings
}

/// An HTTP date in its preferred form (RFC 9110 section 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_form_of_an_http_date_reads() {
        let at = http_date("Mon, 23 Nov 2026 11:12:12 GMT").unwrap();
        assert_eq!(at.to_string(), "2026-11-23T11:12:12Z");
        assert!(http_date("yesterday").is_none());
    }
}
