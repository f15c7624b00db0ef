//! Programs that listen, and what they answer.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::time::Ago;

/// A program that listens.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct Listener {
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
    pub(in crate::simulate) fn hosts(&self) -> Vec<String> {
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
pub(in crate::simulate) struct Certificate {
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
pub(in crate::simulate) enum Signed {
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
pub(in crate::simulate) enum ListenerState {
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
pub(in crate::simulate) struct Rule {
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
pub(in crate::simulate) enum Caller {
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
    /// The token of a user who may read what `akdoctor token` asks for.
    Reader,
    /// The token of a superuser.
    Superuser,
}

/// An answer that depends on the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::simulate) enum Play {
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
    /// The list of applications that somebody may open: the token's user, or another.
    Openable,
    /// An application.
    Application,
    /// A change of an application, one more, or its end.
    PatchApplication,
    /// A list of flows, stages or brands.
    Flows,
    /// The list of policies' bindings.
    Bindings,
    /// One more binding to an application, a change of one, or its end.
    ChangeBinding,
    /// authentik's settings.
    Settings,
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
    /// Events, by their actions.
    Events,
    /// Somebody's devices of a second factor.
    Devices,
    /// Policies that judge by reputation.
    ReputationPolicies,
    /// The reputation of user names.
    Scores,
    /// Where an app's sign-in begins, and the page that leads there.
    Start,
}

impl Play {
    /// Whether the directory answers.
    pub(in crate::simulate) fn is_of_people(self) -> bool {
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
                | Self::Events
                | Self::Devices
                | Self::ReputationPolicies
                | Self::Scores
                | Self::ChangeBinding
                | Self::Settings
        )
    }
}

/// No answer at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::simulate) enum Fault {
    /// The connection stays open and silent.
    Hang,
    /// The connection is closed without a word.
    Reset,
}

fn a_month_ago() -> Ago {
    Ago::days(-30)
}

fn next_year() -> Ago {
    Ago::days(335)
}
