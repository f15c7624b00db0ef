//! akdoctor finds out why login through authentik is broken, says the one root cause, and prints
//! the commands that mend it. `docs/architecture.md` draws the way of the data.

pub mod check;
#[path = "../checks/mod.rs"]
pub mod checks;
pub mod cli;
pub mod engine;
pub mod evidence;
pub mod facts;
pub mod fix;
pub mod model;
pub mod probe;
pub mod render;
pub mod simulate;
pub mod stack;
pub mod words;
