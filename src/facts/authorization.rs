//! Whether authentik takes the authorization request that an app's start leads to, by its own word.

use std::sync::Arc;

use super::Base;
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _,
        authentik_api::ProviderRow,
        authorize::{AskAuthorize, Replied},
        start::Authorize,
    },
};

/// What is known of an app's authorization request from authentik itself.
#[derive(Debug, Clone)]
pub enum Authorization {
    /// It was asked.
    Asked {
        /// What came.
        told: Result<Arc<Replied>, Unknown>,
        /// The key of the evidence.
        cite: String,
    },
    /// It was not asked, with the reason for people.
    Not(&'static str),
}

impl Authorization {
    /// authentik's answer, with the key of the evidence.
    pub fn replied(&self) -> Option<(&Replied, &String)> {
        match self {
            Self::Asked {
                told: Ok(told),
                cite,
            } => Some((told, cite)),
            _ => None,
        }
    }
}

/// Asks authentik whether it takes a request, once a run. Only where the provider that authentik
/// finds by the client id is among `providers` and names what it allows: another one could learn
/// the redirect URI by being asked.
pub async fn authorization(
    seen: &Evidence,
    base: &Base,
    providers: &[ProviderRow],
    request: &Authorize,
) -> Authorization {
    let id = request.client_id.as_deref();
    let Some(provider) = providers.iter().find(|row| Some(&*row.client_id) == id) else {
        return Authorization::Not("no provider that is known has its client id");
    };
    match AskAuthorize::of(&base.url, provider, request) {
        Ok(ask) => {
            let cite = ask.key();
            let told = seen.ask(ask).await;
            Authorization::Asked { told, cite }
        }
        Err(why) => Authorization::Not(why),
    }
}
