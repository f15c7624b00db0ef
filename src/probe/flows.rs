//! Flows, their stages and the brands that choose them, whichever way they were asked for.

use serde::{Deserialize, Serialize};

/// What was told; a part that its source could not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FlowFacts {
    /// Every flow.
    pub flows: Option<Vec<FlowRow>>,
    /// The stages of every flow.
    pub flow_stages: Option<Vec<StageRow>>,
    /// Every brand (from 2024.2; tenants before, which are not read).
    pub brands: Option<Vec<BrandRow>>,
}

impl FlowFacts {
    /// Takes from another telling of the same source what this one lacks.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            flows: self.flows.or(other.flows),
            flow_stages: self.flow_stages.or(other.flow_stages),
            brands: self.brands.or(other.brands),
        }
    }
}

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlowRow {
    /// Primary key, a UUID.
    pub pk: String,
    /// Its slug, which is in its address.
    pub slug: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it is for: "authentication", "authorization", "invalidation" and others.
    pub designation: String,
    /// Who may run it: "none", "`require_authenticated`", "`require_unauthenticated`",
    /// "`require_superuser`", "`require_redirect`", "`require_outpost`", "`require_token`".
    #[serde(default)]
    pub authentication: Option<String>,
    /// What happens where it does not apply: "message", "`message_continue`", "continue".
    #[serde(default)]
    pub denied_action: Option<String>,
    /// How many enabled policies, groups and people are bound to it; `None` where not told.
    #[serde(default)]
    pub policies: Option<u64>,
}

/// A stage as it is bound to a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StageRow {
    /// The flow's primary key.
    pub flow: String,
    /// The stage's primary key.
    pub stage: String,
    /// The stage's name.
    #[serde(default)]
    pub name: String,
    /// Its place in the flow: the lower runs first.
    #[serde(default)]
    pub order: i64,
    /// The name of authentik's model in lower case, such as "userloginstage"; `None` for one that
    /// the source tells no kind of.
    #[serde(default)]
    pub kind: Option<String>,
    /// How many enabled policies, groups and people decide whether it runs; `None` where not told.
    #[serde(default)]
    pub policies: Option<u64>,
    /// By what an identification stage knows people: "username", "email", "upn".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_fields: Option<Vec<String>>,
    /// How many sources an identification stage offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<u64>,
    /// Whether an identification stage leads to a sign-in without a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passwordless: Option<bool>,
    /// What a password stage, or the one inside an identification stage, checks passwords with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<String>>,
    /// The primary key of the password stage inside an identification stage. Not called after the
    /// password: what follows that word is hidden as a credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checking: Option<String>,
    /// What a stage that validates a second factor does with somebody who has none: "skip",
    /// "deny", "configure".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_configured_action: Option<String>,
}

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BrandRow {
    /// Primary key, a UUID.
    pub pk: String,
    /// The end of the hosts that it answers for.
    pub domain: String,
    /// Whether it answers for every other host.
    #[serde(default)]
    pub default: bool,
    /// Its flow of the sign-in, by primary key.
    #[serde(default)]
    pub authentication: Option<String>,
    /// Its flow of the sign-out.
    #[serde(default)]
    pub invalidation: Option<String>,
}

/// The flows that a provider names, by primary key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderFlows {
    /// The sign-in's, instead of the brand's.
    pub authentication: Option<String>,
    /// What runs between the sign-in and the way back to the app. Not called "authorization": what
    /// follows that word is hidden as a credential in everything that a command prints.
    pub authorize: Option<String>,
    /// What runs when the app signs somebody out (from 2024.10).
    pub invalidation: Option<String>,
}

/// Where a provider tells the app of a sign-out that began elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutUri {
    /// The app's address.
    pub uri: String,
    /// "backchannel" or "frontchannel"; `None` before there was a choice.
    #[serde(default)]
    pub method: Option<String>,
}
