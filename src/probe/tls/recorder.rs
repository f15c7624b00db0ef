//! Keeps what the peer showed and what was held of it, so that a refused chain is evidence too.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// A chain and the verdict on it.
#[derive(Debug)]
pub(super) struct Seen {
    /// As sent, leaf first.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Why it is refused; `None` when it is accepted.
    pub(super) refusal: Option<Error>,
}

/// A judge that writes down what another one judges, and judges the same.
#[derive(Debug)]
pub(super) struct Recorder {
    judge: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Option<Seen>>,
}

impl Recorder {
    pub(super) fn new(judge: Arc<dyn ServerCertVerifier>) -> Self {
        Self {
            judge,
            seen: Mutex::default(),
        }
    }

    pub(super) fn take(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.judge.verify_server_cert(leaf, others, name, ocsp, now);
        let chain = std::iter::once(leaf)
            .chain(others)
            .map(|one| one.clone().into_owned())
            .collect();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen {
            chain,
            refusal: verdict.as_ref().err().cloned(),
        });
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, leaf, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, leaf, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
