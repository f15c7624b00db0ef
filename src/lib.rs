//! akdoctor finds out why login through authentik is broken, says the one root cause, and prints
//! the commands that mend it. `docs/architecture.md` draws the way of the data.

pub mod check;
#[path = "../checks/mod.rs"]
pub mod checks;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "files and processes are the command line's own"
)]
pub mod cli;
pub mod engine;
pub mod evidence;
pub mod facts;
pub mod fix;
pub mod logs;
pub mod model;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "probes are what asks the world"
)]
pub mod probe;
pub mod render;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it plays the world"
)]
pub mod simulate;
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "akdoctor.toml and the token are files"
)]
pub mod stack;
pub mod words;
