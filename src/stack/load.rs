//! Where akdoctor.toml and the API token come from.

use std::path::PathBuf;

use crate::probe::tools::ApiToken;

use super::Stack;

/// What the command line and the environment say about the stack.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--url` or `AUTHENTIK_URL`.
    pub url: Option<String>,
    /// `--trust-config`: a token may go where the configuration found in the current folder says.
    pub trust_config: bool,
}

/// A stack with what only this process may know.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What should be true.
    pub stack: Stack,
    /// The API token with its origin, if the stack's URL is known and it may go there.
    pub token: Option<ApiToken>,
    /// What the person should know (a world-readable token file).
    pub notes: Vec<String>,
}

/// Why there is no stack: usage or configuration, exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// Reads the configuration in force and the token.
///
/// # Errors
/// Where (file, line, column), why, and what to do.
pub fn load(_options: &LoadOptions) -> Result<Loaded, ConfigError> {
    Ok(Loaded::default())
}
