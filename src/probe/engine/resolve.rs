//! What a container's own resolver says of a host name, with whatever tool the container has: it
//! is what the app in it gets, whatever its settings come to.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Exec, Executed, exec};
use crate::probe::{Probe, ProbeError, Tools};

/// getent, python, ping or nslookup, the first that is there.
const SCRIPT: &str = include_str!("resolve.sh");

/// A look-up of a name inside a running container.
#[derive(Debug, Clone, Serialize)]
pub struct ResolveInside {
    /// The container's id.
    pub container: String,
    /// The name.
    pub host: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolved {
    /// It has these addresses.
    To(Vec<IpAddr>),
    /// It has none, as programs in the container get it.
    NoAddress,
    /// Its DNS server has none; the tool does not read the hosts file.
    NotInDns,
    /// The container has no shell, or none of the tools.
    NoTool,
    /// The tool failed in words that this akdoctor does not know.
    Unclear(String),
}

impl Probe for ResolveInside {
    const KIND: &'static str = "resolve";
    type Answer = Resolved;

    fn key(&self) -> String {
        format!("resolve {} {}", self.container, self.host)
    }

    fn place(&self) -> Option<String> {
        Some(format!("container {}", self.container))
    }

    async fn look(&self, tools: &Tools) -> Result<Resolved, ProbeError> {
        let argv = ["sh", "-c", SCRIPT, "akdoctor-resolve", &self.host];
        let question = Exec {
            container: self.container.clone(),
            argv: argv.map(str::to_owned).to_vec(),
            secrets: Vec::new(),
            stdin: None,
            label: "resolve".into(),
        };
        Ok(resolved(&exec::exec(tools, &question).await?))
    }
}

fn resolved(ended: &Executed) -> Resolved {
    let told = ended.stdout.strip_prefix("akdoctor ");
    let told = told.and_then(|told| told.split_once('\n'));
    let Some((first, said)) = told else {
        // 126 and 127: there is no shell to run it.
        return match ended.exit_code {
            126 | 127 => Resolved::NoTool,
            code => Resolved::Unclear(format!("its shell ended with exit code {code}")),
        };
    };
    let (tool, code) = first.split_once(' ').unwrap_or((first, ""));
    let addresses = match tool {
        "none" => return Resolved::NoTool,
        "ping" => in_brackets(said).into_iter().collect(),
        "nslookup" => after_the_name(said),
        _ => first_words(said),
    };
    if !addresses.is_empty() {
        return Resolved::To(addresses);
    }
    let low = said.to_ascii_lowercase();
    let unknown = UNKNOWN.iter().any(|word| low.contains(word));
    match (tool, code) {
        ("getent", "2") => Resolved::NoAddress,
        ("nslookup", _) if unknown => Resolved::NotInDns,
        _ if unknown => Resolved::NoAddress,
        _ => Resolved::Unclear(said.trim().chars().take(200).collect()),
    }
}

/// The words of python, ping and nslookup, of glibc and of musl, for a name without an address.
const UNKNOWN: [&str; 9] = [
    "not known",
    "unknown host",
    "bad address",
    "name resolution",
    "does not resolve",
    "no address",
    "nxdomain",
    "can't resolve",
    "can't find",
];

/// Lines that begin with an address, each address once.
fn first_words(said: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let words = said
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    for address in words.filter_map(|word| word.parse().ok()) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// `PING name (10.0.0.1): 56 data bytes`.
fn in_brackets(said: &str) -> Option<IpAddr> {
    let line = said.lines().find(|line| line.starts_with("PING "))?;
    let (_, rest) = line.split_once('(')?;
    rest.split(')').next()?.parse().ok()
}

/// `Address: 10.0.0.1` and `Address 1: 10.0.0.1 name`, below the name: above it stands the server.
fn after_the_name(said: &str) -> Vec<IpAddr> {
    let lines = said.lines().skip_while(|line| !line.starts_with("Name:"));
    let addresses = lines.filter_map(|line| {
        let (_, rest) = line.strip_prefix("Address")?.split_once(": ")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    addresses.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stdout: &str) -> Resolved {
        resolved(&Executed {
            exit_code: if stdout.is_empty() { 127 } else { 0 },
            stdout: stdout.into(),
            stderr: String::new(),
        })
    }

    fn to(addresses: &[&str]) -> Resolved {
        Resolved::To(addresses.iter().map(|a| a.parse().unwrap()).collect())
    }

    #[test]
    fn the_answer_in_the_words_of_every_tool() {
        let getent = "akdoctor getent 0\n172.17.0.1  STREAM a\n172.17.0.1  DGRAM\nfd00::1 STREAM\n";
        assert_eq!(of(getent), to(&["172.17.0.1", "fd00::1"]));
        assert_eq!(
            of("akdoctor python 0\n::1\n127.0.0.1\n"),
            to(&["::1", "127.0.0.1"])
        );
        let ping =
            "akdoctor ping 1\nPING a (10.0.0.1): 56 data bytes\n\n--- a ping statistics ---\n";
        assert_eq!(of(ping), to(&["10.0.0.1"]));
        let new = "akdoctor nslookup 0\nServer:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\nName:\ta\nAddress: 10.0.0.1\n";
        assert_eq!(of(new), to(&["10.0.0.1"]));
        let old = "akdoctor nslookup 0\nServer:    127.0.0.11\nAddress 1: 127.0.0.11\n\nName:      a\nAddress 1: 10.0.0.1 a.n\n";
        assert_eq!(of(old), to(&["10.0.0.1"]));
    }

    #[test]
    fn no_address_and_no_tool_are_kept_apart() {
        for said in [
            "akdoctor getent 2\n\n",
            "akdoctor python 1\nsocket.gaierror: [Errno -2] Name or service not known\n",
            "akdoctor python 1\nsocket.gaierror: [Errno -2] Name does not resolve\n",
            "akdoctor ping 1\nping: bad address 'a'\n",
        ] {
            assert_eq!(of(said), Resolved::NoAddress, "{said}");
        }
        let nslookup =
            "akdoctor nslookup 1\nServer:\t127.0.0.11\n\n** server can't find a: NXDOMAIN\n";
        assert_eq!(of(nslookup), Resolved::NotInDns);
        assert_eq!(of("akdoctor none none\n\n"), Resolved::NoTool);
        assert_eq!(of(""), Resolved::NoTool);
        let odd = "akdoctor ping 1\nping: permission denied (are you root?)\n";
        assert!(matches!(of(odd), Resolved::Unclear(_)));
    }
}
