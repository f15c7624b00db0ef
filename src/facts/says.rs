//! What an app itself says of its sign-in, read from its container by its profile.

use std::sync::Arc;

use regex::Regex;
use url::Url;

use super::{AppFacts, Containers};
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        Probe as _, ProbeError,
        engine::{Container, InspectContainer, ReadFile},
        http::HttpGet,
    },
    stack::profiles::{Form, Ini, LoginPage, Profile, profiles},
};

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

/// Reads one container by one profile.
struct Reader<'a> {
    app: &'a AppFacts,
    container: &'a Container,
    profile: &'a Profile,
    seen: &'a Evidence,
}

impl Reader<'_> {
    async fn all(&self) -> AppSays {
        let public_url = self.public_url().await;
        let issuer = self.issuer().await;
        let mut endpoints: Vec<GivenUrl> = Vec::new();
        if let Said::Value { value, place } = &issuer {
            endpoints.push(GivenUrl {
                url: value.clone(),
                place: place.clone(),
                browser: true,
            });
        }
        for endpoint in &self.profile.endpoints {
            if let Said::Value { value, place } =
                self.first(std::slice::from_ref(&endpoint.variable)).await
            {
                endpoints.push(GivenUrl {
                    url: value,
                    place,
                    browser: endpoint.browser,
                });
            }
        }
        AppSays {
            profile: Some(self.profile.id.clone()),
            redirect_uri: self.redirect_uri(&public_url).await,
            client_id: self
                .by(
                    &self.profile.client_id,
                    self.profile.client_id_like.as_deref(),
                )
                .await,
            issuer,
            endpoints,
            public_url,
        }
    }

    fn place(&self, variable: &str) -> Place {
        let id = self.container.id.clone();
        Place {
            text: format!("{variable} of container {}", self.container.name),
            container: Some(self.container.name.clone()),
            variable: Some(variable.to_owned()),
            cites: vec![InspectContainer { id }.key()],
        }
    }

    fn value(&self, (name, value): (String, String)) -> Said {
        let place = self.place(&name);
        Said::Value { value, place }
    }

    fn silent(&self) -> Said {
        Said::Not("its environment does not say".into())
    }

    /// The first of these variables that is set, or whose `_FILE` names a file with it.
    async fn first(&self, names: &[String]) -> Said {
        if let Some(found) = first_of(names, self.container) {
            return self.value(found);
        }
        for name in names {
            let variable = format!("{name}_FILE");
            let Some(path) = self.container.plain_env(&variable) else {
                continue;
            };
            let file = ReadFile {
                container: self.container.id.clone(),
                path: path.to_owned(),
            };
            let key = file.key();
            return match self.seen.ask(file).await {
                Err(why) => Said::Hidden(why),
                Ok(file) => {
                    let mut place = self.place(&variable);
                    place.cites.push(key);
                    // Programs that read such a file drop the line break at its end.
                    let value = file.text.trim_end_matches(['\n', '\r']).to_owned();
                    Said::Value { value, place }
                }
            };
        }
        self.silent()
    }

    async fn by(&self, names: &[String], like: Option<&str>) -> Said {
        match like.and_then(|like| only_like(like, self.container)) {
            Some(found) => self.value(found),
            None => self.first(names).await,
        }
    }

    async fn issuer(&self) -> Said {
        self.by(&self.profile.issuer, self.profile.issuer_like.as_deref())
            .await
    }

    async fn public_url(&self) -> Said {
        let said = self.first(&self.profile.public_url).await;
        match (&said, &self.profile.ini) {
            (Said::Not(_), Some(ini)) => self.ini(ini).await,
            _ => said,
        }
    }

    /// A key of the first of the files that is there.
    async fn ini(&self, ini: &Ini) -> Said {
        for path in &ini.files {
            let file = ReadFile {
                container: self.container.id.clone(),
                path: path.clone(),
            };
            let key = file.key();
            match self.seen.ask(file).await {
                Ok(file) => {
                    let Some(value) = ini_value(&file.text, &ini.section, &ini.key) else {
                        return self.silent();
                    };
                    let place = Place {
                        text: format!("{} in {path} of container {}", ini.key, self.container.name),
                        container: Some(self.container.name.clone()),
                        variable: None,
                        cites: vec![key],
                    };
                    return Said::Value { value, place };
                }
                Err(why) if matches!(why.error, ProbeError::Absent { .. }) => {}
                Err(why) => return Said::Hidden(why),
            }
        }
        self.silent()
    }

    async fn redirect_uri(&self, public_url: &Said) -> Said {
        if let Some(page) = &self.profile.login_page {
            return self.by_login_page(page, public_url).await;
        }
        let dynamic = self.profile.follows_browser.as_deref();
        if dynamic.and_then(|name| self.container.plain_env(name)) == Some("on") {
            return Said::Not("it follows the address in the browser".into());
        }
        for form in &self.profile.redirect_uris {
            match self.built(form).await {
                Said::Not(_) => {}
                said => return said,
            }
        }
        self.by(&[], self.profile.redirect_uri_like.as_deref())
            .await
    }

    async fn built(&self, form: &Form) -> Said {
        match form {
            Form::Whole { whole } => self.first(std::slice::from_ref(whole)).await,
            Form::Joined {
                base,
                folder,
                path,
                join,
            } => {
                let said = self.first(std::slice::from_ref(base)).await;
                let Said::Value { value, place } = said else {
                    return said;
                };
                let folder = folder
                    .as_deref()
                    .and_then(|name| self.container.plain_env(name));
                match join.together(&value, folder, path) {
                    Some(value) => Said::Value { value, place },
                    None => Said::Not(format!("{} is no URL", place.text)),
                }
            }
        }
    }

    /// The address that people use, and the link of the one source that the login page shows.
    async fn by_login_page(&self, page: &LoginPage, public_url: &Said) -> Said {
        let Said::Value { value: root, place } = public_url else {
            return public_url.clone();
        };
        let configured = self.app.configured.as_ref().and_then(|app| app.url.clone());
        let at = configured.unwrap_or_else(|| root.clone());
        let ask = HttpGet::new(format!("{}{}", at.trim_end_matches('/'), page.path));
        let key = ask.key();
        let body = match self.seen.ask(ask).await {
            Ok(answer) if answer.status == 200 => answer.body.clone(),
            Ok(answer) => {
                let (what, status) = (at, answer.status);
                let error = ProbeError::Status { what, status };
                return Said::Hidden(Unknown { key, error });
            }
            Err(why) => return Said::Hidden(why),
        };
        let names = links(&body, &page.link);
        let [name] = names.as_slice() else {
            return match names.is_empty() {
                true => self.silent(),
                false => Said::Not(format!(
                    "its login page names several sources: {}",
                    names.join(", ")
                )),
            };
        };
        let mut place = place.clone();
        place.text = format!("{} and its login page", place.text);
        place.cites.push(key);
        let value = format!(
            "{}{}{name}{}",
            root.trim_end_matches('/'),
            page.link,
            page.then
        );
        Said::Value { value, place }
    }
}

/// What follows `link` in the links of a page, each once, as it stands there (percent-encoded).
fn links(html: &str, link: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in html.split("href=").skip(1) {
        let quote = part.chars().next().filter(|c| *c == '"' || *c == '\'');
        let Some(target) = quote.and_then(|quote| part[1..].split(quote).next()) else {
            continue;
        };
        // Either a path or a whole URL.
        let target = &unescaped(target);
        let path = match Url::parse(target) {
            Ok(url) => url.path().to_owned(),
            Err(_) => target
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        if let Some((_, name)) = path.split_once(link) {
            let name = name.trim_end_matches('/');
            if !name.is_empty() && !name.contains('/') && names.iter().all(|known| known != name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// An attribute's text with the entities that Go's templates write (html/template) read back.
fn unescaped(text: &str) -> String {
    let entities = [
        ("&#43;", "+"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    let read = |text: String, (entity, sign): (&str, &str)| text.replace(entity, sign);
    // The ampersand last: it may be the first sign of another entity's text.
    entities
        .into_iter()
        .fold(text.to_owned(), read)
        .replace("&amp;", "&")
}

/// A key's value in a section of an INI file; backquotes and double quotes around it go.
fn ini_value(text: &str, section: &str, key: &str) -> Option<String> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            inside = name.trim() == section;
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == key
        {
            let value = value.trim().trim_matches(['`', '"']);
            return (!value.is_empty()).then(|| value.to_owned());
        }
    }
    None
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

    #[test]
    fn links_and_ini_files_are_read() {
        let page = r#"<a class="x" href="/user/oauth2/Authentik">a</a><a href='/user/login'>
            <a href="/git/user/oauth2/My%20IdP?redirect_to=/">b</a><a href="/user/oauth2/Authentik"><a href="/user/oauth2/R&amp;D&#43;X">"#;
        assert_eq!(
            links(page, "/user/oauth2/"),
            ["Authentik", "My%20IdP", "R&D+X"]
        );
        let ini = "ROOT_URL = no\n[server]\n; ROOT_URL = no\nROOT_URL = `http://g:3000/`\n[x]\n";
        assert_eq!(
            ini_value(ini, "server", "ROOT_URL").as_deref(),
            Some("http://g:3000/")
        );
        assert_eq!(ini_value(ini, "x", "ROOT_URL"), None);
    }
}
