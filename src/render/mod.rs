//! One file a format, each over the same report; sees the model only.

mod closing;
mod difference;
mod finding;
mod human;
mod json;
mod layout;
mod logs;
mod sign_in;
mod since;
mod style;
mod trace;
mod tree;
mod unknown;
mod verbose;

pub use human::{Detail, human};
pub use json::{json, schema, sign_in_schema, trace_schema};
pub use logs::{log_finding, logs};
pub use sign_in::sign_in;
pub use style::Style;
pub use trace::trace;
