//! The index of all checks.

use crate::check::Check;

mod health;
mod redirect_uri;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[&health::CHECK, &redirect_uri::CHECK];
