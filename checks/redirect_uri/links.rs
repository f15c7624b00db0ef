//! Applications and providers that belong together: an app without its application, an
//! application without a provider, a provider without an application, one callback for two.

use std::collections::BTreeMap;

use super::{Scene, rules::is_for_logout};
use crate::{
    check::{Findings, Raised},
    facts::AppFacts,
    model::{Kind, Subject, list_of},
    probe::authentik_api::ProviderRow,
};

/// Names less alike than this are no slip of the keyboard.
const ALIKE: f64 = 0.75;
const HAS_PROVIDER: &str = "its application in authentik has a provider";

/// Whether the app's application is there and has its provider.
pub(super) fn of_app(scene: &Scene, app: &AppFacts) -> Findings {
    let mut findings = Findings::new();
    let (Some(configured), Some(applications)) = (&app.configured, &scene.applications) else {
        return findings;
    };
    let raised = |code| {
        Raised::new(code, app.subject())
            .with("app", app.name.clone())
            .with("slug", configured.slug.clone())
            .cites(scene.cites.last().cloned().unwrap_or_default())
    };
    let Some(application) = &app.application else {
        let slugs = applications.iter().map(|row| row.slug.as_str());
        let near = slugs
            .map(|slug| (strsim::jaro_winkler(slug, &configured.slug), slug))
            .filter(|(likeness, _)| *likeness > ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = near.map_or_else(String::new, |(_, slug)| format!("; it has {slug}"));
        let raised = raised("redirect-uri/unknown-application").with("hint", hint);
        findings.raise("authentik has its application", raised);
        return findings;
    };
    if application.provider.is_some() {
        findings.passed(HAS_PROVIDER, app.subject(), &scene.cites);
        return findings;
    }
    let wanted = configured.client_id.as_deref().unwrap_or(&configured.slug);
    let free = scene
        .providers
        .iter()
        .find(|row| row.application.is_none() && row.client_id == wanted);
    let raised = raised("redirect-uri/application-without-provider");
    findings.raise(
        HAS_PROVIDER,
        match free {
            Some(free) => raised
                .with("pk", free.pk)
                .with("provider", free.name.clone()),
            None => raised,
        },
    );
    findings
}

/// Providers that belong to no app, and callbacks that several share.
pub(super) fn of_providers(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    for provider in scene
        .providers
        .iter()
        .filter(|row| row.application.is_none())
    {
        // An application of akdoctor.toml that lacks just this one tells it better.
        let told = scene.apps.iter().any(|app| {
            let lacks = app
                .application
                .as_ref()
                .is_some_and(|row| row.provider.is_none());
            lacks
                && app
                    .provider
                    .as_ref()
                    .is_some_and(|own| own.pk == provider.pk)
        });
        if !told {
            findings.raise(
                "every provider belongs to an application",
                orphan(scene, provider),
            );
        }
    }
    for (url, providers) in shared(scene) {
        let names: Vec<&str> = providers.iter().map(|row| row.name.as_str()).collect();
        let subject = Subject::new(Kind::Provider, names[0]);
        let raised = Raised::new("redirect-uri/shared", subject)
            .with("url", url)
            .with("providers", list_of(&names))
            .cites(scene.cites[0].clone());
        findings.raise("no two providers share a redirect URI", raised);
    }
    findings
}

fn orphan(scene: &Scene, provider: &ProviderRow) -> Raised {
    let subject = Subject::new(Kind::Provider, &provider.name);
    let raised = Raised::new("redirect-uri/provider-without-application", subject)
        .with("provider", provider.name.clone())
        .with("pk", provider.pk)
        .with("client_id", provider.client_id.clone())
        .cites(scene.cites[0].clone());
    let free = scene.applications.iter().flatten().find(|row| {
        row.provider.is_none() && (row.slug == provider.client_id || row.name == provider.name)
    });
    match free {
        Some(free) => raised.with("slug", free.slug.clone()),
        None => raised,
    }
}

/// Strict redirect URIs that several providers allow.
fn shared(scene: &Scene) -> BTreeMap<&str, Vec<&ProviderRow>> {
    let mut by_url: BTreeMap<&str, Vec<&ProviderRow>> = BTreeMap::new();
    for provider in &scene.providers {
        // Coming back to one page after signing out is common.
        let entries = provider.redirect_uris.iter();
        for entry in entries.filter(|entry| !is_for_logout(entry)) {
            let known = by_url.entry(entry.url.as_str()).or_default();
            if entry.matching_mode == "strict" && known.iter().all(|row| row.pk != provider.pk) {
                known.push(provider);
            }
        }
    }
    by_url.retain(|_, providers| providers.len() > 1);
    by_url
}
