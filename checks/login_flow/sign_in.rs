//! The flow of the sign-in: that of each brand that people here come by, and a provider's own.

use std::collections::BTreeMap;

use super::{
    Scene, app,
    fault::{self, Fault, Judged},
    mend,
};
use crate::{
    check::{Findings, Raised},
    evidence::Unknown,
    facts::{AppFacts, Chosen, ChosenBy},
    model::{Reach, Severity, Subject, list_of},
    probe::{
        ProbeError,
        flows::{BrandRow, FlowRow},
    },
};

const RUNS: &str = "the flow of the sign-in lets people sign in";
const OTHERS: &str = "the flows of further brands let people sign in";
const DEFAULT: &str = "a brand answers for every host";

/// A brand, and who comes by it.
struct Way<'a> {
    brand: Option<&'a BrandRow>,
    /// Whether every release would take this brand.
    sure: bool,
    /// Whether authentik's own address leads here.
    own: bool,
    apps: Vec<&'a AppFacts>,
}

pub(super) fn judge(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    let ways = ways(scene);
    for way in &ways {
        findings.merge(of_way(scene, way, ways.len()));
    }
    for app in &scene.apps {
        findings.merge(of_provider(scene, app));
    }
    findings.merge(hints(scene, &ways));
    findings.merge(further(scene, &ways));
    findings.merge(default_brand(scene));
    findings
}

/// The brands that people come by, with the apps that have no flow of their own.
fn ways(scene: &Scene) -> Vec<Way<'_>> {
    let mut ways: Vec<Way<'_>> = Vec::new();
    let apps = scene.apps.iter().filter(|app| !has_own(app));
    let apps = apps.map(|app| {
        (
            app.says.issuer.value().unwrap_or(&scene.base.url),
            Some(app),
        )
    });
    for (url, app) in std::iter::once((scene.base.url.as_str(), None)).chain(apps) {
        let host = scene.flows.at(url);
        let pk = |brand: Option<&BrandRow>| brand.map(|brand| brand.pk.clone());
        let known = ways.iter_mut().find(|way| pk(way.brand) == pk(host.brand));
        if let Some(way) = known {
            way.sure &= host.sure;
            way.apps.extend(app);
            continue;
        }
        ways.push(Way {
            brand: host.brand,
            sure: host.sure,
            own: app.is_none(),
            apps: app.into_iter().collect(),
        });
    }
    ways
}

fn has_own(app: &AppFacts) -> bool {
    let flows = app.provider.as_ref().and_then(|row| row.flows.as_ref());
    flows.is_some_and(|flows| flows.authentication.is_some())
}

fn of_way(scene: &Scene, way: &Way<'_>, ways: usize) -> Findings {
    let mut findings = Findings::new();
    match judged(scene, way) {
        Judged::Fine => findings.passed(RUNS, scene.instance(), scene.cites()),
        Judged::Open(why) => findings.unknown(RUNS, scene.instance(), &why),
        // Everybody comes this way.
        Judged::Fault(fault) if ways == 1 => {
            findings.raise(RUNS, raised(scene, way, &fault, scene.instance()));
        }
        Judged::Fault(fault) => {
            for one in &way.apps {
                let raised = raised(scene, way, &fault, app(one));
                findings.raise(RUNS, weighed(raised, &fault, Reach::Subject));
            }
            if way.own {
                let raised = raised(scene, way, &fault, scene.instance());
                findings.raise(RUNS, weighed(raised, &fault, Reach::Nobody));
            }
        }
    }
    findings
}

/// An error hits those; a warning stays one.
fn weighed(raised: Raised, fault: &Fault, reach: Reach) -> Raised {
    match (fault.code, reach) {
        ("login-flow/designation", _) => raised,
        (_, Reach::Nobody) => raised.weighing(Severity::Warning, reach),
        _ => raised.weighing(Severity::Error, reach),
    }
}

fn judged(scene: &Scene, way: &Way<'_>) -> Judged {
    match scene.flows.sign_in(None, way.brand) {
        Chosen::Flow { flow, .. } => fault::of_sign_in(&scene.flows, flow),
        Chosen::None => Judged::Fault(Fault {
            code: "login-flow/missing",
            values: Vec::new(),
        }),
        Chosen::Open => Judged::Open(decided(scene)),
    }
}

fn decided(scene: &Scene) -> Unknown {
    Unknown {
        key: scene.flows.cite.clone(),
        error: ProbeError::Failed {
            what: "choosing the flow".into(),
            detail: "no flow is set, and policies decide which of them runs; set one at the brand"
                .into(),
        },
    }
}

fn raised(scene: &Scene, way: &Way<'_>, fault: &Fault, subject: Subject) -> Raised {
    let raised = fault.onto(scene.raised(fault.code, subject));
    let raised = mend::login_stage(raised, &scene.flows);
    let raised = match scene.flows.sign_in(None, way.brand) {
        Chosen::Flow { flow, by } => mend::chosen(raised, &scene.flows, flow, by, None, way.brand),
        _ => raised,
    };
    match way.sure {
        true => raised,
        false => raised.inferred(),
    }
}

/// A provider with a flow of its own.
fn of_provider(scene: &Scene, one: &AppFacts) -> Findings {
    let mut findings = Findings::new();
    let Some(provider) = one.provider.as_ref().filter(|_| has_own(one)) else {
        return findings;
    };
    match scene.flows.sign_in(Some(provider), None) {
        Chosen::Flow { flow, by } => match fault::of_sign_in(&scene.flows, flow) {
            Judged::Fine => findings.passed(RUNS, app(one), scene.cites()),
            Judged::Open(why) => findings.unknown(RUNS, app(one), &why),
            Judged::Fault(fault) => {
                let raised = fault.onto(scene.raised(fault.code, app(one)));
                let raised = mend::login_stage(raised, &scene.flows);
                let provider = Some(provider);
                let raised = mend::chosen(raised, &scene.flows, flow, by, provider, None);
                findings.raise(RUNS, weighed(raised, &fault, Reach::Subject));
            }
        },
        _ => findings.unknown(RUNS, app(one), &decided(scene)),
    }
    findings
}

/// Whom the flows in use may keep out, each flow once.
fn hints(scene: &Scene, ways: &[Way<'_>]) -> Findings {
    let mut findings = Findings::new();
    let of_ways = ways.iter().map(|way| scene.flows.sign_in(None, way.brand));
    let own = scene.apps.iter().filter(|app| has_own(app));
    let of_providers = own.map(|app| scene.flows.sign_in(app.provider.as_ref(), None));
    let mut used: BTreeMap<&str, &FlowRow> = BTreeMap::new();
    for chosen in of_ways.chain(of_providers) {
        if let Chosen::Flow { flow, .. } = chosen
            && matches!(fault::of_sign_in(&scene.flows, flow), Judged::Fine)
        {
            used.insert(&flow.pk, flow);
        }
    }
    for flow in used.into_values() {
        for hint in fault::hints(&scene.flows, flow) {
            let raised = hint.onto(scene.raised(hint.code, scene.instance()));
            findings.raise(RUNS, mend::of_flow(raised, flow).apart());
        }
    }
    findings
}

/// Brands that nobody known here comes by: a fault of theirs is told as a warning.
fn further(scene: &Scene, ways: &[Way<'_>]) -> Findings {
    let mut findings = Findings::new();
    let used: Vec<&str> = ways
        .iter()
        .filter_map(|way| Some(way.brand?.pk.as_str()))
        .collect();
    let others = scene.flows.brands.iter();
    let others = others.filter(|brand| !used.contains(&brand.pk.as_str()));
    let (mut any, mut faulty) = (false, Vec::new());
    for brand in others.filter(|brand| brand.authentication.is_some()) {
        any = true;
        let Chosen::Flow { flow, by } = scene.flows.sign_in(None, Some(brand)) else {
            continue;
        };
        let is_brand = matches!(by, ChosenBy::Brand(_));
        if let Judged::Fault(fault) = fault::of_sign_in(&scene.flows, flow)
            && is_brand
        {
            faulty.push(brand.domain.as_str());
            let raised = fault.onto(scene.raised(fault.code, scene.instance()));
            let raised = mend::login_stage(raised, &scene.flows);
            let raised = mend::chosen(raised, &scene.flows, flow, by, None, Some(brand));
            let raised = raised.weighing(Severity::Warning, Reach::Nobody);
            findings.raise(OTHERS, raised.apart());
        }
    }
    if any && list_of(&faulty).is_empty() {
        findings.passed(OTHERS, scene.instance(), scene.cites());
    }
    findings
}

/// Without a default brand a host that no brand is for has no flows of its own.
fn default_brand(scene: &Scene) -> Findings {
    let mut findings = Findings::new();
    match scene.flows.brands.iter().any(|brand| brand.default) {
        true => findings.passed(DEFAULT, scene.instance(), scene.cites()),
        false => {
            let raised = scene.raised("login-flow/no-default-brand", scene.instance());
            findings.raise(DEFAULT, raised);
        }
    }
    findings
}
