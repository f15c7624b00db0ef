//! Every https address of the stack shows a certificate that browsers and apps take, for a while
//! to come, and every http address speaks http. Asked from this machine; what an app's container
//! trusts is told where a file of it tells.

mod certificate;
mod inside;
mod mend;
mod place;
mod plain;

use futures::future::join_all;

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Containers, NameUse},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene<'a> {
    seen: &'a Evidence,
    base: Base,
    containers: Result<Containers, Unknown>,
    apps: Vec<AppFacts>,
    uses: Vec<NameUse>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let (containers, apps) = futures::join!(
        facts::containers(stack, seen),
        facts::app_facts(stack, seen, &base)
    );
    let scene = Scene {
        seen,
        uses: facts::names(stack, &base, &apps),
        base,
        containers,
        apps,
    };
    let mut findings = Findings::new();
    let places = place::of(&scene, "https", &mut findings);
    let asked = places.into_iter().map(|place| place.asked(seen));
    let (looks, plain) = futures::join!(join_all(asked), plain::judge(&scene));
    findings.merge(certificate::judge(&scene, &looks));
    findings.merge(plain);
    let inside = scene
        .apps
        .iter()
        .map(|app| inside::judge(&scene, app, &looks));
    for one in join_all(inside).await {
        findings.merge(one);
    }
    Ok(findings)
}
