//! How a fault shows in a container's log, as data: a `[finding.log]`, or a `[[benign]]` line that
//! only looks like one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ForVersions;

/// Whose log a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// authentik's server.
    Server,
    /// authentik's worker.
    Worker,
    /// PostgreSQL.
    Database,
    /// Redis, needed up to 2025.8.
    Redis,
    /// A reverse proxy before authentik.
    Proxy,
    /// An outpost of authentik.
    Outpost,
    /// An app that signs in through authentik.
    App,
    /// The container engine itself.
    Engine,
    /// Not known, or of no matter.
    Any,
}

impl Component {
    /// Every component with its word.
    pub const ALL: [(&'static str, Self); 9] = [
        ("server", Self::Server),
        ("worker", Self::Worker),
        ("database", Self::Database),
        ("redis", Self::Redis),
        ("proxy", Self::Proxy),
        ("outpost", Self::Outpost),
        ("app", Self::App),
        ("engine", Self::Engine),
        ("any", Self::Any),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, component)| *component == self)
            .map_or("any", |(word, _)| word)
    }
}

/// How loud a line is, in the words of all dialects together (knowledge D.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For who looks for a fault.
    Debug,
    /// What goes on.
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
    /// Everything failed: critical, fatal, panic.
    Critical,
}

impl Level {
    /// Every level with its word.
    pub const ALL: [(&'static str, Self); 5] = [
        ("debug", Self::Debug),
        ("info", Self::Info),
        ("warning", Self::Warning),
        ("error", Self::Error),
        ("critical", Self::Critical),
    ];
}

/// What of a line a pattern is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogField {
    /// What happened: JSON's `event` or `message`, the text of a plain line.
    #[default]
    Event,
    /// JSON's `error`.
    Error,
    /// `Class: message` of the exception that was raised.
    Exception,
    /// Each of them.
    Any,
}

/// How a line is recognised.
#[derive(Debug, Clone)]
pub struct LinePattern {
    /// Its id, such as `PG-01`.
    pub id: String,
    /// Whose log it stands in; empty for any.
    pub components: Vec<Component>,
    /// What of the line the pattern is held against.
    pub field: LogField,
    /// A regular expression; its named groups become values.
    pub pattern: String,
    /// JSON keys (dotted) that must equal a text.
    pub conditions: Vec<(String, String)>,
    /// Whole lines that it must match.
    pub matches: Vec<String>,
    /// Whole lines that it must not match.
    pub rejects: Vec<String>,
}

/// A finding's line in a log.
#[derive(Debug, Clone)]
pub struct LogWords {
    /// How it is recognised.
    pub line: LinePattern,
    /// The releases of authentik that write it; `None` for all.
    pub authentik: Option<ForVersions>,
    /// The least level of a line that has one.
    pub level: Option<Level>,
    /// Names of values and the JSON keys (dotted) that tell them; `request.…` is told by the
    /// access line of the same request.
    pub values: Vec<(String, String)>,
    /// The values that make one group; `None` for all.
    pub group: Option<Vec<String>>,
    /// Ids of others that may match the same lines.
    pub overlaps: Vec<String>,
    /// The line that makes it none when it follows.
    pub unless: Option<Unless>,
}

/// A line after which a fault is none: what was begun has come to its end.
#[derive(Debug, Clone)]
pub struct Unless {
    /// How that line is recognised, in the same log.
    pub then: LinePattern,
    /// How long it may take to come; before that nothing can be said.
    pub within: Duration,
}

/// A line that looks like a fault and is none.
#[derive(Debug, Clone)]
pub struct BenignWords {
    /// How it is recognised.
    pub line: LinePattern,
    /// Why it is none.
    pub why: String,
    /// Harmless only this long after the container's start.
    pub within: Option<Duration>,
    /// Harmless only when seen no more often.
    pub at_most: Option<u64>,
}
