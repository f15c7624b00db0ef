//! What surrounds a played world: start and end, names, the log of requests.

use super::{bearer, engine_address, get};
use akdoctor::{
    probe::engine::EngineEndpoint,
    simulate::{play, scenarios},
};
use std::{fs, time::Duration};
use tokio::net::TcpStream;

#[tokio::test]
async fn every_scenario_plays_and_cleans_up() {
    for scenario in scenarios() {
        let playing = play(&scenario.name).await.unwrap();
        assert_eq!(playing.scenario.title, scenario.title);
        assert_eq!(playing.stack.apps.len(), 5);
        let hosts = playing.tools.hosts_file.clone();
        let text = fs::read_to_string(&hosts).unwrap();
        assert!(text.contains("127.0.0.1\tlocalhost"), "{text}");
        let engine = match &playing.tools.engine {
            EngineEndpoint::Absent { .. } => None,
            _ => Some(engine_address(&playing)),
        };
        let laptop = [
            "limited-token",
            "unseen-applications",
            "directory-100k",
            "policy-exception",
        ];
        assert_eq!(engine.is_none(), laptop.contains(&scenario.name.as_str()));
        drop(playing);
        assert!(!hosts.parent().unwrap().exists());
        tokio::task::yield_now().await;
        if let Some(engine) = engine {
            assert!(is_closed(engine).await, "{}", scenario.name);
        }
    }
    let error = play("helthy").await.err().unwrap().to_string();
    assert!(
        error.contains("helthy") && error.contains("worker-down"),
        "{error}"
    );
}

/// Whether nobody listens any more, in a while at the latest: a program that another test is just
/// starting holds a copy of every socket until it runs.
async fn is_closed(at: String) -> bool {
    for _ in 0..50 {
        if TcpStream::connect(&at).await.is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
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
