//! Why authentik refuses the token: one answer for four faults, told apart by the database.

use jiff::Timestamp;

use super::Scene;
use crate::{
    check::Raised,
    evidence::Unknown,
    facts,
    model::{ago, clock},
    probe::{
        ProbeError,
        own_token::{OwnTokenFacts, TokenRow},
    },
};

/// authentik's words for a token that is wrong, has expired, is of another intent, or is an inactive
/// user's (measured.md).
const WORDS: &str = "Token invalid/expired";

/// Whether it was the token that authentik refused, and not a proxy that kept it back.
pub(super) fn is_of_the_token(why: &Unknown) -> bool {
    matches!(&why.error, ProbeError::NotAllowed { detail, .. } if detail.starts_with(WORDS))
}

pub(super) async fn raised(scene: &Scene<'_>) -> Raised {
    let raised = scene.raised("access-token/refused").cites(scene.me());
    let now = scene.seen.started();
    let told = match facts::own_token(scene.stack, scene.seen).await {
        Ok(told) => told,
        Err(_) => {
            return raised.with(
                "because",
                "\"Token invalid/expired\": it is wrong, has expired, is of another intent, or \
                 belongs to an inactive user; which of them only the database tells",
            );
        }
    };
    let cause = cause(&told, now);
    let raised = raised.with("because", cause);
    let Some(row) = &told.row else { return raised };
    let mut raised = raised
        .with("identifier", row.identifier.clone())
        .with("pk", row.pk.clone());
    if row.intent == "api" && row.is_active {
        let expired = ended(row, now).map(|until| until.to_string());
        raised = raised.with_some("expired", expired);
    }
    raised
}

fn cause(told: &OwnTokenFacts, now: Timestamp) -> String {
    let Some(row) = &told.row else {
        let renewed = told.renewed.as_deref().and_then(|at| at.parse().ok());
        let last = renewed.map_or_else(String::new, |at| format!(", last {} ago", ago(now, at)));
        return format!(
            "no token in authentik's database has this key: it is another authentik's, was \
             deleted, or has expired, since authentik gives such a token a new key{last}"
        );
    };
    let TokenRow {
        identifier,
        username,
        ..
    } = row;
    if row.intent != "api" {
        let intent = &row.intent;
        return format!("token {identifier} has the intent {intent}, and the API takes only api");
    }
    if !row.is_active {
        return format!("{username}, the user of token {identifier}, is inactive");
    }
    match ended(row, now) {
        Some(until) => {
            let until = clock(until, now);
            format!("token {identifier} of {username} expired on {until}")
        }
        None => format!(
            "token {identifier} of {username} is valid in the database on this machine, so another \
             authentik may answer here"
        ),
    }
}

/// When it expired, if it did.
fn ended(row: &TokenRow, now: Timestamp) -> Option<Timestamp> {
    let until: Timestamp = row.expires.as_deref()?.parse().ok()?;
    (until <= now).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(intent: &str, is_active: bool, expires: Option<&str>) -> OwnTokenFacts {
        OwnTokenFacts {
            row: Some(TokenRow {
                pk: "1".into(),
                identifier: "t".into(),
                intent: intent.into(),
                expires: expires.map(str::to_owned),
                username: "anna".into(),
                is_active,
            }),
            renewed: None,
        }
    }

    #[test]
    fn each_cause_has_words_of_its_own() {
        let now = "2026-11-28T10:00:00Z".parse().unwrap();
        let past = Some("2026-11-27T10:00:00+00:00");
        let says = |told: &OwnTokenFacts, word: &str| {
            let text = cause(told, now);
            assert!(text.contains(word), "{text}");
        };
        says(&row("app_password", true, None), "intent app_password");
        says(&row("api", false, past), "inactive");
        says(&row("api", true, past), "expired on 2026-11-27 10:00 UTC");
        says(&row("api", true, None), "another authentik");
        let renewed = |at: Option<&str>| OwnTokenFacts {
            row: None,
            renewed: at.map(str::to_owned),
        };
        says(&renewed(None), "a new key");
        says(&renewed(Some("2026-11-28T08:00:00Z")), "last 2 hours ago");
    }
}
