//! Real relying parties against the simulated authentik: Apache with mod_auth_openidc and a small
//! Flask app with Authlib sign in through it, and the built program says what is wrong with them;
//! and a real reverse proxy before it, which ends TLS.

mod apache;
mod authority;
mod flask;
mod front;
mod http;
mod httpd;
mod party;
mod program;
mod world;

use std::path::PathBuf;

/// What a test needs of this machine, or `None` with a word on standard error; with
/// `AKDOCTOR_TEST_PARTIES=required` its absence is a failure.
fn needed<T>(found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(why) => {
            let required = std::env::var("AKDOCTOR_TEST_PARTIES").is_ok_and(|v| v == "required");
            assert!(!required, "AKDOCTOR_TEST_PARTIES=required, but {why}");
            eprintln!("{why}: skipped");
            None
        }
    }
}

/// A file of the relying parties' own.
fn own_file(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/parties");
    PathBuf::from(folder).join(name)
}
