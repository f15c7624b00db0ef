//! The real world's tools: this machine's resolver, hosts file and container engine.

use std::time::Duration;

use anyhow::Result;

use crate::probe::{
    Tools,
    engine::EngineEndpoint,
    tools::{ApiToken, ToolsOptions},
};

/// What to ask the real world with; one look may take `timeout`.
///
/// # Errors
/// When the system's certificates cannot be used, or a client cannot be made.
pub(super) fn tools(token: Option<ApiToken>, timeout: Duration) -> Result<Tools> {
    let engine = EngineEndpoint::discover(&|name| std::env::var(name).ok());
    Ok(Tools::new(ToolsOptions {
        token,
        timeout,
        ..ToolsOptions::new(engine)
    })?)
}
