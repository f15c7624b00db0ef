//! Starts by POST, which only a trace sends.

use std::collections::BTreeMap;

use akdoctor::probe::start::{AskStart, Ended, PostStart, Sending, Started};

use super::{AUTHORIZE, path_of, redirect};
use crate::net_world::{Server, World, answered, json};

async fn posted(url: String, pointer: Option<&str>, send: Sending) -> Started {
    let start = AskStart {
        url,
        pointer: pointer.map(str::to_owned),
        marks: Vec::new(),
    };
    let evidence = World::new().timeout(3000).evidence();
    let answer = evidence.ask(PostStart { start, send }).await.unwrap();
    (*answer).clone()
}

#[tokio::test]
async fn json_is_posted_with_the_browsers_origin() {
    let body = format!(r#"{{"url": "http://idp:9000{AUTHORIZE}"}}"#);
    let server = Server::start(
        move |head| match head.starts_with("POST /api/oauth/authorize ") {
            true => json(&body),
            false => answered(405, "text/plain", "no"),
        },
    )
    .await;
    let send = Sending::Json {
        body: r#"{"redirectUri": "http://app/auth/login"}"#.into(),
    };
    let started = posted(server.url("/api/oauth/authorize"), Some("/url"), send).await;
    assert_eq!(started.authorize().unwrap().host, "idp");
    let head = &server.heads()[0];
    assert!(head.contains("content-type: application/json"), "{head}");
    assert!(
        head.contains(&format!("origin: {}", server.url(""))),
        "{head}"
    );
}

fn form(page: String) -> Sending {
    Sending::Form {
        page,
        token: "authenticity_token".into(),
        fields: BTreeMap::from([("json".into(), "true".into())]),
    }
}

#[tokio::test]
async fn a_form_is_posted_with_its_token_and_cookie() {
    let server = Server::start(|head| match path_of(head).as_str() {
        "/sign_in" => {
            let page = r#"<meta name="csrf-token" content="t0ken">"#;
            let head = format!("HTTP/1.1 200 X\r\nset-cookie: session=s\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}", page.len());
            crate::net_world::Reply::Send(head.into_bytes())
        }
        _ if head.contains("cookie: session=s") => redirect(AUTHORIZE),
        _ => answered(422, "text/plain", "invalid token"),
    })
    .await;
    let started = posted(server.url("/auth/oidc"), None, form(server.url("/sign_in"))).await;
    assert!(started.authorize().is_some(), "{started:?}");
    assert!(!serde_json::to_string(&started).unwrap().contains("t0ken"));
    let paths: Vec<String> = server.heads().iter().map(|head| path_of(head)).collect();
    assert_eq!(paths, ["/sign_in", "/auth/oidc"]);
}

#[tokio::test]
async fn a_page_without_a_token_is_told() {
    let server = Server::always(answered(200, "text/html", "<p>nothing</p>")).await;
    let started = posted(server.url("/x"), None, form(server.url("/y"))).await;
    assert_eq!(started.ended, Ended::NoToken);
    assert_eq!(server.heads().len(), 1);
}
