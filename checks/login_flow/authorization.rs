//! The flow between the sign-in and the way back to the app.

use super::{
    Scene, app,
    fault::{self, Judged},
    mend,
};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::AppFacts,
    probe::{ProbeError, authentik_api::ProviderRow, flows::FlowRow},
};

const LETS_ON: &str = "its flow of the authorization lets people on to the app";

pub(super) fn judge(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    for one in &scene.apps {
        if let Some(provider) = &one.provider {
            findings.merge(of_app(scene, one, provider));
        }
    }
    findings
}

fn of_app(scene: &Scene, one: &AppFacts, provider: &ProviderRow) -> Findings {
    let mut findings = Findings::new();
    let Some(named) = &provider.flows else {
        return findings;
    };
    let Some(pk) = &named.authorize else {
        findings.raise(LETS_ON, missing(scene, one, provider));
        return findings;
    };
    let Some(flow) = scene.flows.by_pk(pk) else {
        let why = Unknown {
            key: scene.flows.cite.clone(),
            error: ProbeError::Failed {
                what: "finding the provider's flow".into(),
                detail: format!("flow {pk} is not among those that were told"),
            },
        };
        findings.unknown(LETS_ON, app(one), &why);
        return findings;
    };
    match fault::of_authorization(&scene.flows, flow) {
        Judged::Fine => findings.passed(LETS_ON, app(one), scene.cites()),
        Judged::Open(why) => findings.unknown(LETS_ON, app(one), &why),
        Judged::Fault(fault) => {
            let raised = named_by(scene.raised(fault.code, app(one)), one, provider);
            findings.raise(LETS_ON, mend::of_flow(fault.onto(raised), flow));
        }
    }
    findings
}

fn named_by(raised: Raised, one: &AppFacts, provider: &ProviderRow) -> Raised {
    raised
        .with("app", one.name.clone())
        .with("provider", provider.name.clone())
        .with("provider_pk", provider.pk)
}

fn missing(scene: &Scene, one: &AppFacts, provider: &ProviderRow) -> Raised {
    let code = "login-flow/authorization-missing";
    let raised = named_by(scene.raised(code, app(one)), one, provider);
    let others = scene.apps.iter().filter_map(|app| app.provider.as_ref());
    let better: Option<&FlowRow> = mend::authorization(&scene.flows, others);
    raised
        .with_some("better", better.map(|flow| flow.slug.clone()))
        .with_some("better_pk", better.map(|flow| flow.pk.clone()))
}
