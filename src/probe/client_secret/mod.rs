//! Whether authentik takes an app's client secret: a token request without a code. authentik checks
//! the secret first and stops at the missing code, before anything is written (verified.md 2; order
//! of meaning: measured.md, recorded 008 to 013). The secret is read inside the look, goes to
//! authentik's own token endpoint only, never across a redirect, and stays out of every answer.

mod ask;
mod read;
mod slip;

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools, engine::SecretRef, http::place_of};
use ask::Endpoint;
pub use slip::Slip;

/// How an app sends client id and secret to the token endpoint (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sends {
    /// In the form; also what a library that first tries Basic does in the end (golang.org/x/oauth2).
    #[default]
    Body,
    /// By HTTP Basic, as they stand.
    Basic,
    /// By HTTP Basic, each encoded like a form's value first, as the RFC has it. authentik takes
    /// them as they stand (knowledge B.4).
    EncodedBasic,
}

/// Where an app's client secret stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// A variable of its container.
    Variable(SecretRef),
    /// A flag of its container's command.
    Flag {
        /// The container's id.
        container: String,
        /// The flag, `--oidc-client-secret`.
        flag: String,
    },
    /// A file in its container.
    File {
        /// The container's id.
        container: String,
        /// Absolute path inside.
        path: String,
    },
    /// Given by akdoctor.toml.
    Given {
        /// The slug of the app.
        app: String,
    },
}

/// Asks authentik whether it takes a secret.
#[derive(Debug, Clone, Serialize)]
pub struct AskClientSecret {
    /// authentik's base URL, without a trailing slash: the only place that the secret goes to.
    pub base: String,
    /// The client id that goes with it.
    pub client_id: String,
    /// Where the secret stands.
    pub held: Held,
    /// How the app sends it.
    pub sends: Sends,
    /// Whether to find out too if a secret is looked at: of a public client it is not, and a grant
    /// type that is not allowed (from 2026.5) is told before it. For a provider of which nothing is
    /// known.
    pub control: bool,
}

/// What authentik says of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taken {
    /// It is right.
    Yes,
    /// It, or the client id, is not.
    No,
    /// Any would do, or none is looked at.
    NotLookedAt,
    /// The secret is empty, so authentik was not asked.
    Empty,
    /// An answer that says nothing of it.
    Other {
        /// The status.
        status: u16,
        /// The error's name, if it has one.
        error: Option<String>,
    },
}

/// What was seen of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretSeen {
    /// What authentik says.
    pub taken: Taken,
    /// The slip without which it would be right.
    pub but_for: Option<Slip>,
    /// Whether authentik's own was compared with it, inside the look.
    pub compared: bool,
}

impl Held {
    /// The same in a question's key.
    fn name(&self) -> String {
        let short = |id: &String| id.get(..12).unwrap_or(id).to_owned();
        match self {
            Self::Variable(at) => format!("{} of container {}", at.variable, short(&at.container)),
            Self::Flag { container, flag } => format!("{flag} of container {}", short(container)),
            Self::File { container, path } => format!("{path} of container {}", short(container)),
            Self::Given { app } => format!("the secret given for {app}"),
        }
    }
}

impl Probe for AskClientSecret {
    const KIND: &'static str = "token";
    type Answer = SecretSeen;

    fn key(&self) -> String {
        format!(
            "token POST {}/application/o/token/ as {} with {}",
            self.base,
            self.client_id,
            self.held.name()
        )
    }

    fn place(&self) -> Option<String> {
        place_of(&self.base)
    }

    async fn look(&self, tools: &Tools) -> Result<SecretSeen, ProbeError> {
        let secret = read::secret(tools, &self.held).await?;
        let seen = |taken| SecretSeen {
            taken,
            but_for: None,
            compared: false,
        };
        if secret.is_empty() {
            return Ok(seen(Taken::Empty));
        }
        tools.redact.learn(&secret);
        let endpoint = Endpoint::of(self, tools)?;
        let taken = endpoint.ask(&secret, self.sends).await?;
        match taken {
            Taken::Yes if self.control => {
                let control = endpoint.ask(&slip::another(&secret), self.sends).await?;
                Ok(seen(match control {
                    Taken::No => Taken::Yes,
                    _ => Taken::NotLookedAt,
                }))
            }
            Taken::No => self.wrong(tools, &endpoint, &secret).await,
            other => Ok(seen(other)),
        }
    }
}

impl AskClientSecret {
    /// Why it is wrong: whether another reading of it is right, by authentik's word; else by its
    /// own secret, where the API tells it.
    async fn wrong(
        &self,
        tools: &Tools,
        endpoint: &Endpoint<'_>,
        secret: &str,
    ) -> Result<SecretSeen, ProbeError> {
        for (slip, reading) in slip::readings(secret, self.sends) {
            tools.redact.learn(&reading);
            if endpoint.ask(&reading, Sends::Body).await? == Taken::Yes {
                return Ok(SecretSeen {
                    taken: Taken::No,
                    but_for: Some(slip),
                    compared: false,
                });
            }
        }
        let own = super::authentik_api::client_secret(tools, &self.base, &self.client_id).await;
        let own = own.ok().flatten();
        Ok(SecretSeen {
            taken: Taken::No,
            but_for: own.as_deref().and_then(|own| slip::eaten(own, secret)),
            compared: own.is_some(),
        })
    }
}
