//! `TlsHandshake` with certificates good and bad: the chain is evidence either way.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use akdoctor::probe::{
    ProbeError,
    http::HttpGet,
    tls::{TlsAnswer, TlsFault, TlsHandshake},
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tokio_rustls::TlsAcceptor;

use crate::net_world::World;

const NAME: &str = "auth.example.test";

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params("Test CA");
        let der = params.self_signed(&key).unwrap().der().clone();
        Self {
            issuer: Issuer::new(params, key),
            der,
        }
    }

    fn signs(&self, params: &CertificateParams) -> Shown {
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        Shown {
            chain: vec![leaf.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![NAME.into()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn leaf(name: &str, from: i32, until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.into()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

/// What a server shows.
struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Shown {
    async fn served(self) -> SocketAddr {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain, self.key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    if let Ok(mut stream) = acceptor.accept(stream).await {
                        let _ = stream.read_u8().await;
                    }
                });
            }
        });
        address
    }
}

async fn handshake(
    address: SocketAddr,
    authorities: Vec<CertificateDer<'static>>,
) -> Result<Arc<TlsAnswer>, ProbeError> {
    let mut world = World::new().timeout(2000).dial(NAME, 443, address);
    world.options.authorities = authorities;
    let asked = world
        .evidence()
        .ask(TlsHandshake {
            host: NAME.into(),
            port: 443,
        })
        .await;
    asked.map_err(|unknown| unknown.error)
}

/// What the handshake says of a leaf signed by an authority that is trusted.
async fn judged(params: CertificateParams) -> Arc<TlsAnswer> {
    let authority = Authority::new();
    let address = authority.signs(&params).served().await;
    handshake(address, vec![authority.der]).await.unwrap()
}

#[tokio::test]
async fn a_good_certificate_has_no_fault() {
    let answer = judged(leaf(NAME, 2020, 4000)).await;
    assert_eq!((answer.fault, &answer.detail), (None, &None));
    let leaf = &answer.chain[0];
    assert_eq!(leaf.names, [NAME]);
    assert!(leaf.subject.contains("CN=auth.example.test"), "{leaf:?}");
    assert!(leaf.issuer.contains("CN=Test CA"), "{leaf:?}");
}

#[tokio::test]
async fn faults_are_told_apart_and_the_chain_is_kept() {
    for (params, fault) in [
        (leaf(NAME, 2020, 2021), TlsFault::Expired),
        (leaf(NAME, 3000, 3001), TlsFault::NotYetValid),
        (leaf("other.example.test", 2020, 4000), TlsFault::WrongName),
    ] {
        let answer = judged(params).await;
        assert_eq!(answer.fault, Some(fault));
        assert_eq!(answer.chain.len(), 1);
        assert!(answer.detail.is_some());
    }
}

#[tokio::test]
async fn an_authority_that_nobody_knows() {
    let address = Authority::new()
        .signs(&leaf(NAME, 2020, 4000))
        .served()
        .await;
    let answer = handshake(address, vec![Authority::new().der])
        .await
        .unwrap();
    assert_eq!(answer.fault, Some(TlsFault::UnknownAuthority));
    assert_eq!(answer.chain[0].names, [NAME]);
}

/// `openssl req -x509` makes such a one.
#[tokio::test]
async fn an_authority_that_serves_its_own_certificate() {
    let key = KeyPair::generate().unwrap();
    let certificate = authority_params("self").self_signed(&key).unwrap();
    let shown = Shown {
        chain: vec![certificate.der().clone()],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    };
    let answer = handshake(shown.served().await, vec![Authority::new().der]).await;
    assert_eq!(answer.unwrap().fault, Some(TlsFault::UnknownAuthority));
}

#[tokio::test]
async fn an_untrusted_certificate_stops_http_too() {
    let address = Authority::new()
        .signs(&leaf(NAME, 2020, 4000))
        .served()
        .await;
    let mut world = World::new().timeout(2000).dial(NAME, 443, address);
    world.options.authorities = vec![Authority::new().der];
    let asked = world
        .evidence()
        .ask(HttpGet::new("https://auth.example.test/"))
        .await;
    let error = asked.unwrap_err().error;
    assert!(
        matches!(&error, ProbeError::Tls { at, .. } if at == "auth.example.test:443"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_port_that_speaks_plain_http() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let answer = handshake(address, vec![]).await.unwrap();
    assert_eq!(answer.fault, Some(TlsFault::NotTls));
    assert!(answer.chain.is_empty());
}

/// What servers of an older day answer, and one that has no certificate for the name: an alert of
/// two bytes in a record (RFC 8446 sections 5.1 and 6).
#[tokio::test]
async fn a_peer_that_ends_the_handshake_says_why() {
    for (alert, fault) in [
        (70, TlsFault::OldProtocol),
        (112, TlsFault::Refused),
        (40, TlsFault::Refused),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            let (mut stream, _) = listener.accept().await.unwrap();
            let record = [21, 3, 1, 0, 2, 2, alert];
            stream.write_all(&record).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        let answer = handshake(address, vec![]).await.unwrap();
        assert_eq!(answer.fault, Some(fault), "{answer:?}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_one_that_hangs_and_one_that_closes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let refused = handshake(closed, vec![]).await.unwrap_err();
    assert!(matches!(refused, ProbeError::Refused { .. }), "{refused:?}");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = World::new()
        .timeout(200)
        .dial(NAME, 443, silent.local_addr().unwrap());
    let began = std::time::Instant::now();
    let question = TlsHandshake {
        host: NAME.into(),
        port: 443,
    };
    let hung = world.evidence().ask(question).await.unwrap_err().error;
    assert!(matches!(hung, ProbeError::TimedOut { .. }), "{hung:?}");
    assert!(began.elapsed() < Duration::from_secs(3));

    let hasty = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hasty.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = hasty.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    let ended = handshake(address, vec![]).await.unwrap_err();
    assert!(matches!(ended, ProbeError::Reset { .. }), "{ended:?}");
}
