//! Everything that `ak shell` can tell, in one run: Django takes seconds to start, the queries
//! cost nothing beside it (verified.md 4 and 5).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    authentik_api::{ApplicationRow, ProviderRow, Queue, Workers},
};

/// Every fact by one `ak shell` in a server or worker container.
#[derive(Debug, Clone, Serialize)]
pub struct AkShell {
    /// The container's id.
    pub container: String,
}

/// What it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellFacts {
    /// The running version.
    pub version: String,
    /// Every application.
    pub applications: Vec<ApplicationRow>,
    /// Every OAuth2/OpenID provider.
    pub providers: Vec<ProviderRow>,
    /// Workers seen within two minutes; `None` before 2025.8.
    pub workers: Option<Workers>,
    /// Tasks that wait; `None` before 2025.8.
    pub queue: Option<Queue>,
}

impl Probe for AkShell {
    const KIND: &'static str = "ak-shell";
    const LIMIT: Option<Duration> = Some(Duration::from_secs(15));
    type Answer = ShellFacts;

    fn key(&self) -> String {
        format!("ak shell {}", self.container)
    }

    async fn look(&self, _tools: &Tools) -> Result<ShellFacts, ProbeError> {
        Err(ProbeError::NotConfigured { why: String::new() })
    }
}
