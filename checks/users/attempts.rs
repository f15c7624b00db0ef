//! People who tried to sign in and cannot.

use jiff::Timestamp;

use super::Scene;
use crate::{
    check::Findings,
    model::{Kind, Subject},
    probe::people::Attempts,
};

const WHAT: &str = "nobody who tried to sign in lately is inactive or without a password";

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::Instance, &scene.base.url);
    let tried = match &scene.people.tried {
        Ok(tried) => tried,
        Err(why) => {
            findings.unknown(WHAT, subject, why);
            return findings;
        }
    };
    // Whoever is expected is told with what is wrong with their account.
    let strangers: Vec<&Attempts> = tried
        .iter()
        .filter(|one| !is_expected(scene, one))
        .collect();
    for one in &strangers {
        let code = match (one.person.is_active, scene.stack.users.is_empty()) {
            (false, true) => "users/inactive",
            (false, false) => "users/inactive-tried",
            (true, true) if !one.person.linked && !one.person.is_service_account() => {
                "users/no-password"
            }
            (true, _) => continue,
        };
        let raised = scene
            .raised(code, &one.person.username)
            .with("pk", one.person.pk)
            .with("tried", words(one));
        findings.raise(WHAT, raised);
    }
    if findings.raised.is_empty() {
        findings.passed(WHAT, subject, scene.cites());
    }
    findings
}

fn is_expected(scene: &Scene<'_>, one: &Attempts) -> bool {
    let mut users = scene.stack.users.iter();
    users.any(|user| user.username == one.person.username)
}

/// What is known of somebody's attempts, to be put behind what was observed.
pub(super) fn tried(scene: &Scene<'_>, username: &str) -> String {
    let tried = scene.people.tried.iter().flatten();
    let mut theirs = tried.filter(|one| one.person.username == username);
    theirs.next().map_or_else(String::new, words)
}

fn words(one: &Attempts) -> String {
    let times = match one.count {
        1 => "1 sign-in".to_owned(),
        more => format!("{more} sign-ins"),
    };
    match one.last.parse::<Timestamp>() {
        Ok(last) => format!(
            "; {times} failed, the last at {}",
            last.strftime("%Y-%m-%d %H:%M UTC")
        ),
        Err(_) => format!("; {times} failed"),
    }
}
