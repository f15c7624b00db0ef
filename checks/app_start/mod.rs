//! Each app answers where browsers open it, begins its sign-in as its profile says, and leads to
//! this authentik with a request that authentik takes. The app's own request is taken apart and
//! never sent; where its provider is known to allow something, authentik is asked the same as
//! nobody, which writes nothing (verified.md 2). What it names as client and redirect URI is judged
//! by `redirect-uri`.

mod answer;
mod instance;
mod reached;
mod request;
mod rules;

use futures::future::join_all;

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts, Authorization, Base, Containers, StartSight},
    model::{Kind, Subject},
    probe::{authentik_api::ProviderRow, start::Authorize},
    stack::Stack,
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const BEGINS: &str = "its sign-in begins";

/// What every app is judged by.
struct Scene<'a> {
    stack: &'a Stack,
    seen: &'a Evidence,
    base: Base,
    containers: Option<Containers>,
    /// `None` where nothing told them all.
    providers: Option<Vec<ProviderRow>>,
}

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let (starts, containers, providers) = futures::join!(
        facts::starts(stack, seen, &apps),
        facts::containers(stack, seen),
        facts::providers(stack, seen, &base)
    );
    let scene = Scene {
        stack,
        seen,
        base,
        containers: containers.ok(),
        providers: providers.ok().map(|told| told.rows),
    };
    let looks = apps.iter().zip(&starts);
    let looks = looks.map(|(app, sight)| of_app(&scene, app, sight));
    let mut findings = Findings::new();
    for of_app in join_all(looks).await {
        findings.merge(of_app);
    }
    if apps.is_empty() {
        let instance = Subject::new(Kind::Instance, &scene.base.url);
        let why = "no app is known; name them in akdoctor.toml";
        findings.skipped(BEGINS, instance, why);
    }
    Ok(findings)
}

async fn of_app(scene: &Scene<'_>, app: &AppFacts, sight: &StartSight) -> Findings {
    let mut findings = Findings::new();
    let subject = Subject::new(Kind::App, &app.name);
    let leads = sight.started().is_some_and(|it| it.authorize().is_some());
    if app.says.no_source && !leads {
        let raised = Raised::new("app-start/not-configured", subject)
            .with("app", app.name.clone())
            .with("because", "its sign-in page names no authentication source")
            .with("seen", "a sign-in page without a link to authentik");
        let cites = facts::opened(app).map(|opened| page_of(&opened.url));
        findings.raise(BEGINS, cites.into_iter().fold(raised, Raised::cites));
        return findings;
    }
    let start = match sight {
        StartSight::Asked(start) => start,
        StartSight::Not(why) => {
            findings.skipped(BEGINS, subject, why.clone());
            return findings;
        }
    };
    let started = match &start.told {
        Ok(started) => started,
        Err(why) => return reached::judge(scene, app, start, why),
    };
    findings.passed(
        "browsers reach it",
        subject,
        std::slice::from_ref(&start.cite),
    );
    match started.authorize() {
        None => findings.merge(answer::judge(app, start, started)),
        Some(request) => {
            let subject = Subject::new(Kind::App, &app.name);
            findings.passed(BEGINS, subject, std::slice::from_ref(&start.cite));
            let leads = instance::judge(scene, app, start, request).await;
            let word = match leads.raised.is_empty() {
                true => word(scene, request).await,
                false => Authorization::Not("it does not lead to this authentik"),
            };
            findings.merge(leads);
            findings.merge(request::judge(app, start, request, &word));
        }
    }
    findings
}

/// What authentik says of a request.
async fn word(scene: &Scene<'_>, request: &Authorize) -> Authorization {
    match &scene.providers {
        Some(providers) => facts::authorization(scene.seen, &scene.base, providers, request).await,
        None => Authorization::Not("what its provider allows is not known"),
    }
}

/// The key of Gitea's sign-in page.
fn page_of(root: &str) -> String {
    format!("http GET {}/user/login", root.trim_end_matches('/'))
}

/// A fault of an app's start.
fn raised(code: &'static str, app: &AppFacts, start: &facts::Start) -> Raised {
    Raised::new(code, Subject::new(Kind::App, &app.name))
        .with("app", app.name.clone())
        .with("start", start.url.clone())
        .with_some(
            "container",
            app.container.as_ref().map(|it| it.name.clone()),
        )
        .cites(start.cite.clone())
}
