//! The index of all checks.

use crate::check::Check;

mod dns;
mod health;
mod redirect_uri;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &dns::CHECK,
    &health::CHECK,
    &redirect_uri::CHECK,
    &users::CHECK,
];
