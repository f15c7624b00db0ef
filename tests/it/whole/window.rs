//! A socket in front of the real engine that shows the containers of one test and no others, so
//! that what else lives on the machine, or dies while akdoctor looks, decides no test.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
};

/// What the window does to questions.
#[derive(Default)]
struct Rules {
    label: String,
    gone: Option<String>,
    forbidden: Option<String>,
}

/// The socket; it lasts as long as the test's folder.
pub struct Window {
    pub path: PathBuf,
    rules: Arc<Mutex<Rules>>,
}

impl Window {
    /// Shows the containers with this label, `key=value`, of the engine at a socket.
    pub fn open(folder: &Path, engine: &Path, label: &str) -> Self {
        let path = folder.join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let rules = Arc::new(Mutex::new(Rules {
            label: label.to_owned(),
            ..Rules::default()
        }));
        let (shared, engine) = (Arc::clone(&rules), engine.to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (rules, engine) = (Arc::clone(&shared), engine.clone());
                thread::spawn(move || pass(client, &engine, &rules));
            }
        });
        Self { path, rules }
    }

    /// Answers 404 where this container is inspected: it is listed and then gone.
    pub fn without(&self, id: &str) {
        self.rules.lock().unwrap().gone = Some(id.to_owned());
    }

    /// Answers 403 to requests whose path holds this, as a socket proxy does.
    pub fn forbid(&self, part: &str) {
        self.rules.lock().unwrap().forbidden = Some(part.to_owned());
    }
}

/// Passes a connection's bytes on in both directions. Clients of an engine write a request's head
/// at once, and no other before its answer has come, so heads stand at the beginning of what is
/// read.
fn pass(mut client: UnixStream, engine: &Path, rules: &Mutex<Rules>) {
    let Ok(mut engine) = UnixStream::connect(engine) else {
        return;
    };
    let (mut back, mut to) = (engine.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut back, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let passed = match judged(&buffer[..length], rules) {
            Judged::Pass(bytes) => engine.write_all(&bytes),
            Judged::Answer(answer) => client.write_all(answer.as_bytes()),
        };
        if passed.is_err() {
            break;
        }
    }
    let _ = engine.shutdown(Shutdown::Write);
}

enum Judged {
    Pass(Vec<u8>),
    Answer(String),
}

fn judged(bytes: &[u8], rules: &Mutex<Rules>) -> Judged {
    let rules = rules.lock().unwrap();
    let text = String::from_utf8_lossy(bytes);
    let Some((line, rest)) = text.split_once("\r\n") else {
        return Judged::Pass(bytes.to_vec());
    };
    let [_, target, "HTTP/1.1"] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Judged::Pass(bytes.to_vec());
    };
    let path = target.split('?').next().unwrap_or(target);
    let inspects = |id: &String| path.ends_with(&format!("/containers/{id}/json"));
    if rules.gone.as_ref().is_some_and(inspects) {
        return answer("404 Not Found", "No such container");
    }
    if rules
        .forbidden
        .as_ref()
        .is_some_and(|part| path.contains(part))
    {
        return answer("403 Forbidden", "not on the list");
    }
    if !path.ends_with("/containers/json") {
        return Judged::Pass(bytes.to_vec());
    }
    let label = &rules.label;
    let filters = format!("%7B%22label%22%3A%5B%22{label}%22%5D%7D");
    let line = format!("GET {path}?all=true&filters={filters} HTTP/1.1");
    Judged::Pass(format!("{line}\r\n{rest}").into_bytes())
}

fn answer(status: &str, message: &str) -> Judged {
    let body = format!("{{\"message\":\"{message}\"}}");
    Judged::Answer(format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}
