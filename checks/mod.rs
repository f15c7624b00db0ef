//! The index of all checks.

use crate::check::Check;

mod health;

/// Every check, in the order of their folders.
pub static ALL: &[&Check] = &[&health::CHECK];
