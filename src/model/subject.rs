use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of thing a finding is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A machine or its container engine.
    Host,
    /// A container that is none of authentik's own.
    Container,
    /// The PostgreSQL of authentik.
    Database,
    /// The Redis of authentik (needed up to 2025.8).
    Cache,
    /// An authentik server process or container.
    Server,
    /// An authentik worker process or container.
    Worker,
    /// An authentik as people reach it, named by its base URL.
    Instance,
    /// A host name.
    Name,
    /// An OAuth2/OpenID provider in authentik.
    Provider,
    /// An application that signs in through authentik.
    App,
    /// Somebody who signs in.
    Person,
    /// A group of people in authentik.
    Group,
    /// The credential that akdoctor itself was given.
    Token,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Container => "container",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Server => "server",
            Self::Worker => "worker",
            Self::Instance => "instance",
            Self::Name => "name",
            Self::Provider => "provider",
            Self::App => "app",
            Self::Person => "person",
            Self::Group => "group",
            Self::Token => "token",
        })
    }
}

/// The thing that is faulty. Two findings with equal subjects speak of the same thing.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Subject {
    /// What it is.
    pub kind: Kind,
    /// Its name as its owner writes it; raw, so a renderer escapes it.
    pub name: String,
}

impl Subject {
    /// A subject of this kind and name.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}
