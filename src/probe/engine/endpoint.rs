//! Where the container engine is: socket, `DOCKER_HOST`, Docker context, Podman's socket.

use std::path::PathBuf;

/// How to reach the engine, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineEndpoint {
    /// There.
    At {
        /// The way.
        transport: Transport,
        /// "DOCKER_HOST", "context work"; `None` for a socket found at its usual place.
        configured_by: Option<String>,
    },
    /// Nothing configured and no socket at any usual place.
    Absent {
        /// The places looked at.
        looked_at: Vec<String>,
    },
    /// Configured in a way that akdoctor cannot use, such as an ssh context.
    Unusable {
        /// Who configured it.
        configured_by: String,
        /// Why not, and what to do.
        why: String,
    },
}

/// A way to speak HTTP with an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A unix socket.
    Unix(PathBuf),
    /// Plain TCP, `host:port`.
    Tcp(String),
}
