//! The people whom akdoctor.toml names.

use std::collections::BTreeMap;

use super::{Scene, attempts, person};
use crate::{
    check::{Findings, Raised},
    facts::may_use_pages,
    model::{Kind, Subject, list_of},
    probe::people::{GroupRow, NearName, PersonRow},
    stack::User,
};

/// Names less alike than this are not each other's slip of the keyboard.
const ALIKE: f64 = 0.88;
const ACTIVE: &str = "has an active account";
const PASSWORD: &str = "has a password, or comes from a source";
const GROUPS: &str = "is in the expected groups";

pub(super) fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    for user in &scene.stack.users {
        let mut named = scene.people.named.iter();
        match named.find(|row| row.username == user.username) {
            Some(row) => findings.merge(of_person(scene, user, row)),
            None => findings.raise(ACTIVE, missing(scene, user)),
        }
    }
    findings.merge(missing_groups(scene));
    findings
}

fn missing(scene: &Scene<'_>, user: &User) -> Raised {
    let groups = known_groups(scene, user);
    let pks: Vec<&str> = groups.iter().map(|group| group.pk.as_str()).collect();
    let kind = user.kind.as_deref().unwrap_or("internal");
    let raised = scene
        .raised("users/missing", &user.username)
        .with("groups", user.groups.clone())
        .with("group_pks", pks)
        .with("type", kind);
    let raised = match nearest(scene, &user.username) {
        Some((near, how)) => raised
            .with("hint", format!("; it has {}, {how}", near.username))
            .with("found", near.username.clone())
            .with("near", near.username.clone()),
        None => raised.with("hint", "").with("found", "nobody of that name"),
    };
    match scene.people.everybody {
        true => raised,
        // A limited token may be shown a part of the directory, without a word.
        false => raised.inferred(),
    }
}

/// Who is probably meant by a name that does not exist, and why.
fn nearest<'a>(scene: &'a Scene<'_>, wanted: &str) -> Option<(&'a NearName, &'static str)> {
    let near = || {
        scene
            .people
            .near
            .iter()
            .filter(|near| near.wanted == wanted)
    };
    let folded = wanted.to_lowercase();
    let by = |test: &dyn Fn(&NearName) -> bool| near().find(|near| test(near));
    if let Some(same) = by(&|near| near.username.to_lowercase() == folded) {
        return Some((same, "in other letters"));
    }
    if let Some(same) = by(&|near| !near.email.is_empty() && near.email.to_lowercase() == folded) {
        return Some((same, "with that as e-mail address"));
    }
    near()
        .map(|near| (strsim::jaro_winkler(&near.username, wanted), near))
        .filter(|(likeness, near)| {
            *likeness > ALIKE
                && strsim::levenshtein(&near.username, wanted) <= 2
                && !is_another_number(&near.username, wanted)
        })
        // Contractor2 is not meant by contractor1 where both are expected.
        .filter(|(_, near)| {
            scene
                .stack
                .users
                .iter()
                .all(|user| user.username != near.username)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| (near, "which is nearly the same"))
}

/// Numbered accounts are each other's neighbours, not each other's slips.
fn is_another_number(one: &str, other: &str) -> bool {
    let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    letters(one) == letters(other)
}

fn of_person(scene: &Scene<'_>, user: &User, row: &PersonRow) -> Findings {
    let mut findings = Findings::new();
    let about = |code| scene.raised(code, &user.username).with("pk", row.pk);
    let tried = attempts::tried(scene, &row.username);
    if row.is_active {
        findings.passed(ACTIVE, person(&user.username), scene.cites());
    } else {
        findings.raise(ACTIVE, about("users/inactive").with("tried", tried.clone()));
    }
    let needs_password = !row.linked && !row.is_service_account();
    match row.usable {
        Some(false) if needs_password => {
            findings.raise(PASSWORD, about("users/no-password").with("tried", tried));
        }
        None if needs_password => {
            let why = "authentik's API does not tell; its database and ak shell do";
            findings.skipped(PASSWORD, person(&user.username), why);
        }
        _ => findings.passed(PASSWORD, person(&user.username), scene.cites()),
    }
    if let Some(raised) = wrong_type(scene, user, row) {
        findings.raise("has the right type of account", raised);
    }
    if user.superuser && !row.is_superuser {
        let raised = about("users/not-superuser").with("member_of", member_of(row));
        findings.raise("may administer authentik", with_admins(scene, raised));
    }
    findings.merge(memberships(scene, user, row));
    findings
}

/// Groups through groups above count: `all_groups` of authentik goes up (knowledge C.6).
fn memberships(scene: &Scene<'_>, user: &User, row: &PersonRow) -> Findings {
    let mut findings = Findings::new();
    if user.groups.is_empty() {
        return findings;
    }
    if let Err(why) = &scene.people.groups {
        findings.unknown(GROUPS, person(&user.username), why);
        return findings;
    }
    let lacks: Vec<&GroupRow> = known_groups(scene, user)
        .into_iter()
        .filter(|group| !row.groups.contains(&group.name))
        .collect();
    for group in &lacks {
        let raised = scene
            .raised("users/not-in-group", &user.username)
            .with("pk", row.pk)
            .with("group", group.name.clone())
            .with("group_pk", group.pk.clone())
            .with("member_of", member_of(row));
        findings.raise(GROUPS, raised);
    }
    if lacks.is_empty() && known_groups(scene, user).len() >= user.groups.len() {
        findings.passed(GROUPS, person(&user.username), scene.cites());
    }
    findings
}

/// The groups somebody should be in, as far as they exist.
fn known_groups<'a>(scene: &'a Scene<'_>, user: &User) -> Vec<&'a GroupRow> {
    let groups = scene.people.groups.iter().flatten();
    groups
        .filter(|group| user.groups.contains(&group.name))
        .collect()
}

/// A group that is not there is one fault, however many should be in it.
fn missing_groups(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let Ok(groups) = &scene.people.groups else {
        return findings;
    };
    let mut expected: BTreeMap<&str, Vec<&User>> = BTreeMap::new();
    for user in &scene.stack.users {
        for group in &user.groups {
            expected.entry(group).or_default().push(user);
        }
    }
    expected.retain(|name, _| groups.iter().all(|group| group.name != *name));
    for (name, users) in expected {
        let names: Vec<&str> = users.iter().map(|user| user.username.as_str()).collect();
        let named = scene.people.named.iter();
        let pks: Vec<i64> = named
            .filter(|row| names.contains(&row.username.as_str()))
            .map(|row| row.pk)
            .collect();
        let raised = Raised::new("users/missing-group", Subject::new(Kind::Group, name))
            .with("group", name)
            .with("people", list_of(&names))
            .with("pks", pks)
            .cites(scene.people.cite.clone());
        findings.raise("every expected group exists", raised);
    }
    findings
}

fn wrong_type(scene: &Scene<'_>, user: &User, row: &PersonRow) -> Option<Raised> {
    let is = row.kind.as_deref()?;
    let expected = match (&user.kind, user.superuser) {
        (Some(kind), _) => kind.as_str(),
        (None, true) if !may_use_pages(is, scene.version.as_ref()) => "internal",
        (None, _) => return None,
    };
    if expected == is {
        return None;
    }
    let means = match may_use_pages(is, scene.version.as_ref()) {
        true => "",
        false => ", which cannot use authentik's own pages",
    };
    let raised = scene.raised("users/type", &user.username);
    Some(
        raised
            .with("pk", row.pk)
            .with("type", is)
            .with("expected_type", expected)
            .with("means", means),
    )
}

/// A group that makes superusers, for whoever should be one.
fn with_admins(scene: &Scene<'_>, raised: Raised) -> Raised {
    let groups = scene.people.groups.iter().flatten();
    match groups.into_iter().find(|group| group.is_superuser) {
        Some(group) => raised
            .with("admins", group.name.clone())
            .with("admins_pk", group.pk.clone()),
        None => raised,
    }
}

fn member_of(row: &PersonRow) -> String {
    match row.groups.is_empty() {
        true => "in no group".to_owned(),
        false => list_of(&row.groups),
    }
}
