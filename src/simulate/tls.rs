//! Certificates of simulated programs, made on the spot: their times are relative to the run, so
//! that a scenario means the same in ten years.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::world::{Certificate, Signed};

/// Where leaf certificates of public authorities say that their issuer's is (RFC 5280 section
/// 4.2.2.1, id-ad-caIssuers).
const CA_ISSUERS: &str = "http://pki.example.com/intermediate.der";

/// The authorities of a world.
pub(super) struct Authorities {
    known: Authority,
    unknown: Authority,
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

impl Authorities {
    /// Two new ones, of which this machine is to know the first.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            known: Authority::new("Simulated Public CA")?,
            unknown: Authority::new("Simulated Company CA")?,
        })
    }

    /// The one that this machine knows.
    pub(super) fn known(&self) -> CertificateDer<'static> {
        self.known.der.clone()
    }

    /// Both in PEM, with the words that stand for them in files of containers.
    pub(super) fn pem(&self) -> [(&'static str, String); 2] {
        [
            ("{public-ca}", &self.known),
            ("{company-ca}", &self.unknown),
        ]
        .map(|(word, authority)| {
            let body = data_encoding::BASE64.encode(&authority.der);
            let begin = "-----BEGIN CERTIFICATE-----";
            (
                word,
                format!("{begin}\n{body}\n-----END CERTIFICATE-----\n"),
            )
        })
    }

    /// What shows this certificate to whoever connects; `hosts` are its names unless it has others.
    pub(super) fn acceptor(
        &self,
        certificate: &Certificate,
        hosts: Vec<String>,
    ) -> anyhow::Result<TlsAcceptor> {
        let names = match certificate.signed {
            Signed::Authentik => vec!["*".to_owned()],
            _ => certificate.names.clone().unwrap_or(hosts),
        };
        let params = leaf(certificate, names).context("describing a certificate")?;
        let key = KeyPair::generate()?;
        let chain = match certificate.signed {
            Signed::Known => vec![self.known.signs(&params, &key)?],
            Signed::Unknown => vec![self.unknown.signs(&params, &key)?, self.unknown.der.clone()],
            Signed::Itself | Signed::Authentik => vec![params.self_signed(&key)?.der().clone()],
            Signed::Incomplete => {
                let between = self.known.below("Simulated Public CA R3")?;
                vec![between.signs(&params, &key)?]
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl Authority {
    fn new(name: &str) -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let params = authority(name)?;
        let der = params.self_signed(&key)?.der().clone();
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, der })
    }

    /// One that this one signed.
    fn below(&self, name: &str) -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let params = authority(name)?;
        let der = params.signed_by(&key, &self.issuer)?.der().clone();
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, der })
    }

    fn signs(
        &self,
        params: &CertificateParams,
        key: &KeyPair,
    ) -> anyhow::Result<CertificateDer<'static>> {
        Ok(params.signed_by(key, &self.issuer)?.der().clone())
    }
}

fn authority(name: &str) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(params)
}

fn leaf(certificate: &Certificate, names: Vec<String>) -> anyhow::Result<CertificateParams> {
    let name = match certificate.signed {
        // What authentik shows as long as no brand has a certificate of its own.
        Signed::Authentik => "authentik default certificate".to_owned(),
        _ => names.first().cloned().unwrap_or_default(),
    };
    let mut params = CertificateParams::new(names)?;
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CommonName, name);
    if certificate.signed == Signed::Authentik {
        subject.push(DnType::OrganizationName, "authentik");
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = Timestamp::now();
    let since_1970 = |at: Timestamp| u64::try_from(at.as_second()).unwrap_or(0);
    let moment = |at| date_time_ymd(1970, 1, 1) + Duration::from_secs(since_1970(at));
    params.not_before = moment(certificate.from.from(now));
    params.not_after = moment(certificate.until.from(now));
    if certificate.signed == Signed::Incomplete {
        params.custom_extensions.push(ca_issuers());
    }
    Ok(params)
}

/// The extension that says where the issuer's certificate is.
fn ca_issuers() -> CustomExtension {
    const METHOD: [u8; 10] = [6, 8, 43, 6, 1, 5, 5, 7, 48, 2];
    let one = [&METHOD[..], &tagged(0x86, CA_ISSUERS.as_bytes())].concat();
    let all = tagged(0x30, &tagged(0x30, &one));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], all)
}

/// A value in DER of less than 128 bytes (X.690 section 8.1.3.4).
fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap_or(0);
    [&[tag, length], value].concat()
}
