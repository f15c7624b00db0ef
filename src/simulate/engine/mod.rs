//! The simulated container engine: as much of the Docker Engine API as akdoctor asks, in the
//! shapes of Engine 28 (API 1.50), with or without a version in the path.

mod archive;
mod exec;
mod inspect;
mod log;

use std::{collections::HashMap, hash::Hasher, sync::Arc, sync::Mutex};

use bytes::Bytes;
use futures::FutureExt;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, header::CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    authentik::Providers,
    directory::Directory,
    flows::Flows,
    listen::{Body, HangUp, Requests, Service},
    world::{Container, World},
};

/// The longest request body that is read.
const LONGEST_BODY: usize = 64 * 1024;
/// The version of the API that is played.
const API_VERSION: &str = "1.50";

/// The engine of a world.
pub(super) struct Engine {
    /// The world.
    pub world: Arc<World>,
    /// Its people.
    pub directory: Arc<Directory>,
    /// The providers, which programs in authentik's containers tell too.
    pub providers: Arc<Providers>,
    /// The flows, which they tell too.
    pub flows: Arc<Flows>,
    /// When the run began: what "12 minutes ago" counts from.
    pub began: Timestamp,
    /// Where requests are written down.
    pub requests: Requests,
    /// What `{company-ca}` and `{public-ca}` stand for in files of containers.
    pub pem: [(&'static str, String); 2],
    /// Commands made and not yet forgotten, by id.
    pub execs: Mutex<HashMap<String, exec::Made>>,
}

/// A container found by id or name.
#[derive(Clone, Copy)]
struct Found<'a> {
    name: &'a str,
    spec: &'a Container,
}

impl Found<'_> {
    fn id(&self) -> String {
        id_of(self.name)
    }
}

/// 64 hexadecimal digits made of a name, the same in every run, so that reports can be compared.
fn id_of(name: &str) -> String {
    (0_u64..4)
        .map(|part| {
            let mut hasher = std::hash::DefaultHasher::new();
            hasher.write(name.as_bytes());
            hasher.write_u64(part);
            format!("{:016x}", hasher.finish())
        })
        .collect()
}

impl Engine {
    /// What answers on the engine's listener.
    pub(super) fn service(self: &Arc<Self>) -> Service {
        let engine = Arc::clone(self);
        Arc::new(move |request| {
            let engine = Arc::clone(&engine);
            async move { engine.answer(request).await }.boxed()
        })
    }

    async fn answer(&self, mut request: Request<Incoming>) -> Result<Response<Body>, HangUp> {
        self.requests.note("engine", &request);
        let body = Limited::new(request.body_mut(), LONGEST_BODY)
            .collect()
            .await;
        let body = body.map_err(|_| HangUp)?.to_bytes();
        let path = without_version(request.uri().path()).to_owned();
        let words: Vec<&str> = path.split('/').skip(1).collect();
        Ok(match (request.method(), words.as_slice()) {
            (&Method::POST, ["exec", id, "start"]) => self.start_exec(id, request),
            (&Method::POST, ["containers", name, "exec"]) => self.make_exec(name, &body),
            (&Method::GET | &Method::HEAD, words) => self.tell(words, &request),
            _ => failure(StatusCode::NOT_FOUND, "page not found"),
        })
    }

    fn tell(&self, words: &[&str], request: &Request<Incoming>) -> Response<Body> {
        let query = request.uri().query().unwrap_or_default();
        match words {
            ["_ping"] => text("OK"),
            ["version"] => ok(&version()),
            ["info"] => ok(&self.info()),
            ["networks"] => ok(&inspect::all_networks(self)),
            ["containers", "json"] => ok(&self.list(query)),
            ["containers", name, "json"] => {
                self.with(name, |found| ok(&inspect::full(self, found)))
            }
            ["containers", name, "logs"] => self.with(name, |found| log::lines(self, found, query)),
            ["containers", name, "archive"] => {
                self.with(name, |found| archive::file(self, found, query))
            }
            ["exec", id, "json"] => self.tell_exec(id),
            ["volumes", name] => self.volume(name),
            _ => failure(StatusCode::NOT_FOUND, "page not found"),
        }
    }

    fn containers(&self) -> impl Iterator<Item = Found<'_>> {
        let all = self.world.container.iter();
        all.filter(|(_, spec)| !spec.removed)
            .map(|(name, spec)| Found { name, spec })
    }

    /// A container by its name, its id, or the beginning of its id.
    fn find(&self, asked: &str) -> Option<Found<'_>> {
        let by_id = |found: &Found<'_>| asked.len() >= 4 && found.id().starts_with(asked);
        self.containers()
            .find(|found| found.name == asked || by_id(found))
    }

    fn with(&self, asked: &str, tell: impl FnOnce(Found<'_>) -> Response<Body>) -> Response<Body> {
        match self.find(asked) {
            Some(found) => tell(found),
            None => failure(
                StatusCode::NOT_FOUND,
                &format!("No such container: {asked}"),
            ),
        }
    }

    fn list(&self, query: &str) -> Value {
        let all = url::form_urlencoded::parse(query.as_bytes())
            .any(|(name, value)| name == "all" && matches!(&*value, "1" | "true"));
        self.containers()
            .filter(|found| {
                all || matches!(
                    found.spec.status.as_str(),
                    "running" | "restarting" | "paused"
                )
            })
            .map(|found| inspect::row(self, found))
            .collect()
    }

    fn volume(&self, name: &str) -> Response<Body> {
        match self.world.volume.get(name) {
            Some(volume) => ok(&json!({
                "CreatedAt": whole_seconds(volume.created.from(self.began)),
                "Driver": "local",
                "Labels": null,
                "Mountpoint": format!("/var/lib/docker/volumes/{name}/_data"),
                "Name": name,
                "Options": null,
                "Scope": "local",
            })),
            None => failure(
                StatusCode::NOT_FOUND,
                &format!("get {name}: no such volume"),
            ),
        }
    }

    fn info(&self) -> Value {
        let running = self
            .containers()
            .filter(|found| found.spec.is_alive())
            .count();
        json!({
            "ID": "a1b2c3d4-0000-4000-8000-000000000000",
            "Containers": self.containers().count(),
            "ContainersRunning": running,
            "Driver": "overlay2",
            "LoggingDriver": "json-file",
            "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
            "OSType": "linux",
            "Architecture": "x86_64",
            "KernelVersion": "6.1.0-28-amd64",
            "NCPU": 4,
            "MemTotal": 8_589_934_592_u64,
            "Name": "webide",
            "ServerVersion": "28.2.2",
            "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
            "DockerRootDir": "/var/lib/docker",
        })
    }
}

fn version() -> Value {
    json!({
        "Platform": {"Name": "Docker Engine - Community"},
        "Components": [{"Name": "Engine", "Version": "28.2.2", "Details": {"ApiVersion": API_VERSION}}],
        "Version": "28.2.2",
        "ApiVersion": API_VERSION,
        "MinAPIVersion": "1.24",
        "GitCommit": "45873be",
        "GoVersion": "go1.24.3",
        "Os": "linux",
        "Arch": "amd64",
        "KernelVersion": "6.1.0-28-amd64",
    })
}

/// The path without a leading `/v1.41`.
fn without_version(path: &str) -> &str {
    let Some(rest) = path.strip_prefix("/v1.") else {
        return path;
    };
    rest.find('/').map_or(path, |slash| &rest[slash..])
}

/// How the engine writes times of containers: nine digits of fraction.
fn nanoseconds(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// How the engine writes times of volumes.
fn whole_seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn ok(value: &Value) -> Response<Body> {
    with_type(StatusCode::OK, "application/json", value.to_string())
}

fn text(text: &'static str) -> Response<Body> {
    with_type(StatusCode::OK, "text/plain; charset=utf-8", text)
}

/// A refusal in the engine's shape.
fn failure(status: StatusCode, message: &str) -> Response<Body> {
    with_type(
        status,
        "application/json",
        json!({"message": message}).to_string(),
    )
}

fn with_type(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    headers.insert(
        "api-version",
        hyper::header::HeaderValue::from_static(API_VERSION),
    );
    headers.insert(
        "server",
        hyper::header::HeaderValue::from_static("Docker/28.2.2 (linux)"),
    );
    response
}

/// A frame of an attached stream: kind, three zeros, length in big-endian, bytes (Engine API,
/// "Stream format").
fn frame(stderr: bool, text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut frame = vec![if stderr { 2 } else { 1 }, 0, 0, 0];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(text.as_bytes());
    frame
}
