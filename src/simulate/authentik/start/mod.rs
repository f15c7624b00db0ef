//! Where the sign-in of each simulated app begins, answered as the real one does (apps.md 2 to 6,
//! 7.7): status, `Location` or JSON made of what its container was given, and its cookies. The
//! authorization endpoint is the one of the discovery document, which has the host that the app
//! asks (knowledge B.5).

mod given;

use serde_json::json;
use url::{Url, form_urlencoded::byte_serialize};

use super::{
    super::{
        random_hex,
        world::{Container, World},
    },
    Asked,
    answer::Answer,
    parameter,
    providers::Providers,
};
use given::Given;

/// What authentik's paths have before a slug.
const BEFORE_SLUG: &str = "/application/o/";

/// The answer of the app behind a listener, whose container has the same name.
pub(super) fn answer(
    world: &World,
    listener: &str,
    asked: &Asked,
    providers: &Providers,
) -> Answer {
    let Some(container) = world.container.get(listener) else {
        return Answer::nothing_there();
    };
    let app = App {
        container,
        given: Given::of(container),
        asked,
        providers,
    };
    let image = container.image.as_str();
    if parameter(&asked.query(), "code").is_some() {
        return called_back(image);
    }
    match () {
        () if image.contains("coder/coder") => app.coder(),
        () if image.contains("gitea/gitea") || image.contains("forgejo") => app.gitea(),
        () if image.contains("minio/minio") => app.minio(),
        () if image.contains("berriai/litellm") => app.litellm(),
        () if image.contains("oauth2-proxy") => app.oauth2_proxy(),
        () => app.of_ones_own(),
    }
    .unwrap_or_else(Answer::nothing_there)
}

/// What an app's callback makes of a code: a cookie, and the way to the app's own page (apps.md 2 to
/// 6). Whether the code is any good is not looked at.
fn called_back(image: &str) -> Answer {
    let (status, to, cookie) = match () {
        () if image.contains("coder/coder") => (307, "/", "coder_session_token"),
        () if image.contains("berriai/litellm") => (303, "/ui/?login=success", "token"),
        () if image.contains("gitea/gitea") || image.contains("forgejo") => {
            (303, "/", "i_like_gitea")
        }
        () if image.contains("oauth2-proxy") => (302, "/", "_oauth2_proxy"),
        () => (302, "/", "session"),
    };
    let mut answer = redirect(status, to);
    let value = random_hex();
    answer.add(
        "set-cookie",
        format!("{cookie}={value}; Path=/; HttpOnly; SameSite=Lax"),
    );
    answer
}

/// An app that is asked.
struct App<'a> {
    container: &'a Container,
    given: Given<'a>,
    asked: &'a Asked,
    providers: &'a Providers,
}

/// An authorization request in the making.
struct Request<'a> {
    endpoint: &'a str,
    client_id: &'a str,
    redirect_uri: &'a str,
    scope: &'a str,
    more: &'a [(&'a str, &'a str)],
}

impl Request<'_> {
    fn url(&self) -> String {
        let state = random_hex();
        let pairs = [
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("response_type", "code"),
            ("scope", self.scope),
            ("state", &state),
        ];
        let mut url = self.endpoint.to_owned();
        for (name, value) in pairs.iter().chain(self.more) {
            let joint = if url.contains('?') { '&' } else { '?' };
            let value: String = byte_serialize(value.as_bytes()).collect();
            url += &format!("{joint}{name}={value}");
        }
        url
    }
}

impl App<'_> {
    /// Status 307; the redirect URI has scheme, host and port of the access URL.
    fn coder(&self) -> Option<Answer> {
        let of = |name: &str| self.given.value(&format!("CODER_{name}"));
        let (Some(issuer), Some(client_id)) = (of("OIDC_ISSUER_URL"), of("OIDC_CLIENT_ID")) else {
            return Some(refused(
                400,
                "The oauth2 method requested is not configured!",
            ));
        };
        let access = Url::parse(&of("ACCESS_URL")?).ok()?;
        let root = &access[..url::Position::BeforePath];
        let scopes = of("OIDC_SCOPES").unwrap_or_else(|| "openid,profile,email".into());
        let request = Request {
            endpoint: &endpoint(&issuer)?,
            client_id: &client_id,
            redirect_uri: &format!("{root}/api/v2/users/oidc/callback"),
            scope: &scopes.replace(',', " "),
            more: &[("access_type", "offline")],
        };
        let mut answer = redirect(307, &request.url());
        let secure = if access.scheme() == "https" {
            "; Secure"
        } else {
            ""
        };
        for name in ["oauth_state", "oauth_redirect"] {
            let value = random_hex();
            let cookie = format!("{name}={value}; Path=/; HttpOnly{secure}; SameSite=Lax");
            answer.add("set-cookie", cookie);
        }
        Some(answer)
    }

    /// The sign-in page with its sources, and status 307 for the start of one.
    fn gitea(&self) -> Option<Answer> {
        let path = self.asked.uri.path();
        let sources = || self.container.source.iter().filter(|(_, it)| !it.removed);
        let link = |name: &str| {
            byte_serialize(name.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        if path == "/user/login" {
            let links = sources().map(|(name, _)| {
                let class = "ui button external-login-link";
                format!(
                    "<a class=\"{class}\" href=\"/user/oauth2/{}\">{name}</a>",
                    link(name)
                )
            });
            let head = "<title>Gitea: Git with a cup of tea</title>";
            return Some(page(&format!("{head}{}", links.collect::<String>())));
        }
        let wanted = path.strip_prefix("/user/oauth2/")?;
        let found = sources().find(|(name, _)| link(name) == wanted);
        // A source is registered when Gitea starts, if its document can be read then.
        let Some((name, source)) = found.filter(|(_, it)| self.is_known(&it.discovery)) else {
            return Some(Answer {
                status: 500,
                body: "<title>Internal Server Error - Gitea: Git with a cup of tea</title>".into(),
                ..page("")
            });
        };
        let root = self.root_url()?;
        let request = Request {
            endpoint: &endpoint(&source.discovery)?,
            client_id: &source.client_id,
            redirect_uri: &format!("{root}user/oauth2/{}/callback", link(name)),
            scope: "openid email profile",
            more: &[],
        };
        let mut answer = redirect(307, &request.url());
        let cookie = format!(
            "i_like_gitea={}; Path=/; HttpOnly; SameSite=Lax",
            random_hex()
        );
        answer.add("set-cookie", cookie);
        Some(answer)
    }

    fn root_url(&self) -> Option<String> {
        let variable = ["GITEA__server__ROOT_URL", "FORGEJO__server__ROOT_URL"]
            .iter()
            .find_map(|name| self.given.value(name));
        let line = || {
            let file = self.container.files.get("/data/gitea/conf/app.ini")?;
            let line = file
                .lines()
                .find_map(|line| line.strip_prefix("ROOT_URL = "))?;
            Some(line.to_owned())
        };
        variable.or_else(line)
    }

    /// Status 200 with JSON; without a document that it can read it offers its own form alone.
    fn minio(&self) -> Option<Answer> {
        let of = |name: &str| self.given.value(&format!("MINIO_{name}"));
        let config = of("IDENTITY_OPENID_CONFIG_URL").filter(|url| self.is_known(url));
        let client_id = of("IDENTITY_OPENID_CLIENT_ID");
        let (Some(config), Some(client_id)) = (config, client_id) else {
            return Some(json_of(
                &json!({ "loginStrategy": "form", "redirectRules": [] }),
            ));
        };
        let root = of("BROWSER_REDIRECT_URL");
        let dynamic = of("IDENTITY_OPENID_REDIRECT_URI_DYNAMIC").as_deref() == Some("on");
        let built = root.map(|root| format!("{}/oauth_callback", root.trim_end_matches('/')));
        let asked = || format!("{}/oauth_callback", self.asked.base());
        let fallback = || match dynamic {
            true => asked(),
            false => format!("http://{}:9001/oauth_callback", self.container.ip),
        };
        let uri = of("IDENTITY_OPENID_REDIRECT_URI").or(built);
        let scopes = of("IDENTITY_OPENID_SCOPES").unwrap_or_else(|| "openid".into());
        let request = Request {
            endpoint: &endpoint(&config)?,
            client_id: &client_id,
            redirect_uri: &uri.unwrap_or_else(fallback),
            scope: &scopes.replace(',', " "),
            more: &[],
        };
        Some(json_of(&json!({
            "loginStrategy": "redirect",
            "redirectRules": [{
                "redirect": request.url(),
                "displayName": "Login with SSO (_)",
                "serviceType": "",
            }],
        })))
    }

    /// Status 303 to the endpoint that it was given; there is no document.
    fn litellm(&self) -> Option<Answer> {
        let of = |name: &str| self.given.value(name);
        let Some(client_id) = of("GENERIC_CLIENT_ID") else {
            let form = "<title>LiteLLM Login</title><form><input type=\"password\"></form>";
            return Some(page(form));
        };
        let Some(endpoint) = of("GENERIC_AUTHORIZATION_ENDPOINT") else {
            let what = "GENERIC_AUTHORIZATION_ENDPOINT not set. Set it in .env file";
            return Some(refused(500, what));
        };
        let base = of("PROXY_BASE_URL").unwrap_or_else(|| self.asked.base());
        let folder = of("SERVER_ROOT_PATH").unwrap_or_default();
        let parts = [
            base.trim_end_matches('/'),
            folder.trim_matches('/'),
            "sso/callback",
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let scope = of("GENERIC_SCOPE").unwrap_or_else(|| "openid email profile".into());
        let request = Request {
            endpoint: &endpoint,
            client_id: &client_id,
            redirect_uri: &parts.join("/"),
            scope: &scope,
            more: &[],
        };
        let mut answer = redirect(303, &request.url());
        let cookie = format!("sso_state={}; Path=/; HttpOnly; SameSite=lax", random_hex());
        answer.add("set-cookie", cookie);
        Some(answer)
    }

    /// Status 302; without a redirect URL it follows the request.
    fn oauth2_proxy(&self) -> Option<Answer> {
        let of = |name: &str| self.given.value(&format!("OAUTH2_PROXY_{name}"));
        let uri = of("REDIRECT_URL");
        let uri = uri.unwrap_or_else(|| format!("{}/oauth2/callback", self.asked.base()));
        let issuer = of("OIDC_ISSUER_URL")?;
        let request = Request {
            endpoint: &endpoint(&issuer)?,
            client_id: &of("CLIENT_ID")?,
            redirect_uri: &uri,
            scope: "openid email profile",
            more: &[("approval_prompt", "force")],
        };
        let mut answer = redirect(302, &request.url());
        let secure = if uri.starts_with("https") {
            "; Secure"
        } else {
            ""
        };
        let cookie = format!(
            "_oauth2_proxy_csrf={}; Path=/; HttpOnly{secure}",
            random_hex()
        );
        answer.add("set-cookie", cookie);
        Some(answer)
    }

    /// Flask with Authlib: status 302, the state in its session.
    fn of_ones_own(&self) -> Option<Answer> {
        let of = |name: &str| self.given.value(&format!("OIDC_{name}"));
        let uri = of("REDIRECT_URI").filter(|uri| uri.contains("://"));
        let uri = uri.unwrap_or_else(|| format!("{}/auth/callback", self.asked.base()));
        let document = of("DISCOVERY_URL").or(of("ISSUER"))?;
        let request = Request {
            endpoint: &endpoint(&document)?,
            client_id: &of("CLIENT_ID")?,
            redirect_uri: &uri,
            scope: "openid profile email",
            more: &[("nonce", "simulated")],
        };
        let mut answer = redirect(302, &request.url());
        let cookie = format!("session={}; HttpOnly; Path=/", random_hex());
        answer.add("set-cookie", cookie);
        Some(answer)
    }

    /// Whether authentik has a document at this URL.
    fn is_known(&self, document: &str) -> bool {
        let slug = document.split_once(BEFORE_SLUG).map(|(_, rest)| rest);
        let slug = slug.and_then(|rest| rest.split('/').next());
        slug.is_some_and(|slug| self.providers.by_slug(slug).is_some())
    }
}

/// The authorization endpoint in the document that is asked at this URL.
fn endpoint(document: &str) -> Option<String> {
    let url = Url::parse(document).ok()?;
    let origin = &url[..url::Position::BeforePath];
    Some(format!("{origin}{BEFORE_SLUG}authorize/"))
}

fn redirect(status: u16, to: &str) -> Answer {
    Answer {
        status,
        headers: vec![("location".into(), to.into())],
        body: String::new(),
    }
}

fn page(html: &str) -> Answer {
    Answer {
        status: 200,
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        body: html.into(),
    }
}

fn json_of(body: &serde_json::Value) -> Answer {
    Answer {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_string(),
    }
}

fn refused(status: u16, message: &str) -> Answer {
    Answer {
        status,
        ..json_of(&json!({ "message": message }))
    }
}
