//! What the scenarios change of the healthy world.

use super::{LOCAL, bearer, get, request, same, send};
use akdoctor::simulate::play;
use std::time::Duration;
use tokio::net::TcpStream;

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
