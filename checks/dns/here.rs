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
            let seen = seen.with_dns(scene.seen, name).await;
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

/// Who opens a name is hit: everybody where it is authentik's first address or every app uses it,
/// else the apps that use it, which the engine knows by what needs what.
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
        // A further address of authentik that no app says to use.
        raised
            .weighing(Severity::Error, Reach::Everybody)
            .inferred()
    }
}

fn missing(scene: &Scene<'_>, name: &str, uses: &[&NameUse], seen: &Witnesses) -> Raised {
    let code = match seen.nobody_answered() {
        true => "dns/resolver-silent",
        false => "dns/name-missing",
    };
    let raised = raised(code, name, uses, seen);
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
    let seen = seen.clone().with_dns(scene.seen, &one.name).await;
    let Some(right) = right_place(scene, one, &seen).await else {
        let why = format!("{}, and no place is known where it answers", door.words());
        findings.skipped(&what, subject, why);
        return findings;
    };
    let addresses = seen.resolver.as_deref().unwrap_or_default();
    let code = match addresses.iter().all(|ip| ip.is_ipv6()) && !right.by_dns {
        true => "dns/ipv6-only",
        false => "dns/name-wrong",
    };
    let raised = raised(code, &one.name, uses, &seen)
        .with("port", one.port)
        .with("address", list_of(&texts(addresses)))
        .with("how", door.words())
        .with("right", right.host)
        .cites(cite)
        .cites(right.cite);
    let raised = mend::wrong_line(scene, raised, &one.name, &seen, right.by_dns);
    // That the port answers there was seen, and not that it is the same program.
    let raised = if right.by_dns {
        raised.inferred()
    } else {
        raised
    };
    findings.raise(&what, weighed(scene, raised, uses));
    findings
}

/// Where the port answers instead of where the name leads.
struct Right {
    /// "localhost", or an address that the DNS server has.
    host: String,
    by_dns: bool,
    cite: String,
}

/// The place that the name should lead to: what the DNS server says and the hosts file hides, or
/// this machine, where that is what can be meant.
async fn right_place(scene: &Scene<'_>, one: &NameUse, seen: &Witnesses) -> Option<Right> {
    for address in seen.hidden() {
        let host = address.to_string();
        let (door, cite) = witness::connect(scene.seen, &host, one.port).await;
        if door == Door::Open {
            return Some(Right {
                host,
                by_dns: true,
                cite,
            });
        }
    }
    let addresses = seen.resolver.as_deref().unwrap_or_default();
    let leads_here = addresses.iter().all(|ip| ip.is_loopback() && ip.is_ipv4());
    if leads_here || !is_of_here(scene, one) {
        return None;
    }
    let (door, cite) = witness::connect(scene.seen, "localhost", one.port).await;
    (door == Door::Open).then(|| Right {
        host: "localhost".into(),
        by_dns: false,
        cite,
    })
}

/// Whether this machine is what the name can mean: it is the machine's own name, or the very
/// container that it is about publishes the port here. Whatever else listens at localhost under
/// the same number says nothing of a machine elsewhere.
fn is_of_here(scene: &Scene<'_>, one: &NameUse) -> bool {
    if mend::OF_THE_HOST.contains(&one.name.as_str()) {
        return scene.engine_is_here() || scene.containers.is_err();
    }
    let Some(found) = scene
        .containers
        .as_ref()
        .ok()
        .filter(|_| scene.engine_is_here())
    else {
        return false;
    };
    let publishes = |id: &str| found.publishing(one.port).any(|it| it.id == id);
    let container_of = |name: &String| {
        let mut apps = scene.apps.iter().filter(|app| app.name == *name);
        apps.find_map(|app| app.container.as_deref())
    };
    match &one.by {
        UsedBy::App(app) => container_of(app).is_some_and(|it| publishes(&it.id)),
        _ => found
            .roles
            .server
            .iter()
            .any(|server| publishes(&server.id)),
    }
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
