//! What a simulated world consists of: the vocabulary of the files in `scenarios/`.

use std::{collections::BTreeMap, net::IpAddr};

use serde::Deserialize;

use crate::stack::SignOut;

use super::{
    flows::{BrandOverlay, FlowOverlay, StageOverlay},
    time::Ago,
};

/// A whole world, after an overlay was laid over the healthy one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct World {
    /// What is wrong in it, in one line.
    pub title: String,
    /// Whose API token akdoctor is given.
    pub token: Caller,
    /// Whether this machine has a container engine.
    #[serde(default = "here")]
    pub engine: bool,
    /// authentik's base URL; that of the reference stack unless said.
    pub url: Option<String>,
    /// Further base URLs of it; those of the reference stack unless said.
    pub also: Option<Vec<String>>,
    /// Where people open an app, by its slug, if not where the reference stack says.
    #[serde(default)]
    pub opened: BTreeMap<String, String>,
    /// How far authentik's clock is from ours.
    #[serde(default)]
    pub clock: Ago,
    /// Programs that listen, by name.
    pub listener: BTreeMap<String, Listener>,
    /// What they answer; the first that fits is taken.
    pub http: Vec<Rule>,
    /// Containers by name.
    pub container: BTreeMap<String, Container>,
    /// What programs in containers answer; the first that fits is taken.
    pub exec: Vec<ExecAnswer>,
    /// Volumes by name.
    pub volume: BTreeMap<String, Volume>,
    /// What is different of a recorded provider, by its client id; with another id a provider
    /// more.
    #[serde(default)]
    pub provider: BTreeMap<String, ProviderOverlay>,
    /// What is different of a recorded scope mapping, or one more, by name.
    #[serde(default)]
    pub scope_mapping: BTreeMap<String, MappingOverlay>,
    /// What is different of a recorded person, or somebody new, by user name.
    #[serde(default)]
    pub person: BTreeMap<String, PersonOverlay>,
    /// What is different of a recorded group, or a new one, by name.
    #[serde(default)]
    pub group: BTreeMap<String, GroupOverlay>,
    /// What stands between a person who is signed in and an app, by its client id.
    #[serde(default)]
    pub gate: BTreeMap<String, Gate>,
    /// What is different of a recorded flow, or a new one, by slug.
    #[serde(default)]
    pub flow: BTreeMap<String, FlowOverlay>,
    /// What is different of a recorded stage, by name.
    #[serde(default)]
    pub stage: BTreeMap<String, StageOverlay>,
    /// What is different of a recorded brand, or a new one, by domain.
    #[serde(default)]
    pub brand: BTreeMap<String, BrandOverlay>,
    /// What akdoctor.toml says of signing out of an app, by its slug.
    #[serde(default)]
    pub sign_out: BTreeMap<String, SignOut>,
    /// How many people there are beside those.
    #[serde(default)]
    pub crowd: u64,
    /// Whether this release keeps redirect URIs as lines of text, as it did up to 2024.8.4 and
    /// 2024.10.2.
    #[serde(default)]
    pub redirect_text: bool,
    /// What the system's resolver says; other names have no address.
    pub lookup: BTreeMap<String, Vec<IpAddr>>,
    /// What the DNS server says, which the hosts file may hide; it knows of no other names.
    #[serde(default)]
    pub dns: BTreeMap<String, Vec<IpAddr>>,
}

/// A program that listens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    /// Where it is asked, `host:port`.
    pub at: Vec<String>,
    /// How it takes connections.
    #[serde(default)]
    pub state: ListenerState,
    /// The listener whose answers it gives: it is a proxy before that one, or another port of it.
    pub serves: Option<String>,
    /// The certificate that it shows; plain HTTP without.
    pub tls: Option<Certificate>,
    /// Headers that it sets in what it passes on; an empty value takes one out.
    #[serde(default)]
    pub sets: BTreeMap<String, String>,
}

impl Listener {
    /// Every host where it is asked, once.
    pub(super) fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        for (host, _) in self.at.iter().filter_map(|at| at.rsplit_once(':')) {
            if !hosts.iter().any(|known| known == host) {
                hosts.push(host.to_owned());
            }
        }
        hosts
    }
}

/// The certificate of a program that speaks TLS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    /// The names it is for; every host where the program is asked unless said.
    pub names: Option<Vec<String>>,
    /// Who signed it.
    #[serde(default)]
    pub signed: Signed,
    /// When it begins.
    #[serde(default = "a_month_ago")]
    pub from: Ago,
    /// When it ends.
    #[serde(default = "next_year")]
    pub until: Ago,
}

/// Who signed a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Signed {
    /// An authority that this machine knows.
    #[default]
    Known,
    /// A company's authority, which is sent along.
    Unknown,
    /// Nobody else.
    Itself,
    /// Nobody else, and it is authentik's own.
    Authentik,
    /// An authority below one that this machine knows, which is not sent along.
    Incomplete,
}

/// How a program takes connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ListenerState {
    /// Answers.
    #[default]
    Up,
    /// Does not listen.
    Refusing,
    /// Accepts and says nothing.
    Hanging,
    /// Accepts and closes at once.
    Resetting,
}

/// An answer and what it answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// Which listener answers; "authentik" unless said.
    #[serde(default = "authentik")]
    pub listener: String,
    /// The exact path.
    pub path: Option<String>,
    /// Or its beginning.
    pub prefix: Option<String>,
    /// Methods; GET and HEAD unless said.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Parameters that the query must hold.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// What the `Accept` header must hold.
    pub accept: Option<String>,
    /// Who must be asking; anybody unless said.
    #[serde(default)]
    pub caller: Vec<Caller>,
    /// Counts only where a rule that is no guard knows the path, as authentik looks for a path
    /// before it looks at a token.
    #[serde(default)]
    pub guard: bool,
    /// A recorded answer.
    pub recorded: Option<String>,
    /// A recorded list, cut into pages as asked for.
    pub list: Option<String>,
    /// How many rows authentik had where fewer were recorded.
    pub total: Option<usize>,
    /// An answer that depends on the question.
    pub play: Option<Play>,
    /// The status, instead of the recorded one.
    pub status: Option<u16>,
    /// The body, instead of the recorded one.
    pub body: Option<String>,
    /// Headers, besides or instead of the recorded ones.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Replaces the recorded scheme and host by those of the request.
    #[serde(default)]
    pub by_host: bool,
    /// When the recorded state was, as told; just now unless said.
    #[serde(default)]
    pub as_of: Ago,
    /// No answer at all.
    pub fault: Option<Fault>,
    /// How long the answer takes, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
}

fn authentik() -> String {
    "authentik".into()
}

/// Who asks, as authentik 2025.10 tells callers of its API apart (recorded 053 to 068).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Caller {
    /// No `Authorization` header.
    None,
    /// HTTP Basic.
    Basic,
    /// Another scheme than Bearer.
    Unsupported,
    /// Bearer without a token.
    Empty,
    /// An unknown token.
    Wrong,
    /// The token of a user without rights.
    Limited,
    /// The token of a superuser.
    Superuser,
}

/// An answer that depends on the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Play {
    /// The authorization endpoint.
    Authorize,
    /// The token endpoint.
    Token,
    /// Discovery documents and keys, as the providers are now.
    Discovery,
    /// The way from the default flow's path to its page.
    DefaultFlow,
    /// The flow executor.
    Executor,
    /// Who is signed in by a session's cookie.
    Me,
    /// `/admin/system/`, which echoes the request.
    System,
    /// The list of providers, as it is now.
    Providers,
    /// A change of a provider.
    PatchProvider,
    /// The list of scope mappings.
    ScopeMappings,
    /// The list of applications, as it is now.
    Applications,
    /// A change of an application.
    PatchApplication,
    /// A list of flows, stages, brands or policies' bindings.
    Flows,
    /// A change of a flow, a stage or a brand, or one more.
    ChangeFlow,
    /// The list of people.
    Users,
    /// Somebody, told or changed.
    User,
    /// A new person.
    MakeUser,
    /// The list of groups.
    Groups,
    /// A group.
    Group,
    /// A new group.
    MakeGroup,
    /// Somebody joins or leaves a group.
    Membership,
    /// Somebody gets a password.
    SetPassword,
    /// Sign-ins that failed.
    FailedLogins,
    /// Where an app's sign-in begins, and the page that leads there.
    Start,
}

impl Play {
    /// Whether the directory answers.
    pub(super) fn is_of_people(self) -> bool {
        matches!(
            self,
            Self::Users
                | Self::User
                | Self::MakeUser
                | Self::Groups
                | Self::Group
                | Self::MakeGroup
                | Self::Membership
                | Self::SetPassword
                | Self::FailedLogins
        )
    }
}

/// No answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fault {
    /// The connection stays open and silent.
    Hang,
    /// The connection is closed without a word.
    Reset,
}

/// A container.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Container {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The image as it was asked for.
    pub image: String,
    /// `org.opencontainers.image.version`.
    pub version: Option<String>,
    /// The entry point.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// The command.
    #[serde(default)]
    pub command: Vec<String>,
    /// The compose project.
    pub project: Option<String>,
    /// The compose service.
    pub service: Option<String>,
    /// When it was made.
    pub created: Ago,
    /// "running", "exited", "paused", "restarting", "created", "dead".
    pub status: String,
    /// Its last start.
    pub started: Option<Ago>,
    /// Its last end.
    pub finished: Option<Ago>,
    /// The exit code of its last end.
    #[serde(default)]
    pub exit_code: i64,
    /// Whether the kernel killed it for want of memory.
    #[serde(default)]
    pub oom_killed: bool,
    /// Why the engine could not start it.
    #[serde(default)]
    pub error: String,
    /// "starting", "healthy", "unhealthy"; `None` without a health check.
    pub health: Option<String>,
    /// What the last run of its health check said.
    #[serde(default)]
    pub health_output: String,
    /// How often in a row its health check failed.
    #[serde(default)]
    pub failing_streak: u64,
    /// How often the engine restarted it.
    #[serde(default)]
    pub restart_count: u64,
    /// When the engine restarts it.
    pub restart: String,
    /// Published ports, `0.0.0.0:9000:9000/tcp`.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Extra hosts, as typed.
    #[serde(default)]
    pub extra_hosts: Vec<String>,
    /// Volumes by the place where they are mounted.
    #[serde(default)]
    pub volumes: BTreeMap<String, String>,
    /// Its network.
    pub network: String,
    /// Its address there while it runs.
    pub ip: String,
    /// Memory limit in bytes, 0 for none.
    #[serde(default)]
    pub memory: u64,
    /// A recorded log.
    pub log: Option<String>,
    /// When its last line was written; just now unless said.
    #[serde(default)]
    pub log_ended: Ago,
    /// Authentication sources that a Gitea keeps in its database, by name.
    #[serde(default)]
    pub source: BTreeMap<String, Source>,
    /// Files besides `/etc/hosts` and `/etc/resolv.conf`, by path.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

impl Container {
    /// Whether its processes exist, running or frozen.
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.status.as_str(), "running" | "paused")
    }
}

/// An authentication source of a Gitea.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The client id.
    pub client_id: String,
    /// The URL of the discovery document.
    pub discovery: String,
}

/// What a program in a container answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecAnswer {
    /// The container's name.
    pub container: String,
    /// What the command line must hold, words joined by spaces.
    pub holds: String,
    /// The exit code.
    #[serde(default)]
    pub exit: i64,
    /// Standard output.
    #[serde(default)]
    pub stdout: String,
    /// Standard output from a recorded file, between the marks of the facts script.
    pub facts: Option<String>,
    /// Standard error.
    #[serde(default)]
    pub stderr: String,
}

/// What is different of a recorded provider, or of a copy of one that is a provider more.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderOverlay {
    /// Not there at all, and neither is its application.
    #[serde(default)]
    pub removed: bool,
    /// Its redirect URIs: a text is a strict entry, a table an entry as the API has it.
    pub redirect_uris: Option<Vec<toml::Value>>,
    /// Its grant types (from 2026.5).
    pub grant_types: Option<Vec<String>>,
    /// Its client secret.
    pub client_secret: Option<String>,
    /// "confidential" or "public".
    pub client_type: Option<String>,
    /// Its scope mappings, by name or by scope.
    pub mappings: Option<Vec<String>>,
    /// Whether the id_token holds no claims.
    #[serde(default)]
    pub no_claims_in_id_token: bool,
    /// The certificate that signs its tokens: "none", or "without-private-key".
    pub signing: Option<Signing>,
    /// Whether its tokens are encrypted too.
    #[serde(default)]
    pub encrypts: bool,
    /// Whether its issuer is authentik's root.
    #[serde(default)]
    pub global_issuer: bool,
    /// The slug of its own flow of the sign-in; empty for none.
    pub authentication_flow: Option<String>,
    /// The slug of its flow of the authorization; empty for none.
    pub authorization_flow: Option<String>,
    /// The slug of its flow of the sign-out; empty for none.
    pub invalidation_flow: Option<String>,
    /// Where it tells the app of a sign-out.
    pub logout_uri: Option<String>,
    /// Its client id.
    pub client_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is linked to no application.
    #[serde(default)]
    pub unlinked: bool,
    /// The primary key of a provider of another kind that its application is linked with instead.
    pub replaced_by: Option<i64>,
    /// The application of a provider more, as slug and name.
    pub application: Option<(String, String)>,
}

/// What is different of a recorded scope mapping, or one that is more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingOverlay {
    /// The scope with which apps ask for it.
    pub scope: String,
    /// Its expression.
    pub expression: String,
}

/// What is different of a provider's signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Signing {
    /// There is none.
    None,
    /// A certificate whose private key authentik does not have.
    WithoutPrivateKey,
}

/// What is different of a recorded person; a name that was not recorded is somebody new.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonOverlay {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// Whether they may sign in.
    pub is_active: Option<bool>,
    /// Their address.
    pub email: Option<String>,
    /// The type of their account.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The groups they are in themselves, by name.
    pub groups: Option<Vec<String>>,
    /// No password of theirs can be right.
    #[serde(default)]
    pub no_password: bool,
    /// The classes of the devices of their second factor.
    #[serde(default)]
    pub second_factor: Vec<String>,
    /// How often they failed to sign in lately.
    #[serde(default)]
    pub failed_logins: u64,
}

/// What stands between a person who is signed in and an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Gate {
    /// A policy that denies.
    Denied,
    /// A flow that asks for consent.
    Consent,
}

/// What is different of a recorded group; a name that was not recorded is a new one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupOverlay {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The group above it, by name.
    pub parent: Option<String>,
}

/// A volume.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Volume {
    /// When it was made.
    pub created: Ago,
}

fn a_month_ago() -> Ago {
    Ago::days(-30)
}

fn next_year() -> Ago {
    Ago::days(335)
}

/// Most machines that authentik runs on have a container engine.
fn here() -> bool {
    true
}
