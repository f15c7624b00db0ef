//! `akdoctor why`: everything that keeps one person from signing in, in the order to mend it.

mod apps;
mod factor;
mod judge;
mod tell;

use std::convert::Infallible;

use crate::{
    check::{Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, Base, Person},
    model::{
        Account, Can, Failure, Finding, History, Opened, Unseen, Version, WHY_SCHEMA_VERSION, Why,
    },
    probe::person::{EventRow, FoundRow},
    stack::Stack,
    words::{Words, WordsError},
};

use super::{Ending, Options, Run, SelectError, compose, library, target, workshop};

/// The words of what is told here alone.
const WORDS: &str = include_str!("why.toml");
/// The check whose words are told here too.
const USERS: &str = "users";
/// Failures that are told one by one.
const MOST_FAILURES: usize = 3;

/// What is judged by.
struct Scene<'a> {
    base: &'a Base,
    person: &'a Person,
    version: Option<&'a Version>,
    /// The running container of authentik's server, where there is one on this engine.
    server: Option<String>,
    /// As it was asked.
    asked: &'a str,
}

/// What was seen of one person.
#[derive(Default)]
struct Judged {
    raised: Vec<Raised>,
    unseen: Vec<Unseen>,
    notes: Vec<String>,
}

impl Judged {
    fn unseen(&mut self, what: &str, why: &Unknown) {
        self.unseen.push(Unseen {
            of_app: false,
            what: what.to_owned(),
            why: why.to_string(),
        });
    }
}

/// Finds out about one person, by user name, e-mail address or primary key, and about one
/// application, by slug or name, or each.
///
/// # Errors
/// When no application is called so.
pub async fn why(
    stack: &Stack,
    seen: &Evidence,
    options: &Options,
    asked: &str,
    app: Option<&str>,
) -> Result<Why, SelectError> {
    let watch = async {
        tokio::time::sleep(options.deadline).await;
        seen.close();
        // Closing lets whoever waits end by itself, with what was seen.
        std::future::pending::<Infallible>().await
    };
    let work = look(stack, seen, options, asked, app);
    tokio::select! {
        why = work => why,
        never = watch => match never {},
    }
}

async fn look(
    stack: &Stack,
    seen: &Evidence,
    options: &Options,
    asked: &str,
    app: Option<&str>,
) -> Result<Why, SelectError> {
    let base = facts::base(stack, seen).await;
    let person = facts::person(stack, seen, &base, asked).await;
    let doors = facts::doors(stack, seen, &base, app).await;
    let doors = apps::asked_for(stack, doors, app)?;
    let shop = workshop::workshop(stack, seen, &base, options.simulated.is_some()).await;
    let mut why = Why {
        schema_version: WHY_SCHEMA_VERSION,
        akdoctor: env!("CARGO_PKG_VERSION").into(),
        started: seen.started().to_string(),
        target: target(stack, seen, &base, &shop, options).await,
        asked: asked.to_owned(),
        account: None,
        signs_in: Can::Unknown,
        findings: Vec::new(),
        apps: Vec::new(),
        one_app: app.is_some(),
        unseen: Vec::new(),
        notes: Vec::new(),
        history: None,
        tell: String::new(),
    };
    let person = match person {
        Ok(person) => person,
        Err(unknown) => {
            why.unseen.push(Unseen {
                of_app: false,
                what: format!("whether there is an account {asked}"),
                why: unknown.to_string(),
            });
            why.tell = tell::sentence(&why);
            return Ok(why);
        }
    };
    let server = shop.server.clone().filter(|_| !shop.elsewhere);
    let scene = Scene {
        base: &base,
        person: &person,
        version: shop.version.as_ref(),
        server,
        asked,
    };
    let since = stack.since(seen.started()).to_string();
    let mut judged = judge::judge(&scene, &since);
    if let [one] = &*person.found {
        let looks = apps::Looks {
            scene: &scene,
            doors: &doors,
            row: &one.row,
        };
        why.apps = looks.judge(stack, seen, &mut judged).await;
    }
    why.findings = worded(&judged.raised, &shop, &base)?;
    (why.unseen, why.notes) = (judged.unseen, judged.notes);
    if let [one] = &*person.found {
        why.account = Some(account(one));
        why.history = person
            .events
            .as_ref()
            .ok()
            .map(|rows| history(rows, &since));
    }
    why.signs_in = answer(&why);
    why.tell = tell::sentence(&why);
    Ok(why)
}

/// The findings in words, in the order in which they were raised: that of the mends.
fn worded(
    raised: &[Raised],
    shop: &crate::fix::Workshop,
    base: &Base,
) -> Result<Vec<Finding>, WordsError> {
    let users = library()?.into_iter().map(|(_, words)| words);
    let users = users.filter(|words| words.id == USERS);
    let run = |words: Words| {
        let own = raised.iter().filter(|it| words.finding(it.code).is_some());
        let judged = Findings {
            points: Vec::new(),
            raised: own.cloned().collect(),
        };
        Run {
            words,
            ending: Ending::Judged(judged),
            milliseconds: 0,
        }
    };
    let runs: Vec<Run> = users.chain([Words::own(WORDS)?]).map(run).collect();
    let (mut findings, _) = compose::findings(&runs, shop, base);
    findings.sort_by_key(|finding| raised.iter().position(|it| it.code == finding.code));
    Ok(findings)
}

/// Nothing that keeps them out, and nothing unseen that could: only then they can.
fn answer(why: &Why) -> Can {
    let barriers = || why.signs_in_barriers();
    let certain = barriers().any(|finding| finding.certain);
    let seen = why.unseen.iter().all(|it| it.of_app);
    match (certain, barriers().next(), seen) {
        (true, ..) => Can::No,
        (false, None, true) if why.account.is_some() => Can::Yes,
        _ => Can::Unknown,
    }
}

fn account(found: &FoundRow) -> Account {
    let row = &found.row;
    Account {
        pk: row.pk,
        username: row.username.clone(),
        email: row.email.clone(),
        kind: row.kind.clone(),
        groups: row.groups.clone(),
        last_login: row.last_login.clone(),
    }
}

fn history(rows: &[EventRow], since: &str) -> History {
    let failed: Vec<&EventRow> = rows
        .iter()
        .filter(|row| row.action == "login_failed" && judge::is_later(&row.at, since))
        .collect();
    let last = failed.iter().take(MOST_FAILURES).map(|row| Failure {
        at: row.at.clone(),
        ip: row.ip.clone(),
        stage: row.stage.clone(),
    });
    let mut opened: Vec<Opened> = Vec::new();
    for row in rows {
        let Some(app) = &row.app else { continue };
        if opened.iter().all(|known| known.app != *app) {
            opened.push(Opened {
                app: app.clone(),
                at: row.at.clone(),
            });
        }
    }
    History {
        failures: failed.len() as u64,
        last_failures: last.collect(),
        opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_can_be_read_and_every_code_has_a_sentence() {
        let words = Words::parse(WORDS).unwrap();
        for finding in &words.findings {
            assert!(tell::has(&finding.code), "{}", finding.code);
        }
    }

    #[test]
    fn an_app_is_told_once_with_its_last_time() {
        let row = |action: &str, app: Option<&str>, at: &str| EventRow {
            action: action.into(),
            app: app.map(str::to_owned),
            at: at.into(),
            ..EventRow::default()
        };
        let rows = [
            row(
                "authorize_application",
                Some("Gitea"),
                "2026-11-24T10:00:00Z",
            ),
            row("login_failed", None, "2026-11-24T09:00:00Z"),
            row("login_failed", None, "2026-11-01T09:00:00Z"),
            row(
                "authorize_application",
                Some("Gitea"),
                "2026-11-24T08:00:00Z",
            ),
        ];
        let told = history(&rows, "2026-11-24T00:00:00Z");
        assert_eq!((told.failures, told.opened.len()), (1, 1));
        assert_eq!(told.opened[0].at, "2026-11-24T10:00:00Z");
    }
}
