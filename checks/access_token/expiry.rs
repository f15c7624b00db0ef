//! Until when the token is good.

use jiff::{SignedDuration, Timestamp};

use super::Scene;
use crate::{
    check::Findings,
    facts,
    model::{Reach, Severity, ago},
    probe::{
        Probe as _,
        authentik_api::{AskTokens, ListedToken, TokenUser},
    },
};

const LASTS: &str = "the API token does not expire soon";

/// How long before its end it is told of, and from when on as a warning.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
const VERY_SOON: SignedDuration = SignedDuration::from_hours(3 * 24);

pub(super) async fn judge(scene: &Scene<'_>, user: &TokenUser) -> Findings {
    let mut findings = Findings::new();
    if let Ok(told) = facts::own_token(scene.stack, scene.seen).await
        && let Some(row) = &told.row
    {
        let token = ListedToken {
            pk: row.pk.clone(),
            identifier: row.identifier.clone(),
            expires: row.expires.clone(),
        };
        one(scene, user, &token, "psql", &mut findings);
        return findings;
    }
    let ask = AskTokens {
        base: scene.base.url.clone(),
        username: user.username.clone(),
    };
    let cite = ask.key();
    match scene.seen.ask(ask).await {
        Ok(tokens) => match tokens.as_slice() {
            [only] => one(scene, user, only, &cite, &mut findings),
            [] => findings.skipped(LASTS, scene.subject(), NOT_LISTED),
            several => any(scene, several, cite, &mut findings),
        },
        Err(why) => findings.unknown(LASTS, scene.subject(), &why),
    }
    findings
}

/// An access token of OAuth is taken too, and is no row of this list.
const NOT_LISTED: &str = "authentik lists no API token of its user";

fn one(scene: &Scene<'_>, user: &TokenUser, token: &ListedToken, cite: &str, to: &mut Findings) {
    let now = scene.seen.started();
    let Some((until, severity)) = ends(token, now) else {
        to.passed(LASTS, scene.subject(), &[cite.to_owned()]);
        return;
    };
    let raised = scene
        .raised("access-token/expires")
        .with("user", user.username.clone())
        .with("identifier", token.identifier.clone())
        .with("pk", token.pk.clone())
        .with("until", until.to_string())
        .with("left", ago(until, now))
        .weighing(severity, Reach::Nobody)
        .cites(cite);
    to.raise(LASTS, raised);
}

/// Of several nobody says which one asks.
fn any(scene: &Scene<'_>, tokens: &[ListedToken], cite: String, to: &mut Findings) {
    let now = scene.seen.started();
    match tokens.iter().find(|token| ends(token, now).is_some()) {
        None => to.passed(LASTS, scene.subject(), &[cite]),
        Some(token) => to.skipped(
            LASTS,
            scene.subject(),
            format!(
                "its user has {} API tokens, of which {} expires soon; which of them it is only the \
                 database tells",
                tokens.len(),
                token.identifier
            ),
        ),
    }
}

/// When a token ends, where that is soon, and how much it matters. One that has ended is another
/// than the one that authentik just took.
fn ends(token: &ListedToken, now: Timestamp) -> Option<(Timestamp, Severity)> {
    let until: Timestamp = token.expires.as_deref()?.parse().ok()?;
    match until.duration_since(now) {
        left if left.is_negative() || left > SOON => None,
        left if left > VERY_SOON => Some((until, Severity::Info)),
        _ => Some((until, Severity::Warning)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_near_from_two_weeks_before() {
        let now: Timestamp = "2026-11-28T10:00:00Z".parse().unwrap();
        let judged = |expires: Option<&str>| {
            let token = ListedToken {
                pk: String::new(),
                identifier: String::new(),
                expires: expires.map(str::to_owned),
            };
            ends(&token, now).map(|(_, severity)| severity)
        };
        assert_eq!(judged(None), None);
        assert_eq!(judged(Some("2026-11-27T10:00:00Z")), None, "not this one");
        assert_eq!(judged(Some("2026-12-28T10:00:00Z")), None);
        let soon = judged(Some("2026-12-08T10:00:00+00:00"));
        assert_eq!(soon, Some(Severity::Info));
        let tomorrow = judged(Some("2026-11-29T10:00:00.5Z"));
        assert_eq!(tomorrow, Some(Severity::Warning));
    }
}
