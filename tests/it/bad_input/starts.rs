//! Apps whose sign-in begins with an answer that is no good, and discovery documents that are none,
//! by the built program.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    net_world::{Reply, Server, answered, json},
    program::out,
};

use super::{Person, codes, well};

fn redirect(to: &str) -> Reply {
    let head = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\nlocation: ";
    Reply::Send(format!("{head}{to}\r\n\r\n").into_bytes())
}

/// The report of a run in a folder with this configuration.
async fn report(person: Person, args: &'static [&'static str]) -> (String, Value) {
    tokio::task::spawn_blocking(move || {
        let human = person.run(&[args, &["-v"]].concat());
        let program = person.run(&[args, &["-o", "json"]].concat());
        let value = serde_json::from_slice(&program.stdout).unwrap();
        (out(&human).to_owned(), value)
    })
    .await
    .unwrap()
}

fn configured(file: &Path, authentik: &Server, app: &str) {
    let text = format!(
        "[authentik]\nurl = \"{}\"\n\n[[app]]\nname = \"Wiki\"\n{app}\n",
        authentik.url("")
    );
    fs::write(file, text).unwrap();
}

/// What a run tells of an app whose start answers so.
async fn start(reply: Reply) -> (String, Value, Server) {
    let authentik = Server::start(well).await;
    let app = Server::always(reply).await;
    let person = Person::new();
    let lines = format!("url = \"{}\"\nstart = \"/login\"", app.url(""));
    configured(&person.file("akdoctor.toml"), &authentik, &lines);
    let (human, report) = report(person, &["app-start"]).await;
    (human, report, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_leads_nowhere_is_told() {
    let page = "<title>Sign in\u{1b}[2J</title><form><input type=\"password\"></form>";
    for (reply, code, told) in [
        (
            answered(200, "text/html", page),
            "app-start/page",
            "a page that asks for a password",
        ),
        (redirect("/again"), "app-start/endless", "five redirects"),
        (
            redirect("http://[bad"),
            "app-start/bad-location",
            "http://[bad",
        ),
        (
            redirect("http://:9000/x"),
            "app-start/bad-location",
            "http://:9000/x",
        ),
        (
            redirect("javascript:alert(document.cookie)"),
            "app-start/bad-location",
            "its scheme is javascript",
        ),
        (
            answered(500, "application/json", r#"{"message": "boom"}"#),
            "app-start/fails",
            "boom",
        ),
    ] {
        let (human, report, app) = start(reply).await;
        assert_eq!(codes(&report), [code], "{human}");
        assert!(human.contains(told), "{told} is not in {human}");
        // Twice: each format is a run of its own.
        assert!(app.heads().len() <= 2 * 8, "{:?}", app.heads());
    }
}

/// Immich begins with a POST: a plain run does not send it and says so, a trace does.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_trace_begins_with_a_post() {
    let authentik = Server::start(well).await;
    let app = Server::start(|head| match head.starts_with("POST /api/oauth/authorize ") {
        true => json(r#"{"url": "http://127.0.0.1:1/application/o/authorize/?client_id=x&redirect_uri=y"}"#),
        false => answered(200, "text/html", "<title>Immich</title>"),
    })
    .await;
    let lines = format!("url = \"{}\"\nprofile = \"immich\"", app.url(""));
    let posts = || {
        app.heads()
            .iter()
            .filter(|head| head.starts_with("POST "))
            .count()
    };
    let person = || {
        let person = Person::new();
        configured(&person.file("akdoctor.toml"), &authentik, &lines);
        person
    };
    let (human, plain) = report(person(), &[]).await;
    assert_eq!(posts(), 0, "{human}");
    let why = plain["checks"].to_string();
    assert!(
        why.contains("it begins with a POST, which only a trace sends"),
        "{human}"
    );
    let (human, _) = report(person(), &["trace"]).await;
    assert_eq!(posts(), 2, "{human}");
}

/// What a run tells of an app whose discovery document is this.
async fn document(reply: Reply) -> (String, Value) {
    let authentik =
        Server::start(
            move |head| match head.contains("/.well-known/openid-configuration ") {
                true => reply.clone(),
                false => well(head),
            },
        )
        .await;
    let person = Person::new();
    configured(&person.file("akdoctor.toml"), &authentik, "");
    report(person, &["oidc-discovery"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_none_is_told() {
    for (reply, code, told) in [
        (
            answered(200, "text/html", "<title>Welcome\u{1b}[2J</title>"),
            "oidc-discovery/not-a-document",
            "HTML",
        ),
        (
            json(format!(
                "{{\"issuer\": \"{}\"}}",
                "x".repeat(5 * 1024 * 1024)
            )),
            "oidc-discovery/not-a-document",
            "256 KiB",
        ),
        (
            json(r#"{"issuer": "http://localhost/", "jwks_uri": 7}"#),
            "oidc-discovery/incomplete",
            "jwks_uri",
        ),
    ] {
        let (human, report) = document(reply).await;
        assert_eq!(codes(&report), [code], "{human}");
        assert!(human.contains(told), "{told} is not in {human}");
    }
}
