use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a question got no answer. Kinds are kept apart because they have different causes: a
/// time-out is not an absence, and "not allowed to ask" is not "not there".
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "kebab-case")]
pub enum ProbeError {
    /// The host name has no address.
    #[error("{host} has no address: {detail}")]
    NoAddress {
        /// The name.
        host: String,
        /// The resolver's words.
        detail: String,
    },
    /// Nothing listens there.
    #[error("{at} refused the connection")]
    Refused {
        /// `host:port`, or a socket's path.
        at: String,
    },
    /// The network has no way there, or a firewall rejects.
    #[error("{at} cannot be reached: {detail}")]
    Unreachable {
        /// `host:port`.
        at: String,
        /// The system's words.
        detail: String,
    },
    /// The peer closed the connection before it had answered.
    #[error("{at} closed the connection without an answer: {detail}")]
    Reset {
        /// `host:port`.
        at: String,
        /// The system's words.
        detail: String,
    },
    /// No answer inside the limit.
    #[error("{at} did not {doing} within {millis} ms")]
    TimedOut {
        /// `host:port`, a container, a socket.
        at: String,
        /// "accept a connection" or "answer".
        doing: String,
        /// The limit in milliseconds.
        millis: u64,
    },
    /// Not asked again: the same place timed out before in this run.
    #[error("{at} was not asked again: it timed out before")]
    Breaker {
        /// `host:port`.
        at: String,
    },
    /// The TLS handshake failed.
    #[error("TLS with {at} failed: {detail}")]
    Tls {
        /// `host:port`.
        at: String,
        /// What was wrong with it.
        detail: String,
    },
    /// The question was understood and refused.
    #[error("{what} is not allowed: {detail}")]
    NotAllowed {
        /// The question.
        what: String,
        /// The refusal's words, and what would help.
        detail: String,
    },
    /// The thing asked about is not there.
    #[error("{what} does not exist")]
    Absent {
        /// The thing.
        what: String,
    },
    /// An answer came with a status that is no answer to the question.
    #[error("{what} answered with status {status}")]
    Status {
        /// The question.
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// An answer came and cannot be read.
    #[error("{what} answered with something else than expected: {detail}")]
    Malformed {
        /// The question.
        what: String,
        /// Where and how it differs.
        detail: String,
    },
    /// An answer came and is larger than akdoctor reads.
    #[error("{what} answered with more than {limit}")]
    TooLarge {
        /// The question.
        what: String,
        /// The limit, with its unit.
        limit: String,
    },
    /// There is nothing to ask with: no token, no engine, no such configuration.
    #[error("{why}")]
    NotConfigured {
        /// What is missing and what would give it.
        why: String,
    },
    /// A program in a container failed.
    #[error("{what} failed: {detail}")]
    Failed {
        /// The command, without secrets.
        what: String,
        /// Exit code and last words.
        detail: String,
    },
    /// The run's deadline passed, or it was interrupted.
    #[error("the run ended before {key} had answered")]
    Deadline {
        /// The question's key.
        key: String,
    },
    /// The saved evidence does not hold this question.
    #[error("the saved evidence does not hold {key}")]
    NotRecorded {
        /// The question's key.
        key: String,
    },
    /// akdoctor itself failed while asking.
    #[error("akdoctor failed while asking {key}")]
    Broke {
        /// The question's key.
        key: String,
    },
}

impl ProbeError {
    /// Whether the place gave no sign of life in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Breaker { .. })
    }
}
