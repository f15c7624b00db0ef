//! Applications and providers that belong together: an app without its application, an
//! application without a provider, a provider without an application, one callback for two.

use std::collections::BTreeMap;

use super::{Scene, refused::is_plain, rules::is_of_outpost};
use crate::{
    check::{Findings, Raised},
    facts::{AppFacts, Said},
    model::{Kind, Reach, Severity, Subject, list_of},
    probe::authentik_api::ProviderRow,
};

/// Names less alike than this are no slip of the keyboard.
const ALIKE: f64 = 0.75;
const HAS_PROVIDER: &str = "its application in authentik has a provider";

/// Whether the applications could be read at all: without them nothing here is judged, and that is
/// said.
pub(super) fn seen(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    if let Err(why) = &scene.applications {
        let what = "every app has its application, and every application its provider";
        findings.unknown(what, scene.instance.clone(), why);
    }
    findings
}

/// Whether the app's application is there and has its provider.
pub(super) fn of_app(scene: &Scene, app: &AppFacts) -> Findings {
    let mut findings = Findings::new();
    let (Some(configured), Ok(applications)) = (&app.configured, &scene.applications) else {
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
        let free = left_behind(scene, app);
        let raised = raised("redirect-uri/unknown-application")
            .with("hint", hint(nearest(slugs, &configured.slug)))
            .with_some("pk", free.map(|free| free.pk))
            .with_some("provider", free.map(|free| free.name.clone()));
        findings.raise("authentik has its application", raised);
        return findings;
    };
    let (code, now) = match application.provider {
        None => ("redirect-uri/application-without-provider", None),
        Some(pk) if scene.providers.iter().all(|row| row.pk != pk) => {
            ("redirect-uri/provider-of-another-kind", Some(pk))
        }
        Some(_) => {
            findings.passed(HAS_PROVIDER, app.subject(), &scene.cites);
            return findings;
        }
    };
    let wanted = configured.client_id.as_deref().unwrap_or(&configured.slug);
    let mut providers = scene.providers.iter();
    let free = providers.find(|row| row.application.is_none() && row.client_id == wanted);
    let raised = raised(code)
        .with_some("pk", free.map(|free| free.pk))
        .with_some("provider", free.map(|free| free.name.clone()))
        .with_some("other_pk", now);
    findings.raise(HAS_PROVIDER, raised);
    findings
}

/// The provider of an app whose application is not there: it stays when an application is deleted.
/// By its client id, else the only one that allows where the app is sent back or has the app's name.
fn left_behind<'a>(scene: &'a Scene, app: &'a AppFacts) -> Option<&'a ProviderRow> {
    let is_free = |row: &&ProviderRow| row.application.is_none();
    if let Some(own) = &app.provider {
        return Some(own).filter(is_free);
    }
    let configured = app.configured.as_ref()?;
    let wanted = configured.client_id.as_deref();
    let free = || scene.providers.iter().filter(is_free);
    if let Some(found) = free().find(|row| row.client_id == wanted.unwrap_or(&configured.slug)) {
        return Some(found);
    }
    let allows = |row: &&ProviderRow| {
        let mut plain = row.redirect_uris.iter().filter(|entry| is_plain(entry));
        plain.any(|entry| configured.redirect_uris.contains(&entry.url))
    };
    let is_called_so = |row: &&ProviderRow| row.name.to_lowercase() == app.name.to_lowercase();
    only(free().filter(allows)).or_else(|| only(free().filter(is_called_so)))
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next();
    first.filter(|_| all.next().is_none())
}

/// Whether authentik knows an app that only its own container tells of: by its client id.
pub(super) fn of_stray(scene: &Scene, app: &AppFacts) -> Findings {
    let mut findings = Findings::new();
    let what = "authentik has a provider with its client id, and an application for that";
    let Said::Value { value, place } = &app.says.client_id else {
        return findings;
    };
    if app.configured.is_some() || app.application.is_some() {
        return findings;
    }
    if let Some(provider) = &app.provider {
        let mut raised = orphan(scene, provider).weighing(Severity::Error, Reach::Subject);
        raised.subject = app.subject();
        findings.raise(what, raised);
        return findings;
    }
    let ids = scene.providers.iter().map(|row| row.client_id.as_str());
    let near = nearest(ids, value);
    let raised = Raised::new("redirect-uri/unknown-client", app.subject())
        .with("app", app.name.clone())
        .with("sent_id", value.clone())
        .with("by", place.text.clone())
        .with("hint", hint(near))
        .with_some("near", near)
        .with_some("variable", place.variable.clone())
        .cites(scene.cites[0].clone());
    findings.raise(what, raised);
    findings
}

/// The name that was probably meant.
fn nearest<'n>(names: impl Iterator<Item = &'n str>, wanted: &str) -> Option<&'n str> {
    names
        .map(|name| (strsim::jaro_winkler(name, wanted), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; it has {near}"))
}

/// Providers that belong to no app, and callbacks that several share.
pub(super) fn of_providers(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    let alone = |row: &&ProviderRow| row.application.is_none();
    for provider in scene.providers.iter().filter(alone) {
        if !is_told(scene, provider) {
            let what = "every provider belongs to an application";
            findings.raise(what, orphan(scene, provider));
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

/// An app that lacks just this one tells it better: its application lacks a provider, or is not
/// there at all.
fn is_told(scene: &Scene, provider: &ProviderRow) -> bool {
    scene.apps.iter().any(|app| {
        let application = app.application.as_ref();
        let lacks = application.is_none_or(|row| match row.provider {
            None => true,
            Some(pk) => scene.providers.iter().all(|row| row.pk != pk),
        });
        let own = match (application, &app.configured) {
            (None, Some(_)) => left_behind(scene, app),
            _ => app.provider.as_ref(),
        };
        lacks && own.is_some_and(|own| own.pk == provider.pk)
    })
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
    raised.with_some("slug", free.map(|free| free.slug.clone()))
}

/// Redirect URIs on the web that several providers allow. Those on this machine and those with a
/// scheme of an app's own are many clients' by design (RFC 8252 section 7), and two outposts may
/// guard one host.
fn shared(scene: &Scene) -> BTreeMap<&str, Vec<&ProviderRow>> {
    let mut by_url: BTreeMap<&str, Vec<&ProviderRow>> = BTreeMap::new();
    for provider in &scene.providers {
        let entries = provider.redirect_uris.iter();
        for entry in entries.filter(|entry| is_plain(entry) && !is_of_outpost(entry)) {
            let known = by_url.entry(entry.url.as_str()).or_default();
            if is_on_the_web(&entry.url) && known.iter().all(|row| row.pk != provider.pk) {
                known.push(provider);
            }
        }
    }
    by_url.retain(|_, providers| providers.len() > 1);
    by_url
}

fn is_on_the_web(uri: &str) -> bool {
    let Ok(url) = url::Url::parse(uri) else {
        return false;
    };
    matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            !crate::facts::is_loopback(bare)
        })
}
