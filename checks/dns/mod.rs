//! Every host name of the stack leads where it should and its port answers: from this machine,
//! where browsers are, and from the container of each app. A port that answers nobody is told by
//! `health`; what is told here is a name or a way that fails for some.

mod here;
mod inside;
mod listen;
mod mend;
mod notes;
mod overlay;
mod place;
mod space;
mod urls;
mod way;
mod within;
mod witness;

use std::collections::BTreeMap;

use futures::future::join_all;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Containers, EngineKind, NameUse, is_loopback},
    model::{Kind, Reach, Severity, Subject, list_of},
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
    /// The kind of engine; that of Linux itself where there is none to ask.
    kind: EngineKind,
    containers: Result<Containers, Unknown>,
    apps: Vec<AppFacts>,
    uses: Vec<NameUse>,
}

impl Scene<'_> {
    /// The names of all apps that are known.
    fn all_apps(&self) -> Vec<&str> {
        self.apps.iter().map(|app| app.name.as_str()).collect()
    }

    /// Whether the containers are those of this machine, as against one that is asked over the
    /// network.
    fn engine_is_here(&self) -> bool {
        self.containers.as_ref().is_ok_and(|found| {
            let place = found.engine.endpoint.strip_prefix("tcp://");
            let host = place
                .and_then(|place| place.rsplit_once(':'))
                .map(|(host, _)| host);
            host.is_none_or(is_loopback)
        })
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (containers, apps) = futures::join!(
        facts::containers(stack, seen),
        facts::app_facts(stack, seen, &base)
    );
    let uses = facts::names(stack, &base, &apps);
    let kind = containers
        .as_ref()
        .map_or(EngineKind::Linux, |found| EngineKind::of(&found.engine));
    let scene = Scene {
        stack,
        seen,
        kind,
        base,
        containers,
        apps,
        uses,
    };
    let mut findings = urls::judge(&scene).await;
    let (here, listen, inside) = futures::join!(
        here::judge(&scene),
        listen::judge(&scene),
        join_all(scene.apps.iter().map(|app| inside::judge(&scene, app)))
    );
    findings.merge(here);
    findings.merge(listen);
    let mut faults = Vec::new();
    for (points, raised) in inside {
        findings.merge(points);
        faults.extend(raised);
    }
    raise_inside(&scene, faults, &mut findings);
    Ok(findings)
}

/// What an app's container cannot do, before it is known whether others cannot either.
struct Fault {
    what: String,
    app: String,
    name: String,
    port: u16,
    raised: Raised,
}

/// The same fault in every container is one fault of the name, not one of each app; a port that is
/// published for this machine alone is a fault of its container, from which each refusal follows.
fn raise_inside(scene: &Scene<'_>, faults: Vec<Fault>, findings: &mut Findings) {
    let mut alike: BTreeMap<(&'static str, String, u16, String), Vec<Fault>> = BTreeMap::new();
    for fault in faults {
        // A name that leads each container elsewhere is not the same fault in all of them.
        let leads = fault.raised.values.get("address").map(ToString::to_string);
        let key = (
            fault.raised.code,
            fault.name.clone(),
            fault.port,
            leads.unwrap_or_default(),
        );
        alike.entry(key).or_default().push(fault);
    }
    for ((code, name, port, _), faults) in alike {
        let with_containers = scene.apps.iter().filter(|app| app.container.is_some());
        let everybody = faults.len() > 1 && faults.len() == with_containers.count();
        let found = scene.containers.as_ref().ok();
        let published = found.filter(|_| code == "dns/refused-inside");
        if let Some(root) = published.and_then(|found| mend::published(found, port, &faults)) {
            let reach = if everybody {
                Reach::Everybody
            } else {
                Reach::Nobody
            };
            let what = "its port is published for containers too";
            findings.raise(what, root.weighing(Severity::Error, reach));
        } else if everybody && !urls::is_of_its_app(code) {
            findings.raise(&faults[0].what, lifted(&name, &faults));
            continue;
        }
        let raised: Vec<Raised> = faults.iter().map(|fault| fault.raised.clone()).collect();
        for root in urls::shared(&raised) {
            findings.raise(&faults[0].what, root);
        }
        for fault in faults {
            findings.raise(&fault.what, fault.raised);
        }
    }
}

fn lifted(name: &str, faults: &[Fault]) -> Raised {
    let mut raised = faults[0].raised.clone();
    let apps: Vec<String> = faults.iter().map(|fault| fault.app.clone()).collect();
    raised.subject = Subject::new(Kind::Name, name);
    raised.certain = faults.iter().any(|fault| fault.raised.certain);
    let cites = faults.iter().flat_map(|fault| fault.raised.cites.clone());
    raised.cites = cites.collect();
    // A mend of one container's compose file would leave the others.
    raised.values.retain(|key, _| !mend::OF_ONE.contains(key));
    raised
        .with("app", list_of(&apps))
        .weighing(Severity::Error, Reach::Everybody)
}
