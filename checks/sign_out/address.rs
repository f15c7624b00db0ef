//! Where the browser goes to sign out: as authentik's document tells apps, and as an app was told
//! by hand.

use url::Url;

use super::{Scene, raised, subject};
use crate::{
    check::Findings,
    facts::{AppFacts, SeenDiscovery, means_container, origin},
    probe::{
        Probe as _,
        engine::{Container, InspectContainer},
        oidc::{Discovery, Told},
    },
};

const NAMES: &str = "its discovery document names where to sign out";
const GIVEN: &str = "the address for signing out that it was given is its own";
/// Before an application's slug, and after it.
const BEFORE: &str = "/application/o/";
const AFTER: &str = "/end-session";

/// What the documents tell; those that are none are told by `oidc-discovery`.
pub(super) fn documents(scene: &Scene, documents: &[Option<SeenDiscovery>]) -> Findings {
    let mut findings = Findings::new();
    for (app, seen) in scene.apps.iter().zip(documents) {
        let Some(seen) = seen else { continue };
        if let Ok(Told::Document(document)) = seen.told.as_deref() {
            findings.merge(of_document(app, seen, document));
        }
    }
    findings
}

fn of_document(app: &AppFacts, seen: &SeenDiscovery, document: &Discovery) -> Findings {
    let mut findings = Findings::new();
    let Some(end) = &document.end_session_endpoint else {
        let raised = raised("sign-out/no-end-session", app)
            .with("url", seen.url.clone())
            .cites(seen.cite.clone());
        findings.raise(NAMES, raised);
        return findings;
    };
    let others = document.authorization_endpoint.as_deref().and_then(origin);
    match (origin(end), others) {
        (Some(is), Some(others)) if is != others => {
            let raised = raised("sign-out/other-origin", app)
                .with("told", end.clone())
                .with("others", others)
                .cites(seen.cite.clone());
            findings.raise(NAMES, raised);
        }
        _ => findings.passed(NAMES, subject(app), std::slice::from_ref(&seen.cite)),
    }
    findings
}

/// An address for signing out that stands in a container's environment.
pub(super) struct Given<'a> {
    pub container: &'a Container,
    pub variable: &'a str,
    pub url: Url,
}

impl Given<'_> {
    pub(super) fn cite(&self) -> String {
        let id = self.container.id.clone();
        InspectContainer { id }.key()
    }

    fn slug(&self) -> Option<&str> {
        let (_, rest) = self.url.path().split_once(BEFORE)?;
        rest.split('/').next()
    }
}

/// Every variable of an app's container that holds one.
pub(super) fn given(app: &AppFacts) -> Vec<Given<'_>> {
    let Some(container) = app.container.as_deref() else {
        return Vec::new();
    };
    let variables = container.env.iter();
    let urls = variables.filter_map(|(variable, value)| {
        let url = Url::parse(value.plain()?).ok()?;
        let is_one = url.path().contains(BEFORE) && url.path().contains(AFTER);
        is_one.then_some(Given {
            container,
            variable,
            url,
        })
    });
    urls.collect()
}

pub(super) fn judge(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    for app in &scene.apps {
        for given in given(app) {
            match wrong(scene, app, &given) {
                Some((how, right)) => {
                    let raised = raised("sign-out/logout-url", app)
                        .with("variable", given.variable)
                        .with("container", given.container.name.clone())
                        .with("url", given.url.as_str())
                        .with("how", how)
                        .with("right", right)
                        .cites(given.cite());
                    findings.raise(GIVEN, raised);
                }
                None => findings.passed(GIVEN, subject(app), &[given.cite()]),
            }
        }
    }
    findings
}

/// What is wrong with an address, and the right one.
fn wrong(scene: &Scene, app: &AppFacts, given: &Given<'_>) -> Option<(String, String)> {
    let application = app.application.as_ref().map(|row| row.slug.as_str());
    let configured = app.configured.as_ref().map(|app| app.slug.as_str());
    let slug = application.or(configured)?;
    let is = given.slug()?;
    if is != slug {
        let how = format!("it is that of the application {is}, and this one's is {slug}");
        let mut right = given.url.clone();
        right.set_path(&given.url.path().replacen(is, slug, 1));
        return Some((how, right.into()));
    }
    let host = given.url.host_str()?;
    let containers = scene.containers.as_ref()?;
    means_container(&containers.all, host).then(|| {
        let path = format!("{BEFORE}{slug}{AFTER}/");
        let how = format!("no browser finds {host}, which is the name of a container");
        (how, scene.base.path(&path))
    })
}
