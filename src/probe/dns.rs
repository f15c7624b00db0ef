//! What the DNS server says of a host name: a witness beside the system's resolver, which also
//! reads the hosts file, asks other services, and keeps what it heard. It tells what a line of the
//! hosts file hides, and whether a name is missing or nobody answered.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use hickory_resolver::{
    ResolverBuilder, TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
};
use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools};

/// A DNS look-up: every address that the server has for a name, none where it says that there is
/// no such name or no address of it.
pub type Dns =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Vec<IpAddr>, ProbeError>> + Send + Sync>;

/// How long a server may take to answer one packet; it is asked twice.
const PACKET: Duration = Duration::from_millis(900);

/// What the DNS server says of a host name, past the hosts file and every other source.
#[derive(Debug, Clone, Serialize)]
pub struct AskDns {
    /// The whole name; search domains are not tried.
    pub host: String,
}

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsSays {
    /// In the server's order; empty where it has none.
    pub addresses: Vec<IpAddr>,
}

impl AskDns {
    /// Whether a DNS server is the one to ask: names without a dot and those of `localhost` are
    /// the machine's own, and `.local` belongs to multicast DNS (RFC 6762 section 3).
    pub fn knows(host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let own = [".local", ".localhost"]
            .iter()
            .any(|end| host.ends_with(end));
        host.contains('.') && !own && host.parse::<IpAddr>().is_err()
    }
}

impl Probe for AskDns {
    const KIND: &'static str = "dns";
    const LIMIT: Option<Duration> = Some(Duration::from_millis(2500));
    type Answer = DnsSays;

    fn key(&self) -> String {
        format!("dns {}", self.host)
    }

    async fn look(&self, tools: &Tools) -> Result<DnsSays, ProbeError> {
        let mut addresses = (tools.dns)(self.host.clone()).await?;
        addresses.truncate(MOST);
        Ok(DnsSays { addresses })
    }
}

/// More addresses than anybody reads.
const MOST: usize = 16;

/// The servers of the system's configuration (`/etc/resolv.conf`; the registry on Windows).
pub fn system_dns() -> Dns {
    Arc::new(|host| {
        Box::pin(async move {
            let builder = TokioResolver::builder_tokio().map_err(|error| failed(&host, &error))?;
            ask(builder, &host).await
        })
    })
}

/// One server at this address.
pub fn dns_at(server: SocketAddr) -> Dns {
    Arc::new(move |host| {
        let mut config = NameServerConfig::udp(server.ip());
        for connection in &mut config.connections {
            connection.port = server.port();
        }
        let config = ResolverConfig::from_name_servers(vec![config]);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Box::pin(async move { ask(builder, &host).await })
    })
}

async fn ask(
    mut builder: ResolverBuilder<TokioRuntimeProvider>,
    host: &str,
) -> Result<Vec<IpAddr>, ProbeError> {
    let options = builder.options_mut();
    options.use_hosts_file = ResolveHosts::Never;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.timeout = PACKET;
    options.attempts = 1;
    let resolver = builder.build().map_err(|error| failed(host, &error))?;
    // The dot keeps search domains out.
    let name = format!("{}.", host.trim_end_matches('.'));
    match resolver.lookup_ip(name).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(error) => Err(failed(host, &error)),
    }
}

fn failed(host: &str, error: &NetError) -> ProbeError {
    ProbeError::Failed {
        what: format!("asking the DNS server for {host}"),
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_dns_are_asked_for() {
        for name in ["auth.example.com", "host.docker.internal", "a.b."] {
            assert!(AskDns::knows(name), "{name}");
        }
        for name in [
            "localhost",
            "x.localhost",
            "printer.local",
            "authentik",
            "10.0.0.1",
            "::1",
        ] {
            assert!(!AskDns::knows(name), "{name}");
        }
    }
}
