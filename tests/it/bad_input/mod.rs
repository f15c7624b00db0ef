//! The built program against an authentik that answers wrongly, and with configuration that is no
//! good: a clear word inside the limit, the right exit code, nothing that steers a terminal.

mod configuration;
mod starts;

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::{
    net_world::{Reply, Server, answered, endless_head, json, recorded},
    program::{akdoctor, err, out},
};

const TOKEN: &str = "tOp5ecretTOKENtOp5ecretTOKEN";
/// The deadline given, and as much again for a busy machine to start and end a process.
const WITHIN: Duration = Duration::from_secs(10);
const SHORT: [&str; 4] = ["--timeout", "1s", "--deadline", "5s"];

/// A person on a machine without a container engine.
struct Person {
    home: TempDir,
}

impl Person {
    fn new() -> Self {
        let home = tempdir().unwrap();
        Self { home }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = akdoctor(args);
        let home = self.home.path();
        command
            .args(SHORT)
            .current_dir(home)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env(
                "DOCKER_HOST",
                format!("unix://{}", home.join("no.sock").display()),
            );
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        let began = Instant::now();
        let output = self
            .command(args)
            .env("AKDOCTOR_TOKEN", TOKEN)
            .output()
            .unwrap();
        assert!(
            began.elapsed() < WITHIN,
            "{args:?} took {:?}",
            began.elapsed()
        );
        harmless(&output);
        output
    }
}

/// Nothing of a panic, of the token or of what steers a terminal, on either stream.
fn harmless(output: &Output) {
    for text in [out(output), err(output)] {
        for word in ["panicked", "internal fault", "RUST_BACKTRACE", TOKEN] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        let steers =
            |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}\u{feff}".contains(c);
        assert!(!text.contains(steers), "{text:?}");
    }
}

/// What an authentik answers on the paths that every run asks, for a fault elsewhere.
fn well(head: &str) -> Reply {
    let path = head.split(' ').nth(1).unwrap_or_default();
    match path {
        "/-/health/live/" | "/-/health/ready/" => Reply::Send(
            b"HTTP/1.1 200 OK\r\nx-powered-by: authentik\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
        ),
        "/api/v3/core/users/me/" => recorded("105-users-me.json"),
        "/api/v3/admin/version/" => recorded("087-admin-version.json"),
        "/api/v3/tasks/workers" => recorded("089-tasks-workers.json"),
        _ if path.starts_with("/api/v3/tasks/tasks/") => {
            json(r#"{"pagination": {"next": 0, "count": 0}, "results": []}"#)
        }
        _ => answered(200, "text/html", "<title>authentik</title>"),
    }
}

/// An authentik that is well, but for the paths that hold this.
async fn well_but(holds: &'static str, reply: Reply) -> Server {
    Server::start(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if path.contains(holds) {
            reply.clone()
        } else {
            well(head)
        }
    })
    .await
}

/// Runs against this server in both formats; the exit code is the same in both.
async fn both(server: &Server) -> (Option<i32>, String, Value) {
    let url = server.url("");
    tokio::task::spawn_blocking(move || {
        let person = Person::new();
        let human = person.run(&["--url", &url, "-v"]);
        let program = person.run(&["--url", &url, "-o", "json"]);
        let value: Value = serde_json::from_slice(&program.stdout).unwrap();
        let schema = jsonschema::validator_for(&akdoctor::render::schema()).unwrap();
        assert!(schema.is_valid(&value), "{value:#}");
        assert_eq!(human.status.code(), program.status.code());
        (human.status.code(), out(&human).to_owned(), value)
    })
    .await
    .unwrap()
}

fn codes(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|f| f["code"].as_str().unwrap())
        .collect()
}

/// Answers of the API that cannot be read are no fault of the stack, and no pass.
async fn makes_unknown(reply: Reply) {
    let server = well_but("/api/v3/", reply).await;
    let (code, human, report) = both(&server).await;
    assert_eq!(codes(&report), [""; 0], "{human}");
    assert_eq!(code, Some(3), "{human}");
    assert_eq!(worker(&report), "unknown", "{human}");
}

/// What came of the question that only the API answers here.
fn worker(report: &Value) -> &str {
    let point = point(report, "a worker is alive and tasks are worked off");
    point["outcome"].as_str().unwrap()
}

/// What came of one thing that was looked at, whichever check it belongs to.
fn point<'r>(report: &'r Value, what: &str) -> &'r Value {
    let checks = report["checks"].as_array().unwrap().iter();
    let mut points = checks.flat_map(|check| check["points"].as_array().unwrap());
    points.find(|point| point["what"] == what).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_well_is_told() {
    let server = Server::start(well).await;
    let (_, human, report) = both(&server).await;
    assert_eq!(worker(&report), "passed", "{human}");
}

/// Whoever gave a token that authentik refuses is told, whatever else could be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused() {
    let refused = recorded("054-auth-wrong-token-users.txt");
    let server = well_but("/api/v3/", refused).await;
    let (code, human, report) = both(&server).await;
    assert_eq!(code, Some(3), "{human}");
    assert_eq!(codes(&report), ["access-token/refused"], "{human}");
    let point = point(&report, "the API token is accepted");
    assert_eq!(point["why"], "access-token/refused");
    assert!(human.contains("Token invalid/expired"), "{human}");
}

#[tokio::test(flavor = "multi_thread")]
async fn html_where_json_is_due() {
    makes_unknown(answered(200, "text/html", "<html><title>Hi</title>")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_breaks_off() {
    makes_unknown(json(r#"{"user": {"pk": 6, "username": "akad"#)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_of_another_shape() {
    makes_unknown(json(r#"[[[{"user": 7}]], null, 1e400]"#)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_of_json() {
    let body = format!("[{}1]", "1, ".repeat(10 * 1024 * 1024 / 3));
    makes_unknown(json(body)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn json_as_deep_as_a_stack() {
    makes_unknown(json("[".repeat(1_000_000))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_never_ends() {
    makes_unknown(Reply::Forever(endless_head(), vec![b' '; 4096])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_byte_by_byte() {
    makes_unknown(Reply::Trickle(endless_head())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_hangs() {
    makes_unknown(Reply::Hang).await;
    let server = Server::always(Reply::Hang).await;
    let (code, human, report) = both(&server).await;
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["health/silent"]),
        "{human}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_closes() {
    makes_unknown(Reply::Close).await;
    let server = Server::always(Reply::Close).await;
    let (code, human, report) = both(&server).await;
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["health/connection-closed"]),
        "{human}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_without_end() {
    let server = Server::start(|head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let head = format!("HTTP/1.1 302 Found\r\nlocation: {path}again/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        Reply::Send(head.into_bytes())
    })
    .await;
    let (_, human, report) = both(&server).await;
    assert_eq!(codes(&report).len(), 1, "{human}");
    // Two formats; nobody follows.
    assert!(
        server.heads().len() <= 2 * 25,
        "{} requests",
        server.heads().len()
    );
    assert!(
        !server
            .heads()
            .iter()
            .any(|head| head.contains("again/again/"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_end() {
    // A fault is what makes a run ask for the applications.
    let page = r#"{"pagination": {"next": 2, "count": 1000000}, "results": [{"slug": "a", "name": "A", "provider": 1}]}"#;
    let server = Server::start(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/if/admin/" => answered(404, "text/html", "<title>authentik</title>"),
            _ if path.contains("/core/applications/") => json(page),
            _ => well(head),
        }
    })
    .await;
    let (code, human, report) = both(&server).await;
    assert_eq!(
        (code, codes(&report)),
        (Some(1), vec!["health/interface-missing"]),
        "{human}"
    );
    let asked = server.heads();
    let pages = asked
        .iter()
        .filter(|head| head.contains("/core/applications/"))
        .count();
    assert!((1..500).contains(&pages), "{pages} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_sequences_never_reach_the_screen() {
    let text = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{8}\r\u{2028}evil";
    let title = format!("<title>{text}</title>");
    let head = |status: u16| {
        let mut reply =
            format!("HTTP/1.1 {status} X\r\ncontent-type: text/html\r\nserver: ").into_bytes();
        reply.extend_from_slice(b"ng\x1bin\xc2\x9bx\xff\r\nconnection: close\r\n\r\n");
        reply.extend_from_slice(title.as_bytes());
        reply
    };
    for status in [200, 302, 404, 500, 502, 503] {
        let server = Server::always(Reply::Send(head(status))).await;
        let (code, human, report) = both(&server).await;
        assert_eq!(code, Some(1), "{human}");
        assert_eq!(codes(&report).len(), 1, "{human}");
    }
    let detail = serde_json::json!({ "detail": text });
    makes_unknown(answered(403, "application/json", detail.to_string())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_text() {
    makes_unknown(json(b"\xff\xfe{\x00\x80\"a\"".as_slice())).await;
    let server = Server::always(answered(503, "text/html", b"\xc3\x28\xa0\xa1\xff")).await;
    let (code, human, report) = both(&server).await;
    assert_eq!((code, codes(&report).len()), (Some(1), 1), "{human}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_at_all() {
    for bytes in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x0a",
        b"HTTP/9.9 what\r\n\r\n",
    ] {
        let server = Server::always(Reply::Send(bytes.to_vec())).await;
        let (code, human, report) = both(&server).await;
        assert_eq!((code, codes(&report).len()), (Some(1), 1), "{human}");
    }
}
