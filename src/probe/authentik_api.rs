//! authentik's REST API, read with a token: typed, lenient rows; never a client secret.

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools, http::place_of};

/// Whose token this is (`/core/users/me/`, any token may ask).
#[derive(Debug, Clone, Serialize)]
pub struct Me {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// The token's user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUser {
    /// Primary key.
    pub pk: i64,
    /// User name.
    pub username: String,
    /// Whether authentik answers everything for this token.
    pub is_superuser: bool,
    /// Permissions of the system kind, such as `view_system_info`.
    pub system_permissions: Vec<String>,
}

/// The running version (`/admin/version/`, any token may ask).
#[derive(Debug, Clone, Serialize)]
pub struct AskVersion {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// The running version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningVersion {
    /// As authentik writes it.
    pub current: String,
    /// The newest release that authentik knows of.
    pub latest: Option<String>,
}

/// The workers that are alive (paths by version: knowledge A.7). Needs `view_system_info`.
#[derive(Debug, Clone, Serialize)]
pub struct AskWorkers {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// The workers that are alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// How many.
    pub count: u64,
    /// Each of them, where this version lists them (from 2025.8).
    pub rows: Vec<WorkerRow>,
}

/// A worker that is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// `<uuid>@<host>`.
    pub worker_id: String,
    /// Its version, as authentik writes it.
    pub version: Option<String>,
    /// Whether authentik holds it to be the server's own version.
    pub version_matching: Option<bool>,
}

/// How many tasks wait (`/tasks/tasks/?state=queued`, from 2025.8). Needs `view_task`.
#[derive(Debug, Clone, Serialize)]
pub struct AskQueue {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// The tasks that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// How many.
    pub count: u64,
    /// When the oldest of them was last touched, RFC 3339.
    pub oldest: Option<String>,
}

/// Every application that the token may see.
#[derive(Debug, Clone, Serialize)]
pub struct AskApplications {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// The rows of a list, followed to its last page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List<R> {
    /// What came.
    pub rows: Vec<R>,
    /// What authentik says there are; more than `rows` when it leaves some out silently.
    pub count: u64,
}

impl<R> List<R> {
    /// Whether authentik left rows out without saying so (measured.md: denied applications vanish
    /// from `results` while `pagination.count` still counts them).
    pub fn is_shortened(&self) -> bool {
        self.count > self.rows.len() as u64
    }
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationRow {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its provider's primary key.
    pub provider: Option<i64>,
    /// Where a click on it goes.
    pub launch_url: Option<String>,
}

/// Every OAuth2/OpenID provider. Needs `view_oauth2provider`.
#[derive(Debug, Clone, Serialize)]
pub struct AskProviders {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

/// An OAuth2/OpenID provider, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// Primary key.
    pub pk: i64,
    /// Its name.
    pub name: String,
    /// Its client id.
    pub client_id: String,
    /// The slug of the application it belongs to.
    pub application: Option<String>,
    /// What it allows as redirect URIs; both shapes (text up to 2024.10.2, list after) read.
    pub redirect_uris: Vec<RedirectUri>,
}

/// An entry of a provider's list of redirect URIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUri {
    /// "strict" or "regex".
    pub matching_mode: String,
    /// The URI or the pattern.
    pub url: String,
    /// "authorization" or "logout" (from 2026.5).
    pub redirect_uri_type: Option<String>,
}

macro_rules! api_probe {
    ($probe:ty, $answer:ty, $path:literal) => {
        impl Probe for $probe {
            const KIND: &'static str = "api";
            type Answer = $answer;

            fn key(&self) -> String {
                format!(concat!("api GET {}/api/v3", $path), self.base)
            }

            fn place(&self) -> Option<String> {
                place_of(&self.base)
            }

            async fn look(&self, _tools: &Tools) -> Result<$answer, ProbeError> {
                Err(ProbeError::NotConfigured { why: String::new() })
            }
        }
    };
}

api_probe!(Me, TokenUser, "/core/users/me/");
api_probe!(AskVersion, RunningVersion, "/admin/version/");
api_probe!(AskWorkers, Workers, "/tasks/workers");
api_probe!(AskQueue, Queue, "/tasks/tasks/?state=queued");
api_probe!(AskApplications, List<ApplicationRow>, "/core/applications/");
api_probe!(AskProviders, List<ProviderRow>, "/providers/oauth2/");
