//! authentik's API, played from recorded answers and from hostile ones.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use akdoctor::{
    evidence::Unknown,
    probe::{
        Probe, ProbeError,
        authentik_api::{AskApplications, AskProviders, AskQueue, AskVersion, AskWorkers, Me},
    },
};

use crate::net_world::{Reply, Server, World, answered, endless_head, json, recorded};

const TOKEN: &str = "t0kenOfTheTest99";
const BASE: &str = "http://auth.test:9000";

async fn ask<P: Probe>(server: &Server, probe: P) -> Result<Arc<P::Answer>, ProbeError> {
    let world = World::new()
        .dial("auth.test", 9000, server.address)
        .token(TOKEN, BASE);
    let asked: Result<_, Unknown> = world.evidence().ask(probe).await;
    asked.map_err(|unknown| {
        assert!(!format!("{unknown:?}").contains(TOKEN), "{unknown:?}");
        unknown.error
    })
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

fn me() -> Me {
    Me { base: BASE.into() }
}

fn applications() -> AskApplications {
    AskApplications {
        base: BASE.into(),
        known: Vec::new(),
    }
}

fn providers() -> AskProviders {
    AskProviders { base: BASE.into() }
}

fn workers() -> AskWorkers {
    AskWorkers { base: BASE.into() }
}

#[tokio::test]
async fn the_token_goes_along_and_its_user_is_read() {
    let server = Server::always(recorded("105-users-me.json")).await;
    let user = ask(&server, me()).await.unwrap();
    assert_eq!(
        (user.pk, user.username.as_str(), user.is_superuser),
        (4, "akadmin", true)
    );
    assert!(
        user.system_permissions
            .iter()
            .any(|one| one == "view_system_info")
    );
    let head = &server.heads()[0];
    assert!(head.starts_with("GET /api/v3/core/users/me/ "), "{head}");
    assert!(
        head.contains(&format!("authorization: Bearer {TOKEN}\r\n")),
        "{head}"
    );
    assert!(head.contains("accept: application/json\r\n"), "{head}");
}

#[tokio::test]
async fn a_base_url_with_a_path_is_kept() {
    let server = Server::always(recorded("063-limited-token-users-me.txt")).await;
    let base = format!("{BASE}/sso");
    let user = ask(&server, Me { base }).await.unwrap();
    assert!(!user.is_superuser && user.system_permissions.is_empty());
    assert_eq!(path(&server.heads()[0]), "/sso/api/v3/core/users/me/");
}

#[tokio::test]
async fn the_version_is_read() {
    for file in [
        "087-admin-version.json",
        "068-limited-token-admin-version.txt",
    ] {
        let server = Server::always(recorded(file)).await;
        let version = ask(&server, AskVersion { base: BASE.into() })
            .await
            .unwrap();
        assert_eq!(version.current, "2025.10.0-rc1");
        assert_eq!(version.latest.as_deref(), Some("2025.10.0-rc1"));
    }
}

#[tokio::test]
async fn workers_are_found_under_the_path_of_every_version() {
    for (only, reply, count, rows) in [
        (
            "/api/v3/tasks/workers",
            recorded("089-tasks-workers.json"),
            1,
            1,
        ),
        (
            "/api/v3/tasks/workers/",
            recorded("089-tasks-workers.json"),
            1,
            1,
        ),
        ("/api/v3/admin/workers/", json(r#"{"count": 2}"#), 2, 0),
        (
            "/api/v3/tasks/workers",
            recorded("298-db-restarted-workers.txt"),
            0,
            0,
        ),
    ] {
        let server = Server::start(move |head| {
            if path(head) == only {
                reply.clone()
            } else {
                answered(404, "text/html", "<html>")
            }
        })
        .await;
        let found = ask(&server, workers()).await.unwrap();
        assert_eq!((found.count, found.rows.len()), (count, rows), "{only}");
    }
}

#[tokio::test]
async fn the_queue_is_counted_and_its_oldest_found() {
    let server = Server::always(recorded("268-worker-stopped-tasks-queued.txt")).await;
    let queue = ask(&server, AskQueue { base: BASE.into() }).await.unwrap();
    assert_eq!(queue.count, 4);
    assert_eq!(queue.oldest.as_deref(), Some("2026-11-23T11:17:56.140403Z"));
    let query = "/api/v3/tasks/tasks/?state=queued&page_size=1&ordering=mtime";
    assert_eq!(path(&server.heads()[0]), query);
}

#[tokio::test]
async fn an_old_version_has_no_queue() {
    let server = Server::always(answered(404, "text/html", "<html>")).await;
    let error = ask(&server, AskQueue { base: BASE.into() })
        .await
        .unwrap_err();
    assert!(matches!(error, ProbeError::Absent { .. }), "{error:?}");
}

#[tokio::test]
async fn applications_and_providers_are_read_without_a_secret() {
    let server = Server::start(|head| {
        recorded(if head.contains("/providers/") {
            "120-providers-oauth2.json"
        } else {
            "109-applications-superuser.json"
        })
    })
    .await;
    let apps = ask(&server, applications()).await.unwrap();
    assert_eq!(
        (apps.rows.len(), apps.count, apps.is_shortened()),
        (5, 5, false)
    );
    assert_eq!(apps.rows[0].slug, "coder");
    assert_eq!(apps.rows[0].provider, Some(1));
    assert_eq!(
        apps.rows[1].launch_url.as_deref(),
        Some("http://localhost:3000")
    );
    assert!(server.heads()[0].contains("superuser_full_list=true&page_size=100&page=1"));

    let list = ask(&server, providers()).await.unwrap();
    let gitea = list
        .rows
        .iter()
        .find(|row| row.client_id == "gitea")
        .unwrap();
    assert_eq!(gitea.application.as_deref(), Some("gitea"));
    assert_eq!(
        gitea.redirect_uris[0].url,
        "http://localhost:3000/user/oauth2/Authentik/callback"
    );
    assert_eq!(gitea.redirect_uris[0].matching_mode, "strict");
    assert!(
        !serde_json::to_string(&*list)
            .unwrap()
            .contains("gitea-secret")
    );
}

fn list(count: u64, next: u64, total: u64, slugs: &[String]) -> Reply {
    let rows: Vec<_> = slugs
        .iter()
        .map(|slug| serde_json::json!({"slug": slug, "name": slug, "provider": null}))
        .collect();
    let pagination = serde_json::json!({"next": next, "count": count, "total_pages": total});
    json(serde_json::json!({"pagination": pagination, "results": rows}).to_string())
}

fn number(head: &str) -> u64 {
    let page = head.split("page=").nth(1).unwrap();
    page.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn lists_are_followed_to_the_last_page_and_repeated_rows_count_once() {
    let server = Server::start(|head| match number(head) {
        page @ 1..7 => list(14, page + 1, 7, &[format!("a{page}"), format!("b{page}")]),
        page => list(14, 0, 7, &["a6".into(), format!("b{page}")]),
    })
    .await;
    let apps = ask(&server, applications()).await.unwrap();
    assert_eq!((apps.rows.len(), apps.count), (13, 14));
    assert_eq!(apps.rows[12].slug, "b7");
    // One row is missing, which the providers may name.
    let heads = server.heads();
    let pages = heads
        .iter()
        .filter(|head| path(head).starts_with("/api/v3/core/applications/?"));
    assert_eq!((pages.count(), heads.len()), (7, 8));
}

#[tokio::test]
async fn a_list_shortened_by_rights_says_so() {
    let server = Server::always(list(5, 0, 1, &["one".into()])).await;
    assert!(ask(&server, applications()).await.unwrap().is_shortened());
}

#[tokio::test]
async fn rows_that_go_away_while_a_list_is_read_end_it() {
    let server = Server::start(|head| match number(head) {
        1 => list(3, 2, 2, &["a".into(), "b".into()]),
        _ => answered(404, "application/json", r#"{"detail":"Invalid page."}"#),
    })
    .await;
    assert_eq!(ask(&server, applications()).await.unwrap().rows.len(), 2);
}

#[tokio::test]
async fn lists_that_never_end_are_given_up() {
    let grows = |head: &str| {
        let page = number(head);
        list(10, page + 1, page + 1, &[format!("s{page}")])
    };
    let repeats = |_: &str| list(1000, 2, 3, &["same".into()]);
    let claims = |_: &str| list(1 << 60, 2, 1 << 60, &["one".into()]);
    let servers = [
        (Server::start(grows).await, "11 rows came of 10"),
        (Server::start(repeats).await, "page"),
        (Server::start(claims).await, "pages"),
    ];
    for (server, why) in servers {
        let error = ask(&server, applications()).await.unwrap_err();
        assert!(
            matches!(&error, ProbeError::Malformed { detail, .. } if detail.contains(why)),
            "{error:?}"
        );
        assert!(server.heads().len() < 20);
    }
}

#[tokio::test]
async fn refusals_say_what_would_help() {
    for (file, helps) in [
        ("053-auth-missing-token-users.txt", "proxy"),
        ("054-auth-wrong-token-users.txt", "expired"),
        ("247-token-expired.txt", "intent API"),
        ("062-limited-token-users.txt", "view_oauth2provider"),
    ] {
        let server = Server::always(recorded(file)).await;
        let error = ask(&server, providers()).await.unwrap_err();
        assert!(
            matches!(&error, ProbeError::NotAllowed { detail, .. } if detail.contains(helps)),
            "{file}: {error:?}"
        );
    }
    let server = Server::always(recorded("069-limited-token-workers.txt")).await;
    let error = ask(&server, workers()).await.unwrap_err().to_string();
    assert!(error.contains("authentik_rbac.view_system_info"), "{error}");
}

#[tokio::test]
async fn an_authentik_that_starts_or_fails_gives_its_status() {
    let starting = r#"{"error":"authentik starting"}"#;
    for (reply, wanted) in [
        (json(starting), 503),
        (answered(503, "application/json", starting), 503),
        (
            answered(
                502,
                "text/plain",
                "failed to connect to authentik backend: x",
            ),
            502,
        ),
        (recorded("287-db-stopped-live-get.txt"), 500),
    ] {
        let server = Server::always(reply).await;
        let error = ask(&server, me()).await.unwrap_err();
        assert!(
            matches!(error, ProbeError::Status { status, .. } if status == wanted),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn answers_that_cannot_be_read_say_how_they_differ() {
    let whole = r#"{"user": {"pk": 1,"#;
    for (reply, detail) in [
        (
            answered(200, "text/html", "\n<!DOCTYPE html><html>"),
            "HTML instead of JSON",
        ),
        (json(whole), "line 1 column"),
        (
            json(r#"{"user": {"pk": "x", "username": "u"}}"#),
            "invalid type",
        ),
        (json(b"\xff\xfe{"), "line 1 column"),
        (json(r#"[]"#), "line 1"),
    ] {
        let server = Server::always(reply).await;
        let error = ask(&server, me()).await.unwrap_err();
        let ProbeError::Malformed { detail: said, .. } = &error else {
            panic!("{error:?}");
        };
        assert!(said.contains(detail), "{said}");
    }
}

#[tokio::test]
async fn more_than_eight_megabytes_are_not_read() {
    let big = Server::always(json(format!("[{}1]", "1,".repeat(5 << 20)))).await;
    let endless = Server::always(Reply::Forever(endless_head(), vec![b' '; 65536])).await;
    for server in [big, endless] {
        let world = World::new()
            .timeout(5000)
            .dial("auth.test", 9000, server.address)
            .token(TOKEN, BASE);
        let error = world.evidence().ask(me()).await.unwrap_err().error;
        assert!(matches!(error, ProbeError::TooLarge { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_api_that_hangs_or_trickles_ends_at_the_limit() {
    for reply in [Reply::Hang, Reply::Trickle(endless_head())] {
        let server = Server::always(reply).await;
        let began = Instant::now();
        let error = ask(&server, me()).await.unwrap_err();
        assert!(matches!(error, ProbeError::TimedOut { .. }), "{error:?}");
        assert!(began.elapsed() < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_asked() {
    let server = Server::always(json("{}")).await;
    let world = World::new().dial("auth.test", 9000, server.address);
    let unknown = world.evidence().ask(me()).await.unwrap_err();
    assert!(unknown.is_not_configured());
    assert!(unknown.to_string().contains("AKDOCTOR_TOKEN"), "{unknown}");
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn the_token_goes_to_no_other_origin() {
    for elsewhere in [
        "http://other.test:9000",
        "http://auth.test:9001",
        "https://auth.test:9000",
    ] {
        let server = Server::always(json("{}")).await;
        let world = World::new()
            .dial("auth.test", 9000, server.address)
            .token(TOKEN, elsewhere);
        let unknown = world.evidence().ask(me()).await.unwrap_err();
        assert!(unknown.is_not_configured(), "{unknown:?}");
        assert!(unknown.to_string().contains(elsewhere), "{unknown}");
        assert!(server.heads().is_empty(), "nothing was sent");
    }
}

#[tokio::test]
async fn the_token_crosses_no_redirect() {
    let target = Server::always(recorded("105-users-me.json")).await;
    let location = target.url("/api/v3/core/users/me/");
    let head = format!("HTTP/1.1 302 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let server = Server::always(Reply::Send(head.into_bytes())).await;
    let error = ask(&server, me()).await.unwrap_err();
    assert!(
        matches!(error, ProbeError::Status { status: 302, .. }),
        "{error:?}"
    );
    assert_eq!((server.heads().len(), target.heads().len()), (1, 0));
}
