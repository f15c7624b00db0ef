//! Somebody may open each application, and so may those of whom akdoctor.toml says so. No policy is
//! run: authentik writes an event where one fails (measured.md), so what only a policy decides is
//! unknown here.

mod expected;
mod somebody;

use std::collections::BTreeSet;

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts::{self, Access, AppAccess, Base, Binding, People},
    model::{Kind, Subject},
    probe::ProbeError,
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
    access: Access,
    people: Option<People>,
}

impl Scene<'_> {
    fn cites(&self) -> &[String] {
        std::slice::from_ref(&self.access.cite)
    }

    /// What people call an application.
    fn name(&self, app: &AppAccess) -> String {
        let mut configured = self.stack.apps.iter();
        let configured = configured.find(|one| one.slug == app.slug);
        configured.map_or_else(|| app.name.clone(), |one| one.name.clone())
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let access = match facts::access(stack, seen, &base).await {
        Ok(access) => access,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            let subject = Subject::new(Kind::Instance, &base.url);
            findings.skipped("who may open its applications", subject, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let signing_in = signing_in(stack, seen, &base).await?;
    let scene = Scene {
        stack,
        access,
        people: facts::people(stack, seen, &base).await.ok(),
    };
    let mut findings = Findings::new();
    for app in &scene.access.apps {
        let listed = stack.apps.iter().any(|one| one.slug == app.slug);
        if listed || (!stack.narrowed && signing_in.contains(&app.slug)) {
            findings.merge(somebody::judge(&scene, app));
        }
    }
    if scene.access.unseen > 0 {
        let others = signing_in.iter().filter(|_| !stack.narrowed);
        let listed = stack.apps.iter().map(|app| &app.slug);
        let wanted: BTreeSet<&String> = listed.chain(others).collect();
        for slug in wanted {
            if scene.access.of_app(slug).is_none() {
                let mut listed = stack.apps.iter();
                let listed = listed.find(|app| app.slug == *slug);
                let subject = Subject::new(Kind::App, listed.map_or(slug, |app| &app.name));
                findings.unknown(somebody::WHAT, subject, &hidden(&scene, slug));
            }
        }
    }
    findings.merge(expected::judge(&scene));
    Ok(findings)
}

/// Slugs of the applications that have a provider: the others are mere links. Where a limited token
/// is not shown all of them, of those that have an OAuth2 provider.
async fn signing_in(stack: &Stack, seen: &Evidence, base: &Base) -> Result<Vec<String>, Unknown> {
    let told = match facts::applications(stack, seen, base).await {
        Ok(told) => told,
        Err(_) => {
            let told = facts::providers(stack, seen, base).await?;
            let slugs = told.rows.into_iter().filter_map(|row| row.application);
            return Ok(slugs.collect());
        }
    };
    let with_provider = told.rows.into_iter().filter(|row| row.provider.is_some());
    Ok(with_provider.map(|row| row.slug).collect())
}

/// That the token is not shown an application.
fn hidden(scene: &Scene<'_>, slug: &str) -> Unknown {
    Unknown {
        key: scene.access.cite.clone(),
        error: ProbeError::NotAllowed {
            what: format!("reading the application {slug}"),
            detail: "if it is there, the token's user needs the permission \
                     authentik_core.view_application"
                .into(),
        },
    }
}

/// That policies alone decide, which are not run here.
fn only_policies(scene: &Scene<'_>, app: &AppAccess) -> Unknown {
    let undecided = app.counting().filter(|binding| !binding.is_static());
    let names: Vec<String> = undecided.map(Binding::called).collect();
    let who = match names[..] {
        [] => "a binding that is only tried".to_owned(),
        _ => crate::model::list_of(&names),
    };
    Unknown {
        key: scene.access.cite.clone(),
        error: ProbeError::NotConfigured {
            why: format!("{who} decides, and authentik alone knows what it says"),
        },
    }
}
