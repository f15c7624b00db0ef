//! Which authorities a container trusts, as far as a file tells.

use serde::{Deserialize, Serialize};

use super::{archive, client::Client};
use crate::probe::{Probe, ProbeError, Tools, tls};

/// Which certificate authorities a file in a container holds, by the archive API.
#[derive(Debug, Clone, Serialize)]
pub struct AskAuthorities {
    /// The container's id.
    pub container: String,
    /// Absolute path of a PEM file inside.
    pub path: String,
    /// Subjects to look for, RFC 4514.
    pub wanted: Vec<String>,
}

/// What a file of authorities holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorities {
    /// How many certificates.
    pub count: usize,
    /// Which of the subjects that were looked for.
    pub held: Vec<String>,
}

impl Probe for AskAuthorities {
    const KIND: &'static str = "authorities";
    type Answer = Authorities;

    fn key(&self) -> String {
        let wanted = self.wanted.join(" | ");
        format!("authorities {}:{} {wanted}", self.container, self.path)
    }

    async fn look(&self, tools: &Tools) -> Result<Authorities, ProbeError> {
        let client = Client::connect(tools).await?;
        let bytes = archive::bytes(&client, &self.container, &self.path).await?;
        let mut held = tls::subjects(&bytes);
        let count = held.len();
        held.retain(|subject| self.wanted.contains(subject));
        Ok(Authorities { count, held })
    }
}
