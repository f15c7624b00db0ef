//! Configuration and tokens that are no good.

use std::{fs, path::Path};

use crate::{
    net_world::Server,
    program::{err, out},
};

use super::{Person, TOKEN, harmless, well};

/// Refused as configuration: exit code 2, nothing on stdout, the word on stderr.
fn refused(person: &Person, args: &[&str], told: &[&str]) {
    let output = person.run(args);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(out(&output), "");
    for word in told {
        assert!(
            err(&output).contains(word),
            "{word} is not in {}",
            err(&output)
        );
    }
}

#[test]
fn configuration_that_is_no_good_is_told() {
    for (text, told) in [
        (&b"[authentik]\nurl = 7\n"[..], "akdoctor.toml:2"),
        (b"[authentik]\nurll = \"http://localhost:1\"\n", "\"url\""),
        (b"[authentik\n", "akdoctor.toml:1"),
        (b"[authentik]\nurl = \"\xff\xfe\"\n", "akdoctor.toml"),
        (b"\x1b[2J = 1\n", "akdoctor.toml:1"),
        (b"[authentik]\nurl = \"\\u001b[2J\"\n", "akdoctor.toml:2"),
    ] {
        let person = Person::new();
        fs::write(person.file("akdoctor.toml"), text).unwrap();
        refused(&person, &[], &[told]);
        refused(&person, &["-o", "json"], &[told]);
    }
}

#[test]
fn configuration_that_is_not_there_is_told() {
    let person = Person::new();
    refused(&person, &["--config", "nowhere.toml"], &["nowhere.toml"]);
    fs::create_dir(person.file("folder.toml")).unwrap();
    refused(&person, &["--config", "folder.toml"], &["folder.toml"]);
    refused(&person, &["--url", "localhost"], &["http"]);
    refused(&person, &["--url", "ftp://localhost"], &["http"]);
}

#[cfg(unix)]
#[test]
fn configuration_that_may_not_be_read_is_told() {
    let person = Person::new();
    let file = person.file("akdoctor.toml");
    fs::write(&file, "[authentik]\n").unwrap();
    set_mode(&file, 0o000);
    if fs::read(&file).is_ok() {
        return; // root reads everything
    }
    refused(&person, &[], &["akdoctor.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_configuration_is_none() {
    let server = Server::start(well).await;
    let url = server.url("");
    tokio::task::spawn_blocking(move || {
        let person = Person::new();
        fs::write(person.file("akdoctor.toml"), "").unwrap();
        let output = person.run(&["--url", &url]);
        assert!(out(&output).starts_with("NOTHING FOUND"), "{output:?}");
    })
    .await
    .unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn token_files_that_are_no_good_are_told() {
    let server = Server::start(well).await;
    let url = server.url("");
    tokio::task::spawn_blocking(move || {
        let person = Person::new();
        let text = format!("[authentik]\nurl = \"{url}\"\ntoken = {{ file = \"token\" }}\n");
        fs::write(person.file("own.toml"), text).unwrap();
        let run = || {
            let output = person.command(&["--config", "own.toml"]).output().unwrap();
            harmless(&output);
            output
        };
        let missing = run();
        assert_eq!(missing.status.code(), Some(2), "{missing:?}");
        assert!(err(&missing).contains("token"), "{missing:?}");

        fs::write(person.file("token"), TOKEN).unwrap();
        set_mode(&person.file("token"), 0o644);
        let readable = run();
        let said = format!("{}{}", out(&readable), err(&readable));
        assert!(said.contains("chmod 600"), "{said}");

        fs::write(person.file("token"), [0xff, 0xfe, 0x1b]).unwrap();
        assert_eq!(run().status.code(), Some(2));
    })
    .await
    .unwrap();
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_token_that_is_no_token_is_told_and_not_shown() {
    let person = Person::new();
    for token in ["with space inside", "line\nbreak", "\u{1b}[2Jescape"] {
        let output = person
            .command(&["--url", "http://127.0.0.1:1"])
            .env("AKDOCTOR_TOKEN", token)
            .output()
            .unwrap();
        harmless(&output);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(err(&output).contains("AKDOCTOR_TOKEN"), "{output:?}");
        assert!(!err(&output).contains(token), "{output:?}");
    }
}
