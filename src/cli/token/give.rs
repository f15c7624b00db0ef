//! Gives the API token to the tools, bound to the one origin it may go to.

use url::Url;

use crate::{
    evidence::Evidence,
    facts::{self, BaseSource},
    probe::Tools,
    stack::{PendingToken, Stack, TokenAccess},
};

/// Binds the token to the configured URL or, where none is configured, to the port that a container
/// of authentik publishes on this machine. Elsewhere nobody has named a host for it: it is withheld.
pub(in crate::cli) async fn give(
    token: PendingToken,
    tools: &Tools,
    stack: &mut Stack,
    seen: &Evidence,
) {
    let discovered = match token.origin() {
        Some(_) => None,
        None => published(stack, seen).await,
    };
    match token.bind(discovered) {
        Some(token) => tools.give_token(token),
        None => {
            let why = "the API token is not used: no URL of authentik is configured and none was \
                       found on this machine; say where it may go with --url";
            stack.access.token = TokenAccess::Withheld { why: why.into() };
        }
    }
}

async fn published(stack: &Stack, seen: &Evidence) -> Option<Url> {
    let base = facts::base(stack, seen).await;
    let ours = base.source == BaseSource::Published && base.is_local();
    ours.then(|| base.url.parse().ok()).flatten()
}
