//! Apps use redirect URIs that authentik allows: what the provider allows, what akdoctor.toml
//! expects and what the app's own container says, side by side and byte for byte, under
//! authentik's own rules; and where an app's start tells its request, by authentik's own word, asked
//! as nobody. Nothing here sends a request that could register a URI: an empty list learns the first
//! one that comes (verified.md 2), so only a provider that was seen to allow something is asked.

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
    facts::{self, AppFacts, Authorization},
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
    /// authentik's own word on the request of each app whose start tells one.
    words: Vec<Option<Authorization>>,
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
    let (providers, applications, mut apps, version) = join!(
        facts::providers(stack, seen, &base),
        facts::applications(stack, seen, &base),
        facts::app_facts(stack, seen, &base),
        facts::version(stack, seen, &base)
    );
    let requests = start::complete(stack, seen, &mut apps).await;
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
        words: start::words(seen, &base, &providers.rows, &requests).await,
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
    for (app, word) in scene.apps.iter().zip(&scene.words) {
        findings.merge(links::of_app(scene, app));
        findings.merge(links::of_stray(scene, app));
        if let Some(provider) = &app.provider {
            let met = client::met(scene, app, provider);
            findings.merge(sent::judge(scene, app, met, word.as_ref()));
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
