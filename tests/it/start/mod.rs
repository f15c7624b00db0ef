//! The start of an app's sign-in against small servers: what is followed, what never is, and what
//! comes of answers that are wrong, large, endless or hostile.

mod hostile;
mod posts;

use akdoctor::{
    evidence::Unknown,
    probe::start::{AskStart, Ended, Started},
};

use crate::net_world::{Reply, Server, World, answered, json};

/// The authorization request that an app leads to; a test that it was asked would find its path.
const AUTHORIZE: &str = "/application/o/authorize/?client_id=app&redirect_uri=http%3A%2F%2Fapp%2Fcb&response_type=code&scope=openid&state=VeRySeCrEt&nonce=OnCe";

fn redirect(to: &str) -> Reply {
    redirect_with(to, "")
}

fn redirect_with(to: &str, more: &str) -> Reply {
    let head = format!(
        "HTTP/1.1 302 X\r\nlocation: {to}\r\n{more}content-length: 0\r\nconnection: close\r\n\r\n"
    );
    Reply::Send(head.into_bytes())
}

fn path_of(head: &str) -> String {
    head.split(' ').nth(1).unwrap_or_default().to_owned()
}

async fn asked(url: String, pointer: Option<&str>) -> Result<Started, Unknown> {
    asked_in(World::new().timeout(3000), url, pointer).await
}

async fn asked_in(world: World, url: String, pointer: Option<&str>) -> Result<Started, Unknown> {
    let ask = AskStart {
        url,
        pointer: pointer.map(str::to_owned),
        marks: vec!["not configured".into()],
    };
    let answer = world.evidence().ask(ask).await?;
    Ok((*answer).clone())
}

#[tokio::test]
async fn a_request_for_authorization_is_taken_apart_and_never_sent() {
    // The app is its own identity provider's neighbour: one origin for both.
    let server = Server::start(|head| match path_of(head).as_str() {
        "/login" => redirect_with("/begin", "set-cookie: a=1; Path=/; HttpOnly; Secure\r\n"),
        "/begin" if head.contains("cookie: a=1") => {
            redirect_with(AUTHORIZE, "set-cookie: b=VaLuE; SameSite=Strict\r\n")
        }
        _ => answered(500, "text/plain", "no cookie"),
    })
    .await;
    let started = asked(server.url("/login"), None).await.unwrap();
    let request = started.authorize().unwrap();
    assert_eq!(request.client_id.as_deref(), Some("app"));
    assert_eq!(request.redirect_uri.as_deref(), Some("http://app/cb"));
    assert!(request.state && request.nonce && request.is_path_of_authentik());
    let paths: Vec<String> = server.heads().iter().map(|head| path_of(head)).collect();
    assert_eq!(paths, ["/login", "/begin"]);
    let cookies: Vec<(&str, bool)> = started
        .cookies()
        .map(|(_, it)| (&*it.name, it.secure))
        .collect();
    assert_eq!(cookies, [("a", true), ("b", false)]);
    let saved = serde_json::to_string(&started).unwrap();
    for secret in ["VeRySeCrEt", "OnCe", "VaLuE"] {
        assert!(!saved.contains(secret), "{saved}");
    }
}

#[tokio::test]
async fn the_browsers_own_host_is_sent_and_another_origin_is_not_asked() {
    let server = Server::start(|_| redirect("http://elsewhere.example:81/x?secret=1")).await;
    let world = World::new().dial("app.example", 8080, server.address);
    let started = asked_in(world, "http://app.example:8080/login".into(), None).await;
    let started = started.unwrap();
    assert!(server.heads()[0].contains("host: app.example:8080"));
    assert_eq!(
        started.ended,
        Ended::Elsewhere {
            url: "http://elsewhere.example:81/x".into()
        }
    );
}

#[tokio::test]
async fn json_holds_the_url_where_the_profile_says() {
    let body = format!(r#"{{"rules": [{{"redirect": "http://idp:9000{AUTHORIZE}"}}]}}"#);
    let server = Server::start(move |_| json(&body)).await;
    let started = asked(server.url("/api"), Some("/rules/0/redirect"))
        .await
        .unwrap();
    assert_eq!(started.authorize().unwrap().host, "idp");
    let started = asked(server.url("/api?again"), Some("/rules/1/redirect"))
        .await
        .unwrap();
    assert_eq!(started.ended, Ended::NoUrl { marks: vec![] });
    assert_eq!(server.heads().len(), 2);
}

#[tokio::test]
async fn the_words_of_a_refusal_are_kept() {
    let server = Server::always(answered(
        400,
        "application/json",
        r#"{"message": "single sign-on is not configured"}"#,
    ))
    .await;
    let started = asked(server.url("/"), None).await.unwrap();
    assert_eq!(started.status(), 400);
    assert_eq!(
        started.ended,
        Ended::Refused {
            says: Some("single sign-on is not configured".into()),
            marks: vec!["not configured".into()],
        }
    );
}
