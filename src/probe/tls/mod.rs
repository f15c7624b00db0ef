//! The peer's certificate chain, also when the handshake fails.

mod certificate;
mod recorder;
mod trust;

use std::{io, sync::Arc};

use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError, Error, pki_types::ServerName};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsConnector;

use recorder::{Recorder, Seen};
pub use trust::Trust;

use super::{
    Probe, ProbeError, Tools,
    tools::{from_io, from_tls},
};

/// No honest chain is longer; the rest is not read.
const LONGEST_CHAIN: usize = 16;

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
    /// The chain as sent, leaf first; empty where the handshake ended before.
    pub chain: Vec<Certificate>,
    /// Why it is not trusted for this name on this machine; `None` when it is.
    pub fault: Option<TlsFault>,
    /// The fault in the library's words.
    pub detail: Option<String>,
}

/// Why a chain is not accepted, or none was shown.
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
    /// The port speaks something else than TLS.
    NotTls,
    /// The peer speaks only versions of TLS that were given up (RFC 8996), or no cipher that is
    /// still in use.
    OldProtocol,
    /// The peer ended the handshake, as one without a certificate for this name does.
    Refused,
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
    /// Where its issuer's certificate is (RFC 5280 section 4.2.2.1), as public authorities say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_issuers: Option<String>,
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

    async fn look(&self, tools: &Tools) -> Result<TlsAnswer, ProbeError> {
        let at = format!("{}:{}", self.host, self.port);
        let failed = |error: Error| from_tls(&error, &at);
        let name = server_name(&self.host, &at)?;
        let recorder = Arc::new(Recorder::new(tools.trust.verifier()));
        let config = tools.trust.config_with(recorder.clone()).map_err(failed)?;
        let stream = tools.connect(&self.host, self.port).await?;
        let ended = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await;
        match (recorder.take(), ended) {
            (Some(seen), _) => Ok(TlsAnswer::of(seen)),
            (None, Ok(_)) => Err(failed(Error::NoCertificatesPresented)),
            (None, Err(error)) => match TlsAnswer::without_chain(&error) {
                Some(answer) => Ok(answer),
                None => Err(from_io(&error, &at, tools.connect_timeout)
                    .unwrap_or_else(|| failed(Error::General(error.to_string())))),
            },
        }
    }
}

fn server_name(host: &str, at: &str) -> Result<ServerName<'static>, ProbeError> {
    ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|_| ProbeError::Tls {
        at: at.into(),
        detail: "no certificate can be made for such a host name".into(),
    })
}

impl Certificate {
    /// Whether nobody else signed it.
    pub fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// What a certificate in DER says; `None` when the bytes are none.
    pub fn of(der: &[u8]) -> Option<Self> {
        certificate::read(der)
    }
}

impl TlsAnswer {
    /// The answer of a peer that spoke and showed no certificate; `None` where it did not speak.
    fn without_chain(error: &io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<Error>()?;
        let fault = match error {
            Error::InvalidMessage(_) => TlsFault::NotTls,
            Error::PeerIncompatible(_) => TlsFault::OldProtocol,
            Error::AlertReceived(AlertDescription::ProtocolVersion) => TlsFault::OldProtocol,
            Error::AlertReceived(_) => TlsFault::Refused,
            _ => return None,
        };
        Some(Self {
            chain: Vec::new(),
            fault: Some(fault),
            detail: Some(error.to_string()),
        })
    }

    fn of(seen: Seen) -> Self {
        let chain: Vec<Certificate> = seen
            .chain
            .iter()
            .take(LONGEST_CHAIN)
            .filter_map(|der| certificate::read(der))
            .collect();
        Self {
            fault: seen.refusal.as_ref().map(|error| fault(error, &chain)),
            detail: seen.refusal.map(|error| error.to_string()),
            chain,
        }
    }
}

fn fault(error: &Error, chain: &[Certificate]) -> TlsFault {
    use CertificateError as Because;
    match error {
        Error::InvalidCertificate(Because::Expired | Because::ExpiredContext { .. }) => {
            TlsFault::Expired
        }
        Error::InvalidCertificate(Because::NotValidYet | Because::NotValidYetContext { .. }) => {
            TlsFault::NotYetValid
        }
        Error::InvalidCertificate(
            Because::NotValidForName | Because::NotValidForNameContext { .. },
        ) => TlsFault::WrongName,
        // A bad signature is that of an authority made anew under its old name.
        Error::InvalidCertificate(Because::UnknownIssuer | Because::BadSignature) => {
            TlsFault::UnknownAuthority
        }
        // `openssl req -x509` makes an authority of itself, which is refused as a server's
        // certificate before anybody asks who signed it.
        Error::InvalidCertificate(Because::Other(_)) if is_self_signed(chain) => {
            TlsFault::UnknownAuthority
        }
        _ => TlsFault::Other,
    }
}

fn is_self_signed(chain: &[Certificate]) -> bool {
    chain.first().is_some_and(Certificate::is_self_signed)
}

/// The subjects of the certificates in a PEM file (RFC 7468); what is none is passed over.
pub(super) fn subjects(pem: &[u8]) -> Vec<String> {
    certificate::subjects(pem)
}
