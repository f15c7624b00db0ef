//! What a person gives for a sign-in that is really made, and their word to bring it to an end.

use std::fmt;

use secrecy::SecretString;
use tokio::sync::watch;
use url::Url;

/// Somebody's password, bound to the origin of the authentik that it is for.
pub struct Password {
    /// The password.
    pub secret: SecretString,
    /// Scheme, host and port it may be sent to; never anywhere else, never across a redirect.
    pub origin: Url,
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password")
            .field("origin", &self.origin.as_str())
            .finish_non_exhaustive()
    }
}

/// Where a code of a second factor comes from: it lives for half a minute, so it is made or asked
/// for when a stage wants it.
pub struct Codes(Box<Give>);

type Give = dyn Fn(&[String]) -> Option<SecretString> + Send + Sync;

impl Codes {
    /// By a function that is told the classes of the devices that would do ("totp", "static"), may
    /// take its time, and has no code for others.
    pub fn new(give: impl Fn(&[String]) -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Box::new(give))
    }

    /// A code of one of these devices. It may wait for a person.
    pub(in crate::probe) fn give(&self, devices: &[String]) -> Option<SecretString> {
        self.0(devices)
    }
}

/// Whether what was begun is to be brought to an end.
pub(super) struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    pub(super) fn say(&self) {
        self.0.send_replace(true);
    }

    pub(super) fn is_said(&self) -> bool {
        *self.0.borrow()
    }

    pub(super) async fn said(&self) {
        let mut told = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = told.wait_for(|said| *said).await;
    }
}
