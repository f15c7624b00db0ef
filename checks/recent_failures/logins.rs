//! Sign-ins that were refused: of one person, of many, of names that nobody has.

use super::{REFUSED, Scene, from, named};
use crate::{
    check::{Findings, Raised},
    model::{Kind, Reach, Severity, Subject, list_of, times},
    probe::events::FailureRow,
};

/// So many are no typing errors any more.
const SEVERAL: u64 = 3;
/// So many are somebody who will not come in by trying on.
const MANY: u64 = 10;
/// So many people at once have something in common.
const MANY_PEOPLE: usize = 5;
/// So many names that nobody has are guesses.
const GUESSES: u64 = 10;
/// Groups of sign-ins that become findings of their own.
const MOST: usize = 10;
/// People who are named.
const NAMED: usize = 5;

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let mut logins: Vec<&FailureRow> = (scene.failures.iter())
        .filter(|row| row.key.action == "login_failed")
        .collect();
    let shut_out = people_shut_out(&scene.failures);
    let all_at_once = !shut_out.is_empty();
    if all_at_once {
        findings.raise(REFUSED, many_people(scene, &shut_out));
    }
    // Whoever guesses passwords tries many people's; unknown names are one group.
    logins.sort_by_key(|row| (row.key.username.is_some(), std::cmp::Reverse(row.count)));
    for row in logins.into_iter().take(MOST) {
        let raised = match &row.key.username {
            None if row.names >= GUESSES => guessing(scene, row),
            Some(user) if row.count >= MANY || row.count >= SEVERAL && !all_at_once => {
                of_one(scene, user, row)
            }
            _ => continue,
        };
        findings.raise(REFUSED, raised);
    }
    findings
}

/// People who were refused and have not signed in since, where they are so many that they have
/// something in common; else nobody.
pub(in super::super) fn people_shut_out(failures: &[FailureRow]) -> Vec<&FailureRow> {
    let is_shut_out =
        |row: &&FailureRow| row.key.username.is_some() && row.signed_in_since == Some(false);
    let people: Vec<&FailureRow> = failures.iter().filter(is_shut_out).collect();
    if people.len() >= MANY_PEOPLE {
        people
    } else {
        Vec::new()
    }
}

fn of_one(scene: &Scene<'_>, user: &str, row: &FailureRow) -> Raised {
    let since_then = match row.signed_in_since {
        Some(true) => ", who has signed in since",
        Some(false) => ", who has not signed in since",
        None => "",
    };
    let over = row.signed_in_since == Some(true);
    let severity = match row.count {
        MANY.. if !over => Severity::Warning,
        _ => Severity::Info,
    };
    let subject = Subject::new(Kind::Person, user);
    scene
        .raised("recent-failures/sign-ins", subject, row)
        .weighing(severity, Reach::Nobody)
        .with("user", user)
        .with("since_then", since_then)
        .with("from", from(row))
}

fn many_people(scene: &Scene<'_>, rows: &[&FailureRow]) -> Raised {
    let first = rows.iter().map(|row| row.first).min();
    let last = rows.iter().map(|row| row.last).max();
    let count = rows.iter().map(|row| row.count).sum();
    let mut people: Vec<String> = (rows.iter().take(NAMED))
        .filter_map(|row| row.key.username.clone())
        .collect();
    if rows.len() > NAMED {
        people.push(format!("{} more", rows.len() - NAMED));
    }
    let subject = Subject::new(Kind::Instance, &scene.base.url);
    Raised::new("recent-failures/many-people", subject)
        .since(first.map(|first| first.to_string()))
        .with("number", rows.len() as u64)
        .with("people", list_of(&people))
        .with("seen", times(count, first, last, scene.now))
        .cites(scene.events.cite.clone())
}

fn guessing(scene: &Scene<'_>, row: &FailureRow) -> Raised {
    let subject = Subject::new(Kind::Instance, &scene.base.url);
    scene
        .raised("recent-failures/guessing", subject, row)
        .with("number", row.names)
        .with("people", list_of(&named(row)))
        .with("from", from(row))
}
