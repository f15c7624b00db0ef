//! Where authentik is, and in which condition it answers there.

use std::net::IpAddr;

use url::Url;

use super::containers;
use crate::{
    evidence::{Evidence, Unknown},
    probe::{
        ProbeError,
        http::{HttpAnswer, HttpGet},
    },
    stack::Stack,
};

/// Ports that authentik listens on inside its container (knowledge A.3).
const HTTP_INSIDE: u16 = 9000;
const HTTPS_INSIDE: u16 = 9443;

/// authentik's base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// Without a trailing slash.
    pub url: String,
    /// Who said so.
    pub source: BaseSource,
}

/// Who said where authentik is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseSource {
    /// `--url` or akdoctor.toml.
    Configured,
    /// The port that the server's container publishes.
    Published,
    /// Nobody; it is the usual place.
    Guessed,
}

impl Base {
    /// A base URL that a person gave.
    pub fn configured(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            source: BaseSource::Configured,
        }
    }

    /// The URL of a path that begins with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The port that is connected to.
    pub fn port(&self) -> Option<u16> {
        Url::parse(&self.url).ok()?.port_or_known_default()
    }

    /// The host name or address that is connected to.
    pub fn host(&self) -> Option<String> {
        Some(Url::parse(&self.url).ok()?.host_str()?.to_owned())
    }

    /// Whether the host is this machine by its name: `localhost` or a loopback address.
    pub fn is_local(&self) -> bool {
        self.host().is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        })
    }
}

/// authentik's base URL: as configured, else the published port of the server's container, else
/// the usual place.
pub async fn base(stack: &Stack, seen: &Evidence) -> Base {
    if let Some(url) = &stack.authentik.url {
        return Base::configured(url);
    }
    if let Ok(found) = containers(stack, seen).await {
        let host = engine_host(&found.engine.endpoint);
        for server in &found.roles.server {
            let port = |inside| {
                let mut ports = server.ports.iter();
                ports.find(|p| p.inside == inside && p.protocol == "tcp" && p.outside != 0)
            };
            let (scheme, port) = match (port(HTTP_INSIDE), port(HTTPS_INSIDE)) {
                (Some(port), _) => ("http", port),
                (None, Some(port)) => ("https", port),
                (None, None) => continue,
            };
            return Base {
                url: format!("{scheme}://{host}:{}", port.outside),
                source: BaseSource::Published,
            };
        }
    }
    Base {
        url: "http://localhost:9000".into(),
        source: BaseSource::Guessed,
    }
}

/// The host that published ports are on: the engine's own, when it is asked over the network.
fn engine_host(endpoint: &str) -> String {
    let local = || "localhost".to_owned();
    let Ok(url) = Url::parse(endpoint) else {
        return local();
    };
    match (url.scheme(), url.host_str()) {
        ("tcp" | "http", Some(host)) => {
            let loopback = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
            if loopback { local() } else { host.to_owned() }
        }
        _ => local(),
    }
}

/// In which condition authentik answers, by its ready endpoint (knowledge A.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// 200 or 204: it can serve.
    Ready,
    /// 503 without a text: it runs and cannot reach its database (or Redis, up to 2025.8).
    NotReady,
    /// 500: it fails on everything; seen with the database stopped (measured.md).
    ServerError,
    /// It says that it is starting, with 503 or, in 2025.x by mistake, with 200.
    Starting,
    /// 502 of authentik's own front server: gunicorn behind it is dead.
    BackendGone,
    /// A reverse proxy in front answers in its place.
    Gateway(Gateway),
    /// It answers as authentik, and not at this path.
    WrongPath(u16),
    /// Something else listens there; with what it shows of itself.
    Stranger(String),
    /// It sends the browser elsewhere, to this URL.
    MovedTo(String),
    /// No answer came.
    NoAnswer(Unknown),
}

/// A reverse proxy that answers in authentik's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its status.
    pub status: u16,
    /// Its `Server` header.
    pub server: Option<String>,
}

/// What was seen of an instance.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The judgement.
    pub condition: Condition,
    /// The ready endpoint's answer, if any came.
    pub ready: Option<HttpAnswer>,
    /// The live endpoint's answer, if any came. It can say 200 while Django is dead (2024.12 to
    /// 2026.5).
    pub live: Result<HttpAnswer, Unknown>,
    /// Keys of the evidence.
    pub cites: Vec<String>,
}

/// In which condition authentik answers at this base URL.
pub async fn condition(seen: &Evidence, base: &Base) -> Sight {
    let ready = HttpGet::new(base.path("/-/health/ready/"));
    let live = HttpGet::new(base.path("/-/health/live/"));
    use crate::probe::Probe as _;
    let cites = vec![ready.key(), live.key()];
    let (ready, live) = futures::join!(seen.ask(ready), seen.ask(live));
    let live = live.map(|answer| (*answer).clone());
    let condition = match &ready {
        Err(why) => Condition::NoAnswer(why.clone()),
        Ok(answer) => judge(answer, live.as_ref().ok(), seen, base).await,
    };
    Sight {
        condition,
        ready: ready.ok().map(|answer| (*answer).clone()),
        live,
        cites,
    }
}

async fn judge(
    ready: &HttpAnswer,
    live: Option<&HttpAnswer>,
    seen: &Evidence,
    base: &Base,
) -> Condition {
    let ours = shows_authentik(ready) || live.is_some_and(shows_authentik);
    if says_starting(ready) {
        return Condition::Starting;
    }
    if ready
        .body
        .starts_with("failed to connect to authentik backend")
    {
        return Condition::BackendGone;
    }
    match ready.status {
        200 | 204 if ours || confirmed(seen, base).await => Condition::Ready,
        301 | 302 | 303 | 307 | 308 => match ready.headers.get("location") {
            Some(to) => Condition::MovedTo(to.clone()),
            None => Condition::Stranger(portrait(ready)),
        },
        500 if ours => Condition::ServerError,
        503 if ours => Condition::NotReady,
        502..=504 => Condition::Gateway(Gateway {
            status: ready.status,
            server: ready.headers.get("server").cloned(),
        }),
        status if ours => Condition::WrongPath(status),
        _ => Condition::Stranger(portrait(ready)),
    }
}

/// authentik's marks: `X-authentik-id` on every answer of Django, `X-Powered-By` of the Go front
/// server, its name on its error pages.
fn shows_authentik(answer: &HttpAnswer) -> bool {
    answer.headers.contains_key("x-authentik-id")
        || answer
            .headers
            .get("x-powered-by")
            .is_some_and(|by| by.eq_ignore_ascii_case("authentik"))
        || answer.body.to_ascii_lowercase().contains("authentik")
}

/// "authentik starting" as text, as JSON (with status 200 by mistake in 2025.x) or as the splash
/// page (knowledge A.5).
fn says_starting(answer: &HttpAnswer) -> bool {
    let body = answer.body.to_ascii_lowercase();
    body.contains("authentik starting")
        || (answer.status == 503
            && answer.headers.contains_key("retry-after")
            && body.contains("authentik"))
}

/// Whether the public configuration is authentik's: it names capabilities.
async fn confirmed(seen: &Evidence, base: &Base) -> bool {
    let probe = HttpGet {
        url: base.path("/api/v3/root/config/"),
        accept: "application/json".into(),
    };
    seen.ask(probe).await.is_ok_and(|answer| {
        serde_json::from_str::<serde_json::Value>(&answer.body)
            .is_ok_and(|config| config.get("capabilities").is_some())
    })
}

/// What a stranger shows of itself: status, `Server` header, page title.
fn portrait(answer: &HttpAnswer) -> String {
    let mut parts = vec![format!("status {}", answer.status)];
    if let Some(server) = answer.headers.get("server") {
        parts.push(format!("Server: {server}"));
    }
    if let Some(title) = title_of(&answer.body) {
        parts.push(format!("page titled \"{title}\""));
    }
    parts.join(", ")
}

fn title_of(body: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    // ASCII lower-casing keeps every byte offset.
    let title = body.get(start..end)?.trim();
    (!title.is_empty()).then(|| title.chars().take(60).collect())
}

impl Condition {
    /// The failure, when no answer came.
    pub fn error(&self) -> Option<&ProbeError> {
        match self {
            Self::NoAnswer(why) => Some(&why.error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: headers
                .iter()
                .map(|&(name, value)| (name.into(), value.into()))
                .collect::<BTreeMap<_, _>>(),
            body: body.into(),
            truncated: false,
            milliseconds: 1,
        }
    }

    async fn judged(ready: HttpAnswer) -> Condition {
        let nothing = Evidence::replay(BTreeMap::new(), jiff::Timestamp::UNIX_EPOCH);
        let base = Base::configured("http://localhost:9000");
        judge(&ready, None, &nothing, &base).await
    }

    const OURS: (&str, &str) = ("x-authentik-id", "afcbc02992084b63985df4474cfc7f76");

    #[tokio::test]
    async fn starting_with_status_200_is_not_health() {
        let json = answer(200, &[OURS], r#"{"error":"authentik starting"}"#);
        assert_eq!(judged(json).await, Condition::Starting);
        let text = answer(503, &[], "authentik starting");
        assert_eq!(judged(text).await, Condition::Starting);
    }

    #[tokio::test]
    async fn the_kinds_of_failure_are_told_apart() {
        let page = "<title> authentik\n<h1> Server Error";
        assert_eq!(judged(answer(500, &[], page)).await, Condition::ServerError);
        assert_eq!(judged(answer(503, &[OURS], "")).await, Condition::NotReady);
        let gone = "failed to connect to authentik backend: dial unix";
        assert_eq!(judged(answer(502, &[], gone)).await, Condition::BackendGone);
        let proxy = answer(502, &[("server", "nginx")], "<h1>502 Bad Gateway</h1>");
        assert!(matches!(judged(proxy).await, Condition::Gateway(_)));
    }

    #[tokio::test]
    async fn an_empty_200_of_a_stranger_is_not_authentik() {
        assert!(matches!(
            judged(answer(200, &[], "")).await,
            Condition::Stranger(_)
        ));
        let minio = answer(403, &[("server", "MinIO")], "<Error/>");
        let Condition::Stranger(who) = judged(minio).await else {
            panic!("MinIO taken for authentik");
        };
        assert_eq!(who, "status 403, Server: MinIO");
    }

    #[test]
    fn published_ports_are_on_the_engines_host() {
        assert_eq!(engine_host("unix:///var/run/docker.sock"), "localhost");
        assert_eq!(engine_host("tcp://127.0.0.1:2375"), "localhost");
        assert_eq!(engine_host("tcp://build.example:2375"), "build.example");
    }

    #[test]
    fn a_title_is_found_among_any_case_and_letters() {
        assert_eq!(
            title_of("é<TITLE>MinIO Console</Title>").unwrap(),
            "MinIO Console"
        );
        assert_eq!(title_of("<title></title>"), None);
    }
}
