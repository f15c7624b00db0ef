//! What the database itself can tell by a read-only `psql`, when Django cannot start.

use serde::{Deserialize, Serialize};

use super::{
    Probe, ProbeError, Tools,
    authentik_api::{ApplicationRow, ProviderRow},
};

/// Facts by one read-only `psql` in the database container, over its local socket.
#[derive(Debug, Clone, Serialize)]
pub struct Psql {
    /// The database container's id.
    pub container: String,
    /// The role to connect as.
    pub user: String,
    /// The database.
    pub database: String,
}

/// What it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFacts {
    /// The newest entry of `authentik_version_history` (from 2024.10).
    pub version: Option<String>,
    /// Every application.
    pub applications: Vec<ApplicationRow>,
    /// Every OAuth2/OpenID provider.
    pub providers: Vec<ProviderRow>,
}

impl Probe for Psql {
    const KIND: &'static str = "psql";
    type Answer = DatabaseFacts;

    fn key(&self) -> String {
        format!("psql {} {}", self.container, self.database)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, _tools: &Tools) -> Result<DatabaseFacts, ProbeError> {
        Err(ProbeError::NotConfigured { why: String::new() })
    }
}
