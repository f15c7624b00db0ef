//! What is wrong with a flow, whoever chose it.

use serde_json::Value;

use crate::{
    check::Raised,
    evidence::Unknown,
    facts::{Flows, is_of_sources},
    model::list_of,
    probe::{
        ProbeError,
        flows::{FlowRow, StageRow},
    },
};

/// What a flow comes to.
pub(super) enum Judged {
    /// Nothing is wrong with it.
    Fine,
    /// This is.
    Fault(Fault),
    /// It cannot be told.
    Open(Unknown),
}

/// A fault: its code, and the values of its words.
pub(super) struct Fault {
    pub code: &'static str,
    pub values: Vec<(&'static str, Value)>,
}

impl Fault {
    fn new(code: &'static str) -> Self {
        let values = Vec::new();
        Self { code, values }
    }

    fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// Puts its values to a finding.
    pub(super) fn onto(&self, raised: Raised) -> Raised {
        let values = self.values.iter();
        values.fold(raised, |raised, (name, value)| {
            raised.with(name, value.clone())
        })
    }
}

/// Whether a flow's requirement lets those pass whom it is for; `None` for one that this akdoctor
/// does not know.
enum Lets {
    Pass,
    /// Nobody, or only these.
    Only(&'static str),
    Unheard(String),
}

/// Somebody who signs in is not signed in yet.
fn lets_strangers(requirement: Option<&str>) -> Lets {
    match requirement {
        None | Some("none" | "require_unauthenticated") => Lets::Pass,
        Some("require_authenticated") => Lets::Only("people who are signed in already"),
        Some("require_superuser") => Lets::Only("superusers who are signed in already"),
        Some(other) => machines(other),
    }
}

/// Somebody who was just signed in.
fn lets_signed_in(requirement: Option<&str>) -> Lets {
    match requirement {
        None | Some("none" | "require_authenticated") => Lets::Pass,
        Some("require_unauthenticated") => Lets::Only("people who are not signed in"),
        Some("require_superuser") => Lets::Only("superusers"),
        Some(other) => machines(other),
    }
}

fn machines(requirement: &str) -> Lets {
    match requirement {
        "require_redirect" => Lets::Only("visitors whom another flow sends there"),
        "require_outpost" => Lets::Only("outposts"),
        "require_token" => Lets::Only("visitors with a link that authentik made"),
        other => Lets::Unheard(other.to_owned()),
    }
}

/// A flow as that of the sign-in.
pub(super) fn of_sign_in(flows: &Flows, flow: &FlowRow) -> Judged {
    if is_of_sources(flow) {
        return Judged::Fault(Fault::new("login-flow/of-sources"));
    }
    let requirement = flow.authentication.as_deref();
    match lets_strangers(requirement) {
        Lets::Pass => {}
        Lets::Only(whom) => return Judged::Fault(refuses("login-flow/refuses", flow, whom)),
        Lets::Unheard(what) => return open(flows, &what),
    }
    let stages: Vec<&StageRow> = flows.stages_of(flow).collect();
    match of_stages(&stages).or_else(|| designation(flow)) {
        Some(fault) => Judged::Fault(fault),
        None => Judged::Fine,
    }
}

/// A flow as that of the authorization; it may be empty.
pub(super) fn of_authorization(flows: &Flows, flow: &FlowRow) -> Judged {
    match lets_signed_in(flow.authentication.as_deref()) {
        Lets::Pass => Judged::Fine,
        Lets::Only(whom) => Judged::Fault(refuses("login-flow/authorization-refuses", flow, whom)),
        Lets::Unheard(what) => open(flows, &what),
    }
}

fn refuses(code: &'static str, flow: &FlowRow, whom: &str) -> Fault {
    let requirement = flow.authentication.clone().unwrap_or_default();
    Fault::new(code)
        .with("whom", whom)
        .with("requirement", requirement)
}

fn open(flows: &Flows, requirement: &str) -> Judged {
    Judged::Open(Unknown {
        key: flows.cite.clone(),
        error: ProbeError::Malformed {
            what: "the flow's authentication requirement".into(),
            detail: format!("{requirement:?} is none that this akdoctor knows"),
        },
    })
}

fn of_stages(stages: &[&StageRow]) -> Option<Fault> {
    if stages.is_empty() {
        return Some(Fault::new("login-flow/empty"));
    }
    // A stage that a policy may skip says nothing for sure.
    let always = || stages.iter().filter(|stage| stage.policies == Some(0));
    always()
        .find_map(|stage| knows_nobody(stage))
        .or_else(|| denies(stages))
        .or_else(|| stages.iter().find_map(|stage| checks_nothing(stage)))
        .or_else(|| signs_nobody_in(stages))
}

fn knows_nobody(stage: &StageRow) -> Option<Fault> {
    let no_fields = stage.user_fields.as_ref().is_some_and(Vec::is_empty);
    let no_other_way = stage.sources == Some(0) && stage.passwordless == Some(false);
    (no_fields && no_other_way).then(|| of_stage("login-flow/no-user-fields", stage))
}

/// Even where a policy may skip it: whoever comes to it is refused. An identification stage that asks
/// for the password too checks it with another stage.
fn checks_nothing(stage: &StageRow) -> Option<Fault> {
    let nothing = stage.backends.as_ref().is_some_and(Vec::is_empty);
    let (pk, inside) = match stage.kind.as_deref() {
        Some("passwordstage") => (&stage.stage, ""),
        Some("identificationstage") => {
            (stage.checking.as_ref()?, " in the password stage inside it")
        }
        _ => return None,
    };
    nothing.then(|| {
        let fault = Fault::new("login-flow/no-backends").with("stage", stage.name.clone());
        fault.with("stage_pk", pk.clone()).with("inside", inside)
    })
}

/// A stage that refuses everybody who comes to it, and everybody does: no policy may skip it, and no
/// stage before it leads away from the flow.
fn denies(stages: &[&StageRow]) -> Option<Fault> {
    let stays = |stage: &&&StageRow| {
        !matches!(
            stage.kind.as_deref(),
            None | Some("redirectstage" | "sourcestage")
        )
    };
    let denies = |stage: &&&StageRow| is_deny(stage) && stage.policies == Some(0);
    let stage = stages.iter().take_while(stays).find(denies)?;
    Some(of_stage("login-flow/denies", stage).with("order", stage.order))
}

fn is_deny(stage: &StageRow) -> bool {
    stage.kind.as_deref() == Some("denystage")
}

/// Whom a flow that lets people in may keep out for all that: by what policies decide, or for want
/// of a second factor. Somebody may have wanted it so.
pub(super) fn hints(flows: &Flows, flow: &FlowRow) -> Vec<Fault> {
    let hint = |stage: &StageRow| {
        let by_policy = is_deny(stage) && stage.policies.is_some_and(|count| count > 0);
        if by_policy {
            return Some(of_stage("login-flow/may-deny", stage));
        }
        let wants = stage.not_configured_action.as_deref() == Some("deny");
        wants.then(|| of_stage("login-flow/second-factor-wanted", stage))
    };
    flows.stages_of(flow).filter_map(hint).collect()
}

fn of_stage(code: &'static str, stage: &StageRow) -> Fault {
    Fault::new(code)
        .with("stage", stage.name.clone())
        .with("stage_pk", stage.stage.clone())
}

/// No stage signs anybody in, and none leads to another flow that could.
fn signs_nobody_in(stages: &[&StageRow]) -> Option<Fault> {
    let leads_on = |stage: &&StageRow| match stage.kind.as_deref() {
        Some("userloginstage" | "redirectstage" | "sourcestage") | None => true,
        // Whoever chooses a source goes on in the source's flow.
        Some("identificationstage") => {
            stage.sources != Some(0) && stage.user_fields.as_ref().is_none_or(Vec::is_empty)
        }
        _ => false,
    };
    if stages.iter().any(leads_on) {
        return None;
    }
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let last = stages.iter().map(|stage| stage.order).max().unwrap_or(0);
    let fault = Fault::new("login-flow/no-login-stage").with("stages", list_of(&names));
    Some(fault.with("order", last.saturating_add(10)))
}

/// authentik runs what it was told to, whatever the flow is for.
fn designation(flow: &FlowRow) -> Option<Fault> {
    (flow.designation != "authentication")
        .then(|| Fault::new("login-flow/designation").with("designation", flow.designation.clone()))
}
