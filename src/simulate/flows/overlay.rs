//! What a scenario changes of the recorded flows, stages and brands.

use serde::Deserialize;

/// What is different of a recorded flow, by its slug; another slug makes a flow more.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FlowOverlay {
    /// Not there at all; what named it names none.
    #[serde(default)]
    pub removed: bool,
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub designation: Option<String>,
    /// Who may run it.
    pub authentication: Option<String>,
    /// How many policies are bound to it.
    pub policies: Option<usize>,
    /// The names of its stages in their order.
    pub stages: Option<Vec<String>>,
}

/// What is different of a recorded stage, by its name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct StageOverlay {
    /// By what an identification stage knows people.
    pub user_fields: Option<Vec<String>>,
    /// What a password stage checks passwords with.
    pub backends: Option<Vec<String>>,
    /// What a stage that validates a second factor does with somebody who has none.
    pub not_configured_action: Option<String>,
    /// The kinds of devices that it takes.
    pub device_classes: Option<Vec<String>>,
    /// The name of the password stage inside an identification stage.
    pub password_stage: Option<String>,
}

/// What is different of a recorded brand, by its domain; another domain makes a brand more.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct BrandOverlay {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The slug of its flow of the sign-in; empty for none.
    pub authentication: Option<String>,
    /// The slug of its flow of the sign-out; empty for none.
    pub invalidation: Option<String>,
}
