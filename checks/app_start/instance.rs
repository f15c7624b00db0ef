//! Where an app leads: to a host that a browser resolves, and to this authentik.

use url::{Origin, Url};

use super::{Scene, raised};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{self, AppFacts, Start, container_called, is_loopback, means_container},
    model::{Kind, Subject},
    probe::{
        lookup::SystemLookup,
        oidc::{AskDiscovery, AskKeys, Told},
        start::Authorize,
    },
};

const LEADS: &str = "it leads browsers to this authentik";
const AUTHORIZE: &str = "/application/o/authorize";

pub(super) async fn judge(
    scene: &Scene<'_>,
    app: &AppFacts,
    start: &Start,
    request: &Authorize,
) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    match fault(scene, app, start, request).await {
        Ok(Some(fault)) => findings.raise(LEADS, fault),
        Ok(None) => findings.passed(LEADS, subject, std::slice::from_ref(&start.cite)),
        // Told by the check of names already.
        Err(None) => {}
        Err(Some(why)) => findings.unknown(LEADS, subject, &why),
    }
    findings
}

async fn fault(
    scene: &Scene<'_>,
    app: &AppFacts,
    start: &Start,
    request: &Authorize,
) -> Result<Option<Raised>, Option<Unknown>> {
    let of = |code| {
        raised(code, app, start)
            .with("host", request.host.clone())
            .with("endpoint", request.endpoint.clone())
            .with_some("better", better(scene, app))
    };
    let host = request.host.trim_matches(['[', ']']).to_owned();
    let known = origins(scene).contains(&origin(&request.endpoint));
    let found = scene.containers.as_ref();
    let of_container = found.is_some_and(|found| means_container(&found.all, &host));
    let ask = SystemLookup { host: host.clone() };
    let resolves = seen_here(scene, &host, ask).await;
    if of_container && !resolves {
        if is_told(app, &host) {
            return Err(None);
        }
        let container = found.and_then(|found| container_called(&found.all, &host));
        let what = container
            .map(|it| format!("the name of container {} in the engine's network", it.name));
        return Ok(Some(of("app-start/unresolvable-host").with(
            "what",
            what.unwrap_or_else(|| "a name of containers".into()),
        )));
    }
    if !resolves {
        if is_told(app, &host) || known {
            return Err(None);
        }
        return Ok(Some(
            of("app-start/unresolvable-host")
                .with("what", "no name that this machine knows")
                .inferred(),
        ));
    }
    if !request.is_path_of_authentik() {
        return Ok(Some(match known {
            true => of("app-start/wrong-path").with("path", request.path.clone()),
            false => of("app-start/other-provider"),
        }));
    }
    if known {
        return Ok(None);
    }
    same(scene, app, request).await.map(|same| match same {
        true => None,
        false => Some(of("app-start/other-instance")),
    })
}

async fn seen_here(scene: &Scene<'_>, host: &str, ask: SystemLookup) -> bool {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let of_container = scene
        .containers
        .as_ref()
        .is_some_and(|found| means_container(&found.all, host));
    if is_address {
        return !of_container;
    }
    is_loopback(host) || scene.seen.ask(ask).await.is_ok()
}

/// Whether the app's container was given this host too, so that the check of names tells of it.
fn is_told(app: &AppFacts, host: &str) -> bool {
    let mut urls = app.says.endpoints.iter().filter(|given| given.browser);
    urls.any(|given| {
        let url = Url::parse(&given.url);
        url.is_ok_and(|url| url.host_str() == Some(host))
    })
}

fn origin(url: &str) -> Option<Origin> {
    Some(Url::parse(url).ok()?.origin())
}

/// Every address of this authentik that is known.
fn origins(scene: &Scene<'_>) -> Vec<Option<Origin>> {
    let also = scene.stack.authentik.also.iter();
    let all = std::iter::once(&scene.base.url).chain(also);
    all.map(|url| origin(url)).filter(Option::is_some).collect()
}

fn slug(app: &AppFacts) -> Option<&str> {
    let application = app.application.as_ref().map(|row| row.slug.as_str());
    application.or(app.configured.as_ref().map(|app| app.slug.as_str()))
}

/// Whether the authentik at another address is this one: it shows the same keys for this app, or,
/// where its provider has none, a discovery document at all.
async fn same(
    scene: &Scene<'_>,
    app: &AppFacts,
    request: &Authorize,
) -> Result<bool, Option<Unknown>> {
    // Without a slug nothing can be compared.
    let Some(slug) = slug(app) else {
        return Ok(true);
    };
    let root = request.endpoint.trim_end_matches('/');
    let root = root.strip_suffix(AUTHORIZE).unwrap_or(root);
    let (ours, _) = facts::keys(scene.seen, &scene.base, slug).await;
    let url = format!("{root}/application/o/{slug}/jwks/");
    let theirs = scene.seen.ask(AskKeys { url }).await;
    let (ours, theirs) = (ours.map_err(Some)?, theirs.map_err(Some)?);
    match (&*ours, &*theirs) {
        (Told::Document(ours), Told::Document(theirs)) if !ours.is_empty() => Ok(theirs
            .iter()
            .any(|key| ours.iter().any(|own| own.id == key.id))),
        (Told::Document(_), Told::Document(theirs)) if theirs.is_empty() => {
            let url = format!("{root}/application/o/{slug}/.well-known/openid-configuration");
            let document = scene.seen.ask(AskDiscovery { url }).await.map_err(Some)?;
            Ok(matches!(&*document, Told::Document(_)))
        }
        // Ours has no such application either: other checks tell of that.
        (Told::Status { .. }, Told::Status { .. }) => Err(None),
        _ => Ok(false),
    }
}

/// The discovery document's URL under a name that browsers and containers know.
fn better(scene: &Scene<'_>, app: &AppFacts) -> Option<String> {
    let also = scene.stack.authentik.also.iter();
    let all = std::iter::once(&scene.base.url).chain(also);
    let mut fit = all.filter(|url| {
        let host = Url::parse(url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or_default();
        let found = scene.containers.as_ref();
        !is_loopback(host) && !found.is_some_and(|found| means_container(&found.all, host))
    });
    let root = fit.next()?.trim_end_matches('/');
    let slug = slug(app)?;
    Some(format!(
        "{root}/application/o/{slug}/.well-known/openid-configuration"
    ))
}
