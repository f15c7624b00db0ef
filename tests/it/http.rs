//! `HttpGet`, asked through `Evidence` as the program does, of servers well and ill.

use std::{
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use akdoctor::probe::{
    ProbeError,
    http::{HttpAnswer, HttpGet},
    tools::Tools,
};
use tokio::net::TcpListener;

use crate::net_world::{Reply, Server, World, answered, endless_head, recorded};

async fn ask(world: World, url: &str) -> Result<Arc<HttpAnswer>, ProbeError> {
    let asked = world.evidence().ask(HttpGet::new(url)).await;
    asked.map_err(|unknown| unknown.error)
}

#[tokio::test]
async fn a_place_that_is_stood_in_for_keeps_its_name() {
    let server = Server::always(answered(200, "text/plain", "here")).await;
    let world = World::new().dial("host.docker.internal", 9000, server.address);

    let answer = ask(world, "http://host.docker.internal:9000/x?y=1").await;

    assert_eq!(answer.unwrap().body, "here");
    let head = server.heads().remove(0).to_ascii_lowercase();
    assert!(head.starts_with("get /x?y=1 http/1.1\r\n"), "{head}");
    assert!(
        head.contains("\r\nhost: host.docker.internal:9000\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nuser-agent: akdoctor/"), "{head}");
    assert!(!head.contains("127.0.0.1"), "{head}");
    assert!(!head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn two_ports_of_a_name_may_be_stood_in_for_apart() {
    let one = Server::always(answered(200, "text/plain", "one")).await;
    let two = Server::always(answered(200, "text/plain", "two")).await;
    let evidence = World::new()
        .dial("h.test", 80, one.address)
        .dial("h.test", 3000, two.address)
        .dial("10.1.2.3", 80, two.address)
        .evidence();

    let body = async |url: &str| evidence.ask(HttpGet::new(url)).await.unwrap().body.clone();

    assert_eq!(body("http://h.test/").await, "one");
    assert_eq!(body("http://h.test:3000/").await, "two");
    assert_eq!(body("http://10.1.2.3/").await, "two");
    assert!(
        one.heads()[0]
            .to_ascii_lowercase()
            .contains("\r\nhost: h.test\r\n")
    );
    assert!(
        two.heads()[1]
            .to_ascii_lowercase()
            .contains("\r\nhost: 10.1.2.3\r\n")
    );
}

#[tokio::test]
async fn names_are_looked_up_through_the_seam() {
    let server = Server::always(answered(204, "text/plain", "")).await;
    let world = World::new().names(&[("auth.test", "127.0.0.1")]);
    let url = format!("http://auth.test:{}/", server.address.port());
    assert_eq!(ask(world, &url).await.unwrap().status, 204);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_as_such() {
    let error = ask(World::new(), "http://nowhere.test:9000/").await;
    assert_eq!(
        error.unwrap_err(),
        ProbeError::NoAddress {
            host: "nowhere.test".into(),
            detail: "Name or service not known".into()
        }
    );
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::new().dial("auth.test", 9000, address);
    assert_eq!(
        ask(world, "http://auth.test:9000/").await.unwrap_err(),
        ProbeError::Refused {
            at: "auth.test:9000".into()
        }
    );
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_a_reset() {
    let server = Server::always(Reply::Close).await;
    let error = ask(World::new(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, ProbeError::Reset { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_ends_at_the_limit() {
    let server = Server::always(Reply::Hang).await;
    let began = Instant::now();
    let error = ask(World::new().timeout(200), &server.url("/"))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ProbeError::TimedOut { doing, millis: 200, .. } if doing == "answer"),
        "{error:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn something_else_than_http_is_malformed() {
    let server = Server::always(Reply::Send(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())).await;
    let error = ask(World::new(), &server.url("/?code=abc123"))
        .await
        .unwrap_err();
    assert!(matches!(&error, ProbeError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_shown_without_its_secrets_and_not_followed() {
    let server = Server::always(Reply::Send(
        b"HTTP/1.1 302 Found\r\nlocation: /cb?code=c0de99&state=st8te&redirect_uri=http%3A%2F%2Fa%2F&client_id=gitea&error=no\r\nset-cookie: authentik_session=sess99\r\ncontent-length: 0\r\n\r\n".to_vec(),
    ))
    .await;
    let answer = ask(World::new(), &server.url("/a")).await.unwrap();
    let shown = format!("{answer:?}");
    assert_eq!((answer.status, server.heads().len()), (302, 1));
    for kept in [
        "redirect_uri=http%3A%2F%2Fa%2F",
        "client_id=gitea",
        "error=no",
    ] {
        assert!(answer.headers["location"].contains(kept), "{shown}");
    }
    for secret in ["c0de99", "st8te", "sess99"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_cut() {
    let server = Server::always(Reply::Forever(endless_head(), vec![b'a'; 4096])).await;
    let answer = ask(World::new(), &server.url("/")).await.unwrap();
    assert!(answer.truncated);
    assert_eq!(answer.body, "a".repeat(16 * 1024));
}

#[tokio::test]
async fn a_body_that_trickles_gives_what_came() {
    let server = Server::always(Reply::Trickle(endless_head())).await;
    let answer = ask(World::new().timeout(300), &server.url("/"))
        .await
        .unwrap();
    assert!(answer.truncated && answer.status == 200);
    assert!(answer.body.starts_with('x'), "{answer:?}");
}

#[tokio::test]
async fn a_body_that_breaks_off_gives_what_came() {
    let head = b"HTTP/1.1 503 X\r\ncontent-length: 100\r\n\r\nauthentik starting";
    let server = Server::always(Reply::Send(head.to_vec())).await;
    let answer = ask(World::new(), &server.url("/")).await.unwrap();
    assert_eq!((answer.status, answer.truncated), (503, true));
    assert_eq!(answer.body, "authentik starting");
}

#[tokio::test]
async fn the_cap_counts_what_was_decompressed() {
    let packed = include_bytes!("../recorded/megabyte-of-a.gz");
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    )
    .into_bytes();
    bytes.extend_from_slice(packed);
    let server = Server::always(Reply::Send(bytes)).await;
    let answer = ask(World::new(), &server.url("/")).await.unwrap();
    assert!(answer.truncated);
    assert_eq!(answer.body.len(), 16 * 1024);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_read_leniently() {
    let bytes = b"HTTP/1.1 200 OK\r\nserver: caf\xe9\r\ncontent-length: 7\r\n\r\n\x1b[31m\xff\xfe";
    let server = Server::always(Reply::Send(bytes.to_vec())).await;
    let answer = ask(World::new(), &server.url("/")).await.unwrap();
    assert_eq!(answer.headers["server"], "caf\u{fffd}");
    assert_eq!(answer.body, "\u{1b}[31m\u{fffd}\u{fffd}");
}

#[tokio::test]
async fn control_characters_in_a_header_are_no_http() {
    let bytes = b"HTTP/1.1 200 OK\r\nserver: a\x1b[31m\x00b\r\ncontent-length: 0\r\n\r\n";
    let server = Server::always(Reply::Send(bytes.to_vec())).await;
    let error = ask(World::new(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, ProbeError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn secrets_in_a_body_are_hidden_also_at_the_edge_of_what_is_kept() {
    let secret = "Sup3rSecretToken";
    let body = format!("{}{secret}{}", "a".repeat(16 * 1024 - 8), "b".repeat(9000));
    let server = Server::always(answered(200, "text/plain", body)).await;
    let world = World::new().token(secret, "http://elsewhere.test");
    let answer = ask(world, &server.url("/")).await.unwrap();
    assert!(answer.truncated && answer.body.len() <= 16 * 1024);
    assert!(!answer.body.contains("Sup3r"));
    assert!(
        !server.heads()[0].contains(secret),
        "an anonymous question carries no token"
    );
}

#[tokio::test]
async fn a_recorded_outage_is_seen_as_it_was() {
    let server = Server::always(recorded("287-db-stopped-live-get.txt")).await;
    let answer = ask(World::new(), &server.url("/-/health/live/"))
        .await
        .unwrap();
    assert_eq!(answer.status, 500);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert!(answer.body.contains("Server Error") && !answer.truncated);
}

#[tokio::test]
async fn https_where_plain_http_is_spoken_is_a_fault_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            std::mem::forget(stream);
        }
    });
    let error = ask(World::new(), &format!("https://{address}/"))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, ProbeError::Tls { detail, .. } if detail.contains("plain HTTP")),
        "{error:?}"
    );
}

/// Proxies are read from the environment of a process, so the test runs itself in another one.
#[tokio::test]
async fn proxies_of_the_environment_are_used_but_not_for_loopback() {
    if std::env::var_os(CHILD).is_some() {
        return asks_through_a_proxy().await;
    }
    let proxy = Server::always(answered(200, "text/plain", "by proxy")).await;
    let child = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "http::proxies_of_the_environment_are_used_but_not_for_loopback",
            ])
            .env(CHILD, "1")
            .env("http_proxy", format!("http://u:pr0xypw@{}", proxy.address))
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap()
            .status
            .success()
            .then(|| proxy.heads())
    });
    let heads = child.await.unwrap().expect("the child's test passes");
    assert_eq!(heads.len(), 1);
    assert!(
        heads[0].starts_with("GET http://nowhere.test/x HTTP/1.1"),
        "{heads:?}"
    );
}

/// Set in the process that has a proxy in its environment.
const CHILD: &str = "AKDOCTOR_TEST_BEHIND_PROXY";

async fn asks_through_a_proxy() {
    let direct = Server::always(answered(200, "text/plain", "direct")).await;
    let stand_in = Server::always(answered(200, "text/plain", "stand-in")).await;
    let world = World::new().dial("auth.test", 80, stand_in.address);
    let tools = Tools::new(world.options).unwrap();
    let proxy = tools.http.proxy_for("http://nowhere.test/x").unwrap();
    assert!(
        proxy.starts_with("http://127.0.0.1:") && !proxy.contains("pr0xypw"),
        "{proxy}"
    );
    assert_eq!(tools.http.proxy_for("http://auth.test/"), None);
    assert_eq!(tools.http.proxy_for(&direct.url("/")), None);

    let evidence = World::new()
        .dial("auth.test", 80, stand_in.address)
        .evidence();
    for (url, body) in [
        ("http://nowhere.test/x", "by proxy"),
        ("http://auth.test/", "stand-in"),
        (&direct.url("/"), "direct"),
    ] {
        assert_eq!(evidence.ask(HttpGet::new(url)).await.unwrap().body, body);
    }
}
