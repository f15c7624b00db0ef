//! Answers that are no good: each ends in a word inside the limit.

use std::time::{Duration, Instant};

use akdoctor::probe::{ProbeError, start::Ended};

use super::{asked, redirect};
use crate::net_world::{Reply, Server, answered, endless_head};

async fn ended(reply: Reply) -> Ended {
    let server = Server::always(reply).await;
    asked(server.url("/"), None).await.unwrap().ended
}

fn is_bad(ended: &Ended, wanted: Option<&str>) -> bool {
    matches!(ended, Ended::BadLocation { scheme, .. } if scheme.as_deref() == wanted)
}

#[tokio::test]
async fn what_is_no_address_is_not_followed() {
    assert!(is_bad(&ended(redirect("http://:9000/x")).await, None));
    assert!(is_bad(&ended(redirect("http://[bad/x")).await, None));
    let script = ended(redirect("JavaScript:alert(1)")).await;
    assert!(is_bad(&script, Some("javascript")), "{script:?}");
    assert!(is_bad(
        &ended(redirect("data:text/html,x")).await,
        Some("data")
    ));
    assert!(is_bad(
        &ended(redirect("file:///etc/passwd")).await,
        Some("file")
    ));
    let nothing = b"HTTP/1.1 302 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec();
    assert_eq!(ended(Reply::Send(nothing)).await, Ended::NoLocation);
}

#[tokio::test]
async fn redirects_on_the_apps_own_origin_end() {
    let server = Server::always(redirect("/again")).await;
    let started = asked(server.url("/"), None).await.unwrap();
    assert_eq!(started.ended, Ended::Endless);
    assert_eq!((started.hops.len(), server.heads().len()), (6, 6));
}

#[tokio::test]
async fn a_page_is_described_whatever_its_size() {
    let page = "<title>Sign in</title><input type=\"password\"><script src=\"/a.js\"></script>";
    let Ended::Page(page) = ended(answered(200, "text/html", page)).await else {
        panic!("it is a page");
    };
    assert!(page.password && page.script);
    let mut large = b"<title>Large</title>".to_vec();
    large.resize(5 << 20, b'x');
    let Ended::Page(page) = ended(answered(200, "text/html", large)).await else {
        panic!("it is a page");
    };
    assert_eq!(page.title.as_deref(), Some("Large"));
}

#[tokio::test]
async fn json_without_end_is_no_address() {
    let forever = Reply::Forever(endless_head(), b"{\"a\": [".to_vec());
    let server = Server::always(forever).await;
    let began = Instant::now();
    let started = asked(server.url("/"), Some("/a")).await.unwrap();
    assert_eq!(started.ended, Ended::TooLarge);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn silence_and_a_closed_connection_are_told_apart() {
    let server = Server::always(Reply::Hang).await;
    let why = asked(server.url("/"), None).await.unwrap_err();
    assert!(why.error.is_timeout(), "{why:?}");
    let server = Server::always(Reply::Close).await;
    let why = asked(server.url("/"), None).await.unwrap_err();
    assert!(matches!(why.error, ProbeError::Reset { .. }), "{why:?}");
}

#[tokio::test]
async fn nothing_that_an_app_says_steers_a_terminal_unseen() {
    let odd = "{\"message\": \"\\u001b[2J\\u202e x\"}";
    let Ended::Refused { says, .. } = ended(answered(500, "application/json", odd)).await else {
        panic!("it is refused");
    };
    // As it came: renderers escape it.
    assert!(says.unwrap().contains('\u{1b}'));
    let bytes = [&b"\xff\xfe<title>\xff</title>"[..]].concat();
    let refused = ended(answered(500, "text/html", bytes)).await;
    assert!(matches!(refused, Ended::Refused { says: Some(_), .. }));
}
