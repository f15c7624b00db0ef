//! What an app itself says of its sign-in, read from its container by its profile.

mod in_text;
mod login_page;
mod reader;
mod recognise;
mod settings;
#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod wants;

use super::{AppFacts, Containers};
use crate::{
    evidence::{Evidence, Unknown},
    probe::authentik_api::ProviderRow,
    stack::{
        self,
        profiles::{Profile, Sends},
    },
};
use reader::Reader;
pub use wants::{AskedScopes, NeededClaim, SaidSecret};

/// What an app says of its sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppSays {
    /// The id of the profile that recognised it, such as "gitea".
    pub profile: Option<String>,
    /// What it insists on, by its profile.
    pub insists: Insists,
    /// The redirect URI that it sends.
    pub redirect_uri: Said,
    /// The client id that it sends.
    pub client_id: Said,
    /// Where its client secret stands.
    pub client_secret: SaidSecret,
    /// How it sends that.
    pub sends: Sends,
    /// The scopes that it asks for; `None` where nothing of them is known.
    pub scopes: Option<AskedScopes>,
    /// The claims that it needs.
    pub claims: Vec<NeededClaim>,
    /// Whether it reads claims from the id_token alone.
    pub id_token_only: bool,
    /// The issuer, or the URL of the discovery document, that it was given.
    pub issuer: Said,
    /// Every URL of authentik that it was given.
    pub endpoints: Vec<GivenUrl>,
    /// Where browsers open it.
    pub public_url: Said,
    /// Whether its sign-in page was read and leads to no authentication source.
    pub no_source: bool,
}

/// What an app insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Insists {
    /// Whether it compares issuers byte for byte; `None` where that is not known.
    pub issuer_exact: Option<bool>,
    /// Whether it takes only tokens signed with RS256.
    pub rs256: bool,
    /// Whether it cannot read encrypted tokens.
    pub plain_tokens: bool,
}

/// A URL of authentik that an app was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUrl {
    /// The URL.
    pub url: String,
    /// Where it stands.
    pub place: Place,
    /// Whether the browser is sent to its host: by itself, or because authentik builds every URL of
    /// a discovery document from the host that asked for it (knowledge B.5).
    pub browser: bool,
}

/// A value as an app says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Said {
    /// It says so.
    Value {
        /// The value, byte for byte.
        value: String,
        /// Where it stands.
        place: Place,
    },
    /// It does not say: no profile, not configured, or it follows the address in the browser. With
    /// the reason for people.
    Not(String),
    /// It could not be read.
    Hidden(Unknown),
    /// There is no container to ask.
    #[default]
    Unasked,
}

/// Where a value of an app's configuration stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// For people: "CODER_ACCESS_URL of container coder".
    pub text: String,
    /// The container.
    pub container: Option<String>,
    /// The environment variable that decides it, if one does.
    pub variable: Option<String>,
    /// Whether that variable holds the value itself, not only a part of it.
    pub whole: bool,
    /// Whether its name fits other things as well: `CALLBACK_URL` may be about payments.
    pub perhaps: bool,
    /// Keys of the evidence.
    pub cites: Vec<String>,
}

impl Said {
    /// The value, if it says one.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Value { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// Completes each app by its container and by what that says. Where all `providers` are known,
/// containers that sign in through authentik and belong to none of the apps are apps too.
pub(super) async fn complete(
    apps: &mut Vec<AppFacts>,
    seen: &Evidence,
    found: Option<&Containers>,
    providers: Option<&[ProviderRow]>,
    profiles: &[Profile],
) {
    let Some(found) = found else {
        return;
    };
    let candidates = recognise::candidates(found, profiles, seen).await;
    let owners: Vec<_> = apps
        .iter()
        .map(|app| match &app.container {
            Some(named) => Some((named.clone(), 1)),
            None => recognise::of_app(app, apps, &candidates),
        })
        .collect();
    for (app, owner) in apps.iter_mut().zip(owners) {
        if let Some((container, alike)) = owner {
            (app.container, app.alike) = (Some(container), alike);
        }
    }
    // With several authentiks here nobody knows whose app a container is.
    if let Some(providers) = providers.filter(|_| found.roles.others.is_empty()) {
        apps.extend(recognise::strays(apps, &candidates, providers));
    }
    let looks = apps.iter().map(|app| says(app, seen, profiles));
    let says = futures::future::join_all(looks).await;
    for (app, says) in apps.iter_mut().zip(says) {
        app.says = says;
    }
}

/// The profile that akdoctor.toml says an app has.
fn named_profile<'p>(app: &AppFacts, profiles: &'p [Profile]) -> Option<&'p Profile> {
    let id = app.configured.as_ref()?.profile.as_ref()?;
    profiles.iter().find(|profile| profile.id == *id)
}

/// What is known of an app without a container by the profile that akdoctor.toml says it has.
pub(super) fn by_named_profile(app: &mut AppFacts, profiles: &[Profile]) {
    let Some(profile) = named_profile(app, profiles).filter(|_| app.container.is_none()) else {
        return;
    };
    app.says.profile = Some(profile.id.clone());
    app.says.insists = Insists::of(profile);
    app.says.sends = profile.sends;
}

impl Insists {
    /// What a profile says.
    fn of(profile: &Profile) -> Self {
        Self {
            issuer_exact: profile.issuer_exact,
            rs256: profile.needs_rs256,
            plain_tokens: profile.needs_plain_tokens,
        }
    }
}

impl AppSays {
    /// Puts in what akdoctor.toml says and the container does not. Whoever names an issuer there
    /// wants it compared, whatever the app is.
    pub(super) fn complete_by(&mut self, app: &stack::App) {
        let (issuer, secret) = wants::of_configuration(app);
        if let Some(issuer) = issuer.filter(|_| self.issuer.value().is_none()) {
            self.issuer = issuer;
            self.insists.issuer_exact.get_or_insert(true);
        }
        let is_held = matches!(self.client_secret, SaidSecret::Held { .. });
        if let Some(secret) = secret.filter(|_| !is_held) {
            self.client_secret = secret;
        }
    }
}

async fn says(app: &AppFacts, seen: &Evidence, profiles: &[Profile]) -> AppSays {
    let Some(container) = &app.container else {
        return AppSays::default();
    };
    let named = named_profile(app, profiles);
    let Some(profile) = named.or_else(|| recognise::profile_of(container, profiles)) else {
        return AppSays::default();
    };
    Reader::of(app, container, profile, seen).all().await
}
