//! Whose certificates are believed: those of the system, and authorities given beside them.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use rustls_platform_verifier::Verifier;

/// Whose certificates are believed. Strict: nothing can switch verification off.
#[derive(Debug, Clone)]
pub struct Trust {
    verifier: Arc<SystemVerifier>,
}

impl Trust {
    /// The system's authorities and these, in DER.
    ///
    /// # Errors
    /// When one of these is no certificate.
    pub(crate) fn new(authorities: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let mut tried = RootCertStore::empty();
        for authority in &authorities {
            tried.add(authority.clone())?;
        }
        Ok(Self {
            verifier: Arc::new(SystemVerifier {
                authorities,
                provider: Arc::new(ring::default_provider()),
                loaded: OnceLock::new(),
            }),
        })
    }

    /// The judge of certificates.
    pub(super) fn verifier(&self) -> Arc<dyn ServerCertVerifier> {
        self.verifier.clone()
    }

    /// A client's settings with this trust.
    ///
    /// # Errors
    /// When the cryptography fits no version of TLS.
    pub(crate) fn config(&self) -> Result<ClientConfig, Error> {
        self.config_with(self.verifier())
    }

    /// A client's settings with a judge of its own.
    pub(super) fn config_with(
        &self,
        verifier: Arc<dyn ServerCertVerifier>,
    ) -> Result<ClientConfig, Error> {
        let provider = self.verifier.provider.clone();
        Ok(ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth())
    }
}

/// The platform's verifier, loaded when the first certificate comes: reading the system's
/// authorities takes longer than many a run needs, and a system without any still does HTTP.
#[derive(Debug)]
struct SystemVerifier {
    authorities: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    loaded: OnceLock<Result<Verifier, Error>>,
}

impl SystemVerifier {
    fn load(&self) -> Result<Verifier, Error> {
        Verifier::new_with_extra_roots(self.authorities.iter().cloned(), self.provider.clone())
    }
}

impl ServerCertVerifier for SystemVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.loaded.get_or_init(|| self.load()) {
            Ok(verifier) => verifier.verify_server_cert(leaf, others, name, ocsp, now),
            Err(error) => Err(error.clone()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, leaf, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, leaf, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
