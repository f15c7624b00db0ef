//! What one person's sign-in meets, by the API: the flow of this address, its stages that know people
//! and ask for a second factor, policies that judge by reputation.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{ask::Api, pages::Page, people::query, person::person_probe};
use crate::probe::{
    Probe, ProbeError, Tools,
    http::place_of,
    person::{FactorRow, IdentificationRow, ScoreRow},
};

/// Rows of what there are few of.
const MOST_ROWS: &str = "100";

/// The slug of the flow with which people sign in at this address; anybody may ask.
#[derive(Debug, Clone, Serialize)]
pub struct AskSignInFlow {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// Stages that ask for a second factor. Needs `view_authenticatorvalidatestage`.
#[derive(Debug, Clone, Serialize)]
pub struct AskFactors {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// Identification stages. Needs `view_identificationstage`.
#[derive(Debug, Clone, Serialize)]
pub struct AskIdentification {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// How many policies judge by reputation. Needs `view_reputationpolicy`.
#[derive(Debug, Clone, Serialize)]
pub struct AskLimits {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// Somebody's reputation. Needs `view_reputation`.
#[derive(Debug, Clone, Serialize)]
pub struct AskScores {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Their user name.
    pub username: String,
}

/// A policy that judges by reputation; to what it is bound is not told here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSeen {
    /// Its name.
    pub name: String,
    /// It passes where the sum of the scores is this or less.
    pub threshold: i64,
    /// To how many things it is bound; `None` where not told.
    #[serde(default, rename = "bound_to")]
    pub bound: Option<u64>,
}

person_probe!(
    AskSignInFlow,
    Option<String>,
    |_ask| "/core/brands/current/",
    |ask, tools| sign_in_flow(tools, ask)
);
person_probe!(
    AskFactors,
    Vec<FactorRow>,
    |_ask| "/stages/authenticator/validate/",
    |ask, tools| factors(tools, ask)
);
person_probe!(
    AskIdentification,
    Vec<IdentificationRow>,
    |_ask| "/stages/identification/",
    |ask, tools| identification(tools, ask)
);
person_probe!(
    AskLimits,
    Vec<LimitSeen>,
    |_ask| "/policies/reputation/",
    |ask, tools| limits(tools, ask)
);
person_probe!(
    AskScores,
    Vec<ScoreRow>,
    |ask| scores_path(&ask.username),
    |ask, tools| scores(tools, ask)
);

async fn sign_in_flow(tools: &Tools, ask: &AskSignInFlow) -> Result<Option<String>, ProbeError> {
    let api = Api::new(tools, &ask.base, None)?;
    let brand: BrandWire = api.get("/core/brands/current/").await?;
    Ok(brand.flow_authentication)
}

async fn factors(tools: &Tools, ask: &AskFactors) -> Result<Vec<FactorRow>, ProbeError> {
    let view = "authentik_stages_authenticator_validate.view_authenticatorvalidatestage";
    let stages: Vec<FactorWire> =
        whole(tools, &ask.base, view, "/stages/authenticator/validate/").await?;
    let rows = stages.into_iter().flat_map(|stage| {
        let (name, action, classes) = (
            stage.name,
            stage.not_configured_action,
            stage.device_classes,
        );
        stage.flow_set.into_iter().map(move |flow| FactorRow {
            name: name.clone(),
            action: action.clone(),
            classes: classes.clone(),
            flow: flow.slug,
            policies: None,
        })
    });
    Ok(rows.collect())
}

async fn identification(
    tools: &Tools,
    ask: &AskIdentification,
) -> Result<Vec<IdentificationRow>, ProbeError> {
    let view = "authentik_stages_identification.view_identificationstage";
    let stages: Vec<IdentificationWire> =
        whole(tools, &ask.base, view, "/stages/identification/").await?;
    let rows = stages.into_iter().flat_map(|stage| {
        let fields = stage.user_fields;
        stage
            .flow_set
            .into_iter()
            .map(move |flow| IdentificationRow {
                user_fields: fields.clone(),
                flow: flow.slug,
            })
    });
    Ok(rows.collect())
}

async fn limits(tools: &Tools, ask: &AskLimits) -> Result<Vec<LimitSeen>, ProbeError> {
    let view = "authentik_policies_reputation.view_reputationpolicy";
    whole(tools, &ask.base, view, "/policies/reputation/").await
}

fn scores_path(username: &str) -> String {
    let filters = [("identifier", username), ("page_size", MOST_ROWS)];
    format!("/policies/reputation/scores/?{}", query(&filters))
}

async fn scores(tools: &Tools, ask: &AskScores) -> Result<Vec<ScoreRow>, ProbeError> {
    let view = "authentik_policies_reputation.view_reputation";
    let api = Api::new(tools, &ask.base, Some(view))?;
    let page: Page<ScoreRow> = api.get(&scores_path(&ask.username)).await?;
    let theirs = |row: &ScoreRow| row.identifier == ask.username;
    let count = page.pagination.count;
    let seen = page.results.len() as u64;
    if seen < count {
        return Err(shortened("/policies/reputation/scores/", seen, count));
    }
    Ok(page.results.into_iter().filter(theirs).collect())
}

/// The rows of a list of which there are few, in one request; a list that is shortened, by its
/// length or by the token's rights, is no answer.
async fn whole<R: DeserializeOwned>(
    tools: &Tools,
    base: &str,
    permission: &'static str,
    path: &str,
) -> Result<Vec<R>, ProbeError> {
    let api = Api::new(tools, base, Some(permission))?;
    let page: Page<R> = api.get(&format!("{path}?page_size={MOST_ROWS}")).await?;
    let (seen, count) = (page.results.len() as u64, page.pagination.count);
    match seen < count {
        true => Err(shortened(path, seen, count)),
        false => Ok(page.results),
    }
}

fn shortened(path: &str, seen: u64, count: u64) -> ProbeError {
    ProbeError::NotAllowed {
        what: format!("reading all of {path}"),
        detail: format!("{seen} of {count} were told"),
    }
}

#[derive(Deserialize)]
struct BrandWire {
    flow_authentication: Option<String>,
}

#[derive(Deserialize)]
struct FlowName {
    slug: String,
}

#[derive(Deserialize)]
struct FactorWire {
    name: String,
    not_configured_action: String,
    device_classes: Option<Vec<String>>,
    #[serde(default)]
    flow_set: Vec<FlowName>,
}

#[derive(Deserialize)]
struct IdentificationWire {
    user_fields: Option<Vec<String>>,
    #[serde(default)]
    flow_set: Vec<FlowName>,
}
