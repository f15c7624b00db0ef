//! Whether authentik takes an app's client secret, and whether it may be asked: the one place from
//! which a secret is sent.

use std::sync::Arc;

use super::{Base, BaseSource, discovery};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        client_secret::{AskClientSecret, Held, SecretSeen, Sends},
    },
    stack::Stack,
};

/// Whether authentik answers and is ready, so that its endpoints say something of a single app.
///
/// # Errors
/// [`Unknown`] when it does not answer, or is not ready.
pub async fn ready(seen: &Evidence, base: &Base) -> Result<(), Unknown> {
    discovery::is_ready(seen, base).await
}

/// What authentik says of a client secret, and the evidence's key. With `control` it is also found
/// out whether authentik looks at a secret at all.
///
/// The secret goes to a URL that the person has named, or that a container of this machine
/// publishes on it, and to no other: whatever else listens at the usual place is not authentik.
pub async fn client_secret(
    stack: &Stack,
    seen: &Evidence,
    base: &Base,
    (client_id, held, sends): (&str, &Held, Sends),
    control: bool,
) -> (Result<Arc<SecretSeen>, Unknown>, String) {
    let ask = AskClientSecret {
        base: base.url.clone(),
        client_id: client_id.to_owned(),
        held: held.clone(),
        sends,
        control,
    };
    let key = ask.key();
    match may_be_sent(stack, base) {
        Ok(()) => (seen.ask(ask).await, key),
        Err(detail) => {
            let what = "sending client secrets there".into();
            let error = ProbeError::NotAllowed { what, detail };
            let why = Unknown {
                key: key.clone(),
                error,
            };
            (Err(why), key)
        }
    }
}

fn may_be_sent(stack: &Stack, base: &Base) -> Result<(), String> {
    if let Some(why) = &stack.access.secrets_withheld {
        return Err(why.clone());
    }
    let named = match base.source {
        BaseSource::Configured => true,
        BaseSource::Published => base.is_local(),
        BaseSource::Guessed => false,
    };
    named.then_some(()).ok_or_else(|| {
        "no URL of authentik is configured and none was found on this machine; say where secrets \
         may go with --url"
            .to_owned()
    })
}
