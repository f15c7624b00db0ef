//! The index of all checks.

use crate::check::Check;

mod access_token;
mod app_access;
mod app_release;
mod app_start;
mod callback;
mod certificates;
mod claims;
mod client_secret;
mod container_logs;
mod cookies;
mod dns;
mod health;
mod issuer;
mod login_flow;
mod oidc_discovery;
mod proxy_headers;
mod recent_changes;
mod recent_failures;
mod redirect_uri;
mod sign_out;
mod signing_key;
mod tls;
mod users;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[
    &access_token::CHECK,
    &app_access::CHECK,
    &app_release::CHECK,
    &app_start::CHECK,
    &callback::CHECK,
    &certificates::CHECK,
    &claims::CHECK,
    &client_secret::CHECK,
    &container_logs::CHECK,
    &cookies::CHECK,
    &dns::CHECK,
    &health::CHECK,
    &issuer::CHECK,
    &login_flow::CHECK,
    &oidc_discovery::CHECK,
    &proxy_headers::CHECK,
    &recent_changes::CHECK,
    &recent_failures::CHECK,
    &redirect_uri::CHECK,
    &sign_out::CHECK,
    &signing_key::CHECK,
    &tls::CHECK,
    &users::CHECK,
];
