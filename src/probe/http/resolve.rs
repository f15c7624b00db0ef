//! Gives reqwest the look-up seam instead of a resolver of its own.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::probe::tools::Lookup;

/// The look-up seam as reqwest wants it.
pub(super) struct SeamResolver(pub(super) Lookup);

/// A host name without an address, found again in the chain of causes of reqwest's error.
#[derive(Debug, Error)]
#[error("{host} has no address: {detail}")]
pub(super) struct NoAddress {
    pub(super) host: String,
    pub(super) detail: String,
}

impl Resolve for SeamResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let looking = (self.0)(host.clone());
        Box::pin(async move {
            let nothing = |detail: String| NoAddress {
                host: host.clone(),
                detail,
            };
            let found = looking.await.map_err(|error| nothing(error.to_string()))?;
            if found.is_empty() {
                return Err(nothing("the resolver gave an empty list".into()).into());
            }
            // Port 0 stands for the URL's.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
