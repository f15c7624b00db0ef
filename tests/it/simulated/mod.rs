//! The simulated world against the recorded one: it must answer as the real authentik did.

mod api;
mod docker;
mod oauth;
mod scenarios;
mod secret;
mod sign_in;
mod truth;
mod world;

use akdoctor::probe::engine::{EngineEndpoint, Transport};
use akdoctor::simulate::Playing;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tokio::net::TcpStream;

const LOCAL: &str = "localhost:9000";

struct Got {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

async fn send(playing: &Playing, host: &str, request: Request<Full<Bytes>>) -> Option<Got> {
    let (name, port) = host.rsplit_once(':').unwrap();
    let at = playing.tools.dial[&(name.to_owned(), port.parse().unwrap())];
    let stream = TcpStream::connect(at).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request).await.ok()?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Some(Got {
        status: head.status.as_u16(),
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    })
}

fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(target);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", LOCAL);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

async fn get(playing: &Playing, target: &str, headers: &[(&str, &str)]) -> Got {
    let request = request("GET", target, headers, "");
    send(playing, LOCAL, request).await.unwrap()
}

fn bearer(playing: &Playing) -> String {
    let token = playing.tools.token().unwrap();
    format!("Bearer {}", token.secret.expose_secret())
}

/// Status, headers and body of a recorded file.
fn recorded(file: &str) -> (u16, Vec<(String, String)>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulate/recorded");
    let text = fs::read_to_string(folder.join(file)).unwrap();
    if file.ends_with(".json") {
        return (200, Vec::new(), text);
    }
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (status.parse().unwrap(), headers, body.trim_end().to_owned())
}

/// Times and ids differ from run to run.
fn masked(mut value: Value) -> Value {
    match &mut value {
        Value::String(text)
            if text.len() >= 19 && text.as_bytes()[10] == b'T' && text.starts_with("20") =>
        {
            *text = "TIME".into();
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| *item = masked(item.take())),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = if name == "request_id" {
                    "ID".into()
                } else {
                    masked(field.take())
                };
            }
        }
        _ => {}
    }
    value
}

fn same(file: &str, got: &Got) {
    let (status, headers, body) = recorded(file);
    assert_eq!(got.status, status, "{file}");
    for name in [
        "server",
        "content-type",
        "location",
        "allow",
        "x-frame-options",
    ] {
        if let Some((_, value)) = headers.iter().find(|(other, _)| other == name) {
            assert_eq!(got.header(name), value, "{file}: {name}");
        }
    }
    if headers.iter().any(|(name, _)| name == "x-authentik-id") {
        assert_eq!(got.header("x-authentik-id").len(), 32, "{file}");
    }
    if let Some(texts) = body.strip_prefix("[HTML body trimmed to its texts]\n") {
        for line in texts.lines() {
            let text = line.split_once("> ").map_or(line, |(_, text)| text);
            assert!(got.body.contains(text), "{file}: {text}");
        }
    } else if body.starts_with(['{', '[']) {
        let recorded: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(masked(got.json()), masked(recorded), "{file}");
    } else {
        assert_eq!(got.body, body, "{file}");
    }
}

fn engine_address(playing: &Playing) -> String {
    match &playing.tools.engine {
        EngineEndpoint::At {
            transport: Transport::Tcp(at),
            ..
        } => at.clone(),
        other => panic!("{other:?}"),
    }
}
