//! Apps use redirect URIs that authentik allows: what the provider allows, what akdoctor.toml
//! expects and what the app's own container says, side by side and byte for byte, under
//! authentik's own rules. Nothing here sends a request that could register a URI: an empty list
//! learns the first one that comes (verified.md 2).

#[cfg(test)]
mod agreement;
mod client;
mod empty;
mod entries;
mod links;
mod lint;
mod near;
mod other;
mod pattern;
mod refused;
mod rules;
mod sent;
mod start;
mod wide;
mod words;

use futures::join;

use crate::{
    check::{Check, Findings},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts},
    model::{Kind, Subject, Version},
    probe::authentik_api::{ApplicationRow, ProviderRow},
    stack::Stack,
};
use rules::Rules;

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene {
    apps: Vec<AppFacts>,
    providers: Vec<ProviderRow>,
    /// `Err` where nothing told them all.
    applications: Result<Vec<ApplicationRow>, Unknown>,
    version: Option<Version>,
    rules: Rules,
    /// Whether the run was narrowed to some apps: what belongs to none of them is not judged.
    narrowed: bool,
    /// The instance, for what belongs to no app.
    instance: Subject,
    /// The evidence of the lists.
    cites: Vec<String>,
}

impl AppFacts {
    /// The app as a subject.
    fn subject(&self) -> Subject {
        Subject::new(Kind::App, &self.name)
    }
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let instance = Subject::new(Kind::Instance, &base.url);
    let (providers, applications, apps, version) = join!(
        facts::providers(stack, seen, &base),
        facts::applications(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        facts::version(stack, seen, &base)
    );
    let apps = start::complete(stack, seen, apps).await;
    let providers = match providers {
        Ok(providers) => providers,
        // Nothing was given to ask with: no token, no engine.
        Err(why) if why.is_not_configured() => {
            let mut findings = Findings::new();
            findings.skipped("what its providers allow", instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let mut cites = vec![providers.cite];
    cites.extend(applications.iter().map(|told| told.cite.clone()));
    let scene = Scene {
        rules: Rules::of(version.as_ref()),
        version,
        apps,
        providers: providers.rows,
        applications: applications.map(|told| told.rows),
        narrowed: stack.narrowed,
        instance,
        cites,
    };
    Ok(all(&scene))
}

fn all(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    findings.merge(links::seen(scene));
    for app in &scene.apps {
        findings.merge(links::of_app(scene, app));
        findings.merge(links::of_stray(scene, app));
        if let Some(provider) = &app.provider {
            findings.merge(sent::judge(scene, app, client::met(scene, app, provider)));
            findings.merge(client::client_id(scene, app, provider));
            findings.merge(client::grant_types(scene, app, provider));
            findings.merge(lint::judge(scene, app, provider));
        }
    }
    if !scene.narrowed {
        findings.merge(links::of_providers(scene));
    }
    findings
}
