//! What keeps one person from signing in to authentik, in the order in which they would meet it.

use jiff::Timestamp;

use super::{Judged, Scene, factor};
use crate::{
    check::Raised,
    evidence::Unknown,
    facts::may_use_pages,
    model::{Kind, Subject, list_of},
    probe::{
        people::PersonRow,
        person::{EventRow, FoundRow, NearRow},
    },
};

/// Names less alike than this are not each other's slip of the keyboard.
const ALIKE: f64 = 0.88;
/// Slips of the keyboard in a name that may be another.
const SLIPS: usize = 2;

impl Scene<'_> {
    /// A fault of somebody.
    pub(super) fn raised(&self, code: &'static str, row: &PersonRow) -> Raised {
        Raised::new(code, Subject::new(Kind::Person, &row.username))
            .with("user", row.username.clone())
            .with("pk", row.pk)
            .with_some("server", self.server.clone())
            .cites(self.person.cite.clone())
    }
}

/// Everything about the person.
pub(super) fn judge(scene: &Scene<'_>, since: &str) -> Judged {
    let mut judged = Judged::default();
    let one = match &*scene.person.found {
        [] => {
            judged.raised.push(unknown_user(scene));
            return judged;
        }
        [one] => one,
        several => {
            judged.raised.push(shared(scene, several));
            return judged;
        }
    };
    let row = &one.row;
    address(scene, row, &mut judged);
    if !row.is_active {
        let failures = failures_since(scene, since);
        let tried = match failures.len() {
            0 => String::new(),
            more => format!("; {} failed", count_of(more)),
        };
        let raised = scene.raised("users/inactive", row).with("tried", tried);
        judged.raised.push(raised);
    }
    password(scene, one, since, &mut judged);
    factor::judge(scene, row, &mut judged);
    reputation(scene, row, &mut judged);
    pages(scene, row, &mut judged);
    judged
}

fn unknown_user(scene: &Scene<'_>) -> Raised {
    let raised = Raised::new("why/unknown-user", Subject::new(Kind::Person, scene.asked))
        .with("user", scene.asked)
        .with_some("server", scene.server.clone())
        .cites(scene.person.cite.clone());
    let raised = match nearest(&scene.person.near, scene.asked) {
        Some((near, how)) => raised
            .with("hint", format!("; it has {}, {how}", near.username))
            .with("found", near.username.clone())
            .with("near", near.username.clone()),
        None => raised.with("hint", "").with("found", "nobody"),
    };
    match scene.person.everybody {
        true => raised,
        // A limited token may be shown a part of the directory, without a word.
        false => raised.inferred(),
    }
}

/// Who is probably meant by a name that does not exist, and why.
fn nearest<'a>(near: &'a [NearRow], wanted: &str) -> Option<(&'a NearRow, &'static str)> {
    let folded = wanted.to_lowercase();
    if let Some(same) = near.iter().find(|it| it.username.to_lowercase() == folded) {
        return Some((same, "in other letters"));
    }
    // Somebody's address at another host, or without one.
    let local = folded.split('@').next().unwrap_or_default();
    let of_address = |it: &&NearRow| {
        let email = it.email.to_lowercase();
        !local.is_empty() && email.split('@').next() == Some(local)
    };
    let alike = |it: &&NearRow| {
        strsim::jaro_winkler(&it.username, wanted) > ALIKE
            && strsim::levenshtein(&it.username, wanted) <= SLIPS
            && !is_another_number(&it.username, wanted)
    };
    let best = near.iter().filter(alike).max_by(|a, b| {
        let likeness = |it: &NearRow| strsim::jaro_winkler(&it.username, wanted);
        likeness(a).total_cmp(&likeness(b))
    });
    match best {
        Some(best) => Some((best, "which is nearly the same")),
        None => near
            .iter()
            .find(of_address)
            .map(|it| (it, "whose address begins so")),
    }
}

/// Numbered accounts are each other's neighbours, not each other's slips.
fn is_another_number(one: &str, other: &str) -> bool {
    let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    letters(one) == letters(other)
}

fn shared(scene: &Scene<'_>, several: &[FoundRow]) -> Raised {
    let names: Vec<&str> = several.iter().map(|one| &*one.row.username).collect();
    Raised::new("why/several", Subject::new(Kind::Person, scene.asked))
        .with("user", scene.asked)
        .with("people", list_of(&names))
        .with("count", several.len())
        .cites(scene.person.cite.clone())
}

/// Whether an address that was asked for can be typed on the sign-in page.
fn address(scene: &Scene<'_>, row: &PersonRow, judged: &mut Judged) {
    let by_address = row.username != scene.asked
        && !row.email.is_empty()
        && row.email.to_lowercase() == scene.asked.to_lowercase();
    let (Ok(flow), true) = (&scene.person.flow, by_address) else {
        return;
    };
    let Ok(stages) = &scene.person.identification else {
        return;
    };
    let mut stages = stages.iter().filter(|stage| stage.flow == *flow);
    let fields = stages.find_map(|stage| stage.user_fields.as_ref());
    let Some(fields) = fields.filter(|fields| !fields.iter().any(|field| field == "email")) else {
        return;
    };
    let raised = scene
        .raised("why/address-not-taken", row)
        .with("user", scene.asked)
        .with("username", row.username.clone())
        .with("flow", flow.clone())
        .with("fields", named(fields));
    judged.raised.push(raised);
}

fn named(fields: &[String]) -> String {
    let words: Vec<&str> = fields
        .iter()
        .map(|field| match &**field {
            "username" => "user names",
            "upn" => "UPNs",
            other => other,
        })
        .collect();
    match words.is_empty() {
        true => "nothing that is typed".to_owned(),
        false => list_of(&words),
    }
}

fn password(scene: &Scene<'_>, one: &FoundRow, since: &str, judged: &mut Judged) {
    let row = &one.row;
    if row.linked {
        judged.notes.push(
            "they come from a source (LDAP, another provider): their password is not authentik's"
                .into(),
        );
        return;
    }
    if row.is_service_account() {
        judged.notes.push(
            "this is a program's account: it signs in with tokens and needs no password".into(),
        );
        return;
    }
    if row.usable == Some(false) {
        let raised = scene.raised("users/no-password", row).with("tried", "");
        judged.raised.push(raised);
        return;
    }
    if row.usable.is_none() {
        judged.unseen(
            "whether they have a password that can be right",
            &Unknown::not_configured(
                "password",
                "authentik's API does not tell; its database and ak shell do",
            ),
        );
    }
    expiry(scene, one, judged);
    wrong(scene, row, since, judged);
}

fn expiry(scene: &Scene<'_>, one: &FoundRow, judged: &mut Judged) {
    let what = "whether their password has expired";
    let policies = match &scene.person.expiries {
        Ok(policies) => policies,
        Err(why) => return judged.unseen(what, why),
    };
    let Some(strictest) = policies.iter().min_by_key(|policy| policy.days) else {
        return;
    };
    let set: Option<Timestamp> = one.set_at.as_ref().and_then(|at| at.parse().ok());
    let Some(set) = set else {
        let why = Unknown::not_configured("password", "when it was set was not told");
        return judged.unseen(what, &why);
    };
    let age = Timestamp::now().duration_since(set).as_hours() / 24;
    if age >= strictest.days {
        let raised = scene
            .raised("why/password-expired", &one.row)
            .with("age", age)
            .with("policy", strictest.name.clone())
            .with("days", strictest.days);
        judged.raised.push(raised);
    }
}

/// Where nothing else is wrong, attempts that ended at the password since the last sign-in that
/// went well are wrong passwords.
fn wrong(scene: &Scene<'_>, row: &PersonRow, since: &str, judged: &mut Judged) {
    let barred = judged
        .raised
        .iter()
        .any(|it| it.code != "why/address-not-taken");
    let last_login = row.last_login.as_deref().unwrap_or(since);
    let failures: Vec<&EventRow> = failures_since(scene, since)
        .into_iter()
        .filter(|event| event.stage.as_deref() == Some("passwordstage"))
        .filter(|event| is_later(&event.at, last_login))
        .collect();
    if barred || failures.is_empty() {
        return;
    }
    let raised = scene
        .raised("why/wrong-password", row)
        .with("failures", count_of(failures.len()));
    judged.raised.push(match row.usable {
        Some(true) => raised,
        _ => raised.inferred(),
    });
}

fn failures_since<'a>(scene: &'a Scene<'_>, since: &str) -> Vec<&'a EventRow> {
    let events = scene.person.events.iter().flatten();
    events
        .filter(|event| event.action == "login_failed" && is_later(&event.at, since))
        .collect()
}

fn count_of(failures: usize) -> String {
    match failures {
        1 => "1 sign-in".to_owned(),
        more => format!("{more} sign-ins"),
    }
}

/// Whether one time is later than another; one that cannot be read is.
pub(super) fn is_later(one: &str, other: &str) -> bool {
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one > other,
        _ => true,
    }
}

fn reputation(scene: &Scene<'_>, row: &PersonRow, judged: &mut Judged) {
    let what = "whether their reputation keeps them out";
    let limits = match &scene.person.limits {
        Ok(limits) if limits.is_empty() => return,
        Ok(limits) => limits,
        Err(why) => return judged.unseen(what, why),
    };
    let scores = match &scene.person.scores {
        Ok(scores) => scores,
        Err(why) => return judged.unseen(what, why),
    };
    let score: i64 = scores.iter().map(|score| score.score).sum();
    let flow = scene.person.flow.as_ref().ok();
    for limit in limits {
        let elsewhere = limit.flow.is_some() && flow.is_some() && limit.flow.as_ref() != flow;
        if elsewhere || limit.refuses() == Some(false) {
            continue;
        }
        if limit.by_address {
            let why = Unknown::not_configured(
                "reputation",
                format!(
                    "the policy {} judges by the browser's address too, which is not known here",
                    limit.name
                ),
            );
            judged.unseen(what, &why);
        }
        if !limit.by_name || score > limit.threshold {
            continue;
        }
        let means = match limit.refuses() {
            Some(_) => "",
            None => ", where the policy may be bound to a stage that denies",
        };
        let raised = scene
            .raised("why/reputation", row)
            .with("score", score)
            .with("policy", limit.name.clone())
            .with("threshold", limit.threshold)
            .with("means", means);
        let raised = match &**scores {
            [only] => raised.with_some("score_pk", only.pk.clone()),
            _ => raised,
        };
        judged.raised.push(match (limit.refuses(), flow) {
            (Some(true), Some(_)) => raised,
            _ => raised.inferred(),
        });
        return;
    }
}

fn pages(scene: &Scene<'_>, row: &PersonRow, judged: &mut Judged) {
    let Some(kind) = row.kind.as_deref() else {
        return;
    };
    if !may_use_pages(kind, scene.version) {
        judged.notes.push(format!(
            "an account of type {kind} signs in to apps; authentik's own pages (/if/user/) are \
             closed to it"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(username: &str, email: &str) -> NearRow {
        NearRow {
            username: username.into(),
            email: email.into(),
        }
    }

    #[test]
    fn a_name_in_other_letters_goes_before_a_slip_and_that_before_an_address() {
        let all = [
            near("anne", "x@example.com"),
            near("Anna", ""),
            near("other", "ANNA@example.org"),
        ];
        let of = |near: &[NearRow], wanted: &str| {
            let found = nearest(near, wanted);
            found.map(|(near, how)| (near.username.clone(), how))
        };
        let told = |name: &str, how| Some((name.to_owned(), how));
        assert_eq!(of(&all, "anna"), told("Anna", "in other letters"));
        assert_eq!(
            of(&all[..1], "anna"),
            told("anne", "which is nearly the same")
        );
        assert_eq!(
            of(&all[2..], "anna@example.com"),
            told("other", "whose address begins so")
        );
        assert_eq!(of(&all, "zoe"), None);
        assert_eq!(of(&[near("anna1", "")], "anna2"), None);
    }

    #[test]
    fn a_time_that_cannot_be_read_counts_as_later() {
        assert!(is_later(
            "2026-11-24T10:00:01Z",
            "2026-11-24T11:00:00+01:00"
        ));
        assert!(!is_later("2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z"));
        assert!(is_later("x", "2026-11-24T10:00:00Z"));
    }
}
