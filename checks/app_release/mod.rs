//! Each app's release, by the tag of its container's image, against the releases that its profile
//! says have no sign-in for people (apps.md 4).

use crate::{
    check::{Check, Findings, Raised},
    evidence::{Evidence, Unknown},
    facts::{self, AppFacts},
    model::{Kind, Subject},
    probe::{Probe as _, engine::InspectContainer},
    stack::{Stack, profiles::Release},
};

/// The check.
pub static CHECK: Check = Check {
    words: include_str!("check.toml"),
    run: |stack, seen| Box::pin(judge(stack, seen)),
};

const CAN: &str = "its release can sign people in";

async fn judge(stack: &Stack, seen: &Evidence) -> Result<Findings, Unknown> {
    let base = facts::base(stack, seen).await;
    let apps = facts::app_facts(stack, seen, &base).await;
    let profiles = stack.profiles().unwrap_or_default();
    let mut findings = Findings::new();
    for app in &apps {
        let id = app.says.profile.as_deref();
        let profile = profiles
            .iter()
            .find(|profile| Some(profile.id.as_str()) == id);
        for release in profile.iter().flat_map(|profile| &profile.releases) {
            of_app(app, release, &mut findings);
        }
    }
    Ok(findings)
}

fn of_app(app: &AppFacts, release: &Release, findings: &mut Findings) {
    let Some(container) = &app.container else {
        return;
    };
    let subject = Subject::new(Kind::App, &app.name);
    let id = container.id.clone();
    let cite = InspectContainer { id }.key();
    let tag = container.tag().unwrap_or("latest");
    match release.has(tag) {
        Some(true) => {
            let raised = Raised::new("app-release/no-sign-in", subject)
                .with("app", app.name.clone())
                .with("tag", tag)
                .with("from", release.from.clone())
                .with("last", release.last.clone())
                .with("lacks", release.lacks.clone())
                .with(
                    "image",
                    format!("{}:{}", container.repository(), release.last),
                )
                .cites(cite);
            findings.raise(CAN, raised);
        }
        Some(false) => findings.passed(CAN, subject, &[cite]),
        None => findings.skipped(
            CAN,
            subject,
            format!("its image's tag {tag} does not tell its release"),
        ),
    }
}
