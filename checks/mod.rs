//! The index of all checks.

use crate::check::Check;

mod container_logs;
mod dns;
mod health;
mod redirect_uri;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &container_logs::CHECK,
    &dns::CHECK,
    &health::CHECK,
    &redirect_uri::CHECK,
    &users::CHECK,
];
