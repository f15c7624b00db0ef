//! Whose token akdoctor was given. Asked before any answer of the API is believed: several
//! endpoints answer for the wrong user or shorten lists for a token that is not a superuser's
//! (measured.md).

use std::sync::Arc;

use crate::{
    evidence::{Evidence, Unknown},
    probe::authentik_api::{Me, TokenUser},
    stack::{Stack, TokenAccess},
};

/// The user of the API token.
///
/// # Errors
/// [`Unknown`] when there is no token, it is withheld or refused, or authentik does not answer.
pub async fn rights(stack: &Stack, seen: &Evidence, base: &str) -> Result<Arc<TokenUser>, Unknown> {
    match &stack.access.token {
        TokenAccess::Given { .. } => seen.ask(Me { base: base.into() }).await,
        TokenAccess::None => Err(Unknown::not_configured(
            "token",
            "no API token was given (AKDOCTOR_TOKEN)",
        )),
        TokenAccess::Withheld { why } => Err(Unknown::not_configured("token", why.clone())),
    }
}
