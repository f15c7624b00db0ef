//! What a simulated world consists of: the vocabulary of the files in `scenarios/`.

mod containers;
mod listeners;
mod overlays;

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use crate::stack::SignOut;

pub(super) use containers::{Container, ExecAnswer, Volume};
pub(super) use listeners::{
    Caller, Certificate, Fault, Listener, ListenerState, Play, Rule, Signed,
};
pub(super) use overlays::{
    AccessOverlay, BindingOverlay, EventOverlay, ExpiryOverlay, Gate, GroupOverlay, MappingOverlay,
    PersonOverlay, ProviderOverlay, ReputationOverlay, Signing,
};

use super::{
    flows::{BrandOverlay, FlowOverlay, StageOverlay},
    time::Ago,
};

/// A whole world, after an overlay was laid over the healthy one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    /// What is wrong in it, in one line.
    pub title: String,
    /// Whose API token akdoctor is given.
    pub token: Caller,
    /// Whether this machine has a container engine.
    #[serde(default = "here")]
    pub engine: bool,
    /// authentik's base URL; that of the reference stack unless said.
    pub url: Option<String>,
    /// Further base URLs of it; those of the reference stack unless said.
    pub also: Option<Vec<String>>,
    /// Where people open an app, by its slug, if not where the reference stack says.
    #[serde(default)]
    pub opened: BTreeMap<String, String>,
    /// How far authentik's clock is from ours.
    #[serde(default)]
    pub clock: Ago,
    /// Programs that listen, by name.
    pub listener: BTreeMap<String, Listener>,
    /// What they answer; the first that fits is taken.
    pub http: Vec<Rule>,
    /// Containers by name.
    pub container: BTreeMap<String, Container>,
    /// What programs in containers answer; the first that fits is taken.
    pub exec: Vec<ExecAnswer>,
    /// Volumes by name.
    pub volume: BTreeMap<String, Volume>,
    /// What is different of a recorded provider, by its client id; with another id a provider
    /// more.
    #[serde(default)]
    pub provider: BTreeMap<String, ProviderOverlay>,
    /// What is different of a recorded scope mapping, or one more, by name.
    #[serde(default)]
    pub scope_mapping: BTreeMap<String, MappingOverlay>,
    /// What is different of a recorded person, or somebody new, by user name.
    #[serde(default)]
    pub person: BTreeMap<String, PersonOverlay>,
    /// What is different of a recorded group, or a new one, by name.
    #[serde(default)]
    pub group: BTreeMap<String, GroupOverlay>,
    /// A policy that judges by reputation.
    pub reputation: Option<ReputationOverlay>,
    /// A policy under which passwords expire.
    pub expiry: Option<ExpiryOverlay>,
    /// What stands between a person who is signed in and an app, by its client id.
    #[serde(default)]
    pub gate: BTreeMap<String, Gate>,
    /// What is bound to an application, by its slug; nothing was recorded.
    #[serde(default)]
    pub access: BTreeMap<String, AccessOverlay>,
    /// Whether applications without bindings are closed (a setting from 2026.5).
    #[serde(default)]
    pub closed_unless_bound: bool,
    /// What is different of a recorded flow, or a new one, by slug.
    #[serde(default)]
    pub flow: BTreeMap<String, FlowOverlay>,
    /// What is different of a recorded stage, by name.
    #[serde(default)]
    pub stage: BTreeMap<String, StageOverlay>,
    /// What is different of a recorded brand, or a new one, by domain.
    #[serde(default)]
    pub brand: BTreeMap<String, BrandOverlay>,
    /// What akdoctor.toml says of signing out of an app, by its slug.
    #[serde(default)]
    pub sign_out: BTreeMap<String, SignOut>,
    /// Events of lately, beside the failed sign-ins of people.
    #[serde(default)]
    pub event: Vec<EventOverlay>,
    /// When each release was first started with this database.
    #[serde(default)]
    pub version_history: BTreeMap<String, Ago>,
    /// What akdoctor.toml says that people should be able to open, by user name.
    #[serde(default)]
    pub expects: BTreeMap<String, Vec<String>>,
    /// How many people there are beside those.
    #[serde(default)]
    pub crowd: u64,
    /// Whether this release keeps redirect URIs as lines of text, as it did up to 2024.8.4 and
    /// 2024.10.2.
    #[serde(default)]
    pub redirect_text: bool,
    /// What the system's resolver says; other names have no address.
    pub lookup: BTreeMap<String, Vec<IpAddr>>,
    /// What the DNS server says, which the hosts file may hide; it knows of no other names.
    #[serde(default)]
    pub dns: BTreeMap<String, Vec<IpAddr>>,
}

/// Most machines that authentik runs on have a container engine.
fn here() -> bool {
    true
}
