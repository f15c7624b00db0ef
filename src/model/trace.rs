//! The way of each app's sign-in, hop by hop.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cause, Outcome, Report};

/// The version of the trace's shape. Raised when a field changes its meaning or goes away.
pub const TRACE_SCHEMA_VERSION: u32 = 1;

/// What a trace found out: a row an app, over the report that it was read from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// [`TRACE_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The hops in the order of a sign-in.
    pub hops: Vec<Hop>,
    /// Each app with what was seen at each of the hops.
    pub apps: Vec<AppTrace>,
    /// Who reaches whom, as far as it was asked.
    pub vantage: Vec<Sight>,
    /// Everything that the rows were read from: checks, findings, mends.
    pub report: Report,
}

/// A hop on the way of a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// Its id, such as `redirect-uri`.
    pub id: String,
    /// Its name for people.
    pub title: String,
}

/// One app's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppTrace {
    /// The app.
    pub app: String,
    /// One for each hop, in their order.
    pub hops: Vec<HopTrace>,
    /// The first hop that is broken, by id.
    pub breaks_at: Option<String>,
    /// The root cause of that.
    pub cause: Option<Cause>,
    /// The authorization request that the app makes, where its start was asked.
    pub sends: Option<Sends>,
}

/// What was seen of one app at one hop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HopTrace {
    /// The hop's id.
    pub hop: String,
    /// Passed, found (broken here), unknown, or skipped (nothing looked at).
    pub outcome: Outcome,
    /// Codes of the findings that break it.
    pub codes: Vec<String>,
    /// Why it could not be told.
    pub why: Option<String>,
}

/// An authorization request, without anything that is secret or lives briefly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sends {
    /// Where the app was asked to begin.
    pub start: String,
    /// The endpoint that it leads to.
    pub endpoint: String,
    /// `client_id`.
    pub client_id: Option<String>,
    /// `redirect_uri`.
    pub redirect_uri: Option<String>,
    /// `response_type`.
    pub response_type: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// The method of PKCE, if it is used.
    pub pkce: Option<String>,
}

/// Whether somebody reaches a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sight {
    /// "this machine", or "container coder".
    pub from: String,
    /// `host:port`.
    pub to: String,
    /// Passed where it answers, found where it does not.
    pub outcome: Outcome,
    /// In a few words: "answers", "refused", "no address".
    pub says: String,
}
