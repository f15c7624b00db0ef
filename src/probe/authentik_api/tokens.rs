//! The API tokens of somebody, without their keys. A token that is not a superuser's is told its own
//! user's rows alone (verified.md 3); which of them is the one that asks, the API does not say.

use serde::{Deserialize, Serialize};

use super::{ask::Api, pages};
use crate::probe::{Probe, ProbeError, Tools, http::place_of};

/// The tokens with intent API of one user; any token may ask for its own user's.
#[derive(Debug, Clone, Serialize)]
pub struct AskTokens {
    /// authentik's base URL, without a trailing slash.
    pub base: String,
    /// The user name.
    pub username: String,
}

/// A token as the API lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedToken {
    /// Primary key.
    pub pk: String,
    /// Its name.
    pub identifier: String,
    /// When it expires, RFC 3339; `None` where it does not.
    pub expires: Option<String>,
}

impl Probe for AskTokens {
    const KIND: &'static str = "api";
    type Answer = Vec<ListedToken>;

    fn key(&self) -> String {
        format!("api GET {}/api/v3{}", self.base, self.path())
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<ListedToken>, ProbeError> {
        let api = Api::new(tools, &self.base, None)?;
        let path = self.path();
        let list = pages::all(&api, &path, |row: &Wire| row.pk.clone()).await?;
        // A filter that is not understood is ignored silently (measured.md).
        let is_meant = |row: &Wire| row.intent == "api" && row.user_obj.username == self.username;
        let rows = list.rows.into_iter().filter(is_meant);
        Ok(rows.map(ListedToken::from).collect())
    }
}

impl AskTokens {
    fn path(&self) -> String {
        let query = super::people::query(&[("intent", "api"), ("user__username", &self.username)]);
        format!("/core/tokens/?{query}")
    }
}

#[derive(Deserialize)]
struct Wire {
    pk: String,
    identifier: String,
    intent: String,
    #[serde(default)]
    expiring: bool,
    expires: Option<String>,
    user_obj: Owner,
}

#[derive(Deserialize)]
struct Owner {
    username: String,
}

impl From<Wire> for ListedToken {
    /// A date stays in the row of a token that does not expire (recorded 139).
    fn from(wire: Wire) -> Self {
        Self {
            pk: wire.pk,
            identifier: wire.identifier,
            expires: wire.expires.filter(|_| wire.expiring),
        }
    }
}
