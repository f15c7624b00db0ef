//! Establishes connections through the dial and look-up seams, and tells apart why one cannot be
//! established.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use rustls::CertificateError;
use tokio::{net::TcpStream, time::timeout};

use super::{super::ProbeError, Tools};

impl Tools {
    /// Where a place is mapped to, if it is.
    pub(crate) fn mapped(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.dial.get(&(host, port)).copied()
    }

    /// Whether an address belongs to this machine: only its own can be bound to.
    pub(crate) fn owns(&self, address: IpAddr) -> bool {
        let bound = || std::net::UdpSocket::bind((address, 0)).is_ok();
        address.is_loopback() || (!self.dial_only && bound())
    }

    /// A TCP connection, trying each address of the host in the resolver's order.
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, ProbeError> {
        let at = format!("{host}:{port}");
        let addresses = self.addresses(host, port).await?;
        let each = self.connect_timeout / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut failure = None;
        for address in addresses {
            match connect_to(address, &at, each).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| no_address(host, "the resolver gave an empty list")))
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, ProbeError> {
        if let Some(address) = self.mapped(host, port) {
            return Ok(vec![address]);
        }
        if self.dial_only {
            return Err(ProbeError::Unreachable {
                at: format!("{host}:{port}"),
                detail: "nothing is there".into(),
            });
        }
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let found = (self.lookup)(host.to_owned())
            .await
            .map_err(|error| no_address(host, &error.to_string()))?;
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }
}

async fn connect_to(
    address: SocketAddr,
    at: &str,
    limit: Duration,
) -> Result<TcpStream, ProbeError> {
    match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => {
            Err(
                from_io(&error, at, limit).unwrap_or_else(|| ProbeError::Unreachable {
                    at: at.into(),
                    detail: error.to_string(),
                }),
            )
        }
        Err(_) => Err(not_accepted(at, limit)),
    }
}

fn no_address(host: &str, detail: &str) -> ProbeError {
    ProbeError::NoAddress {
        host: host.into(),
        detail: detail.into(),
    }
}

/// No connection inside the limit.
pub(crate) fn not_accepted(at: &str, limit: Duration) -> ProbeError {
    ProbeError::TimedOut {
        at: at.into(),
        doing: "accept a connection".into(),
        millis: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
    }
}

/// What an error of the system says about the place; `None` for kinds that say nothing of it.
/// Libraries wrap errors of TLS and of the system in others of kind "other"; those are looked
/// into.
pub(crate) fn from_io(error: &io::Error, at: &str, limit: Duration) -> Option<ProbeError> {
    let inner = error.get_ref();
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Some(from_tls(tls, at));
    }
    if let Some(io) = inner.and_then(|inner| inner.downcast_ref::<io::Error>()) {
        return from_io(io, at, limit);
    }
    let (at, detail) = (at.to_owned(), error.to_string());
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(ProbeError::Refused { at }),
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable
        | io::ErrorKind::PermissionDenied => Some(ProbeError::Unreachable { at, detail }),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(ProbeError::Reset { at, detail }),
        io::ErrorKind::TimedOut => Some(not_accepted(&at, limit)),
        _ => None,
    }
}

/// What an error of TLS says about the place.
pub(crate) fn from_tls(error: &rustls::Error, at: &str) -> ProbeError {
    let detail = match error {
        rustls::Error::InvalidMessage(_) => {
            format!("it does not speak TLS on this port, perhaps plain HTTP ({error})")
        }
        // With seconds of the epoch in the library's words; the check `tls` tells the dates.
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired".into()
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { .. }) => {
            "its certificate is not valid yet".into()
        }
        _ => error.to_string(),
    };
    ProbeError::Tls {
        at: at.into(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(7);

    #[test]
    fn kinds_of_failure_are_kept_apart() {
        let of = |kind| from_io(&io::Error::from(kind), "h:1", LIMIT);
        assert!(matches!(
            of(io::ErrorKind::ConnectionRefused),
            Some(ProbeError::Refused { .. })
        ));
        assert!(matches!(
            of(io::ErrorKind::HostUnreachable),
            Some(ProbeError::Unreachable { .. })
        ));
        assert!(matches!(
            of(io::ErrorKind::ConnectionReset),
            Some(ProbeError::Reset { .. })
        ));
        assert!(matches!(
            of(io::ErrorKind::TimedOut),
            Some(ProbeError::TimedOut { millis: 7, .. })
        ));
        assert_eq!(of(io::ErrorKind::Other), None);
    }

    #[test]
    fn wrapped_errors_are_looked_into() {
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert!(matches!(
            from_io(&refused, "h:1", LIMIT),
            Some(ProbeError::Refused { .. })
        ));
        let tls = io::Error::other(rustls::Error::HandshakeNotComplete);
        assert!(matches!(
            from_io(&tls, "h:1", LIMIT),
            Some(ProbeError::Tls { .. })
        ));
    }
}
