//! Whether a port takes a connection from this machine, and what the hosts file says of names.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools};

/// A TCP connection from this machine, closed at once.
#[derive(Debug, Clone, Serialize)]
pub struct Connect {
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The port took the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {}

impl Probe for Connect {
    const KIND: &'static str = "connect";
    type Answer = Connected;

    fn key(&self) -> String {
        format!("connect {}:{}", self.host, self.port)
    }

    fn place(&self) -> Option<String> {
        Some(format!("{}:{}", self.host, self.port))
    }

    async fn look(&self, tools: &Tools) -> Result<Connected, ProbeError> {
        tools.connect(&self.host, self.port).await?;
        Ok(Connected {})
    }
}

/// Whether an address is one of this machine's.
#[derive(Debug, Clone, Serialize)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
}

impl Probe for OwnAddress {
    const KIND: &'static str = "own";
    type Answer = bool;

    fn key(&self) -> String {
        format!("own {}", self.address)
    }

    async fn look(&self, tools: &Tools) -> Result<bool, ProbeError> {
        Ok(tools.owns(self.address))
    }
}

/// This machine's hosts file.
#[derive(Debug, Clone, Serialize)]
pub struct ReadHostsFile;

/// What a hosts file says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HostsFile {
    /// Its lines that name a host, in order.
    pub lines: Vec<HostsLine>,
}

/// A line of a hosts file that names a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostsLine {
    /// From 1.
    pub number: usize,
    /// As it stands.
    pub text: String,
    /// The address.
    pub address: IpAddr,
    /// The names, in lower case.
    pub names: Vec<String>,
}

impl HostsFile {
    /// Reads a hosts file (hosts(5)): address, names, and a comment after `#`.
    pub fn read(text: &str) -> Self {
        let lines = text.lines().enumerate().filter_map(|(at, line)| {
            let mut words = line.split('#').next()?.split_whitespace();
            Some(HostsLine {
                number: at + 1,
                text: line.to_owned(),
                address: words.next()?.parse().ok()?,
                names: words.map(str::to_ascii_lowercase).collect(),
            })
        });
        Self {
            lines: lines.collect(),
        }
    }

    /// The lines that name this host.
    pub fn of<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a HostsLine> {
        let name = name.to_ascii_lowercase();
        let lines = self.lines.iter();
        lines.filter(move |line| line.names.contains(&name))
    }
}

impl Probe for ReadHostsFile {
    const KIND: &'static str = "hosts";
    type Answer = HostsFile;

    fn key(&self) -> String {
        "hosts".into()
    }

    async fn look(&self, tools: &Tools) -> Result<HostsFile, ProbeError> {
        let bytes = tokio::fs::read(&tools.hosts_file).await;
        let bytes = bytes.map_err(|error| ProbeError::Failed {
            what: "reading the hosts file".into(),
            detail: error.to_string(),
        })?;
        Ok(HostsFile::read(&String::from_utf8_lossy(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let file =
            HostsFile::read("# x\n127.0.0.1\tlocalhost\n\n10.0.0.7 a HOST.example # b\nno c");
        let found: Vec<_> = file.of("host.Example").collect();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].number, found[0].address),
            (4, [10, 0, 0, 7].into())
        );
        assert_eq!(file.of("b").count(), 0);
    }
}
