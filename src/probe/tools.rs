//! What probes ask the world with. Four seams (dial, lookup, engine, hosts file) let a simulated
//! stack stand in for the world; no probe branches on simulation.

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use futures::future::BoxFuture;
use secrecy::SecretString;
use url::Url;

use super::{engine::EngineEndpoint, http::HttpClient, redact::Redactor};

/// A system look-up: every address of a host name, as programs get it.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// `(host, port)` → the address to connect to instead of asking the resolver. URLs, `Host` headers
/// and server names stay as they are.
pub type DialMap = HashMap<(String, u16), SocketAddr>;

/// What probes ask the world with.
pub struct Tools {
    /// Seam 1: where connections really go.
    pub dial: DialMap,
    /// Seam 2: the system's look-up function.
    pub lookup: Lookup,
    /// Seam 3: the container engine.
    pub engine: EngineEndpoint,
    /// Seam 4: the hosts file.
    pub hosts_file: PathBuf,
    /// authentik's API token and the only origin it may be sent to.
    pub token: Option<ApiToken>,
    /// The HTTP client, made of the seams above.
    pub http: HttpClient,
    /// Hides secrets in answers, the same secret by the same mark all through a run.
    pub redact: Redactor,
}

/// A credential for authentik's API, bound to the origin it was configured for.
pub struct ApiToken {
    /// The token.
    pub secret: SecretString,
    /// Scheme, host and port it may be sent to; never anywhere else, never across a redirect.
    pub origin: Url,
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken")
            .field("origin", &self.origin.as_str())
            .finish_non_exhaustive()
    }
}

impl ApiToken {
    /// Whether the token may go to this URL: same scheme, host and port.
    pub fn may_go_to(&self, url: &Url) -> bool {
        self.origin.origin() == url.origin()
    }
}
