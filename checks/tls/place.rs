//! Where connections go: each host and port once, with everybody who uses it.

use std::sync::Arc;

use super::Scene;
use crate::{
    check::{Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{NameUse, UsedBy, means_container},
    model::{Kind, Reach, Severity, Subject},
    probe::{
        Probe as _,
        tls::{TlsAnswer, TlsHandshake},
    },
};

/// What is looked at, as it is told of each place.
pub(super) const SHOWS: &str = "its certificate is one that browsers and apps take";

/// A host and port.
pub(super) struct Place<'a> {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) uses: Vec<&'a NameUse>,
}

/// A place with what it showed.
pub(super) struct Look<'a> {
    pub(super) place: Place<'a>,
    pub(super) cite: String,
    pub(super) told: Result<Arc<TlsAnswer>, Unknown>,
}

/// The places of a scheme that this machine can be at. A name that only containers know is told as
/// not asked; a loopback address that an app calls is its own container, of which `dns` tells.
pub(super) fn of<'a>(
    scene: &'a Scene<'_>,
    scheme: &str,
    findings: &mut Findings,
) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'a>> = Vec::new();
    for one in &scene.uses {
        let is_of_scheme = one
            .url
            .split_once(':')
            .is_some_and(|(is, _)| is.eq_ignore_ascii_case(scheme));
        if !is_of_scheme || (one.is_loopback() && !one.opened) {
            continue;
        }
        let found = scene.containers.as_ref().ok();
        if found.is_some_and(|found| means_container(&found.all, &one.name)) {
            let why = format!("only containers know the name {}", one.name);
            findings.skipped(SHOWS, subject_of(one), why);
            continue;
        }
        let same = |place: &&mut Place<'a>| place.host == one.name && place.port == one.port;
        match places.iter_mut().find(same) {
            Some(place) => place.uses.push(one),
            None => places.push(Place {
                host: one.name.clone(),
                port: one.port,
                uses: vec![one],
            }),
        }
    }
    places
}

fn subject_of(one: &NameUse) -> Subject {
    match &one.by {
        UsedBy::Instance => Subject::new(Kind::Instance, one.url.trim_end_matches('/')),
        UsedBy::App(app) | UsedBy::Given { app, .. } => Subject::new(Kind::App, app),
    }
}

/// What a fault of these places is a fault of, and who is hit.
pub(super) struct Weight {
    pub(super) subject: Subject,
    pub(super) reach: Reach,
    pub(super) certain: bool,
}

impl<'a> Place<'a> {
    /// Shakes hands.
    pub(super) async fn asked(self, seen: &Evidence) -> Look<'a> {
        let probe = TlsHandshake {
            host: self.host.clone(),
            port: self.port,
        };
        Look {
            cite: probe.key(),
            told: seen.ask(probe).await,
            place: self,
        }
    }

    /// "host:port", for people.
    pub(super) fn at(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// The URL that is told of: the first that holds the place.
    pub(super) fn url(&self) -> &str {
        self.uses.first().map_or("", |one| one.url.as_str())
    }

    /// The apps that use it.
    pub(super) fn apps(&self) -> impl Iterator<Item = &str> {
        self.uses.iter().filter_map(|one| one.app())
    }

    /// Whether authentik itself is behind it, as against an app.
    pub(super) fn is_of_authentik(&self) -> bool {
        let mut uses = self.uses.iter();
        uses.any(|one| !matches!(one.by, UsedBy::App(_)))
    }

    /// The subject of a point about this place alone.
    pub(super) fn subject(&self, scene: &Scene<'_>) -> Subject {
        weight(scene, &[self]).subject
    }
}

/// Everybody is hit where authentik's first address is among them; else the apps that use them.
/// Who uses a further address of authentik only the apps know.
pub(super) fn weight(scene: &Scene<'_>, places: &[&Place<'_>]) -> Weight {
    let instance = |url: &str| Subject::new(Kind::Instance, url.trim_end_matches('/'));
    let uses = || places.iter().flat_map(|place| place.uses.iter());
    let of_instance = || uses().filter(|one| matches!(one.by, UsedBy::Instance));
    let everybody = |subject, certain| Weight {
        subject,
        reach: Reach::Everybody,
        certain,
    };
    if of_instance().any(|one| one.url.trim_end_matches('/') == scene.base.url) {
        return everybody(instance(&scene.base.url), true);
    }
    if let Some(one) = of_instance().next() {
        return everybody(instance(&one.url), false);
    }
    let mut apps: Vec<&str> = places.iter().flat_map(|place| place.apps()).collect();
    apps.sort_unstable();
    apps.dedup();
    let subject = match apps.as_slice() {
        [app] => Subject::new(Kind::App, *app),
        _ => Subject::new(Kind::Name, places.first().map_or("", |it| it.host.as_str())),
    };
    Weight {
        subject,
        reach: Reach::Subject,
        certain: true,
    }
}

impl Weight {
    /// Error, for whoever is hit.
    pub(super) fn raised(self, code: &'static str) -> Raised {
        let raised = Raised::new(code, self.subject);
        let raised = raised.weighing(Severity::Error, self.reach);
        match self.certain {
            true => raised,
            false => raised.inferred(),
        }
    }
}
