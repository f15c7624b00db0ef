//! Flows, their stages and the brands, as the API lists them: seven lists, whatever their length.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{LIST, List, ask::Api, pages};
use crate::probe::{
    Probe, ProbeError, Tools,
    flows::{BrandRow, FlowFacts, FlowRow, StageRow},
    http::place_of,
};

/// Flows, their stages and the brands. Needs `view_flow`, `view_flowstagebinding` and `view_brand`;
/// what stages hold and which policies are bound is told where the token may see it.
#[derive(Debug, Clone, Serialize)]
pub struct AskFlows {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

impl Probe for AskFlows {
    const KIND: &'static str = "flows";
    const LIMIT: Option<Duration> = LIST;
    type Answer = FlowFacts;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/flows/", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<FlowFacts, ProbeError> {
        let base = &self.base;
        let view_flow = "authentik_flows.view_flow";
        let view_binding = "authentik_flows.view_flowstagebinding";
        let view_brand = "authentik_brands.view_brand";
        let (flows, bindings, brands, policies, details) = futures::join!(
            rows::<FlowWire>(tools, base, view_flow, "/flows/instances/", |row| &row.pk),
            rows::<BindingWire>(tools, base, view_binding, "/flows/bindings/", |row| &row.pk),
            rows::<BrandWire>(tools, base, view_brand, "/core/brands/", |row| &row
                .brand_uuid),
            policies(tools, base),
            Details::of(tools, base),
        );
        let flows = flows?.into_iter();
        let bindings = bindings?.into_iter();
        Ok(FlowFacts {
            flows: Some(flows.map(|row| row.told(policies.as_ref())).collect()),
            flow_stages: Some(
                bindings
                    .map(|row| row.told(policies.as_ref(), &details))
                    .collect(),
            ),
            brands: Some(brands?.into_iter().map(BrandRow::from).collect()),
        })
    }
}

/// Every row of a list; one that a limited token shortens is refused, since a flow that is not told
/// would look as if there were none.
async fn rows<W: DeserializeOwned + Send>(
    tools: &Tools,
    base: &str,
    permission: &'static str,
    path: &str,
    pk: impl Fn(&W) -> &String,
) -> Result<Vec<W>, ProbeError> {
    let api = Api::new(tools, base, Some(permission))?;
    let list: List<W> = pages::all(&api, path, |row| pk(row).clone()).await?;
    if list.is_shortened() {
        return Err(ProbeError::NotAllowed {
            what: format!("reading all of {path}"),
            detail: format!(
                "the token's user sees {} of {}",
                list.rows.len(),
                list.count
            ),
        });
    }
    Ok(list.rows)
}

/// How many enabled bindings each target has. A target is named by its own primary key (recorded
/// 127), in some releases perhaps by that of the table above it: both are looked for.
type Bound = HashMap<String, u64>;

async fn policies(tools: &Tools, base: &str) -> Option<Bound> {
    let permission = "authentik_policies.view_policybinding";
    let list = rows::<PolicyWire>(tools, base, permission, "/policies/bindings/", |row| {
        &row.pk
    });
    let mut bound = Bound::new();
    for row in list.await.ok()?.into_iter().filter(|row| row.enabled) {
        *bound.entry(row.target).or_default() += 1;
    }
    Some(bound)
}

fn bound_to(bound: Option<&Bound>, pk: &str, above: Option<&str>) -> Option<u64> {
    let count = |pk: &str| bound.map(|bound| bound.get(pk).copied().unwrap_or(0));
    Some(count(pk)? + above.and_then(count).unwrap_or(0))
}

/// What single kinds of stages hold, by primary key; empty where it may not be seen.
#[derive(Default)]
struct Details {
    identification: HashMap<String, IdentificationWire>,
    password: HashMap<String, PasswordWire>,
    second_factor: HashMap<String, SecondFactorWire>,
}

impl Details {
    async fn of(tools: &Tools, base: &str) -> Self {
        let identification = "authentik_stages_identification.view_identificationstage";
        let password = "authentik_stages_password.view_passwordstage";
        let validate = "authentik_stages_authenticator_validate.view_authenticatorvalidatestage";
        let (identification, password, second_factor) = futures::join!(
            rows::<IdentificationWire>(
                tools,
                base,
                identification,
                "/stages/identification/",
                |row| &row.pk
            ),
            rows::<PasswordWire>(tools, base, password, "/stages/password/", |row| &row.pk),
            rows::<SecondFactorWire>(
                tools,
                base,
                validate,
                "/stages/authenticator/validate/",
                |row| &row.pk
            ),
        );
        Self {
            identification: by_pk(identification, |row| &row.pk),
            password: by_pk(password, |row| &row.pk),
            second_factor: by_pk(second_factor, |row| &row.pk),
        }
    }
}

fn by_pk<W>(rows: Result<Vec<W>, ProbeError>, pk: impl Fn(&W) -> &String) -> HashMap<String, W> {
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|row| (pk(&row).clone(), row)).collect()
}

/// A row of `/flows/instances/`.
#[derive(Deserialize)]
struct FlowWire {
    pk: String,
    policybindingmodel_ptr_id: Option<String>,
    slug: String,
    #[serde(default)]
    name: String,
    designation: String,
    authentication: Option<String>,
    denied_action: Option<String>,
}

impl FlowWire {
    fn told(self, bound: Option<&Bound>) -> FlowRow {
        FlowRow {
            policies: bound_to(bound, &self.pk, self.policybindingmodel_ptr_id.as_deref()),
            pk: self.pk,
            slug: self.slug,
            name: self.name,
            designation: self.designation,
            authentication: self.authentication,
            denied_action: self.denied_action,
        }
    }
}

/// A row of `/flows/bindings/`.
#[derive(Deserialize)]
struct BindingWire {
    pk: String,
    policybindingmodel_ptr_id: Option<String>,
    target: String,
    stage: String,
    stage_obj: Option<StageWire>,
    #[serde(default)]
    order: i64,
}

/// A stage, as every kind of them is told.
#[derive(Default, Deserialize)]
struct StageWire {
    #[serde(default)]
    name: String,
    /// `authentik_stages_password.passwordstage`.
    meta_model_name: Option<String>,
}

impl BindingWire {
    fn told(self, bound: Option<&Bound>, details: &Details) -> StageRow {
        let stage = self.stage_obj.unwrap_or_default();
        let kind = stage.meta_model_name.as_deref();
        let kind = kind.map(|name| name.rsplit('.').next().unwrap_or(name).to_owned());
        let identification = details.identification.get(&self.stage);
        let inside = identification.and_then(|row| row.password_stage.as_ref());
        let password = details.password.get(inside.unwrap_or(&self.stage));
        let second_factor = details.second_factor.get(&self.stage);
        StageRow {
            policies: bound_to(bound, &self.pk, self.policybindingmodel_ptr_id.as_deref()),
            user_fields: identification.map(|row| row.user_fields.clone().unwrap_or_default()),
            sources: identification.map(|row| row.sources.as_ref().map_or(0, Vec::len) as u64),
            passwordless: identification
                .map(|row| row.passwordless_flow.is_some() || row.webauthn_stage.is_some()),
            checking: inside.cloned(),
            backends: password.map(|row| row.backends.clone()),
            not_configured_action: second_factor.and_then(|row| row.not_configured_action.clone()),
            flow: self.target,
            stage: self.stage,
            name: stage.name,
            order: self.order,
            kind,
        }
    }
}

/// A row of `/core/brands/`.
#[derive(Deserialize)]
struct BrandWire {
    brand_uuid: String,
    domain: String,
    #[serde(default)]
    default: bool,
    flow_authentication: Option<String>,
    flow_invalidation: Option<String>,
}

impl From<BrandWire> for BrandRow {
    fn from(wire: BrandWire) -> Self {
        Self {
            pk: wire.brand_uuid,
            domain: wire.domain,
            default: wire.default,
            authentication: wire.flow_authentication,
            invalidation: wire.flow_invalidation,
        }
    }
}

/// A row of `/policies/bindings/`.
#[derive(Deserialize)]
struct PolicyWire {
    pk: String,
    target: String,
    #[serde(default = "enabled")]
    enabled: bool,
}

fn enabled() -> bool {
    true
}

/// A row of `/stages/identification/`.
#[derive(Deserialize)]
struct IdentificationWire {
    pk: String,
    user_fields: Option<Vec<String>>,
    sources: Option<Vec<serde::de::IgnoredAny>>,
    password_stage: Option<String>,
    passwordless_flow: Option<String>,
    webauthn_stage: Option<String>,
}

/// A row of `/stages/password/`.
#[derive(Deserialize)]
struct PasswordWire {
    pk: String,
    #[serde(default)]
    backends: Vec<String>,
}

/// A row of `/stages/authenticator/validate/`.
#[derive(Deserialize)]
struct SecondFactorWire {
    pk: String,
    not_configured_action: Option<String>,
}
