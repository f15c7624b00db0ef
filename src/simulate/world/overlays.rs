//! What is different of recorded providers, scope mappings, people, groups and events.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::time::Ago;

/// What is different of a recorded provider, or of a copy of one that is a provider more.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct ProviderOverlay {
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
    /// Whether its application was deleted.
    #[serde(default)]
    pub application_deleted: bool,
    /// The primary key of a provider of another kind that its application is linked with instead.
    pub replaced_by: Option<i64>,
    /// The application of a provider more, as slug and name.
    pub application: Option<(String, String)>,
}

/// What is different of a recorded scope mapping, or one that is more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct MappingOverlay {
    /// The scope with which apps ask for it.
    pub scope: String,
    /// Its expression.
    pub expression: String,
}

/// What is different of a provider's signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::simulate) enum Signing {
    /// There is none.
    None,
    /// A certificate whose private key authentik does not have.
    WithoutPrivateKey,
}

/// What is different of a recorded person; a name that was not recorded is somebody new.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct PersonOverlay {
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
    /// The host that their WebAuthn devices are bound to.
    pub passkey_host: Option<String>,
    /// How often they failed to sign in lately.
    #[serde(default)]
    pub failed_logins: u64,
    /// The names of applications that they opened an hour ago.
    #[serde(default)]
    pub opened: Vec<String>,
    /// The score of their reputation.
    pub score: Option<i64>,
    /// How many days ago their password was set.
    pub password_days: Option<i64>,
}

/// A policy that judges by reputation, bound to a stage of the sign-in that denies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct ReputationOverlay {
    /// Its name.
    pub name: String,
    /// It passes where the score is this or less.
    pub threshold: i64,
}

/// A policy under which passwords expire, bound to the sign-in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct ExpiryOverlay {
    /// Its name.
    pub name: String,
    /// After so many days.
    pub days: i64,
}

/// What stands between a person who is signed in and an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::simulate) enum Gate {
    /// A policy that denies.
    Denied,
    /// A flow that asks for consent.
    Consent,
}

/// What is different of a recorded group; a name that was not recorded is a new one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct GroupOverlay {
    /// Not there at all.
    #[serde(default)]
    pub removed: bool,
    /// The group above it, by name.
    pub parent: Option<String>,
}

/// An event of lately, like a recorded one of its action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct EventOverlay {
    /// The action.
    pub action: String,
    /// When, the first time.
    #[serde(default)]
    pub ago: Ago,
    /// How often.
    #[serde(default = "once")]
    pub times: u64,
    /// So many seconds apart.
    #[serde(default = "apart")]
    pub every: u64,
    /// The user name of whoever did it; of a sign-in the context's.
    pub by: Option<String>,
    /// From which address.
    pub client_ip: Option<String>,
    /// What is different of the recorded context.
    pub context: Option<Map<String, Value>>,
}

impl EventOverlay {
    /// An event of this action and context.
    pub fn of(action: &str, context: Option<Map<String, Value>>) -> Self {
        Self {
            action: action.to_owned(),
            ago: Ago::default(),
            times: once(),
            every: apart(),
            by: None,
            client_ip: None,
            context,
        }
    }
}

fn once() -> u64 {
    1
}

fn apart() -> u64 {
    20
}

/// What decides who may open an application.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct AccessOverlay {
    /// "any" or "all".
    pub mode: Option<String>,
    /// What is bound to it, in its order.
    #[serde(default)]
    pub bindings: Vec<BindingOverlay>,
}

/// A binding, to one of three.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::simulate) struct BindingOverlay {
    /// Somebody, by user name.
    pub person: Option<String>,
    /// A group, by name.
    pub group: Option<String>,
    /// An expression policy of this name.
    pub policy: Option<String>,
    /// Whether its result is turned round.
    #[serde(default)]
    pub negate: bool,
    /// Whether it is switched off.
    #[serde(default)]
    pub off: bool,
    /// Whether its time is over (from 2026.8).
    #[serde(default)]
    pub expired: bool,
}
