//! An authentik, its apps and a container engine, played on loopback from recorded answers.

use crate::{probe::Tools, stack::Stack};

/// A scenario: the healthy world with an overlay.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: String,
    /// What is wrong in it, in one line.
    pub title: String,
}

/// A world being played; it ends when this is dropped.
pub struct Playing {
    /// What should be true of it.
    pub stack: Stack,
    /// What to ask it with.
    pub tools: Tools,
}

/// Every scenario, in the order of `simulate --list`.
pub fn scenarios() -> Vec<Scenario> {
    Vec::new()
}

/// Starts to play a scenario on loopback.
///
/// # Errors
/// When there is no such scenario or loopback cannot be listened on.
pub async fn play(name: &str) -> anyhow::Result<Playing> {
    anyhow::bail!("there is no scenario {name:?}")
}
