//! The index of all checks.

use crate::check::Check;

mod container_logs;
mod dns;
mod health;
mod oidc_discovery;
mod proxy_headers;
mod redirect_uri;
mod signing_key;
mod tls;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &container_logs::CHECK,
    &dns::CHECK,
    &health::CHECK,
    &oidc_discovery::CHECK,
    &proxy_headers::CHECK,
    &redirect_uri::CHECK,
    &signing_key::CHECK,
    &tls::CHECK,
    &users::CHECK,
];
