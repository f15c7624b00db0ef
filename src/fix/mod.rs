//! An action is turned into a command for the runtime at hand, with quoting by construction.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    model::{Fix, Version},
    probe::engine::{Compose, Flavour},
    words::FixWords,
};

/// What a fix can be rendered for: the runtimes, containers and URLs of this stack.
#[derive(Debug, Clone, Default)]
pub struct Workshop {
    /// Containers that commands may name, by container name.
    pub containers: BTreeMap<String, Runtime>,
    /// The name of authentik's server container, for `ak shell`.
    pub server: Option<String>,
    /// authentik's base URL, for `curl`.
    pub api: Option<String>,
    /// The variable that holds the API token, for `curl`.
    pub token_variable: String,
    /// authentik's version, if anything told.
    pub version: Option<Version>,
    /// The scenario, when this is simulated: every line with a command says so.
    pub simulated: bool,
}

/// How a container is reached by commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    /// `docker` or `podman`.
    pub flavour: Flavour,
    /// Where compose put it, if compose made it.
    pub compose: Option<Compose>,
}

/// Renders every fix of a finding that can be done here, the recommended one first.
pub fn render(
    _fixes: &[FixWords],
    _values: &BTreeMap<&'static str, Value>,
    _shop: &Workshop,
) -> Vec<Fix> {
    Vec::new()
}
