//! The simulated world against the recorded one: it must answer as the real authentik did.

use std::{fs, path::Path, time::Duration};

use akdoctor::{
    probe::engine::{EngineEndpoint, Transport},
    simulate::{Playing, play, scenarios},
};
use bollard::{
    Docker,
    container::LogOutput,
    exec::{CreateExecOptions, StartExecResults},
    query_parameters::{
        DownloadFromContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    },
};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::net::TcpStream;

const LOCAL: &str = "localhost:9000";
const GITEA: &str = "http%3A%2F%2Flocalhost%3A3000%2Fuser%2Foauth2%2FAuthentik%2Fcallback";

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn send(playing: &Playing, host: &str, request: Request<Full<Bytes>>) -> Option<Got> {
    let (name, port) = host.rsplit_once(':').unwrap();
    let at = playing.tools.dial[&(name.to_owned(), port.parse().unwrap())];
    let stream = TcpStream::connect(at).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.ok()?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Some(Got {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    })
}

fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(target);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", LOCAL);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

async fn get(playing: &Playing, target: &str, headers: &[(&str, &str)]) -> Got {
    let request = request("GET", target, headers, "");
    send(playing, LOCAL, request).await.unwrap()
}

fn bearer(playing: &Playing) -> String {
    let token = playing.tools.token().unwrap();
    format!("Bearer {}", token.secret.expose_secret())
}

/// Status, headers and body of a recorded file.
fn recorded(file: &str) -> (u16, Vec<(String, String)>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulate/recorded");
    let text = fs::read_to_string(folder.join(file)).unwrap();
    if file.ends_with(".json") {
        return (200, Vec::new(), text);
    }
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (status.parse().unwrap(), headers, body.trim_end().to_owned())
}

/// Times and ids differ from run to run.
fn masked(mut value: Value) -> Value {
    match &mut value {
        Value::String(text)
            if text.len() >= 19 && text.as_bytes()[10] == b'T' && text.starts_with("20") =>
        {
            *text = "TIME".into();
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = masked(item.take())),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = if name == "request_id" {
                    "ID".into()
                } else {
                    masked(field.take())
                };
            }
        }
        _ => {}
    }
    value
}

fn same(file: &str, got: &Got) {
    let (status, headers, body) = recorded(file);
    assert_eq!(got.status, status, "{file}");
    for name in [
        "server",
        "content-type",
        "location",
        "allow",
        "x-frame-options",
    ] {
        if let Some((_, value)) = headers.iter().find(|(other, _)| other == name) {
            assert_eq!(got.header(name), value, "{file}: {name}");
        }
    }
    if headers.iter().any(|(name, _)| name == "x-authentik-id") {
        assert_eq!(got.header("x-authentik-id").len(), 32, "{file}");
    }
    if let Some(texts) = body.strip_prefix("[HTML body trimmed to its texts]\n") {
        for line in texts.lines() {
            let text = line.split_once("> ").map_or(line, |(_, text)| text);
            assert!(got.body.contains(text), "{file}: {text}");
        }
    } else if body.starts_with(['{', '[']) {
        let recorded: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(masked(got.json()), masked(recorded), "{file}");
    } else {
        assert_eq!(got.body, body, "{file}");
    }
}

#[tokio::test]
async fn a_superuser_reads_what_was_recorded() {
    let playing = play("healthy").await.unwrap();
    let token = bearer(&playing);
    for (file, target) in [
        ("086-root-config.json", "/api/v3/root/config/"),
        ("087-admin-version.json", "/api/v3/admin/version/"),
        ("089-tasks-workers.json", "/api/v3/tasks/workers"),
        ("091-tasks-workers-slash.txt", "/api/v3/tasks/workers/"),
        (
            "094-users-page-beyond.txt",
            "/api/v3/core/users/?page_size=2&page=99",
        ),
        (
            "095-users-page-size-1000.json",
            "/api/v3/core/users/?page_size=1000",
        ),
        ("103-users-detail.json", "/api/v3/core/users/6/"),
        ("104-users-detail-404.txt", "/api/v3/core/users/99999/"),
        ("105-users-me.json", "/api/v3/core/users/me/"),
        ("106-groups.json", "/api/v3/core/groups/"),
        (
            "109-applications-superuser.json",
            "/api/v3/core/applications/?superuser_full_list=true",
        ),
        (
            "113-applications-detail.json",
            "/api/v3/core/applications/gitea/",
        ),
        (
            "114-applications-detail-404.txt",
            "/api/v3/core/applications/nope/",
        ),
        ("120-providers-oauth2.json", "/api/v3/providers/oauth2/"),
        (
            "122-providers-oauth2-detail.json",
            "/api/v3/providers/oauth2/2/",
        ),
        (
            "123-providers-oauth2-setup-urls.json",
            "/api/v3/providers/oauth2/2/setup_urls/",
        ),
        ("127-policies-bindings.json", "/api/v3/policies/bindings/"),
        ("129-crypto.json", "/api/v3/crypto/certificatekeypairs/"),
        ("131-brands.json", "/api/v3/core/brands/"),
        ("132-brands-current.json", "/api/v3/core/brands/current/"),
        ("133-outposts.json", "/api/v3/outposts/instances/"),
        ("135-tasks.json", "/api/v3/tasks/tasks/?page_size=3"),
        (
            "136-tasks-errors.json",
            "/api/v3/tasks/tasks/?aggregated_status=error&aggregated_status=warning",
        ),
        ("137-tasks-queued.json", "/api/v3/tasks/tasks/?state=queued"),
        (
            "166-events-configuration_error.json",
            "/api/v3/events/events/?action=configuration_error",
        ),
        (
            "175-events-ordering.json",
            "/api/v3/events/events/?page_size=2",
        ),
        (
            "314-rbac-readonly-flows-instances.txt",
            "/api/v3/flows/instances/",
        ),
        (
            "325-rbac-readonly-propertymappings-provider-scope.txt",
            "/api/v3/propertymappings/provider/scope/",
        ),
    ] {
        let got = get(&playing, target, &[("authorization", &token)]).await;
        if file.starts_with('3') {
            let (_, _, body) = recorded(file);
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(masked(got.json()), masked(body), "{file}");
        } else {
            same(file, &got);
        }
    }
}

#[tokio::test]
async fn everybody_sees_the_pages_that_were_recorded() {
    let playing = play("healthy").await.unwrap();
    for (file, target) in [
        (
            "023-discovery-unknown-slug.txt",
            "/application/o/nope/.well-known/openid-configuration",
        ),
        (
            "026-login-right-1-get.txt",
            "/api/v3/flows/executor/default-authentication-flow/?query=",
        ),
        (
            "048-flow-executor-unknown-flow.txt",
            "/api/v3/flows/executor/nope/?query=",
        ),
        ("076-health-live-get.txt", "/-/health/live/"),
        ("077-health-ready-get.txt", "/-/health/ready/"),
        ("080-health-ready-no-slash.txt", "/-/health/ready"),
        ("081-root.txt", "/"),
        ("082-api-root-404.txt", "/api/v3/nope/"),
        ("083-api-no-trailing-slash.txt", "/api/v3/core/users"),
        (
            "084-if-flow-html.txt",
            "/if/flow/default-authentication-flow/",
        ),
        ("189-issuer-root.txt", "/application/o/gitea/"),
        (
            "177-discovery-coder.json",
            "/application/o/coder/.well-known/openid-configuration",
        ),
        (
            "178-discovery-gitea.json",
            "/application/o/gitea/.well-known/openid-configuration",
        ),
        (
            "179-discovery-minio.json",
            "/application/o/minio/.well-known/openid-configuration",
        ),
        (
            "180-discovery-platform-admin.json",
            "/application/o/platform-admin/.well-known/openid-configuration",
        ),
        (
            "181-discovery-litellm.json",
            "/application/o/litellm/.well-known/openid-configuration",
        ),
        ("188-jwks.json", "/application/o/gitea/jwks/"),
    ] {
        same(file, &get(&playing, target, &[]).await);
    }
    let head = send(
        &playing,
        LOCAL,
        request("HEAD", "/-/health/ready/", &[], ""),
    )
    .await
    .unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[tokio::test]
async fn callers_are_refused_as_they_were() {
    let playing = play("healthy").await.unwrap();
    for (file, headers) in [
        ("053-auth-missing-token-users.txt", vec![]),
        (
            "054-auth-wrong-token-users.txt",
            vec![("authorization", "Bearer wrong-token")],
        ),
        (
            "055-auth-not-bearer-token-users.txt",
            vec![("authorization", "Token x")],
        ),
        (
            "056-auth-empty-bearer-token-users.txt",
            vec![("authorization", "Bearer ")],
        ),
        (
            "057-auth-basic-token-users.txt",
            vec![("authorization", "Basic eDp5")],
        ),
        (
            "059-auth-wrong-token-html-accept.txt",
            vec![("authorization", "Bearer wrong"), ("accept", "text/html")],
        ),
    ] {
        same(file, &get(&playing, "/api/v3/core/users/", &headers).await);
    }
}

#[tokio::test]
async fn a_limited_token_reads_little() {
    let playing = play("limited-token").await.unwrap();
    let token = bearer(&playing);
    for (file, target) in [
        ("062-limited-token-users.txt", "/api/v3/core/users/"),
        ("063-limited-token-users-me.txt", "/api/v3/core/users/me/"),
        (
            "066-limited-token-providers.txt",
            "/api/v3/providers/oauth2/",
        ),
        (
            "067-limited-token-admin-system.txt",
            "/api/v3/admin/system/",
        ),
        (
            "068-limited-token-admin-version.txt",
            "/api/v3/admin/version/",
        ),
        ("069-limited-token-workers.txt", "/api/v3/tasks/workers"),
        ("070-limited-token-events.txt", "/api/v3/events/events/"),
        (
            "073-limited-token-provider-detail.txt",
            "/api/v3/providers/oauth2/2/",
        ),
        (
            "074-limited-token-bindings.txt",
            "/api/v3/policies/bindings/",
        ),
        ("075-limited-token-brands.txt", "/api/v3/core/brands/"),
    ] {
        same(
            file,
            &get(&playing, target, &[("authorization", &token)]).await,
        );
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let playing = play("healthy").await.unwrap();
    let token = bearer(&playing);
    let page = async |query: &str| {
        let target = format!("/api/v3/core/users/?{query}");
        get(&playing, &target, &[("authorization", &token)])
            .await
            .json()
    };
    let (mut names, mut next) = (Vec::new(), 1);
    while next != 0 {
        let body = page(&format!("page_size=3&page={next}")).await;
        let rows = body["results"].as_array().unwrap();
        names.extend(rows.iter().map(|row| row["username"].to_string()));
        next = body["pagination"]["next"].as_u64().unwrap();
    }
    let all = page("").await;
    let whole = all["results"].as_array().unwrap();
    let whole: Vec<_> = whole
        .iter()
        .map(|row| row["username"].to_string())
        .collect();
    assert_eq!(names, whole);
    // As recorded in 093 of the same eight users.
    let second = page("page_size=2&page=2").await;
    let wanted = serde_json::json!({
        "next": 3, "previous": 1, "count": 8, "current": 2, "total_pages": 4, "start_index": 3, "end_index": 4,
    });
    assert_eq!(second["pagination"], wanted);
}

#[tokio::test]
async fn urls_follow_the_host_that_was_asked() {
    let playing = play("healthy").await.unwrap();
    let target = "/application/o/gitea/.well-known/openid-configuration";
    let other = [
        ("host", "host.docker.internal:9000"),
        ("x-forwarded-proto", "https"),
    ];
    let body = get(&playing, target, &other).await.json();
    let base = "https://host.docker.internal:9000/application/o";
    assert_eq!(body["issuer"], format!("{base}/gitea/"));
    assert_eq!(body["jwks_uri"], format!("{base}/gitea/jwks/"));
}

#[tokio::test]
async fn the_system_page_echoes_the_token() {
    let playing = play("healthy").await.unwrap();
    let token = bearer(&playing);
    let body = get(
        &playing,
        "/api/v3/admin/system/",
        &[("authorization", &token)],
    )
    .await
    .json();
    assert_eq!(body["http_headers"]["HTTP_AUTHORIZATION"], token);
    assert_eq!(body["runtime"]["authentik_version"], "2025.10.0-rc1");
}

#[tokio::test]
async fn authorize_is_strict() {
    let playing = play("healthy").await.unwrap();
    let ask = async |rest: &str| {
        let target = format!("/application/o/authorize/?{rest}");
        get(&playing, &target, &[]).await
    };
    let scope = "scope=openid+email+profile&state=st4te";
    for (file, rest) in [
        (
            "001-authorize-wrong-redirect-uri.txt",
            format!(
                "client_id=gitea&response_type=code&{scope}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fwrong"
            ),
        ),
        (
            "001-authorize-wrong-redirect-uri.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}%2F"),
        ),
        (
            "002-authorize-unknown-client-id.txt",
            format!("client_id=nope&response_type=code&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "003-authorize-right-anonymous.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "005-authorize-bad-response-type.txt",
            format!("client_id=gitea&response_type=bogus&{scope}&redirect_uri={GITEA}"),
        ),
        (
            "006-authorize-prompt-none-anonymous.txt",
            format!("client_id=gitea&response_type=code&{scope}&redirect_uri={GITEA}&prompt=none"),
        ),
    ] {
        same(file, &ask(&rest).await);
    }
}

#[tokio::test]
async fn the_token_endpoint_tells_secrets_apart() {
    let playing = play("healthy").await.unwrap();
    let gitea = "client_id=gitea&client_secret=gitea-secret";
    let uri = format!("redirect_uri={GITEA}");
    for (file, form) in [
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=authorization_code&code=bogus&{gitea}&{uri}"),
        ),
        (
            "008-token-wrong-secret.txt",
            format!(
                "grant_type=authorization_code&code=bogus&client_id=gitea&client_secret=WRONG&{uri}"
            ),
        ),
        (
            "008-token-wrong-secret.txt",
            format!(
                "grant_type=authorization_code&code=bogus&{gitea}&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fwrong"
            ),
        ),
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=authorization_code&{gitea}"),
        ),
        (
            "007-token-right-secret-bogus-code.txt",
            format!("grant_type=refresh_token&{gitea}"),
        ),
        (
            "016-token-bad-grant-type.txt",
            format!("grant_type=bogus&{gitea}"),
        ),
    ] {
        let request = request("POST", "/application/o/token/", &[], &form);
        same(file, &send(&playing, LOCAL, request).await.unwrap());
    }
    // `gitea:gitea-secret` by HTTP Basic, as in recording 010.
    let basic = [("authorization", "Basic Z2l0ZWE6Z2l0ZWEtc2VjcmV0")];
    let form = format!("grant_type=authorization_code&code=bogus&{uri}");
    let right = send(
        &playing,
        LOCAL,
        request("POST", "/application/o/token/", &basic, &form),
    )
    .await
    .unwrap();
    same("007-token-right-secret-bogus-code.txt", &right);
    same(
        "017-token-get.txt",
        &get(&playing, "/application/o/token/", &[]).await,
    );
}

#[tokio::test]
async fn a_stopped_database_is_500_everywhere() {
    let playing = play("database-down").await.unwrap();
    let token = bearer(&playing);
    for target in [
        "/-/health/live/",
        "/-/health/ready/",
        "/api/v3/core/users/",
        "/",
    ] {
        let got = get(&playing, target, &[("authorization", &token)]).await;
        same("287-db-stopped-live-get.txt", &got);
    }
    let post = request("POST", "/application/o/token/", &[], "");
    same(
        "296-db-stopped-token.txt",
        &send(&playing, LOCAL, post).await.unwrap(),
    );
    let head = send(
        &playing,
        LOCAL,
        request("HEAD", "/-/health/ready/", &[], ""),
    )
    .await
    .unwrap();
    same("289-db-stopped-ready-head.txt", &head);
}

#[tokio::test]
async fn a_stopped_worker_leaves_a_queue() {
    let playing = play("worker-down").await.unwrap();
    let token = bearer(&playing);
    let ask = async |target: &str| get(&playing, target, &[("authorization", &token)]).await;
    same(
        "266-worker-stopped-workers.txt",
        &ask("/api/v3/tasks/workers").await,
    );
    let queued = ask("/api/v3/tasks/tasks/?state=queued&page_size=3").await;
    same("268-worker-stopped-tasks-queued.txt", &queued);
    let since: jiff::Timestamp = queued.json()["results"][0]["mtime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let minutes = jiff::Timestamp::now().duration_since(since).as_mins();
    assert!((11..=13).contains(&minutes), "queued {minutes} minutes ago");
}

#[tokio::test]
async fn refused_refuses_and_hanging_hangs() {
    let down = play("server-down").await.unwrap();
    let at = down.tools.dial[&("localhost".to_owned(), 9000)];
    let error = TcpStream::connect(at).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);

    let hanging = play("database-hanging").await.unwrap();
    let asked = send(&hanging, LOCAL, request("GET", "/-/health/live/", &[], ""));
    let limit = Duration::from_millis(200);
    assert!(tokio::time::timeout(limit, asked).await.is_err());
}

#[tokio::test]
async fn starting_says_so_even_with_status_200() {
    let playing = play("starting").await.unwrap();
    assert_eq!(get(&playing, "/-/health/live/", &[]).await.status, 200);
    let ready = get(&playing, "/-/health/ready/", &[]).await;
    assert_eq!(
        (ready.status, ready.body.as_str()),
        (503, "authentik starting")
    );
    let json = get(
        &playing,
        "/api/v3/root/config/",
        &[("accept", "application/json")],
    )
    .await;
    assert_eq!(
        (json.status, json.body.as_str()),
        (200, r#"{"error":"authentik starting"}"#)
    );
}

#[tokio::test]
async fn minio_answers_on_port_9000() {
    let playing = play("not-authentik").await.unwrap();
    let live = get(&playing, "/-/health/live/", &[]).await;
    assert_eq!((live.status, live.header("server")), (403, "MinIO"));
    assert!(live.body.contains("<Code>AccessDenied</Code>"));
    assert_eq!(get(&playing, "/minio/health/live", &[]).await.status, 200);
}

#[tokio::test]
async fn every_scenario_plays_and_cleans_up() {
    for scenario in scenarios() {
        let playing = play(&scenario.name).await.unwrap();
        assert_eq!(playing.scenario.title, scenario.title);
        assert_eq!(playing.stack.apps.len(), 5);
        let hosts = playing.tools.hosts_file.clone();
        let text = fs::read_to_string(&hosts).unwrap();
        assert!(text.contains("127.0.0.1\thost.docker.internal"), "{text}");
        let engine = engine_address(&playing);
        drop(playing);
        assert!(!hosts.parent().unwrap().exists());
        tokio::task::yield_now().await;
        assert!(
            TcpStream::connect(engine).await.is_err(),
            "{}",
            scenario.name
        );
    }
    let error = play("helthy").await.err().unwrap().to_string();
    assert!(
        error.contains("helthy") && error.contains("worker-down"),
        "{error}"
    );
}

#[tokio::test]
async fn the_resolver_knows_the_scenarios_names_only() {
    let playing = play("healthy").await.unwrap();
    let found = (playing.tools.lookup)("host.docker.internal".into())
        .await
        .unwrap();
    assert_eq!(found, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert!((playing.tools.lookup)("example.org".into()).await.is_err());
}

#[tokio::test]
async fn requests_are_written_down() {
    let playing = play("healthy").await.unwrap();
    let token = bearer(&playing);
    get(&playing, "/-/health/live/", &[]).await;
    get(
        &playing,
        "/api/v3/core/users/me/?a=b",
        &[("authorization", &token)],
    )
    .await;
    let seen: Vec<_> = playing
        .requests()
        .into_iter()
        .map(|asked| (asked.listener, asked.method, asked.target, asked.with_token))
        .collect();
    let wanted = [
        ("/-/health/live/", false),
        ("/api/v3/core/users/me/?a=b", true),
    ]
    .map(|(target, token)| {
        (
            "authentik".to_owned(),
            "GET".to_owned(),
            target.to_owned(),
            token,
        )
    });
    assert_eq!(seen, wanted);
}

fn engine_address(playing: &Playing) -> String {
    match &playing.tools.engine {
        EngineEndpoint::At {
            transport: Transport::Tcp(at),
            ..
        } => at.clone(),
        other => panic!("{other:?}"),
    }
}

fn docker(playing: &Playing) -> Docker {
    Docker::connect_with_http(&engine_address(playing), 5, bollard::API_DEFAULT_VERSION).unwrap()
}

#[tokio::test]
async fn bollard_lists_and_inspects() {
    let playing = play("oom").await.unwrap();
    let docker = docker(&playing);
    docker.ping().await.unwrap();
    assert_eq!(docker.version().await.unwrap().version.unwrap(), "28.2.2");
    assert_eq!(docker.info().await.unwrap().containers, Some(8));
    let all = ListContainersOptionsBuilder::default().all(true).build();
    let listed = docker.list_containers(Some(all)).await.unwrap();
    assert_eq!(listed.len(), 8);
    let server = listed
        .iter()
        .find(|row| row.names.as_ref().unwrap()[0] == "/authentik-server")
        .unwrap();
    let labels = server.labels.as_ref().unwrap();
    assert_eq!(labels["com.docker.compose.service"], "server");
    let id = server.id.clone().unwrap();
    let full = docker
        .inspect_container(&id, None::<InspectContainerOptions>)
        .await
        .unwrap();
    let state = full.state.unwrap();
    assert_eq!(
        (state.oom_killed, state.exit_code, state.restarting),
        (Some(true), Some(137), Some(true))
    );
    assert_eq!(full.restart_count, Some(7));
    let host = full.host_config.unwrap();
    assert_eq!(
        host.extra_hosts.unwrap(),
        ["host.docker.internal:host-gateway"]
    );
    let volume = docker.inspect_volume("authentik_database").await.unwrap();
    assert!(volume.created_at.is_some());
    assert!(
        docker
            .inspect_container("nobody", None::<InspectContainerOptions>)
            .await
            .is_err()
    );
}

/// Exit code, standard output and standard error of a command.
async fn run(
    docker: &Docker,
    container: &str,
    words: &[&str],
    input: Option<&str>,
) -> (i64, String, String) {
    let options = CreateExecOptions {
        cmd: Some(words.to_vec()),
        attach_stdin: Some(input.is_some()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..Default::default()
    };
    let exec = docker.create_exec(container, options).await.unwrap();
    let StartExecResults::Attached {
        mut output,
        input: mut stdin,
    } = docker.start_exec(&exec.id, None).await.unwrap()
    else {
        panic!("not attached");
    };
    if let Some(text) = input {
        use tokio::io::AsyncWriteExt;
        stdin.write_all(text.as_bytes()).await.unwrap();
        stdin.shutdown().await.unwrap();
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    while let Some(chunk) = output.next().await {
        match chunk.unwrap() {
            LogOutput::StdErr { message } => err.extend_from_slice(&message),
            other => out.extend_from_slice(&other.into_bytes()),
        }
    }
    let code = docker
        .inspect_exec(&exec.id)
        .await
        .unwrap()
        .exit_code
        .unwrap();
    (
        code,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[tokio::test]
async fn bollard_runs_commands() {
    let playing = play("healthy").await.unwrap();
    let docker = docker(&playing);
    let (code, out, _) = run(
        &docker,
        "authentik-postgresql",
        &["df", "-Pk", "/var/lib/postgresql/data"],
        None,
    )
    .await;
    assert!(code == 0 && out.contains("41%"), "{code} {out}");
    let (code, out, _) = run(
        &docker,
        "authentik-server",
        &["ak", "shell"],
        Some("print(1)\n"),
    )
    .await;
    let facts = out
        .trim()
        .strip_prefix("AKD_BEGIN")
        .unwrap()
        .strip_suffix("AKD_END")
        .unwrap();
    let facts: Value = serde_json::from_str(facts).unwrap();
    assert_eq!((code, &facts["version"]), (0, &"2025.10.0-rc1".into()));
    let (code, out, _) = run(&docker, "gitea", &["bash"], None).await;
    assert!(
        code == 127 && out.contains("executable file not found"),
        "{out}"
    );

    let stopped = play("database-down").await.unwrap();
    let options = CreateExecOptions {
        cmd: Some(vec!["true"]),
        ..Default::default()
    };
    let error = self::docker(&stopped)
        .create_exec("authentik-postgresql", options)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("is not running"), "{error}");
}

#[tokio::test]
async fn bollard_reads_files_and_logs() {
    let playing = play("healthy").await.unwrap();
    let docker = docker(&playing);
    let path = DownloadFromContainerOptionsBuilder::default()
        .path("/etc/hosts")
        .build();
    let parts: Vec<Bytes> = docker
        .download_from_container("coder", Some(path))
        .try_collect()
        .await
        .unwrap();
    let bytes = parts.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut file = archive.entries().unwrap().next().unwrap().unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut file, &mut text).unwrap();
    assert!(text.contains("172.17.0.1\thost.docker.internal"), "{text}");

    let options = bollard::query_parameters::LogsOptionsBuilder::default()
        .stdout(true)
        .timestamps(true)
        .tail("2")
        .build();
    let lines: Vec<_> = docker
        .logs("authentik-server", Some(options))
        .try_collect()
        .await
        .unwrap();
    assert_eq!(lines.len(), 2);
    let line = lines[1].to_string();
    let (stamp, rest) = line.split_once(' ').unwrap();
    assert!(
        stamp.parse::<jiff::Timestamp>().is_ok() && rest.starts_with('{'),
        "{line}"
    );
}
