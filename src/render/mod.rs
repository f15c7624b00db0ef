//! One file a format, each over the same report; sees the model only.

mod closing;
mod difference;
mod finding;
mod github;
mod human;
mod json;
mod junit;
mod layout;
mod logs;
mod markdown;
mod nagios;
mod prometheus;
mod sarif;
mod sign_in;
mod since;
mod style;
mod trace;
mod tree;
mod unknown;
mod verbose;
mod why;

pub use github::github;
pub use human::{Detail, human};
pub use json::{json, schema, sign_in_schema, trace_schema, why_schema};
pub use junit::{Unseen, junit};
pub use logs::{log_finding, logs};
pub use markdown::markdown;
pub use nagios::{NagiosState, nagios, nagios_failed};
pub use prometheus::prometheus;
pub use sarif::sarif;
pub use sign_in::sign_in;
pub use style::Style;
pub use trace::trace;
pub use why::why;
