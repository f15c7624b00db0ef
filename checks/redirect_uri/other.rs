//! Another provider that allows just what the app sends: either end may be the wrong one, and what
//! else is known of the app says which.

use url::Url;

use super::{Scene, refused::is_plain, sent::Claim};
use crate::{
    check::Raised,
    facts::{AppFacts, Said},
    probe::authentik_api::ProviderRow,
};

/// Another provider that allows the URI.
pub(super) struct Other<'a> {
    pub(super) provider: &'a ProviderRow,
    /// The app that it is for.
    app: Option<&'a AppFacts>,
    /// What probably happened.
    story: Story,
}

/// What probably happened.
enum Story {
    /// The app sends the address of the other one: its settings were copied. With the one URI that
    /// its own provider allows, if it is one.
    Copied(Option<String>),
    /// The app sends an address of its own; nothing says which client id it sends with it.
    ClientId,
    /// The app sends an address of its own with the right client id.
    EnteredThere,
}

/// Another provider that allows just this URI.
pub(super) fn allowing<'a>(
    scene: &'a Scene,
    app: &AppFacts,
    own: &ProviderRow,
    claim: &Claim<'_>,
) -> Option<Other<'a>> {
    let allows = |row: &&ProviderRow| {
        let mut entries = row.redirect_uris.iter();
        row.pk != own.pk && entries.any(|entry| is_plain(entry) && entry.url == claim.uri)
    };
    let provider = scene.providers.iter().find(allows)?;
    let other = scene.apps.iter().find(|other| {
        let of_other = other.provider.as_ref();
        other.name != app.name && of_other.is_some_and(|row| row.pk == provider.pk)
    });
    let theirs = other.is_some_and(|other| is_address_of(other, claim.uri));
    let story = match app.says.client_id {
        _ if theirs && !is_address_of(app, claim.uri) => Story::Copied(only(own)),
        Said::Value { .. } => Story::EnteredThere,
        _ => Story::ClientId,
    };
    Some(Other {
        provider,
        app: other,
        story,
    })
}

/// The one URI that a provider allows.
fn only(provider: &ProviderRow) -> Option<String> {
    let mut plain = provider
        .redirect_uris
        .iter()
        .filter(|entry| is_plain(entry));
    let first = plain.next()?;
    plain.next().is_none().then(|| first.url.clone())
}

/// Whether a URI is at an address where people open the app.
fn is_address_of(app: &AppFacts, uri: &str) -> bool {
    let origin = |text: &str| Url::parse(text).ok().map(|url| url.origin());
    let of_uri = origin(uri);
    let configured = app.configured.as_ref().and_then(|app| app.url.as_deref());
    let launch = app.application.as_ref();
    let launch = launch.and_then(|row| row.launch_url.as_deref());
    let known = [configured, launch, app.says.public_url.value()];
    of_uri.is_some() && known.into_iter().flatten().any(|url| origin(url) == of_uri)
}

impl Other<'_> {
    /// Why it is allowed at the app's own provider all the same.
    pub(super) fn why_here(&self) -> Option<String> {
        matches!(self.story, Story::EnteredThere).then(|| {
            "the app sends the right client id and an address of its own, so the URI was probably \
             entered at the other provider by mistake"
                .into()
        })
    }

    /// Gives what the mends at the app need. Without the client id it may also be that the app
    /// signs in through the other provider and nothing is broken: "probably".
    pub(super) fn tell(self, raised: Raised) -> Raised {
        let raised = raised
            .with("other", self.provider.name.clone())
            .with("other_id", self.provider.client_id.clone());
        match self.story {
            Story::EnteredThere => raised,
            // What akdoctor.toml expects says more than what the other provider allows.
            _ if raised.values.contains_key("right") => raised,
            Story::ClientId => raised.with("check_id", true).inferred(),
            Story::Copied(own) => {
                let raised = match own.is_none() {
                    true => raised.with("by_hand", true),
                    false => raised,
                };
                raised
                    .with_some("copied_from", self.app.map(|app| app.name.clone()))
                    .with_some("own", own)
            }
        }
    }
}
