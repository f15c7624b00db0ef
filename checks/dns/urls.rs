//! What can be told from the URLs alone: a name that only containers know in a URL that browsers
//! open, and `localhost` in a URL that an app's container calls.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::Value;

use super::{Scene, mend, witness};
use crate::{
    check::{Findings, Raised},
    facts::{NameUse, UsedBy, container_called, means_container},
    model::{Kind, Reach, Severity, Subject},
};

/// Codes that speak of one app's own setting, with the code of the one mistake behind them where
/// several apps were given the same name.
const SHARED: [(&str, &str); 2] = [
    ("dns/service-name-in-url", "dns/service-name-in-urls"),
    ("dns/localhost-in-container", "dns/localhost-in-containers"),
];

const OPENED: &str = "browsers know the names in the URLs that they open";

pub(super) async fn judge(scene: &Scene<'_>) -> Findings {
    let mut findings = Findings::new();
    let mut told: Vec<(&str, Option<&str>)> = Vec::new();
    let mut clean = !scene.uses.is_empty();
    for one in scene.uses.iter().filter(|one| one.opened) {
        if !is_of_containers(scene, one) || is_known_here(scene, one).await {
            continue;
        }
        if matches!(one.by, UsedBy::Instance) && one.url.trim_end_matches('/') != scene.base.url {
            // A further address may well be for containers alone.
            let subject = Subject::new(Kind::Instance, &one.url);
            let why = format!(
                "{} is a name of containers, and no app sends browsers there",
                one.name
            );
            findings.skipped(OPENED, subject, why);
            continue;
        }
        clean = false;
        if !told.contains(&(&one.name, one.app())) {
            told.push((&one.name, one.app()));
            findings.raise(OPENED, service_name(scene, one));
        }
    }
    for root in shared(&findings.raised) {
        findings.raise(OPENED, root);
    }
    if clean && scene.containers.is_ok() {
        let subject = Subject::new(Kind::Instance, &scene.base.url);
        findings.passed(OPENED, subject, &["containers".to_owned()]);
    }
    findings
}

/// Whether a code speaks of one app's own setting, however many apps have it.
pub(super) fn is_of_its_app(code: &str) -> bool {
    SHARED.iter().any(|(single, _)| *single == code)
}

/// One name that several apps were given is one mistake, which names every place to write another
/// in; what each app makes of it follows from that.
pub(super) fn shared(raised: &[Raised]) -> Vec<Raised> {
    let mut by_name: BTreeMap<(&str, &str), Vec<&Raised>> = BTreeMap::new();
    for one in raised.iter().filter(|one| one.subject.kind == Kind::App) {
        let code = SHARED.iter().find(|(single, _)| *single == one.code);
        let name = one.values.get("name").and_then(|name| name.as_str());
        if let (Some((_, code)), Some(name)) = (code, name) {
            by_name.entry((code, name)).or_default().push(one);
        }
    }
    let several = by_name.into_iter().filter(|(_, those)| those.len() > 1);
    several
        .map(|((code, name), those)| of_several(code, name, &those))
        .collect()
}

fn of_several(code: &str, name: &str, those: &[&Raised]) -> Raised {
    let each = |key: &str| -> Vec<Value> {
        let values = those.iter().filter_map(|one| one.values.get(key).cloned());
        values.collect()
    };
    let apps: Vec<&str> = those.iter().map(|one| one.subject.name.as_str()).collect();
    let code = SHARED.iter().find(|(_, shared)| *shared == code);
    let code = code.map_or("dns/service-name-in-urls", |(_, shared)| shared);
    // Each app's own URL, whole: paths and ports differ.
    let better: Option<Vec<String>> = (those.iter())
        .map(|one| {
            let text = |key| one.values.get(key).and_then(Value::as_str);
            Some(format!("{} in {}", text("better")?, text("place")?))
        })
        .collect();
    let cites = those.iter().flat_map(|one| one.cites.clone());
    let raised = Raised::new(code, Subject::new(Kind::Name, name))
        .with("name", name)
        .with("apps", apps)
        .with("places", each("place"))
        .with_some("better", better);
    cites.fold(raised, Raised::cites)
}

/// Whether a name means a container, and so nothing to a browser.
pub(super) fn is_of_containers(scene: &Scene<'_>, one: &NameUse) -> bool {
    let Ok(found) = &scene.containers else {
        return false;
    };
    means_container(&found.all, &one.name)
}

/// Whether this machine knows the name as well: a line in its hosts file lets browsers and
/// containers share a container's name, which is a way of its own.
async fn is_known_here(scene: &Scene<'_>, one: &NameUse) -> bool {
    let is_address = one.name.parse::<IpAddr>().is_ok();
    !is_address && witness::here(scene.seen, &one.name).await.resolver.is_ok()
}

fn service_name(scene: &Scene<'_>, one: &NameUse) -> Raised {
    let subject = match &one.by {
        UsedBy::Instance => Subject::new(Kind::Instance, &one.url),
        UsedBy::App(app) | UsedBy::Given { app, .. } => Subject::new(Kind::App, app),
    };
    let found = scene.containers.as_ref().ok();
    let container = found.and_then(|found| container_called(&found.all, &one.name));
    let place = match &one.by {
        UsedBy::Instance => "akdoctor.toml".to_owned(),
        UsedBy::App(app) => format!("the address of {app}"),
        UsedBy::Given { place, .. } => place.text.clone(),
    };
    let cites = match &one.by {
        UsedBy::Given { place, .. } => place.cites.clone(),
        _ => Vec::new(),
    };
    let raised = Raised::new("dns/service-name-in-url", subject)
        .with("name", one.name.clone())
        .with("url", one.url.clone())
        .with("place", place)
        .with_some("container", container.map(|c| c.name.clone()))
        .with_some("better", mend::opened_instead(scene, one));
    let raised = match one.by {
        UsedBy::Instance => raised.weighing(Severity::Error, Reach::Everybody),
        _ => raised,
    };
    cites.into_iter().fold(raised, Raised::cites)
}
