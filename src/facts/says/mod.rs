//! What an app itself says of its sign-in, read from its container by its profile.

mod reader;
mod texts;

use std::sync::Arc;

use regex::Regex;

use super::{AppFacts, Containers};
use crate::{
    evidence::{Evidence, Unknown},
    probe::engine::Container,
    stack::profiles::{Profile, profiles},
};
use reader::Reader;

/// What an app says of its sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppSays {
    /// The id of the profile that recognised it, such as "gitea".
    pub profile: Option<String>,
    /// The redirect URI that it sends.
    pub redirect_uri: Said,
    /// The client id that it sends.
    pub client_id: Said,
    /// The issuer, or the URL of the discovery document, that it was given.
    pub issuer: Said,
    /// Every URL of authentik that it was given.
    pub endpoints: Vec<GivenUrl>,
    /// Where browsers open it.
    pub public_url: Said,
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

/// Completes each app by its container and by what that says.
pub(super) async fn complete(apps: &mut [AppFacts], seen: &Evidence, found: Option<&Containers>) {
    let (Some(found), Ok(profiles)) = (found, profiles()) else {
        return;
    };
    for app in &mut *apps {
        if app.container.is_none() {
            app.container = recognised(app, found, &profiles).cloned();
        }
    }
    let looks = apps.iter().map(|app| says(app, seen, &profiles));
    let says = futures::future::join_all(looks).await;
    for (app, says) in apps.iter_mut().zip(says) {
        app.says = says;
    }
}

/// The profile of a container; "generic" for whatever has none of its own.
fn profile_of<'p>(container: &Container, profiles: &'p [Profile]) -> Option<&'p Profile> {
    let has = |name: &str| container.env.contains_key(name);
    let own = profiles
        .iter()
        .find(|it| it.fits(container.repository(), &has));
    own.or(profiles.last())
}

/// The container that is this app: by the client id that it says, else the only one of the
/// profile that is called like the app.
fn recognised<'c>(
    app: &AppFacts,
    found: &'c Containers,
    profiles: &[Profile],
) -> Option<&'c Arc<Container>> {
    let configured = app.configured.as_ref();
    let client_id = app.provider.as_ref().map(|row| row.client_id.as_str());
    let client_id = client_id.or(configured.and_then(|app| app.client_id.as_deref()))?;
    let others = || found.all.iter().filter(|it| !found.roles.is_part(&it.id));
    let says_id = |it: &&Arc<Container>| {
        let profile = profile_of(it, profiles);
        profile.is_some_and(|profile| {
            let said = client_id_of(profile, it);
            said.is_some_and(|(_, value)| value == client_id)
        })
    };
    if let Some(container) = others().find(says_id) {
        return Some(container);
    }
    let slug = app.application.as_ref().map(|row| row.slug.as_str());
    let called = |name: &str| Some(name) == slug || name == client_id;
    let mut same = others().filter(|it| {
        profile_of(it, profiles)
            .is_some_and(|profile| profile.id != "generic" && called(&profile.id))
    });
    let first = same.next()?;
    same.next().is_none().then_some(first)
}

fn client_id_of(profile: &Profile, container: &Container) -> Option<(String, String)> {
    first_of(&profile.client_id, container)
        .or_else(|| only_like(profile.client_id_like.as_deref()?, container))
}

/// The first of these variables that is set.
fn first_of(names: &[String], container: &Container) -> Option<(String, String)> {
    names.iter().find_map(|name| {
        let value = container.plain_env(name)?;
        Some((name.clone(), value.to_owned()))
    })
}

/// The variable whose whole name fits a pattern, if there is just one.
fn only_like(pattern: &str, container: &Container) -> Option<(String, String)> {
    let pattern = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    let mut fitting = container.env.iter().filter(|(name, value)| {
        pattern.is_match(name)
            && !name.contains("LOGOUT")
            && value.plain().is_some_and(|value| !value.is_empty())
    });
    let (name, value) = fitting.next()?;
    let only = fitting.next().is_none();
    only.then(|| Some((name.clone(), value.plain()?.to_owned())))?
}

async fn says(app: &AppFacts, seen: &Evidence, profiles: &[Profile]) -> AppSays {
    let Some(container) = &app.container else {
        return AppSays::default();
    };
    let Some(profile) = profile_of(container, profiles) else {
        return AppSays::default();
    };
    let reader = Reader {
        app,
        container,
        profile,
        seen,
    };
    reader.all().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::engine::EnvValue;

    fn container(image: &str, env: &[(&str, &str)]) -> Container {
        let plain = |(name, value): &(&str, &str)| {
            ((*name).to_owned(), EnvValue::Plain((*value).to_owned()))
        };
        Container {
            id: "c1".into(),
            name: "app".into(),
            image: image.into(),
            env: env.iter().map(plain).collect(),
            ..Container::default()
        }
    }

    async fn said(image: &str, env: &[(&str, &str)]) -> AppSays {
        let app = AppFacts {
            name: "App".into(),
            configured: None,
            application: None,
            provider: None,
            container: Some(Arc::new(container(image, env))),
            says: AppSays::default(),
        };
        let seen = Evidence::replay(
            std::collections::BTreeMap::new(),
            jiff::Timestamp::UNIX_EPOCH,
        );
        says(&app, &seen, &profiles().unwrap()).await
    }

    #[tokio::test]
    async fn each_app_says_its_redirect_uri_as_it_builds_it() {
        for (image, env, wanted) in [
            (
                "ghcr.io/coder/coder:v2",
                [
                    ("CODER_ACCESS_URL", "https://host.docker.internal:7443"),
                    ("X", "1"),
                ],
                Some("https://host.docker.internal:7443/api/v2/users/oidc/callback"),
            ),
            (
                "minio/minio",
                [
                    ("MINIO_BROWSER_REDIRECT_URL", "http://localhost:9001"),
                    ("X", "1"),
                ],
                Some("http://localhost:9001/oauth_callback"),
            ),
            (
                "minio/minio",
                [
                    ("MINIO_BROWSER_REDIRECT_URL", "http://localhost:9001"),
                    ("MINIO_IDENTITY_OPENID_REDIRECT_URI", "http://m/cb/"),
                ],
                Some("http://m/cb/"),
            ),
            (
                "ghcr.io/berriai/litellm:main",
                [
                    ("PROXY_BASE_URL", "http://localhost:4000/"),
                    ("SERVER_ROOT_PATH", "/llm"),
                ],
                Some("http://localhost:4000/llm/sso/callback"),
            ),
            ("ghcr.io/berriai/litellm", [("A", "1"), ("B", "2")], None),
            (
                "local/platform-admin",
                [
                    ("OIDC_REDIRECT_URI", "http://localhost:5050/auth/callback"),
                    ("X", "1"),
                ],
                Some("http://localhost:5050/auth/callback"),
            ),
            (
                "local/two",
                [
                    ("OIDC_REDIRECT_URI", "http://a/cb"),
                    ("SSO_CALLBACK_URL", "http://b/cb"),
                ],
                None,
            ),
        ] {
            let said = said(image, &env).await;
            assert_eq!(said.redirect_uri.value(), wanted, "{image}");
        }
    }

    #[tokio::test]
    async fn which_urls_a_browser_opens() {
        let said = said(
            "berriai/litellm",
            &[
                ("GENERIC_AUTHORIZATION_ENDPOINT", "http://localhost:9000/a"),
                ("GENERIC_TOKEN_ENDPOINT", "http://authentik-server:9000/t"),
            ],
        )
        .await;
        let browser: Vec<bool> = said.endpoints.iter().map(|given| given.browser).collect();
        assert_eq!(browser, [true, false]);
    }
}
