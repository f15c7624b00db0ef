//! What the mends of a flow need to know: who chose it, and what could be chosen instead.

use crate::{
    check::Raised,
    facts::{ChosenBy, Flows},
    probe::{
        authentik_api::ProviderRow,
        flows::{BrandRow, FlowRow},
    },
};

use super::fault::{self, Judged};

/// authentik's own flow of the sign-in, which its blueprint makes.
pub(super) const DEFAULT: &str = "default-authentication-flow";
/// Its own flow of an authorization that asks nothing.
const IMPLICIT: &str = "default-provider-authorization-implicit-consent";

/// Names the flow.
pub(super) fn of_flow(raised: Raised, flow: &FlowRow) -> Raised {
    let is_default = flow.slug == DEFAULT;
    raised
        .with("flow", flow.name.clone())
        .with("slug", flow.slug.clone())
        .with("flow_pk", flow.pk.clone())
        .with_some("shipped", is_default.then_some(true))
}

/// Names who chose it, and the flow that could be chosen instead.
pub(super) fn chosen(
    raised: Raised,
    flows: &Flows,
    flow: &FlowRow,
    by: ChosenBy<'_>,
    provider: Option<&ProviderRow>,
    brand: Option<&BrandRow>,
) -> Raised {
    let raised = of_flow(raised, flow);
    let better = || {
        let fine = |other: &&FlowRow| is_better(flows, flow, other);
        let default = flows.by_slug(DEFAULT).filter(fine);
        default.or_else(|| flows.flows.iter().find(fine))
    };
    match (by, provider, brand) {
        (ChosenBy::Provider, Some(provider), _) => raised
            .with("chosen_by", format!("provider {}", provider.name))
            .with("provider", provider.name.clone())
            .with("provider_pk", provider.pk),
        (_, _, Some(brand)) => {
            let by = match by {
                ChosenBy::Slug => "nobody: it is the first by its slug".to_owned(),
                _ => format!("brand {}", brand.domain),
            };
            let raised = raised.with("chosen_by", by);
            let Some(better) = better() else {
                return raised;
            };
            raised
                .with("brand", brand.domain.clone())
                .with("brand_pk", brand.pk.clone())
                .with("brand_flow", brand.authentication.clone())
                .with("better", better.slug.clone())
                .with("better_pk", better.pk.clone())
        }
        _ => raised.with("chosen_by", "nobody: it is the first by its slug"),
    }
}

/// Whether another flow signs everybody in.
fn is_better(flows: &Flows, flow: &FlowRow, other: &FlowRow) -> bool {
    other.pk != flow.pk
        && other.designation == "authentication"
        && other.policies == Some(0)
        && matches!(fault::of_sign_in(flows, other), Judged::Fine)
}

/// A stage that signs people in, from another flow.
pub(super) fn login_stage(raised: Raised, flows: &Flows) -> Raised {
    let is_login = |kind: Option<&str>| kind == Some("userloginstage");
    let mut stages = flows.stages.iter();
    let known = stages.find(|stage| is_login(stage.kind.as_deref()));
    raised
        .with_some("login_stage", known.map(|stage| stage.name.clone()))
        .with_some("login_stage_pk", known.map(|stage| stage.stage.clone()))
}

/// The flow that most providers use for the authorization, else authentik's own that asks nothing.
pub(super) fn authorization<'a>(
    flows: &'a Flows,
    providers: impl Iterator<Item = &'a ProviderRow>,
) -> Option<&'a FlowRow> {
    let named: Vec<&str> = providers
        .filter_map(|provider| provider.flows.as_ref()?.authorize.as_deref())
        .collect();
    let most = named
        .iter()
        .max_by_key(|pk| named.iter().filter(|other| other == pk).count());
    let fine = |flow: &&FlowRow| matches!(fault::of_authorization(flows, flow), Judged::Fine);
    let of_most = most.and_then(|pk| flows.by_pk(pk)).filter(fine);
    of_most.or_else(|| flows.by_slug(IMPLICIT).filter(fine))
}
