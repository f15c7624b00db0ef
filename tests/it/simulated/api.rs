//! The API of a healthy authentik, and its pages, as they were recorded.

use super::{LOCAL, bearer, get, masked, recorded, request, same, send};
use akdoctor::simulate::play;
use serde_json::Value;

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
