//! The index of all checks.

use crate::check::Check;

mod app_start;
mod container_logs;
mod dns;
mod health;
mod oidc_discovery;
mod redirect_uri;
mod signing_key;
mod tls;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &app_start::CHECK,
    &container_logs::CHECK,
    &dns::CHECK,
    &health::CHECK,
    &oidc_discovery::CHECK,
    &redirect_uri::CHECK,
    &signing_key::CHECK,
    &tls::CHECK,
    &users::CHECK,
];
