//! Reads a secret where it stands.

use secrecy::ExposeSecret;

use super::Held;
use crate::probe::{ProbeError, Tools, engine};

/// The secret, byte for byte as the app has it.
pub(super) async fn secret(tools: &Tools, held: &Held) -> Result<String, ProbeError> {
    match held {
        Held::Variable(at) => engine::variable(tools, at).await,
        Held::Flag { container, flag } => engine::flag(tools, container, flag).await,
        Held::File { container, path } => engine::secret_file(tools, container, path).await,
        Held::Given { app } => match tools.client_secret(app) {
            Some(secret) => Ok(secret.expose_secret().to_owned()),
            None => Err(ProbeError::NotConfigured {
                why: format!("no client secret was given for {app}"),
            }),
        },
    }
}
