//! Reads a certificate from DER.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    objects::{oid_registry, oid2abbrev},
    oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS,
    parse_x509_certificate,
    pem::Pem,
    x509::{AttributeTypeAndValue, X509Name},
};

use super::Certificate;

/// What a certificate says; `None` when the bytes are none.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = parse_x509_certificate(der).ok()?;
    let validity = certificate.validity();
    Some(Certificate {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        names: names(&certificate),
        not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
        not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        sha256: HEXLOWER.encode(digest(&SHA256, der).as_ref()),
        ca_issuers: ca_issuers(&certificate),
    })
}

/// The subjects of the certificates in a PEM file.
pub(super) fn subjects(pem: &[u8]) -> Vec<String> {
    let blocks = Pem::iter_from_buffer(pem).flatten();
    let certificates = blocks.filter(|block| block.label.ends_with("CERTIFICATE"));
    certificates
        .filter_map(|block| Some(name(block.parse_x509().ok()?.subject())))
        .collect()
}

fn ca_issuers(certificate: &X509Certificate<'_>) -> Option<String> {
    let mut all = certificate.extensions().iter();
    let access = all.find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityInfoAccess(access) => Some(access),
        _ => None,
    })?;
    access.iter().find_map(|one| match &one.access_location {
        GeneralName::URI(uri) if one.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS => {
            Some((*uri).to_owned())
        }
        _ => None,
    })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(Ipv4Addr::from(four).into());
    }
    let sixteen = <[u8; 16]>::try_from(bytes).ok()?;
    Some(Ipv6Addr::from(sixteen).into())
}

/// A name as RFC 4514 section 2 writes it: the most specific part first.
fn name(name: &X509Name<'_>) -> String {
    let mut parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let pairs: Vec<String> = part.iter().map(pair).collect();
            pairs.join("+")
        })
        .collect();
    parts.reverse();
    parts.join(",")
}

fn pair(pair: &AttributeTypeAndValue<'_>) -> String {
    let kind = oid2abbrev(pair.attr_type(), oid_registry())
        .map_or_else(|_| pair.attr_type().to_id_string(), str::to_owned);
    let value = pair.as_str().map_or_else(
        |_| format!("#{}", HEXLOWER.encode(pair.as_slice())),
        escaped,
    );
    format!("{kind}={value}")
}

/// RFC 4514 section 2.4.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut escaped = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        let edge = (at == 0 && matches!(c, ' ' | '#')) || (at == last && c == ' ');
        if edge || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_read() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params =
            rcgen::CertificateParams::new(vec!["auth.example.com".into(), "10.0.0.7".into()])
                .unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, value) in [
            (rcgen::DnType::OrganizationName, "Acme, Inc"),
            (rcgen::DnType::CommonName, "auth"),
        ] {
            params.distinguished_name.push(kind, value);
        }
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2027, 1, 2);
        let der = params.self_signed(&key).unwrap().der().clone();

        let read = read(&der).unwrap();

        assert_eq!(read.subject, "CN=auth,O=Acme\\, Inc");
        assert_eq!(read.issuer, read.subject);
        assert_eq!(read.names, ["auth.example.com", "10.0.0.7"]);
        assert_eq!(read.not_before.to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(read.not_after.to_string(), "2027-01-02T00:00:00Z");
        assert_eq!(read.sha256.len(), 64);
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        assert_eq!(super::read(b"nothing"), None);
    }

    #[test]
    fn values_are_escaped() {
        assert_eq!(escaped("#a, b "), "\\#a\\, b\\ ");
    }
}
