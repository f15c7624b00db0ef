//! authentik names itself as it is asked: a reverse proxy before it passes on the scheme and the
//! host that the browser used, and authentik believes it. Judged by each app's discovery document,
//! in which authentik writes what it takes itself to be (knowledge B.5).

mod difference;
mod mend;
mod trust;
mod why;

use std::collections::BTreeSet;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Base, Containers, SeenDiscovery},
    model::{Kind, Reach, Severity, Subject, Version, list_of},
    probe::{
        Probe as _, ProbeError,
        authentik_api::Me,
        lookup::SystemLookup,
        oidc::{Discovery, Told},
    },
    stack::Stack,
};
use difference::{Difference, Names};

const ORIGIN: &str = "authentik's addresses have the name under which they are asked";
const AUTHORIZATION: &str = "the header Authorization arrives at authentik";
/// What authentik says where no token came (recorded 053); of one that it does not know it says
/// "Token invalid/expired" (recorded 054).
const NO_TOKEN_CAME: &str = "Authentication credentials were not provided.";

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

/// What every part of this check judges by.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    containers: Result<Containers, Unknown>,
    version: Option<Version>,
}

/// Documents that were asked at one origin and tell of one other.
struct Elsewhere<'a> {
    names: Names,
    /// A document of these.
    document: &'a SeenDiscovery,
    apps: BTreeSet<&'a str>,
    cites: Vec<String>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let mut findings = Findings::new();
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let instance = Subject::new(Kind::Instance, &base.url);
    findings.merge(authorization(stack, seen, &base).await);
    let documents = match facts::discovery(seen, &base, &apps).await {
        Ok(documents) => documents,
        Err(why) if why.is_not_configured() => {
            findings.skipped(ORIGIN, instance, why.to_string());
            return Ok(findings);
        }
        Err(why) => return Err(why),
    };
    let scene = Scene {
        version: facts::version(stack, seen, &base).await,
        containers: facts::containers(stack, seen).await,
        stack,
        seen,
        base,
    };
    let all = elsewhere(&apps, &documents);
    let right = documents.iter().flatten().find(|document| {
        let names = document_of(document).and_then(|told| Names::of(&document.url, told));
        names.is_some_and(|names| names.difference().is_none())
    });
    if let (true, Some(document)) = (all.is_empty(), right) {
        findings.passed(ORIGIN, instance, std::slice::from_ref(&document.cite));
    }
    for one in &all {
        if let Some(difference) = one.names.difference() {
            let raised = raised(&scene, one, &apps, difference).await;
            findings.raise(ORIGIN, raised);
        }
    }
    Ok(findings)
}

/// Whether the token that went along with a question of our own came to authentik. Apps send their
/// access token, and many their client secret, in the same header.
async fn authorization(stack: &Stack, seen: &Evidence, base: &Base) -> Findings {
    let mut findings = Findings::new();
    let instance = Subject::new(Kind::Instance, &base.url);
    let cite = Me {
        base: base.url.clone(),
    }
    .key();
    match facts::rights(stack, seen, &base.url).await {
        Ok(_) => findings.passed(AUTHORIZATION, instance, &[cite]),
        Err(why) => {
            let lost = match &why.error {
                ProbeError::NotAllowed { detail, .. } => detail.starts_with(NO_TOKEN_CAME),
                _ => false,
            };
            if lost {
                let raised = Raised::new("proxy-headers/authorization-lost", instance)
                    .with("url", base.url.clone())
                    .with("said", NO_TOKEN_CAME)
                    .cites(cite)
                    // Apps may ask authentik at another address.
                    .inferred();
                findings.raise(AUTHORIZATION, raised);
            }
        }
    }
    findings
}

fn document_of(seen: &SeenDiscovery) -> Option<&Discovery> {
    match seen.told.as_deref() {
        Ok(Told::Document(document)) => Some(document),
        _ => None,
    }
}

/// One difference is one fault of a proxy, however many apps read their document there.
fn elsewhere<'a>(
    apps: &'a [AppFacts],
    documents: &'a [Option<SeenDiscovery>],
) -> Vec<Elsewhere<'a>> {
    let mut all: Vec<Elsewhere<'a>> = Vec::new();
    for (app, document) in apps.iter().zip(documents) {
        let Some(document) = document else { continue };
        let told = document_of(document);
        let names = told.and_then(|told| Names::of(&document.url, told));
        let Some(names) = names.filter(|names| names.difference().is_some()) else {
            continue;
        };
        match all.iter_mut().find(|one| one.names == names) {
            Some(one) => {
                one.apps.insert(&app.name);
                one.cites.push(document.cite.clone());
            }
            None => all.push(Elsewhere {
                names,
                document,
                apps: BTreeSet::from([app.name.as_str()]),
                cites: vec![document.cite.clone()],
            }),
        }
    }
    all
}

async fn raised(
    scene: &Scene<'_>,
    one: &Elsewhere<'_>,
    apps: &[AppFacts],
    difference: Difference,
) -> Raised {
    let (asked, told) = (one.names.asked.clone(), one.names.told.clone());
    let own = own_address(scene, &told);
    let why = why::of(scene, one).await;
    let code = match difference {
        _ if own.is_some() => "proxy-headers/own-address",
        Difference::Scheme | Difference::Host | Difference::Port if why.not_trusted => {
            "proxy-headers/not-trusted"
        }
        Difference::Scheme => "proxy-headers/scheme-lost",
        Difference::AddedScheme => "proxy-headers/scheme-added",
        Difference::Host => "proxy-headers/host-rewritten",
        Difference::Port => "proxy-headers/port-lost",
    };
    let names: Vec<&str> = one.apps.iter().copied().collect();
    let raised = Raised::new(code, Subject::new(Kind::Instance, &scene.base.url))
        .with("asked", asked)
        .with("told", told)
        .with("apps", list_of(&names))
        .with("why", why.words())
        .with_some("variable_value", own)
        .apart();
    let cites = one.cites.iter().chain(&why.cites);
    let raised = cites.fold(raised, Raised::cites);
    let raised = mend::with(scene, one, raised);
    if code != "proxy-headers/own-address" && leads_nowhere(scene, &one.names.told_host).await {
        // Browsers are sent there by every app that reads the document.
        let everybody = names.len() == apps.len();
        let raised = raised.weighing(Severity::Error, Reach::Everybody);
        return if everybody { raised } else { raised.inferred() };
    }
    raised
}

/// The address that authentik was given for itself (from 2026.8), where that is what it tells.
fn own_address(scene: &Scene<'_>, told: &str) -> Option<String> {
    let server = scene.containers.as_ref().ok()?.roles.server.first()?;
    let url = server.plain_env("AUTHENTIK_WEB__BASE_URL")?;
    let is_told = facts::origin(url).is_some_and(|own| own.eq_ignore_ascii_case(told));
    let may = scene.version.as_ref().is_none_or(|it| it.at_least(2026, 8));
    (is_told && may).then(|| url.to_owned())
}

/// Whether browsers cannot be sent to a host: this machine does not know it, or it is a container.
async fn leads_nowhere(scene: &Scene<'_>, host: &str) -> bool {
    let found = scene.containers.as_ref().ok();
    if found.is_some_and(|found| facts::means_container(&found.all, host)) {
        return true;
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        return false;
    }
    let ask = SystemLookup { host: host.into() };
    let looked = scene.seen.ask(ask).await;
    looked.is_err_and(|why| matches!(why.error, ProbeError::NoAddress { .. }))
}
