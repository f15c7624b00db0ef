//! Profiles of apps, as data: how an app's container is recognised and where it says how it signs
//! in (knowledge apps.md 2 to 6 and 11). [`super::known`] reads them.

use serde::Deserialize;

use super::pattern::{self, Pattern};
pub use super::wants::{Claim, IdTokenOnly, Scopes, Switch};
pub use super::{
    form::{Form, Join},
    known::{OwnProfiles, ProfileError, profiles},
    start::{By, Meaning, Means, Start},
    text::{Release, SettingsText, What},
};
pub use crate::probe::client_secret::Sends;

/// How an app says how it signs in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name in akdoctor.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// Parts of image repositories that are its own.
    #[serde(default)]
    pub images: Vec<String>,
    /// Variables that only it has.
    #[serde(default)]
    pub marks: Vec<String>,
    /// A pattern for names of such variables.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub mark_like: Option<String>,
    /// Variables that hold the client id, the first that is set counts.
    #[serde(default)]
    pub client_id: Vec<String>,
    /// Variables that hold the issuer or the discovery document's URL.
    #[serde(default)]
    pub issuer: Vec<String>,
    /// Variables that hold the client secret.
    #[serde(default)]
    pub client_secret: Vec<String>,
    /// A pattern for the name of the variable with the client secret.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub client_secret_like: Option<String>,
    /// Variables with which the secret stands elsewhere, or none is needed.
    #[serde(default)]
    pub client_secret_unless: Vec<String>,
    /// How it sends the client secret.
    #[serde(default)]
    pub sends: Sends,
    /// The scopes that it asks for; `None` where that is not known.
    pub scopes: Option<Scopes>,
    /// The claims that it needs.
    #[serde(default, rename = "claim")]
    pub claims: Vec<Claim>,
    /// When it reads claims from the id_token alone; `None` where it asks for more.
    pub id_token_only: Option<IdTokenOnly>,
    /// Variables that hold where browsers open it.
    #[serde(default)]
    pub public_url: Vec<String>,
    /// URLs of authentik that it is given one by one.
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    /// What makes it follow the address in the browser instead.
    #[serde(default)]
    pub follows_browser: Vec<Follows>,
    /// What stands before a flag's name in the variable of the same setting: with "CODER_",
    /// `--access-url` is `CODER_ACCESS_URL`. `None` where flags are something else.
    pub flags: Option<String>,
    /// How the redirect URI is built, the first that can be counts.
    #[serde(default, rename = "redirect_uri")]
    pub redirect_uris: Vec<Form>,
    /// How its redirect URIs end, where nothing else of them is known. `{name}` is one part of a
    /// path.
    #[serde(default)]
    pub callbacks: Vec<String>,
    /// A configuration file that holds where browsers open it.
    pub ini: Option<Ini>,
    /// Texts that hold settings: configuration files, or variables with many settings in one.
    #[serde(default, rename = "text")]
    pub texts: Vec<SettingsText>,
    /// A page that shows the last parts of the redirect URI.
    pub login_page: Option<LoginPage>,
    /// Whether it compares the issuer of the discovery document byte for byte with the one that it
    /// was given; `None` where that is not known.
    pub issuer_exact: Option<bool>,
    /// Whether it takes only tokens signed with RS256, and so none of a provider without a signing
    /// key (apps.md 10).
    #[serde(default)]
    pub needs_rs256: bool,
    /// Whether it cannot read a token that is encrypted (JWE, RFC 7516: five parts).
    #[serde(default)]
    pub needs_plain_tokens: bool,
    /// A pattern for the name of the variable with the client id.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub client_id_like: Option<String>,
    /// A pattern for the name of the variable with the issuer.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub issuer_like: Option<String>,
    /// A pattern for the name of the variable with the redirect URI.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub redirect_uri_like: Option<String>,
    /// One for names that may hold something else as well: what they hold is compared only where
    /// it comes near to what authentik allows.
    #[serde(default, deserialize_with = "pattern::optional")]
    pub redirect_uri_perhaps: Option<String>,
    /// How its sign-in begins: the first that fits what is known of the app is asked.
    #[serde(default, rename = "start")]
    pub starts: Vec<Start>,
    /// Releases from which on people cannot sign in through an identity provider.
    #[serde(default, rename = "release")]
    pub releases: Vec<Release>,
    /// What it means when nothing of this says the redirect URI.
    pub silent: String,
}

/// A URL of authentik in a variable.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The variable.
    pub variable: String,
    /// Whether browsers open it; otherwise only the app's own server does.
    #[serde(default)]
    pub browser: bool,
}

/// A variable that makes an app follow the address in the browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follows {
    /// The variable.
    pub variable: String,
    /// The value that does; any does where none is named.
    pub value: Option<String>,
}

/// A key of an INI file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ini {
    /// Where the file may be, in the container.
    pub files: Vec<String>,
    /// The section.
    pub section: String,
    /// The key.
    pub key: String,
}

/// A page that anybody may read and whose links end like the redirect URI.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginPage {
    /// Its path below the app's address.
    pub path: String,
    /// How the link's path begins.
    pub link: String,
    /// What the redirect URI has after the link.
    pub then: String,
}

impl Profile {
    /// Whether a container of this image repository with variables of these names is this app: by
    /// the image, or by a variable that only it has.
    pub fn fits<'n>(&self, repository: &str, names: impl IntoIterator<Item = &'n str>) -> bool {
        let image = |part: &String| repository == part || repository.ends_with(&format!("/{part}"));
        if self.images.iter().any(image) {
            return true;
        }
        let like = self.mark_like.as_deref().and_then(Pattern::of_names);
        let mut names = names.into_iter();
        names.any(|name| {
            let known = self.marks.iter().any(|mark| mark == name);
            known || like.as_ref().is_some_and(|like| like.is_match(name))
        })
    }

    /// Whether a redirect URI has the form that this app's have, whatever its letter case and the
    /// slash at its end.
    pub fn has_form(&self, uri: &str) -> bool {
        let uri = uri.trim_end_matches('/').to_lowercase();
        let by_page = self.login_page.as_ref().is_some_and(|page| {
            let named = uri.rsplit_once(&page.link).map(|(_, rest)| rest);
            named.is_some_and(|rest| rest.ends_with(&page.then))
        });
        let ends = |form: &Form| match form {
            Form::Joined { path, .. } => uri.ends_with(&path.to_lowercase()),
            Form::Whole { .. } => false,
        };
        let ends_so = |end: &String| ends_like(&uri, &end.to_lowercase());
        by_page || self.redirect_uris.iter().any(ends) || self.callbacks.iter().any(ends_so)
    }
}

/// Whether a URI ends like this, where `{name}` stands for one part of a path.
fn ends_like(uri: &str, end: &str) -> bool {
    let end = end.trim_end_matches('/');
    let Some((before, after)) = end.split_once("{name}") else {
        return uri.ends_with(end);
    };
    let named = uri
        .strip_suffix(after)
        .and_then(|uri| uri.rsplit_once(before));
    named.is_some_and(|(_, name)| !name.is_empty() && !name.contains('/'))
}

impl LoginPage {
    /// The redirect URI of the source of this name, below the app's root.
    pub fn redirect_uri(&self, root: &str, name: &str) -> String {
        format!(
            "{}{}{name}{}",
            root.trim_end_matches('/'),
            self.link,
            self.then
        )
    }
}
