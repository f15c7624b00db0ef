//! Signing out of an app: where the browser goes for it, the flow that runs there, and whether that
//! ends the session in authentik. Which of the two is right is a choice, so it is told only where
//! akdoctor.toml says what is wanted. No flow is run and no session ended.

mod address;
mod back;
mod flow;
mod told;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Containers, Flows, SeenDiscovery},
    model::{Kind, Subject, Version},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene {
    base: Base,
    apps: Vec<AppFacts>,
    containers: Option<Containers>,
    version: Option<Version>,
}

impl Scene {
    fn instance(&self) -> Subject {
        Subject::new(Kind::Instance, &self.base.url)
    }
}

/// A fault of an app's.
fn raised(code: &'static str, app: &AppFacts) -> Raised {
    let provider = app.provider.as_ref();
    Raised::new(code, subject(app))
        .with("app", app.name.clone())
        .with_some("provider", provider.map(|row| row.name.clone()))
        .with_some("provider_pk", provider.map(|row| row.pk))
}

fn subject(app: &AppFacts) -> Subject {
    Subject::new(Kind::App, &app.name)
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (flows, apps, containers, version) = futures::join!(
        facts::flows(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        facts::containers(stack, seen),
        facts::version(stack, seen, &base)
    );
    let documents = facts::discovery(seen, &base, &apps).await;
    let scene = Scene {
        base,
        apps,
        containers: containers.ok(),
        version,
    };
    let mut findings = by_flows(&scene, flows);
    findings.merge(by_documents(&scene, documents));
    findings.merge(address::judge(&scene));
    findings.merge(back::judge(&scene));
    findings.merge(told::judge(&scene, seen).await);
    Ok(findings)
}

fn by_flows(scene: &Scene, flows: Result<Flows, Unknown>) -> Findings {
    let what = "the flows of signing out";
    let mut findings = Findings::new();
    match flows {
        Ok(flows) => return flow::judge(scene, &flows),
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            findings.skipped(what, scene.instance(), why.to_string());
        }
        Err(why) => findings.unknown(what, scene.instance(), &why),
    }
    findings
}

fn by_documents(scene: &Scene, documents: Result<Vec<Option<SeenDiscovery>>, Unknown>) -> Findings {
    let what = "discovery documents name where to sign out";
    let mut findings = Findings::new();
    match documents {
        Ok(documents) => return address::documents(scene, &documents),
        Err(why) if why.is_not_configured() => {
            findings.skipped(what, scene.instance(), why.to_string());
        }
        Err(why) => findings.unknown(what, scene.instance(), &why),
    }
    findings
}
