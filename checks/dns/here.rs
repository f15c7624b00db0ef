//! The names that browsers open, from this machine.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::{
    Scene, mend, urls,
    witness::{self, Door, Witnesses},
};
use crate::{
    check::{Findings, Raised},
    facts::{Base, Condition, NameUse, UsedBy, condition},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::ProbeError,
};

const RESOLVES: &str = "the name has an address on this machine";
const ANSWERS: &str = "its port answers from this machine";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let opened = |one: &&NameUse| one.opened && !urls::is_of_containers(scene, one);
    let names: BTreeSet<&str> = scene
        .uses
        .iter()
        .filter(opened)
        .map(|one| one.name.as_str())
        .collect();
    let mut findings = Findings::new();
    for one in join_all(names.into_iter().map(|name| of_name(scene, name))).await {
        findings.merge(one);
    }
    findings
}

async fn of_name(scene: &Scene<'_>, name: &str) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::Name, name);
    let uses: Vec<&NameUse> = scene
        .uses
        .iter()
        .filter(|one| one.opened && one.name == name)
        .collect();
    let seen = witness::here(scene.seen, name).await;
    match &seen.resolver {
        Ok(_) => findings.passed(RESOLVES, subject.clone(), &seen.cites),
        Err(why) if matches!(why.error, ProbeError::NoAddress { .. }) => {
            findings.raise(RESOLVES, missing(scene, name, &uses, &seen));
            return findings;
        }
        Err(why) => {
            findings.unknown(RESOLVES, subject, why);
            return findings;
        }
    }
    let mut ports: Vec<&NameUse> = Vec::new();
    for one in &uses {
        if !ports.iter().any(|other| other.port == one.port) {
            ports.push(one);
        }
    }
    for one in join_all(
        ports
            .into_iter()
            .map(|one| of_port(scene, one, &uses, &seen)),
    )
    .await
    {
        findings.merge(one);
    }
    findings
}

fn raised(code: &'static str, name: &str, uses: &[&NameUse], seen: &Witnesses) -> Raised {
    let mut users: Vec<String> = Vec::new();
    for one in uses {
        let user = match &one.by {
            UsedBy::Instance => "authentik".to_owned(),
            UsedBy::App(app) | UsedBy::Given { app, .. } => app.clone(),
        };
        if !users.contains(&user) {
            users.push(user);
        }
    }
    let raised = Raised::new(code, Subject::new(Kind::Name, name))
        .with("name", name)
        .with("url", uses.first().map_or("", |one| one.url.as_str()))
        .with("users", list_of(&users))
        .with("told", seen.told());
    seen.cites.iter().fold(raised, Raised::cites)
}

/// Who opens a name is hit: everybody where it is authentik's first address, else the apps that
/// use it, which the engine knows by what needs what.
fn weighed(scene: &Scene<'_>, raised: Raised, uses: &[&NameUse]) -> Raised {
    let first = |one: &&NameUse| {
        matches!(one.by, UsedBy::Instance) && one.url.trim_end_matches('/') == scene.base.url
    };
    let of_app = |app: &str| uses.iter().any(|one| one.app() == Some(app));
    let apps = scene.all_apps();
    if uses.iter().any(first) || (!apps.is_empty() && apps.iter().all(|app| of_app(app))) {
        raised.weighing(Severity::Error, Reach::Everybody)
    } else if apps.iter().any(|app| of_app(app)) {
        raised.weighing(Severity::Error, Reach::Subject)
    } else {
        // A further address of authentik that no app is known to use.
        raised
            .weighing(Severity::Error, Reach::Everybody)
            .inferred()
    }
}

fn missing(scene: &Scene<'_>, name: &str, uses: &[&NameUse], seen: &Witnesses) -> Raised {
    let raised = raised("dns/name-missing", name, uses, seen);
    let raised = mend::hosts_line(scene, raised, name);
    weighed(scene, raised, uses)
}

async fn of_port(
    scene: &Scene<'_>,
    one: &NameUse,
    uses: &[&NameUse],
    seen: &Witnesses,
) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::Name, &one.name);
    let what = format!("{ANSWERS}: {}", one.port);
    let (door, cite) = match one.by {
        UsedBy::Instance => of_instance(scene, one).await,
        _ => witness::connect(scene.seen, &one.name, one.port).await,
    };
    if door == Door::Open {
        findings.passed(&what, subject, &[cite]);
        return findings;
    }
    if one.is_loopback() {
        findings.skipped(&what, subject, format!("{}: told by health", door.words()));
        return findings;
    }
    let (local, local_cite) = witness::connect(scene.seen, "localhost", one.port).await;
    let addresses = seen.resolver.as_deref().unwrap_or_default();
    if local != Door::Open || addresses.iter().all(|ip| ip.is_loopback() && ip.is_ipv4()) {
        let why = format!("{}, and so it is at localhost here", door.words());
        findings.skipped(&what, subject, why);
        return findings;
    }
    let code = match addresses.iter().all(|ip| ip.is_ipv6()) {
        true => "dns/ipv6-only",
        false => "dns/name-wrong",
    };
    let raised = raised(code, &one.name, uses, seen)
        .with("port", one.port)
        .with("address", list_of(&texts(addresses)))
        .with("how", door.words())
        .cites(cite)
        .cites(local_cite);
    let raised = mend::wrong_line(scene, raised, &one.name, seen);
    findings.raise(&what, weighed(scene, raised, uses));
    findings
}

pub(super) fn texts(addresses: &[std::net::IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// What answers at an address of authentik: only authentik itself counts, since an old address may
/// well belong to another machine with another program.
async fn of_instance(scene: &Scene<'_>, one: &NameUse) -> (Door, String) {
    let base = Base::configured(&one.url);
    let sight = condition(scene.seen, &base).await;
    let cite = sight.cites.first().cloned().unwrap_or_default();
    let door = match &sight.condition {
        Condition::NoAnswer(why) => Door::of(&why.error),
        Condition::Stranger(who) => Door::Stranger(who.clone()),
        _ => Door::Open,
    };
    (door, cite)
}
