//! What should be true: the authentik instance, the apps that sign in through it, the people, the
//! containers. From akdoctor.toml; what it leaves open, [`crate::facts`] completes by discovery.
//!
//! `docs/configuration.md` describes the file, the search order and the token for people.

mod file;
mod form;
mod known;
mod load;
mod locate;
mod own;
mod pattern;
mod problem;
pub mod profiles;
mod reader;
mod secret;
pub mod start;
mod surroundings;
mod text;
mod token;
pub mod trust;
mod values;
mod wants;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use load::{LoadOptions, Loaded, load};
pub use problem::{ConfigError, Position, Problem};
pub use secret::{ClientSecret, SecretPlace};
pub use surroundings::Surroundings;
pub use token::PendingToken;

/// How far back what happened is of interest, unless `--since` says otherwise.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What should be true, and what akdoctor was given to look with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stack {
    /// authentik itself.
    pub authentik: Authentik,
    /// The apps that sign in through it.
    pub apps: Vec<App>,
    /// The people who should be able to sign in.
    pub users: Vec<User>,
    /// What akdoctor was given to look with.
    pub access: Access,
    /// The configuration file in force.
    pub config_path: Option<String>,
    /// Whether only the apps listed here are asked about, although authentik may know others.
    #[serde(default)]
    pub narrowed: bool,
    /// How far back what happened is of interest (`--since`); `None` for a day before the run.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// Whether this run is a trace, which may ask what a plain run does not: starts by POST.
    #[serde(default)]
    pub trace: bool,
    /// Profiles of apps that are the person's own.
    #[serde(default)]
    pub profiles: Vec<profiles::OwnProfiles>,
    /// Files with a person's own signatures (`--checks`), read and found right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<SignatureFile>,
}

/// A file of a person's own signatures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SignatureFile {
    /// Its name, as the person gave it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

impl Stack {
    /// From when on what happened is of interest to a run that began then.
    pub fn since(&self, began: Timestamp) -> Timestamp {
        self.since
            .unwrap_or_else(|| began.saturating_sub(A_DAY).unwrap_or(Timestamp::MIN))
    }

    /// The same as whole seconds before the run.
    pub fn within(&self, began: Timestamp) -> u64 {
        let back = began.duration_since(self.since(began)).as_secs();
        u64::try_from(back).unwrap_or(0)
    }
}

/// The authentik instance as configured; `None` where discovery has the word.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Authentik {
    /// Base URL for people and for the API, without a trailing slash.
    pub url: Option<String>,
    /// Further base URLs of the same instance (`http://host.docker.internal:9000`).
    pub also: Vec<String>,
    /// Containers by name.
    pub containers: ContainerNames,
}

/// authentik's containers as configured, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContainerNames {
    /// The server.
    pub server: Option<String>,
    /// The worker.
    pub worker: Option<String>,
    /// The database.
    pub postgresql: Option<String>,
    /// Redis, up to 2025.8.
    pub redis: Option<String>,
}

/// An app that signs in through authentik, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct App {
    /// What people call it.
    pub name: String,
    /// The slug of its application in authentik.
    pub slug: String,
    /// The client id of its provider.
    pub client_id: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
    /// Where its sign-in begins: a path below `url`, or a whole URL.
    #[serde(default)]
    pub start: Option<String>,
    /// The redirect URIs that it should send.
    pub redirect_uris: Vec<String>,
    /// Its container.
    pub container: Option<String>,
    /// The profile that it has, for an app that its container does not tell.
    #[serde(default)]
    pub profile: Option<String>,
    /// The issuer that it is configured with, where no container of it tells.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Where its client secret stands, where no container of it tells; only what could be read.
    #[serde(default)]
    pub client_secret: Option<SecretPlace>,
    /// What signing out of it should do to the session in authentik, if that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_out: Option<SignOut>,
}

/// What signing out of an app does to the session in authentik.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignOut {
    /// It ends it, and so the sign-in to every app.
    EndsSession,
    /// It leaves it: the next sign-in to the app asks nothing.
    KeepsSession,
}

/// Somebody who should be able to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct User {
    /// User name.
    pub username: String,
    /// Groups they should be in.
    pub groups: Vec<String>,
    /// Whether they should be a superuser.
    pub superuser: bool,
    /// The type that their account should have ("internal", "external", …), if that is said.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// Slugs of the applications that they should be able to open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<String>,
}

/// What akdoctor was given to look with. Saved with the evidence, since what was not asked for
/// want of a token is judged otherwise than what failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// The API token.
    pub token: TokenAccess,
    /// Why client secrets of apps are not sent to authentik; `None` where they may be.
    #[serde(default)]
    pub secrets_withheld: Option<String>,
}

/// Whether there is an API token.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenAccess {
    /// None was given.
    #[default]
    None,
    /// Given, by this variable or file.
    Given {
        /// "AKDOCTOR_TOKEN", "file /…".
        from: String,
    },
    /// Given, and not sent: the person has not agreed to send it to this host.
    Withheld {
        /// Why, and what to do.
        why: String,
    },
}
