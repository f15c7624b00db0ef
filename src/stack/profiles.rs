//! Profiles of apps, as data: how an app's container is recognised and where it says how it signs
//! in (knowledge apps.md 2 to 6 and 11). The files in `profiles/` are compiled in.

use serde::Deserialize;
use thiserror::Error;

use super::Position;
pub use super::{
    form::{Form, Join},
    start::{By, Meaning, Means, Start},
    text::{Release, SettingsText, What},
};
pub use super::wants::{Claim, IdTokenOnly, Scopes, Switch};
pub use crate::probe::client_secret::Sends;
use super::pattern::{self, Pattern};

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

/// A profile that is none; a fault of akdoctor, which a test rules out.
#[derive(Debug, Error)]
#[error("profile {name}{}: {what}", at.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column)))]
pub struct ProfileError {
    name: String,
    at: Option<Position>,
    what: String,
}

const FILES: [(&str, &str); 21] = [
    ("argo-cd", include_str!("profiles/argo-cd.toml")),
    ("coder", include_str!("profiles/coder.toml")),
    ("gitea", include_str!("profiles/gitea.toml")),
    ("gitlab", include_str!("profiles/gitlab.toml")),
    ("grafana", include_str!("profiles/grafana.toml")),
    ("harbor", include_str!("profiles/harbor.toml")),
    ("immich", include_str!("profiles/immich.toml")),
    ("jupyterhub", include_str!("profiles/jupyterhub.toml")),
    ("litellm", include_str!("profiles/litellm.toml")),
    ("minio", include_str!("profiles/minio.toml")),
    ("mod-auth-openidc", include_str!("profiles/mod-auth-openidc.toml")),
    ("nextauth", include_str!("profiles/nextauth.toml")),
    ("nextcloud", include_str!("profiles/nextcloud.toml")),
    ("oauth2-proxy", include_str!("profiles/oauth2-proxy.toml")),
    ("open-webui", include_str!("profiles/open-webui.toml")),
    ("outline", include_str!("profiles/outline.toml")),
    ("paperless-ngx", include_str!("profiles/paperless-ngx.toml")),
    ("portainer", include_str!("profiles/portainer.toml")),
    ("spring", include_str!("profiles/spring.toml")),
    ("vaultwarden", include_str!("profiles/vaultwarden.toml")),
    ("generic", include_str!("profiles/generic.toml")),
];

/// Every profile, "generic" last.
///
/// # Errors
/// When one cannot be read, with line and column.
pub fn profiles() -> Result<Vec<Profile>, ProfileError> {
    FILES.iter().map(|(name, text)| read(name, text)).collect()
}

fn read(name: &str, text: &str) -> Result<Profile, ProfileError> {
    toml::from_str(text).map_err(|why: toml::de::Error| ProfileError {
        name: format!("{name}.toml"),
        at: why.span().map(|span| Position::of(text, span.start)),
        what: why.message().to_owned(),
    })
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
    let named = uri.strip_suffix(after).and_then(|uri| uri.rsplit_once(before));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_reads_and_has_its_file() {
        let all = profiles().unwrap();
        let ids: Vec<_> = all.iter().map(|profile| profile.id.as_str()).collect();
        let names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(ids, names);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stack/profiles");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
    }

    #[test]
    fn a_fault_in_a_profile_is_told_by_line_and_column() {
        let of = |text: &str| read("x", text).unwrap_err().to_string();
        let head = "id = 'x'\ntitle = 'X'\nsilent = 'it does not say'\n";
        let unknown = of(&format!("{head}imagess = []\n"));
        assert!(
            unknown.starts_with("profile x.toml:4:1: unknown field `imagess`"),
            "{unknown}"
        );
        let form = of(&format!("{head}\n[[redirect_uri]]\nbase = 'A'\n"));
        let wanted = "profile x.toml:5:1: a redirect_uri has either whole, or base, path and join";
        assert_eq!(form, wanted);
        let join = of(&format!(
            "{head}[[redirect_uri]]\nbase = 'A'\npath = '/cb'\njoin = 'glue'\n"
        ));
        assert!(
            join.starts_with("profile x.toml:7:8: unknown variant `glue`"),
            "{join}"
        );
        assert!(
            of("id = ").starts_with("profile x.toml:1:"),
            "{}",
            of("id = ")
        );
    }

    #[test]
    fn the_form_of_a_redirect_uri_is_known_by_its_path() {
        let all = profiles().unwrap();
        let forms = |uri: &str| -> Vec<&str> {
            let fits = all.iter().filter(|profile| profile.has_form(uri));
            fits.map(|profile| profile.id.as_str()).collect()
        };
        assert_eq!(
            forms("https://git.example.com/user/oauth2/My%20IdP/callback"),
            ["gitea"]
        );
        assert_eq!(
            forms("https://c.example.com/api/v2/users/OIDC/callback/"),
            ["coder"]
        );
        assert_eq!(forms("https://x.example.com/cb"), Vec::<&str>::new());
    }

    #[test]
    fn an_image_is_matched_whole_or_after_a_registry() {
        let all = profiles().unwrap();
        let fits = |repository: &str| -> Vec<&str> {
            let fits = all
                .iter()
                .filter(|profile| profile.fits(repository, []));
            fits.map(|profile| profile.id.as_str()).collect()
        };
        assert_eq!(fits("ghcr.io/coder/coder"), ["coder"]);
        assert_eq!(fits("gitea/gitea"), ["gitea"]);
        assert_eq!(fits("codeberg.org/forgejo/forgejo"), ["gitea"]);
        assert_eq!(fits("example.com/notcoder/coder-x"), Vec::<&str>::new());
    }
}
