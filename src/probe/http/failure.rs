//! What an error of the HTTP client says about the place, by kinds along its chain of causes.

use std::{error::Error, io, iter::successors, time::Duration};

use super::resolve::NoAddress;
use crate::probe::{
    ProbeError,
    tools::{from_io, from_tls, not_accepted},
};

/// What was asked, for the error to speak of.
pub(super) struct Asked<'a> {
    /// `host:port`, or the proxy's.
    pub(super) at: &'a str,
    /// The question, without secrets.
    pub(super) what: &'a str,
    /// The limit for establishing a connection.
    pub(super) connect_timeout: Duration,
}

impl Asked<'_> {
    /// The error as ours. Never quotes the URL: reqwest's own text does, with its query.
    pub(super) fn failed(&self, error: &reqwest::Error) -> ProbeError {
        if error.is_timeout() && error.is_connect() {
            return not_accepted(self.at, self.connect_timeout);
        }
        chain(error)
            .find_map(|cause| self.cause(cause))
            .unwrap_or_else(|| self.other(error))
    }

    fn cause(&self, cause: &(dyn Error + 'static)) -> Option<ProbeError> {
        if let Some(NoAddress { host, detail }) = cause.downcast_ref() {
            return Some(ProbeError::NoAddress {
                host: host.clone(),
                detail: detail.clone(),
            });
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Some(from_tls(tls, self.at));
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return from_io(io, self.at, self.connect_timeout);
        }
        let error = cause.downcast_ref::<hyper::Error>()?;
        if error.is_parse() || error.is_parse_too_large() {
            return Some(self.malformed(format!("it is no HTTP ({error})")));
        }
        let early = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
        // A lower cause, such as a reset by the system, says more.
        (early && error.source().is_none()).then(|| ProbeError::Reset {
            at: self.at.into(),
            detail: error.to_string(),
        })
    }

    fn other(&self, error: &reqwest::Error) -> ProbeError {
        let root = chain(error)
            .skip(1)
            .last()
            .map_or_else(|| "no cause is known".into(), ToString::to_string);
        if error.is_connect() {
            return ProbeError::Unreachable {
                at: self.at.into(),
                detail: root,
            };
        }
        self.malformed(root)
    }

    fn malformed(&self, detail: String) -> ProbeError {
        ProbeError::Malformed {
            what: self.what.into(),
            detail,
        }
    }
}

fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &'a (dyn Error + 'static) = error;
    successors(Some(first), |&cause| cause.source())
}
