//! What the system's resolver says about a host name, as every program on this machine gets it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools};

/// The addresses of a host name by the system's resolver.
#[derive(Debug, Clone, Serialize)]
pub struct SystemLookup {
    /// The name.
    pub host: String,
}

/// Its addresses, in the resolver's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// Never empty.
    pub addresses: Vec<IpAddr>,
}

impl Probe for SystemLookup {
    const KIND: &'static str = "lookup";
    type Answer = Addresses;

    fn key(&self) -> String {
        format!("lookup {}", self.host)
    }

    async fn look(&self, tools: &Tools) -> Result<Addresses, ProbeError> {
        let nothing = |detail: String| ProbeError::NoAddress {
            host: self.host.clone(),
            detail,
        };
        let addresses = (tools.lookup)(self.host.clone())
            .await
            .map_err(|error| nothing(error.to_string()))?;
        if addresses.is_empty() {
            return Err(nothing("the resolver gave an empty list".into()));
        }
        Ok(Addresses { addresses })
    }
}
