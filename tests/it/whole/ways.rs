//! The way to the engine: refused, forbidden, hanging, of an unknown kind, or not there at all,
//! while authentik itself answers.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixListener,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{
    run::{Ran, akdoctor},
    stack::Stack,
};

/// An authentik that is well, on a port of its own; it lasts as long as the test's process.
pub fn served() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    url
}

/// As recorded of authentik 2025.10 (076, 077).
fn answer(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let target = lines.next().and_then(Result::ok).unwrap_or_default();
    let _ = lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
    let path = target.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match path {
        "/-/health/ready/" | "/-/health/live/" => ("200 OK", ""),
        "/if/admin/" | "/if/user/" => ("200 OK", "<title>authentik</title>"),
        _ => (
            "404 Not Found",
            "<title>authentik</title><h1>Not Found</h1>",
        ),
    };
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ndate: {now}\r\nserver: uvicorn\r\ncontent-type: text/html; \
         charset=utf-8\r\nx-authentik-id: 70d093995639415d96f350efdf967b9c\r\ncontent-length: \
         {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// Asks about a served authentik with this environment.
fn ask(folder: &Path, env: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = akdoctor(&["--url", &served()]);
    command
        .args(args)
        .current_dir(folder)
        .env("HOME", folder)
        .envs(env.iter().copied());
    Ran::of(&mut command)
}

/// An engine that is configured and cannot be asked is never an engine that is not there.
fn cannot_be_told(ran: &Ran, why: &[&str]) {
    assert_eq!((ran.code, ran.findings().len()), (3, 0), "{ran}");
    let told = ran.why_unknown("containers run");
    for words in why {
        assert!(told.contains(words), "{told}");
    }
    let skipped = ran.points("skipped");
    assert!(!skipped.iter().any(|(what, ..)| *what == "containers run"));
}

#[test]
fn an_engine_that_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let host = format!("unix://{}", socket.display());
    let ran = ask(folder.path(), &[("DOCKER_HOST", &host)], &[]);
    cannot_be_told(&ran, &[&host, "refused the connection"]);
}

#[test]
fn a_socket_that_is_configured_and_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("unix://{}/none.sock", folder.path().display());
    let ran = ask(folder.path(), &[("DOCKER_HOST", &host)], &[]);
    cannot_be_told(&ran, &[&host, "is the container engine started?"]);
}

#[test]
fn an_engine_that_hangs_is_given_up_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let host = format!("unix://{}", socket.display());
    let began = Instant::now();
    let ran = ask(
        folder.path(),
        &[("DOCKER_HOST", &host)],
        &["--timeout", "1s"],
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    cannot_be_told(&ran, &["did not answer within 1000 ms"]);
}

#[test]
fn a_context_of_another_machine() {
    let folder = tempfile::tempdir().unwrap();
    // The SHA-256 of "far", as the docker client names the folder.
    let meta = folder.path().join(
        ".docker/contexts/meta/512eea46ceb3921dff4363c7069d89d4964d1d9fccaa0f411851a7aa60a5c868",
    );
    fs::create_dir_all(&meta).unwrap();
    let text = r#"{"Name":"far","Endpoints":{"docker":{"Host":"ssh://me@far.example"}}}"#;
    fs::write(meta.join("meta.json"), text).unwrap();
    let ran = ask(folder.path(), &[("DOCKER_CONTEXT", "far")], &[]);
    cannot_be_told(&ran, &["context far", "goes over ssh"]);
}

#[test]
fn a_proxy_that_forbids_everything_or_one_question() {
    let Some(stack) = Stack::start() else { return };
    stack.heals();
    stack.window.forbid("/exec");
    let ran = stack.ask();
    assert_eq!((ran.code, ran.findings().len()), (3, 0), "{ran}");
    let why = ran.why_unknown("the database accepts connections");
    assert!(
        why.contains("is not allowed") && why.contains("socket proxy"),
        "{why}"
    );
    stack.window.forbid("/containers/json");
    cannot_be_told(&stack.ask(), &["is not allowed", "socket proxy"]);
    stack.window.forbid("/");
    cannot_be_told(&stack.ask(), &["is not allowed", "socket proxy"]);
}

#[test]
fn a_container_that_vanishes_between_list_and_inspect() {
    let Some(stack) = Stack::start() else { return };
    let called = |name| stack.run(crate::support::ContainerSpec::idle().called(name));
    let (ours, stranger) = (called("authentik-old"), called("stranger"));
    stack.heals();
    stack.window.without(&stranger.id);
    stack.engine.docker(&["stop", &stack.database.name]);
    let ran = stack.ask();
    assert_eq!(
        ran.points("unknown"),
        [],
        "a stranger comes and goes: {ran}"
    );
    stack.window.without(&ours.id);
    let ran = stack.ask();
    ran.root("health/container-stopped", &stack.database.name);
    let unknown = ran.points("unknown");
    assert!(
        unknown.iter().any(|(what, subject, why)| {
            *what == "the container can be inspected"
                && *subject == ours.name
                && why.ends_with("does not exist")
        }),
        "{ran}"
    );
}

#[test]
fn a_part_that_may_not_be_inspected_is_not_called_missing() {
    let Some(stack) = Stack::start() else { return };
    stack.heals();
    let path = format!("/containers/{}/json", stack.worker.id);
    stack.window.forbid(&path);
    let ran = stack.ask();
    assert_eq!((ran.code, ran.findings().len()), (3, 0), "{ran}");
    assert!(
        ran.why_unknown("the container can be inspected")
            .contains("is not allowed")
    );
}

#[test]
fn a_database_that_may_not_be_inspected_is_not_called_out_of_reach() {
    let Some(stack) = Stack::start() else { return };
    stack.heals();
    stack.engine.docker(&["stop", &stack.database.name]);
    let path = format!("/containers/{}/json", stack.database.id);
    stack.window.forbid(&path);
    let ran = stack.ask();
    ran.root("health/server-error", &stack.url());
    let why = ran.why_unknown("authentik finds its database by name");
    assert!(why.contains("is not allowed"), "{why}");
}

#[test]
fn no_engine_at_all_is_skipped() {
    let folder = tempfile::tempdir().unwrap();
    // This machine's own sockets lie below /run; another /run has none.
    let hidden = "mount -t tmpfs none /run && exec \"$0\" \"$@\"";
    let able = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs none /run"])
        .output();
    if !able.is_ok_and(|output| output.status.success()) {
        eprintln!("no mounts of its own: skipped");
        return;
    }
    let mut command = Command::new("unshare");
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .args(["-m", "sh", "-c", hidden, env!("CARGO_BIN_EXE_akdoctor")])
        .args(["--url", &served()]);
    let ran = Ran::of(&mut command);
    ran.is_well();
    let skipped = ran.points("skipped");
    let (.., why) = skipped
        .iter()
        .find(|(what, ..)| *what == "containers run")
        .unwrap();
    assert!(why.contains("set DOCKER_HOST"), "{why}");
}
