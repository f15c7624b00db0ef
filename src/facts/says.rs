//! What an app itself says of its sign-in, read from its container by its profile.

use super::{AppFacts, Containers};
use crate::evidence::{Evidence, Unknown};

/// What an app says of its sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppSays {
    /// The id of the profile that recognised it, such as "gitea".
    pub profile: Option<String>,
    /// The redirect URI that it sends.
    pub redirect_uri: Said,
    /// The client id that it sends.
    pub client_id: Said,
    /// The issuer, or the URL of the discovery document, that it was given.
    pub issuer: Said,
    /// Every URL of authentik that it was given (issuer, discovery, authorize, token, userinfo),
    /// with the variable or file that holds each.
    pub endpoints: Vec<(String, Place)>,
    /// Where browsers open it.
    pub public_url: Said,
}

/// A value as an app says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Said {
    /// It says so.
    Value {
        /// The value, byte for byte.
        value: String,
        /// Where it stands.
        place: Place,
    },
    /// It does not say: no container, no profile, not configured, or it follows the address in
    /// the browser. With the reason for people.
    Not(String),
    /// It could not be read.
    Hidden(Unknown),
    /// Nobody looked.
    #[default]
    Unasked,
}

/// Where a value of an app's configuration stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// For people: "CODER_ACCESS_URL of container coder".
    pub text: String,
    /// The container.
    pub container: Option<String>,
    /// The environment variable that decides it, if one does.
    pub variable: Option<String>,
    /// Keys of the evidence.
    pub cites: Vec<String>,
}

impl Said {
    /// The value, if it says one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Value { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// Completes each app by its container and by what that says.
pub(super) async fn complete(
    _apps: &mut [AppFacts],
    _seen: &Evidence,
    _found: Option<&Containers>,
) {
}
