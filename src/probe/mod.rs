//! All I/O of akdoctor: one file a kind of question, every one read-only. What comes back is
//! typed, bounded and redacted before it leaves this module.

use std::{future::Future, time::Duration};

use serde::{Serialize, de::DeserializeOwned};

pub mod access;
pub mod ak_shell;
pub mod authentik_api;
pub mod authorize;
pub mod client_secret;
pub mod connect;
pub mod dns;
pub mod engine;
mod error;
pub mod events;
pub mod executor;
pub mod flows;
pub mod http;
pub mod lookup;
pub mod oidc;
pub mod own_token;
pub mod people;
pub mod person;
pub mod psql;
pub mod redact;
pub mod scope_mapping;
pub mod sign_in;
pub mod start;
pub mod tls;
pub mod tools;

pub use error::ProbeError;
pub use tools::Tools;

/// One read-only question to the world.
pub trait Probe: Serialize + Send + Sync + 'static {
    /// The kind of question, the first word of its key.
    const KIND: &'static str;
    /// The longest that one look may take where this kind is known to need longer than others
    /// (Django takes seconds to start); `None` takes the run's `--timeout`.
    const LIMIT: Option<Duration> = None;
    /// What an answer holds: typed and bounded.
    type Answer: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Names this question among all others of a run, such as `http GET http://…/`. Never holds a
    /// secret: a secret is named by where it stands and resolved inside [`Probe::look`].
    fn key(&self) -> String;

    /// The `host:port` that is asked, for the limit and the breaker of that place.
    fn place(&self) -> Option<String> {
        None
    }

    /// Asks.
    ///
    /// # Errors
    /// A [`ProbeError`] that says what kept the world from answering.
    fn look(&self, tools: &Tools) -> impl Future<Output = Result<Self::Answer, ProbeError>> + Send;
}
