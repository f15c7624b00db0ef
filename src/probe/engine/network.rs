//! The networks that the engine made.

use std::net::IpAddr;

use bollard::models::Network as EngineNetwork;
use serde::{Deserialize, Serialize};

use super::client::Client;
use crate::probe::{Probe, ProbeError, Tools};

/// Every network of the engine.
#[derive(Debug, Clone, Serialize)]
pub struct ListNetworks;

/// A network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedNetwork {
    /// Its name.
    pub name: String,
    /// "bridge", "host", "overlay", …
    pub driver: String,
    /// The addresses that the machine has in it, one for each of its subnets.
    pub gateways: Vec<IpAddr>,
}

impl Probe for ListNetworks {
    const KIND: &'static str = "networks";
    type Answer = Vec<ListedNetwork>;

    fn key(&self) -> String {
        "networks".into()
    }

    async fn look(&self, tools: &Tools) -> Result<Vec<ListedNetwork>, ProbeError> {
        let client = Client::connect(tools).await?;
        let question = client.docker.list_networks(None);
        let found = client.ask("the list of networks", question).await?;
        let mut networks: Vec<_> = found.into_iter().map(listed).collect();
        networks.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(networks)
    }
}

fn listed(network: EngineNetwork) -> ListedNetwork {
    let subnets = network.ipam.and_then(|ipam| ipam.config);
    let gateways = subnets.unwrap_or_default().into_iter().filter_map(|at| {
        // A plan that was not asked for a gateway names its subnet alone, and takes the first
        // address of it.
        let named = at.gateway.and_then(|gateway| gateway.parse().ok());
        named.or_else(|| first_of(&at.subnet?))
    });
    ListedNetwork {
        gateways: gateways.collect(),
        name: network.name.unwrap_or_default(),
        driver: network.driver.unwrap_or_default(),
    }
}

/// The first address of a subnet: 172.17.0.1 of 172.17.0.0/16.
fn first_of(subnet: &str) -> Option<IpAddr> {
    let (base, _) = subnet.split_once('/')?;
    Some(match base.parse().ok()? {
        IpAddr::V4(base) => IpAddr::V4(u32::from(base).checked_add(1)?.into()),
        IpAddr::V6(base) => IpAddr::V6(u128::from(base).checked_add(1)?.into()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_gateway_is_named_or_the_first_address() {
        let network = serde_json::from_value(json!({
            "Name": "n", "Driver": "bridge",
            "IPAM": {"Config": [
                {"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.9"},
                {"Subnet": "172.17.0.0/16"}, {"Subnet": "fd00::/64"}, {}
            ]},
        }));
        let texts: Vec<String> = listed(network.unwrap())
            .gateways
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(texts, ["172.20.0.9", "172.17.0.1", "fd00::1"]);
    }
}
