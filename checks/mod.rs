//! The index of all checks.

use crate::check::Check;

mod claims;
mod client_secret;
mod container_logs;
mod dns;
mod health;
mod issuer;
mod oidc_discovery;
mod redirect_uri;
mod signing_key;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &claims::CHECK,
    &client_secret::CHECK,
    &container_logs::CHECK,
    &dns::CHECK,
    &health::CHECK,
    &issuer::CHECK,
    &oidc_discovery::CHECK,
    &redirect_uri::CHECK,
    &signing_key::CHECK,
    &users::CHECK,
];
