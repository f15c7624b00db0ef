//! The real world's tools: this machine's resolver, hosts file and container engine.

use std::time::Duration;

use anyhow::Result;

use crate::probe::{Tools, engine::EngineEndpoint, tools::ToolsOptions};

/// What to ask the real world with; one look may take `timeout`.
///
/// # Errors
/// When the system's certificates cannot be used, or a client cannot be made.
pub(super) fn tools(timeout: Duration) -> Result<Tools> {
    let engine = EngineEndpoint::discover(&|name| std::env::var(name).ok());
    Ok(Tools::new(ToolsOptions {
        timeout,
        ..ToolsOptions::new(engine)
    })?)
}
