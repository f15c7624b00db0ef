//! The token that akdoctor itself was given: whether authentik takes it, until when, what it may not
//! read, and whether it may do too much.
//!
//! When it expires is asked of `psql` first: the API lists a user's tokens and does not say which of
//! them is the one that asks.

mod expiry;
mod limits;
mod refused;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, Base, Condition},
    model::{Kind, Subject},
    probe::authentik_api::TokenUser,
    stack::{Stack, TokenAccess},
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const ACCEPTED: &str = "the API token is accepted";
const NO_MORE: &str = "the API token may not do more than it must";

/// What every part of this check judges by.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    /// What gave the token: "AKDOCTOR_TOKEN", "file /…".
    from: &'a str,
}

impl Scene<'_> {
    fn subject(&self) -> Subject {
        Subject::new(Kind::Token, &self.base.url)
    }

    fn raised(&self, code: &'static str) -> Raised {
        Raised::new(code, self.subject()).with("from", self.from)
    }

    /// The question whose token it is.
    fn me(&self) -> String {
        format!("api GET {}/api/v3/core/users/me/", self.base.url)
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let mut findings = Findings::new();
    let from = match &stack.access.token {
        TokenAccess::Given { from } => from,
        TokenAccess::None => return Ok(findings),
        TokenAccess::Withheld { why } => {
            let subject = Subject::new(Kind::Token, &base.url);
            findings.skipped(ACCEPTED, subject, why.clone());
            return Ok(findings);
        }
    };
    // Not ready, authentik refuses every token and every other question.
    if facts::condition(seen, &base).await.condition != Condition::Ready {
        return Ok(findings);
    }
    let scene = Scene {
        stack,
        seen,
        base,
        from,
    };
    match facts::rights(stack, seen, &scene.base.url).await {
        Ok(user) => {
            let me = scene.me();
            findings.passed(ACCEPTED, scene.subject(), std::slice::from_ref(&me));
            let (expiry, limits) =
                futures::join!(expiry::judge(&scene, &user), limits::judge(&scene, &user));
            findings.merge(expiry);
            findings.merge(limits);
            findings.merge(power(&scene, &user, &me));
        }
        Err(why) if refused::is_of_the_token(&why) => {
            findings.raise(ACCEPTED, refused::raised(&scene).await);
        }
        Err(why) => findings.unknown(ACCEPTED, scene.subject(), &why),
    }
    Ok(findings)
}

/// A superuser's token that lies in a file. What a variable gave may have been given for one run,
/// and lets akdoctor offer mends by the API.
fn power(scene: &Scene<'_>, user: &TokenUser, me: &str) -> Findings {
    let mut findings = Findings::new();
    if user.is_superuser && scene.from.starts_with("file ") {
        let raised = scene.raised("access-token/superuser");
        let raised = raised.with("user", user.username.clone()).cites(me);
        findings.raise(NO_MORE, raised);
    } else {
        findings.passed(NO_MORE, scene.subject(), &[me.to_owned()]);
    }
    findings
}
