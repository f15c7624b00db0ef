//! Which container is which app.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use url::Url;

use super::{
    AppSays,
    in_text::in_texts,
    reader::{ini_of, whole_value},
    settings::Settings,
};
use crate::{
    evidence::Evidence,
    facts::{AppFacts, Containers},
    probe::{authentik_api::ProviderRow, engine::Container},
    stack::profiles::{Profile, What},
};

/// Parts of issuers that are not authentik's: the paths and hosts of other identity providers.
const ELSEWHERE: [&str; 6] = [
    "/realms/",
    "accounts.google.com",
    "login.microsoftonline.com",
    "github.com",
    "okta.com",
    "auth0.com",
];

/// A container that is no part of authentik, with what it can be recognised by.
pub(super) struct Candidate<'a> {
    container: &'a Arc<Container>,
    profile: &'a Profile,
    client_id: Option<String>,
    public_url: Option<String>,
    /// Whether it was given an address of an authentik.
    names_authentik: bool,
}

/// The profile of a container; "generic" for whatever has none of its own.
pub(super) fn profile_of<'p>(
    container: &Container,
    profiles: &'p [Profile],
) -> Option<&'p Profile> {
    let names = || container.env.keys().map(String::as_str);
    let own = profiles
        .iter()
        .find(|it| it.fits(container.repository(), names()));
    own.or(profiles.last())
}

/// Every container that may be an app's.
pub(super) async fn candidates<'a>(
    found: &'a Containers,
    profiles: &'a [Profile],
    seen: &Evidence,
) -> Vec<Candidate<'a>> {
    let others = found.all.iter().filter(|it| !found.roles.is_part(&it.id));
    let looks = others.filter_map(|container| {
        let profile = profile_of(container, profiles)?;
        Some(async move {
            let settings = Settings::of(container, profile);
            let id = settings
                .first(&profile.client_id)
                .or_else(|| settings.only_like(profile.client_id_like.as_deref()?));
            let issuer = settings
                .first(&profile.issuer)
                .or_else(|| settings.only_like(profile.issuer_like.as_deref()?));
            // The same client id elsewhere is another client.
            let elsewhere = issuer
                .is_some_and(|issuer| ELSEWHERE.iter().any(|part| issuer.value.contains(part)));
            if elsewhere {
                return None;
            }
            let client_id = match id {
                Some(setting) => whole_value(setting, container, seen).await.ok(),
                None => in_texts(container, profile, What::ClientId, seen)
                    .await
                    .ok()
                    .flatten()
                    .map(|found| found.value),
            };
            let public_url = settings.first(&profile.public_url);
            let public_url = match (public_url, &profile.ini) {
                (Some(setting), _) => Some(setting.value.clone()),
                (None, Some(ini)) => {
                    let told = ini_of(container, ini, seen).await.ok().flatten();
                    told.map(|(value, ..)| value)
                }
                (None, None) => None,
            };
            Some(Candidate {
                container,
                profile,
                client_id,
                public_url,
                names_authentik: settings.name_authentik(),
            })
        })
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// The container that is this app, and how many are like it: by the client id that it says; else
/// the one whose kind and address fit what the provider allows; else the only one of its kind that
/// is called like the app or that any app fits.
pub(super) fn of_app(
    app: &AppFacts,
    apps: &[AppFacts],
    all: &[Candidate<'_>],
) -> Option<(Arc<Container>, usize)> {
    let configured = app.configured.as_ref();
    let client_id = app.provider.as_ref().map(|row| row.client_id.as_str());
    let client_id = client_id.or(configured.and_then(|app| app.client_id.as_deref()))?;
    let by_id = alive_first(
        all.iter()
            .filter(|it| it.client_id.as_deref() == Some(client_id)),
    );
    if let Some(found) = by_id {
        return Some(found);
    }
    let free = || all.iter().filter(|it| !it.is_of_another(apps));
    let by_address = alive_first(free().filter(|it| it.serves(app)));
    if let Some(found) = by_address {
        return Some(found);
    }
    let slug = app.application.as_ref().map(|row| row.slug.as_str());
    let called = |name: &str| Some(name) == slug || name == client_id;
    only(free().filter(|it| it.profile.id != "generic" && called(&it.profile.id))).or_else(|| {
        let lone = only(free().filter(|it| it.has_form_of(app)))?;
        let profile = all.iter().find(|it| it.container.id == lone.0.id)?;
        let rivals = apps.iter().filter(|other| profile.has_form_of(other));
        (rivals.count() == 1).then_some(lone)
    })
}

/// Running containers that say a client id for an authentik and are no app that is known: one of
/// each id. Which provider is theirs, if any, is told by the id alone.
pub(super) fn strays(
    apps: &[AppFacts],
    all: &[Candidate<'_>],
    providers: &[ProviderRow],
) -> Vec<AppFacts> {
    let mut strays: Vec<AppFacts> = Vec::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for it in all.iter().filter(|it| it.names_authentik) {
        let Some(id) = it.client_id.as_deref() else {
            continue;
        };
        let claimed = apps.iter().any(|app| it.is_container_of(app));
        let up = it.container.state.status.is_up();
        if claimed || !up || it.is_of_another(apps) || !taken.insert(id) {
            continue;
        }
        let title = match it.profile.id.as_str() {
            "generic" => &it.container.name,
            _ => &it.profile.title,
        };
        let same = apps.iter().chain(&strays).any(|app| app.name == *title);
        let name = if same { &it.container.name } else { title };
        strays.push(AppFacts {
            name: name.clone(),
            configured: None,
            application: None,
            provider: providers.iter().find(|row| row.client_id == id).cloned(),
            container: Some(Arc::clone(it.container)),
            alike: 1,
            says: AppSays::default(),
        });
    }
    strays
}

/// The only one of these.
fn only<'a>(mut these: impl Iterator<Item = &'a Candidate<'a>>) -> Option<(Arc<Container>, usize)> {
    let first = these.next()?;
    these
        .next()
        .is_none()
        .then(|| (Arc::clone(first.container), 1))
}

/// One that runs if any does, and how many there are.
fn alive_first<'a>(
    these: impl Iterator<Item = &'a Candidate<'a>>,
) -> Option<(Arc<Container>, usize)> {
    let these: Vec<&Candidate<'_>> = these.collect();
    let up = these.iter().find(|it| it.container.state.status.is_up());
    let first = up.or(these.first())?;
    Some((Arc::clone(first.container), these.len()))
}

impl Candidate<'_> {
    fn is_container_of(&self, app: &AppFacts) -> bool {
        let own = app.container.as_ref();
        own.is_some_and(|own| own.id == self.container.id)
    }

    /// Whether it is named as an app's in akdoctor.toml, or says the client id of one. An id that
    /// nobody has is a slip of the app that it is recognised as by other means.
    fn is_of_another(&self, apps: &[AppFacts]) -> bool {
        apps.iter().any(|app| {
            let id = app.provider.as_ref().map(|row| row.client_id.as_str());
            self.is_container_of(app) || (id.is_some() && self.client_id.as_deref() == id)
        })
    }

    /// Whether the app's redirect URIs have the form that this one's have.
    fn has_form_of(&self, app: &AppFacts) -> bool {
        uris_of(app).any(|uri| self.profile.has_form(uri))
    }

    /// Whether they are also at its address: the one that it says, else a port that it publishes
    /// on this machine.
    fn serves(&self, app: &AppFacts) -> bool {
        uris_of(app).any(|uri| self.profile.has_form(uri) && self.is_at(uri))
    }

    fn is_at(&self, uri: &str) -> bool {
        // Patterns name hosts too.
        let uri = uri.trim_start_matches('^').replace("\\.", ".");
        let Ok(uri) = Url::parse(&uri) else {
            return false;
        };
        if let Some(public) = &self.public_url {
            return Url::parse(public).is_ok_and(|public| {
                public.host_str() == uri.host_str()
                    && public.port_or_known_default() == uri.port_or_known_default()
            });
        }
        let here = uri
            .host_str()
            .is_some_and(|host| host == "host.docker.internal" || crate::facts::is_loopback(host));
        let port = uri.port_or_known_default();
        here && port.is_some_and(|port| self.container.publishes(port))
    }
}

/// Every redirect URI that is known of an app.
fn uris_of(app: &AppFacts) -> impl Iterator<Item = &str> {
    let allowed = app.provider.iter().flat_map(|row| &row.redirect_uris);
    let allowed = allowed.map(|entry| entry.url.as_str());
    let expected = app.configured.iter().flat_map(|app| &app.redirect_uris);
    allowed.chain(expected.map(String::as_str))
}
