//! authentik's REST API, read with a token: typed, lenient rows; never a client secret.

mod access;
mod allowed;
mod apps;
mod ask;
mod doors;
mod echo;
mod events;
mod flows;
mod hurdles;
mod pages;
mod people;
mod person;
mod rows;
mod tokens;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

pub use access::AskAccess;
pub use allowed::AskAllowed;
use ask::Api;
pub use doors::AskDoors;
pub use echo::{AskEcho, Echo};
pub use events::AskEvents;
pub use flows::AskFlows;
pub use hurdles::{AskFactors, AskIdentification, AskLimits, AskScores, AskSignInFlow, LimitSeen};
pub use people::{
    AskFailedLogins, AskGroup, AskPerson, AskSuperusers, FailedLogins, GroupKey, PersonSeen,
};
pub use person::{AccessSaid, AskCheckAccess, AskDevices, AskPersonEvents, AskWho, WhoSeen};
pub use tokens::{AskTokens, ListedToken};

use rows::{
    ApplicationWire, MeWire, ProviderWire, TaskWire, VersionWire, WorkerCountWire, WorkerWire,
};

use super::{
    Probe, ProbeError, Tools,
    flows::{LogoutUri, ProviderFlows},
    http::place_of,
    scope_mapping::{self, ScopeMappingRow},
};

/// Lists take a request a page: 3,000 rows in pages of 100 took 6.7 s (verified.md 6).
const LIST: Option<Duration> = Some(Duration::from_secs(15));

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

/// Every application that the token may see: a list, and where it is shortened one by one.
#[derive(Debug, Clone, Serialize)]
pub struct AskApplications {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// Slugs that are known from elsewhere.
    pub known: Vec<String>,
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// Primary key.
    pub pk: i64,
    /// Its name.
    pub name: String,
    /// Its client id.
    pub client_id: String,
    /// The slug of the application it belongs to.
    pub application: Option<String>,
    /// What it allows as redirect URIs; both shapes read.
    pub redirect_uris: Vec<RedirectUri>,
    /// The same as the lines of text that releases up to 2024.8.4 and 2024.10.2 keep; `None` where
    /// it is a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_text: Option<String>,
    /// "confidential" or "public".
    #[serde(default)]
    pub client_type: Option<String>,
    /// The grant types it allows; `None` before 2026.5, which has no such list.
    #[serde(default)]
    pub grant_types: Option<Vec<String>>,
    /// The id of the certificate that signs its tokens, as the API tells it; other sources do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<String>,
    /// The primary keys of the property mappings that are selected; `None` where nothing told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mappings: Option<Vec<String>>,
    /// Whether the id_token holds the claims too, beside the answer of the userinfo endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_in_id_token: Option<bool>,
    /// The flows that it names; `None` where they were not told.
    pub flows: Option<ProviderFlows>,
    /// Where it tells the app of a sign-out (from 2025.8).
    pub logout: Option<LogoutUri>,
}

/// An entry of a provider's list of redirect URIs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectUri {
    /// "strict" or "regex"; of a line of text what authentik's own migration made of it (0024,
    /// 2024.12): "regex" for `*` and `.*`, else "strict".
    pub matching_mode: String,
    /// The URI or the pattern.
    pub url: String,
    /// "authorization" or "logout" (from 2026.5).
    pub redirect_uri_type: Option<String>,
}

/// Every scope mapping. Needs `view_scopemapping`.
#[derive(Debug, Clone, Serialize)]
pub struct AskScopeMappings {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
}

macro_rules! api_probe {
    ($probe:ty, $answer:ty, $path:literal, $limit:expr, $look:ident) => {
        impl Probe for $probe {
            const KIND: &'static str = "api";
            const LIMIT: Option<Duration> = $limit;
            type Answer = $answer;

            fn key(&self) -> String {
                format!(concat!("api GET {}/api/v3", $path), self.base)
            }

            fn place(&self) -> Option<String> {
                place_of(&self.base)
            }

            async fn look(&self, tools: &Tools) -> Result<$answer, ProbeError> {
                $look(tools, &self.base).await
            }
        }
    };
}

api_probe!(Me, TokenUser, "/core/users/me/", None, me);
api_probe!(AskVersion, RunningVersion, "/admin/version/", None, version);
api_probe!(AskWorkers, Workers, "/tasks/workers", None, workers);
api_probe!(AskQueue, Queue, "/tasks/tasks/?state=queued", None, queue);
api_probe!(
    AskProviders,
    List<ProviderRow>,
    "/providers/oauth2/",
    LIST,
    providers
);
api_probe!(
    AskScopeMappings,
    List<ScopeMappingRow>,
    "/propertymappings/provider/scope/",
    LIST,
    scope_mappings
);

impl Probe for AskApplications {
    const KIND: &'static str = "api";
    const LIMIT: Option<Duration> = LIST;
    type Answer = List<ApplicationRow>;

    fn key(&self) -> String {
        format!("api GET {}/api/v3/core/applications/", self.base)
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<List<ApplicationRow>, ProbeError> {
        let (base, known) = (&self.base, &self.known);
        let told = apps::applications(tools, base, apps::ALL, known, ApplicationWire::slug);
        Ok(told.await?.of())
    }
}

async fn me(tools: &Tools, base: &str) -> Result<TokenUser, ProbeError> {
    let api = Api::new(tools, base, None)?;
    Ok(api.get::<MeWire>("/core/users/me/").await?.into())
}

async fn version(tools: &Tools, base: &str) -> Result<RunningVersion, ProbeError> {
    let api = Api::new(tools, base, None)?;
    Ok(api.get::<VersionWire>("/admin/version/").await?.into())
}

/// The path by version (knowledge A.7): without a slash from 2025.8, with one from 2026.5, a mere
/// count before. Asked newest common first; 404 leads to the next.
async fn workers(tools: &Tools, base: &str) -> Result<Workers, ProbeError> {
    let api = Api::new(tools, base, Some("authentik_rbac.view_system_info"))?;
    for path in ["/tasks/workers", "/tasks/workers/"] {
        match api.get::<Vec<WorkerWire>>(path).await {
            Err(ProbeError::Absent { .. }) => {}
            answer => return Ok(listed(answer?)),
        }
    }
    let count = api.get::<WorkerCountWire>("/admin/workers/").await?.count;
    Ok(Workers {
        count,
        rows: Vec::new(),
    })
}

fn listed(wires: Vec<WorkerWire>) -> Workers {
    Workers {
        count: wires.len() as u64,
        rows: wires.into_iter().map(WorkerRow::from).collect(),
    }
}

async fn queue(tools: &Tools, base: &str) -> Result<Queue, ProbeError> {
    let api = Api::new(tools, base, Some("authentik_tasks.view_task"))?;
    let page: pages::Page<TaskWire> = api
        .get("/tasks/tasks/?state=queued&page_size=1&ordering=mtime")
        .await?;
    Ok(Queue {
        count: page.pagination.count,
        oldest: page.results.into_iter().find_map(|task| task.mtime),
    })
}

async fn providers(tools: &Tools, base: &str) -> Result<List<ProviderRow>, ProbeError> {
    let permission = "authentik_providers_oauth2.view_oauth2provider";
    let api = Api::new(tools, base, Some(permission))?;
    let path = "/providers/oauth2/";
    let list = pages::all(&api, path, |row: &ProviderWire| row.pk).await?;
    Ok(list.of())
}

/// Up to 2024.6 the path is another (knowledge E.1).
async fn scope_mappings(tools: &Tools, base: &str) -> Result<List<ScopeMappingRow>, ProbeError> {
    let permission = "authentik_providers_oauth2.view_scopemapping";
    let api = Api::new(tools, base, Some(permission))?;
    let identity = |row: &scope_mapping::Wire| row.pk().to_owned();
    let now = "/propertymappings/provider/scope/";
    let list = match pages::all(&api, now, identity).await {
        Err(ProbeError::Absent { .. }) => {
            pages::all(&api, "/propertymappings/scope/", identity).await?
        }
        answer => answer?,
    };
    Ok(list.of())
}

/// The client secret of a provider, for a comparison inside a look: it goes into no answer.
pub(super) async fn client_secret(
    tools: &Tools,
    base: &str,
    client_id: &str,
) -> Result<Option<String>, ProbeError> {
    let permission = "authentik_providers_oauth2.view_oauth2provider";
    let api = Api::new(tools, base, Some(permission))?;
    let id: String = byte_serialize(client_id.as_bytes()).collect();
    let path = format!("/providers/oauth2/?client_id={id}");
    let page: pages::Page<rows::SecretWire> = api.get(&path).await?;
    // A filter that is not understood is ignored silently (measured.md).
    let mut rows = page.results.into_iter();
    let row = rows.find(|row| row.client_id == client_id);
    let secret = row.and_then(|row| row.client_secret);
    secret.iter().for_each(|secret| tools.redact.learn(secret));
    Ok(secret)
}

impl RedirectUri {
    /// A line of the text that older releases keep, as it stands there.
    pub(super) fn line(url: &str) -> Self {
        let anything = matches!(url, "*" | ".*");
        Self {
            matching_mode: if anything { "regex" } else { "strict" }.into(),
            url: url.into(),
            redirect_uri_type: None,
        }
    }

    /// Those of such a text: authentik cuts it at white space of any kind (`str.split`, 2024.8.4
    /// `check_redirect_uri`).
    pub(super) fn lines(text: &str) -> Vec<Self> {
        text.split_whitespace().map(Self::line).collect()
    }
}

impl<R> List<R> {
    /// The same list of what its rows become.
    fn of<T: From<R>>(self) -> List<T> {
        List {
            rows: self.rows.into_iter().map(T::from).collect(),
            count: self.count,
        }
    }
}
