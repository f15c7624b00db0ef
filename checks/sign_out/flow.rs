//! The flow that runs when an app signs somebody out.

use super::{Scene, raised, subject};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Chosen, ChosenBy, Flows},
    probe::{ProbeError, authentik_api::ProviderRow, flows::FlowRow},
    stack::SignOut,
};

const RUNS: &str = "authentik has a flow for signing out of it";
const ENDS: &str = "signing out of it does to the session what is wanted";
/// authentik's own flows: the one of its own sign-out, and the one of an app's.
const ENDING: &str = "default-invalidation-flow";
const KEEPING: &str = "default-provider-invalidation-flow";

pub(super) fn judge(scene: &Scene, flows: &Flows) -> Findings {
    let mut findings = Findings::new();
    for app in &scene.apps {
        let Some(provider) = app.provider.as_ref().filter(|row| row.flows.is_some()) else {
            continue;
        };
        let url = app.says.issuer.value().unwrap_or(&scene.base.url);
        let host = flows.at(url);
        match flows.sign_out(provider, host.brand) {
            Chosen::None => findings.raise(RUNS, missing(flows, app, provider)),
            Chosen::Open => findings.unknown(RUNS, subject(app), &open(flows)),
            Chosen::Flow { flow, by } => {
                findings.merge(of_flow(flows, app, provider, flow, by));
            }
        }
    }
    findings
}

fn open(flows: &Flows) -> Unknown {
    Unknown {
        key: flows.cite.clone(),
        error: ProbeError::Failed {
            what: "finding the flow of signing out".into(),
            detail: "the flow that is set is not among those that were told".into(),
        },
    }
}

fn of_flow(
    flows: &Flows,
    app: &AppFacts,
    provider: &ProviderRow,
    flow: &FlowRow,
    by: ChosenBy<'_>,
) -> Findings {
    let mut findings = Findings::new();
    let cites = std::slice::from_ref(&flows.cite);
    let by = match by {
        ChosenBy::Brand(brand) => format!("brand {}", brand.domain),
        _ => format!("provider {}", provider.name),
    };
    let about = |raised: Raised| {
        raised
            .with("slug", flow.slug.clone())
            .with("flow_pk", flow.pk.clone())
            .with("chosen_by", by.clone())
            .cites(flows.cite.clone())
    };
    match refuses(flow) {
        Some(whom) => {
            let requirement = flow.authentication.clone().unwrap_or_default();
            let raised = about(raised("sign-out/flow-refuses", app))
                .with("whom", whom)
                .with("requirement", requirement);
            findings.raise(RUNS, raised);
            return findings;
        }
        None => findings.passed(RUNS, subject(app), cites),
    }
    let wanted = app.configured.as_ref().and_then(|app| app.sign_out);
    let (Some(wanted), Some(ends)) = (wanted, ends(flows, flow)) else {
        return findings;
    };
    match (wanted, ends) {
        (SignOut::EndsSession, false) => {
            let raised = about(raised("sign-out/keeps-session", app));
            findings.raise(ENDS, instead(raised, provider, ending(flows)));
        }
        (SignOut::KeepsSession, true) => {
            let raised = about(raised("sign-out/ends-session", app));
            findings.raise(ENDS, instead(raised, provider, keeping(flows)));
        }
        _ => findings.passed(ENDS, subject(app), cites),
    }
    findings
}

/// Whom a flow's requirement lets sign out, where that is not everybody who is signed in.
fn refuses(flow: &FlowRow) -> Option<&'static str> {
    match flow.authentication.as_deref()? {
        "require_unauthenticated" => Some("people who are not signed in"),
        "require_superuser" => Some("superusers"),
        "require_outpost" => Some("outposts"),
        "require_redirect" => Some("visitors whom another flow sends there"),
        "require_token" => Some("visitors with a link that authentik made"),
        _ => None,
    }
}

/// Whether a flow ends the session; `None` where a policy decides.
fn ends(flows: &Flows, flow: &FlowRow) -> Option<bool> {
    let mut stages = flows.stages_of(flow);
    let logout = stages.find(|stage| stage.kind.as_deref() == Some("userlogoutstage"));
    match logout {
        Some(stage) => (stage.policies == Some(0)).then_some(true),
        None => Some(false),
    }
}

fn ending(flows: &Flows) -> Option<&FlowRow> {
    preferred(flows, ENDING, true)
}

fn keeping(flows: &Flows) -> Option<&FlowRow> {
    preferred(flows, KEEPING, false)
}

/// A flow for signing out that does this to the session and refuses nobody; authentik's own before
/// others.
fn preferred<'a>(flows: &'a Flows, slug: &str, wanted: bool) -> Option<&'a FlowRow> {
    let fits = |flow: &&FlowRow| {
        flow.designation == "invalidation"
            && flow.policies == Some(0)
            && refuses(flow).is_none()
            && ends(flows, flow) == Some(wanted)
    };
    let own = flows.by_slug(slug).filter(fits);
    own.or_else(|| flows.flows.iter().find(fits))
}

fn missing(flows: &Flows, app: &AppFacts, provider: &ProviderRow) -> Raised {
    let better = match app.configured.as_ref().and_then(|app| app.sign_out) {
        Some(SignOut::EndsSession) => ending(flows),
        _ => keeping(flows).or_else(|| ending(flows)),
    };
    let raised = raised("sign-out/no-flow", app).cites(flows.cite.clone());
    instead(raised, provider, better)
}

/// What the provider names now, and could name instead.
fn instead(raised: Raised, provider: &ProviderRow, better: Option<&FlowRow>) -> Raised {
    let old = provider
        .flows
        .as_ref()
        .and_then(|flows| flows.invalidation.clone());
    raised
        .with_some("unset", old.is_none().then_some(true))
        .with_some("old", old)
        .with_some("better", better.map(|flow| flow.slug.clone()))
        .with_some("better_pk", better.map(|flow| flow.pk.clone()))
}
