//! The people of the stack have accounts that can sign in: those whom akdoctor.toml expects, those
//! who administer authentik, and those who tried and could not. Former colleagues who are inactive
//! and stay away are nobody's business.

mod admins;
mod attempts;
mod expected;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, Base, People},
    model::{Kind, Subject, Version, list_of},
    probe::people::SharedEmail,
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    people: People,
    version: Option<Version>,
    /// The running container of authentik's server, where there is one on this engine.
    server: Option<String>,
}

impl Scene<'_> {
    /// A fault of somebody.
    fn raised(&self, code: &'static str, username: &str) -> Raised {
        Raised::new(code, person(username))
            .with("user", username)
            .with_some("server", self.server.clone())
            .cites(self.people.cite.clone())
    }

    fn cites(&self) -> &[String] {
        std::slice::from_ref(&self.people.cite)
    }
}

/// Somebody as a subject.
fn person(username: &str) -> Subject {
    Subject::new(Kind::Person, username)
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (people, version, containers) = futures::join!(
        facts::people(stack, seen, &base),
        facts::version(stack, seen, &base),
        facts::containers(stack, seen)
    );
    let people = match people {
        Ok(people) => people,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let subject = Subject::new(Kind::Instance, &base.url);
            findings.skipped("its people", subject, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let servers = containers
        .map(|found| found.roles.server)
        .unwrap_or_default();
    let scene = Scene {
        stack,
        seen,
        base,
        people,
        version,
        server: servers
            .iter()
            .find(|server| server.state.status.is_up())
            .map(|server| server.name.clone()),
    };
    let mut findings = expected::judge(&scene);
    findings.merge(attempts::judge(&scene));
    findings.merge(admins::judge(&scene).await);
    findings.merge(shared_emails(&scene));
    Ok(findings)
}

fn shared_emails(scene: &Scene<'_>) -> Findings {
    let what = "no two people share an e-mail address";
    let subject = || Subject::new(Kind::Instance, &scene.base.url);
    let mut findings = Findings::new();
    match &scene.people.shared_emails {
        Ok(none) if none.is_empty() => findings.passed(what, subject(), scene.cites()),
        Ok(shared) => {
            for one in shared {
                findings.raise(what, shared_email(scene, one));
            }
        }
        Err(why) if why.is_not_configured() => {
            findings.skipped(what, subject(), why.to_string());
        }
        Err(why) => findings.unknown(what, subject(), why),
    }
    findings
}

fn shared_email(scene: &Scene<'_>, shared: &SharedEmail) -> Raised {
    let mut names = shared.usernames.clone();
    let more = shared.count.saturating_sub(names.len() as u64);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    let first = shared.usernames.first().map_or("", String::as_str);
    scene
        .raised("users/shared-email", first)
        .with("people", list_of(&names))
        .with("email", shared.email.clone())
        .with("count", shared.count)
}
