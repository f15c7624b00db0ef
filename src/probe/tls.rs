//! The peer's certificate chain, also when the handshake fails.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Tools};

/// A TLS handshake with a place, sending no request.
#[derive(Debug, Clone, Serialize)]
pub struct TlsHandshake {
    /// Host name, for connecting and for the server name.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

/// What the peer showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TlsAnswer {
    /// The chain as sent, leaf first.
    pub chain: Vec<Certificate>,
    /// Why it is not trusted for this name on this machine; `None` when it is.
    pub fault: Option<TlsFault>,
    /// The fault in the library's words.
    pub detail: Option<String>,
}

/// Why a chain is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsFault {
    /// Past its end.
    Expired,
    /// Before its beginning.
    NotYetValid,
    /// Made for other names.
    WrongName,
    /// Signed by nobody whom this machine trusts (self-signed included).
    UnknownAuthority,
    /// Anything else.
    Other,
}

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// DNS names and IP addresses it is made for.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// SHA-256 of the DER form, in hex.
    pub sha256: String,
}

impl Probe for TlsHandshake {
    const KIND: &'static str = "tls";
    type Answer = TlsAnswer;

    fn key(&self) -> String {
        format!("tls {}:{}", self.host, self.port)
    }

    fn place(&self) -> Option<String> {
        Some(format!("{}:{}", self.host, self.port))
    }

    async fn look(&self, _tools: &Tools) -> Result<TlsAnswer, ProbeError> {
        Err(ProbeError::NotConfigured { why: String::new() })
    }
}
