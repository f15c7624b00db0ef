//! What probes ask the world with. Its seams (dial, lookup, DNS, engine, hosts file) let a simulated
//! stack stand in for the world; no probe branches on simulation.

mod dial;
mod person;

use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures::future::BoxFuture;
use rustls::pki_types::CertificateDer;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::OnceCell;
use url::Url;

pub(crate) use dial::{from_io, from_tls, not_accepted};
use person::Stop;
pub use person::{Codes, Password};

use super::{
    dns::{Dns, system_dns},
    engine::Client,
    engine::EngineEndpoint,
    http::HttpClient,
    redact::Redactor,
    tls::Trust,
};

/// A system look-up: every address of a host name, as programs get it.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// `(host, port)` → the address to connect to instead of asking the resolver. URLs, `Host` headers
/// and server names stay as they are. Hosts in lower case, IPv6 addresses without brackets.
pub type DialMap = HashMap<(String, u16), SocketAddr>;

/// What probes ask the world with.
pub struct Tools {
    /// Seam 1: where connections really go.
    pub dial: DialMap,
    /// Whether nothing beside what the map names can be reached.
    pub dial_only: bool,
    /// Seam 2: the system's look-up function.
    pub lookup: Lookup,
    /// Seam 3: the container engine.
    pub engine: EngineEndpoint,
    /// Seam 4: the hosts file.
    pub hosts_file: PathBuf,
    /// Seam 5: the DNS server.
    pub dns: Dns,
    /// authentik's API token and the only origin it may be sent to.
    token: OnceLock<ApiToken>,
    /// Client secrets that were given, by the slug of their app.
    client_secrets: OnceLock<HashMap<String, SecretString>>,
    /// Somebody's password and the only origin it may be sent to.
    password: OnceLock<Password>,
    /// Where a code of their second factor comes from.
    codes: OnceLock<Arc<Codes>>,
    /// Whether what was begun is to be brought to an end.
    stop: Stop,
    /// The HTTP client, made of the seams above.
    pub http: HttpClient,
    /// The engine's client, once it was reached.
    pub(super) engine_client: OnceCell<Client>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// The longest that establishing a connection may take.
    pub connect_timeout: Duration,
    /// The longest that one answer may take.
    pub timeout: Duration,
    /// Hides secrets in answers, the same secret by the same mark all through a run.
    pub redact: Redactor,
}

/// What [`Tools`] are made of. [`ToolsOptions::new`] is the real world; a simulation gives other
/// seams.
pub struct ToolsOptions {
    /// Seam 1; empty in the real world.
    pub dial: DialMap,
    /// Whether a connection to what the map does not name fails as unreachable: a world of its own
    /// is never left.
    pub dial_only: bool,
    /// Seam 2; [`system_lookup`] in the real world.
    pub lookup: Lookup,
    /// Seam 3.
    pub engine: EngineEndpoint,
    /// Seam 4; [`system_hosts_file`] in the real world.
    pub hosts_file: PathBuf,
    /// Seam 5; [`system_dns`] in the real world.
    pub dns: Dns,
    /// authentik's API token and the only origin it may be sent to.
    pub token: Option<ApiToken>,
    /// The longest that a look may take (`--timeout`). Connecting gets three fifths of it and a
    /// body four fifths, so that a probe can still tell what it saw before the look is ended.
    pub timeout: Duration,
    /// Certificate authorities believed beside those of the system, in DER.
    pub authorities: Vec<CertificateDer<'static>>,
}

/// Why probes have nothing to ask with.
#[derive(Debug, Error)]
pub enum ToolsError {
    /// The HTTP client could not be made.
    #[error("cannot make the HTTP client: {0}")]
    Http(#[from] reqwest::Error),
    /// The TLS settings could not be made.
    #[error("cannot prepare TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl ToolsOptions {
    /// The real world, without a token.
    pub fn new(engine: EngineEndpoint) -> Self {
        Self {
            dial: DialMap::new(),
            dial_only: false,
            lookup: system_lookup(),
            engine,
            hosts_file: system_hosts_file(),
            dns: system_dns(),
            token: None,
            timeout: Duration::from_secs(5),
            authorities: Vec::new(),
        }
    }
}

impl Tools {
    /// Makes the tools; asks nobody yet.
    ///
    /// # Errors
    /// When an authority given in the options is no certificate, or a client cannot be made.
    pub fn new(options: ToolsOptions) -> Result<Self, ToolsError> {
        let trust = Trust::new(options.authorities)?;
        let connect_timeout = options.timeout * 3 / 5;
        let http = HttpClient::new(
            &options.dial,
            options.dial_only,
            &options.lookup,
            &trust.config()?,
            options.timeout,
            connect_timeout,
        )?;
        let tools = Self {
            dial: options.dial,
            dial_only: options.dial_only,
            lookup: options.lookup,
            engine: options.engine,
            hosts_file: options.hosts_file,
            dns: options.dns,
            token: OnceLock::new(),
            client_secrets: OnceLock::new(),
            password: OnceLock::new(),
            codes: OnceLock::new(),
            stop: Stop::default(),
            engine_client: OnceCell::new(),
            http,
            trust,
            connect_timeout,
            timeout: options.timeout,
            redact: Redactor::default(),
        };
        if let Some(token) = options.token {
            tools.give_token(token);
        }
        Ok(tools)
    }

    /// Gives the API token, once: where authentik is may be found only by asking the engine. It is
    /// made known to the redactor. A second token is ignored.
    pub fn give_token(&self, token: ApiToken) {
        self.redact.learn(token.secret.expose_secret());
        let _ = self.token.set(token);
    }

    /// Gives the client secrets of apps, once, by the slug of the app. They are made known to the
    /// redactor.
    pub fn give_client_secrets(&self, secrets: Vec<(String, SecretString)>) {
        for (_, secret) in &secrets {
            self.redact.learn(secret.expose_secret());
        }
        let _ = self.client_secrets.set(secrets.into_iter().collect());
    }

    /// The client secret that was given for an app.
    pub fn client_secret(&self, app: &str) -> Option<&SecretString> {
        self.client_secrets.get()?.get(app)
    }

    /// Gives the password that a sign-in is made with, once. It is made known to the redactor.
    pub fn give_password(&self, password: Password) {
        self.redact.learn(password.secret.expose_secret());
        let _ = self.password.set(password);
    }

    /// The password that a sign-in is made with, if one was given.
    pub fn password(&self) -> Option<&Password> {
        self.password.get()
    }

    /// Gives where codes of a second factor come from, once. They go where the password goes.
    pub fn give_codes(&self, codes: Codes) {
        let _ = self.codes.set(Arc::new(codes));
    }

    /// Where codes of a second factor come from, if anywhere.
    pub(super) fn codes(&self) -> Option<&Arc<Codes>> {
        self.codes.get()
    }

    /// Brings a sign-in that is under way to its end: the request that is out gets its answer, no
    /// further one goes out but those that sign out.
    pub fn stop(&self) {
        self.stop.say();
    }

    /// Whether [`stop`](Self::stop) was called.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_said()
    }

    /// Waits for [`stop`](Self::stop).
    pub(super) async fn stopped(&self) {
        self.stop.said().await;
    }

    /// authentik's API token, if one was given.
    pub fn token(&self) -> Option<&ApiToken> {
        self.token.get()
    }
}

/// The system's own look-up (`getaddrinfo`, on a thread of its own), each address once.
pub fn system_lookup() -> Lookup {
    Arc::new(|host| {
        Box::pin(async move {
            let mut addresses = Vec::new();
            for found in tokio::net::lookup_host((host.as_str(), 0)).await? {
                if !addresses.contains(&found.ip()) {
                    addresses.push(found.ip());
                }
            }
            Ok(addresses)
        })
    })
}

/// Where the system keeps its hosts file.
pub fn system_hosts_file() -> PathBuf {
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
        PathBuf::from(root).join(r"System32\drivers\etc\hosts")
    } else {
        "/etc/hosts".into()
    }
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
