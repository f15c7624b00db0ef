//! Files as engines and their tools write them, known by what they hold.

use std::{fs, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::program::akdoctor;

const SERVER: &str = "{\"event\": \"Invalid client secret\", \"client_id\": \"gitea\", \"level\": \"warning\", \"timestamp\": \"2026-11-23T11:11:35.852700\"}";
const DATABASE: [&str; 2] = [
    "2026-11-23 11:11:35.900 UTC [61] FATAL:  password authentication failed for user \"authentik\"",
    "2026-11-23 11:11:35.900 UTC [61] DETAIL:  Role \"authentik\" does not exist.",
];
const STAMP: &str = "2026-11-23T11:11:36.123456789Z";

fn read(name: &str, bytes: &[u8]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap();
    let output = akdoctor(&["logs", "--file", path, "-o", "json"]).output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    serde_json::from_str(&text.replace(path, name)).unwrap()
}

/// Each fault: signature, whose log, how often, when last.
fn told(report: &Value) -> Vec<(String, String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = report["findings"].as_array().unwrap().iter();
    let mut told: Vec<_> = found
        .map(|one| {
            let count = one["count"].as_u64().unwrap();
            (
                text(&one["signature"]),
                text(&one["source"]),
                count,
                text(&one["last"]),
            )
        })
        .collect();
    told.sort();
    told
}

fn one(signature: &str, source: &str, count: u64, last: &str) -> (String, String, u64, String) {
    (signature.into(), source.into(), count, last.into())
}

fn json_line(text: &str, stream: &str) -> String {
    let entry = serde_json::json!({"log": text, "stream": stream, "time": STAMP});
    entry.to_string() + "\n"
}

#[test]
fn dockers_own_files_are_read_packed_or_not() {
    // serde_json orders keys as they are given: log, stream, time, as Docker does.
    let mut log = String::new();
    for _ in 0..3 {
        log += &json_line(&format!("{SERVER}\n"), "stdout");
        log += &json_line("ordinary\n", "stderr");
    }
    assert!(log.starts_with("{\"log\":"), "{log}");
    let wanted = [one("OI-08", "x-json.log", 3, STAMP)];
    assert_eq!(told(&read("x-json.log", log.as_bytes())), wanted);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(log.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    // Two members one after the other, as `cat a.gz b.gz` gives.
    let twice = [packed.clone(), packed].concat();
    let wanted = [one("OI-08", "x", 6, STAMP)];
    assert_eq!(told(&read("x", &twice)), wanted);
}

/// Docker cuts a line into entries of 16 KiB; what another stream writes in between is no matter.
#[test]
fn a_line_in_pieces_is_whole_again() {
    let long = SERVER.replace(
        "{\"event\"",
        &format!("{{\"x\": \"{}\", \"event\"", "y".repeat(40_000)),
    );
    let mut log = String::new();
    let pieces: Vec<&[u8]> = long.as_bytes().chunks(16 << 10).collect();
    for (at, piece) in pieces.iter().enumerate() {
        let end = if at + 1 == pieces.len() { "\n" } else { "" };
        log += &json_line(
            &format!("{}{end}", String::from_utf8_lossy(piece)),
            "stdout",
        );
        log += &json_line("in between\n", "stderr");
    }
    assert_eq!(
        told(&read("x", log.as_bytes())),
        [one("OI-08", "x", 1, STAMP)]
    );
    let runtime: String = pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            let tag = if at + 1 == pieces.len() { "F" } else { "P" };
            format!("{STAMP} stdout {tag} {}\n", String::from_utf8_lossy(piece))
        })
        .collect();
    assert_eq!(
        told(&read("x", runtime.as_bytes())),
        [one("OI-08", "x", 1, STAMP)]
    );
}

/// Whoever writes into one file is read for themselves: the lines of one message need not follow
/// each other in it.
#[test]
fn the_logs_of_a_project_are_told_apart() {
    let lines = |server: &str, database: &str| {
        [
            format!("{server}{SERVER}"),
            format!("{database}{}", DATABASE[0]),
            format!("{server}{SERVER}"),
            format!("{database}{}", DATABASE[1]),
            String::new(),
        ]
        .join("\n")
    };
    let own = "2026-11-23T11:11:35.8527Z";
    let database = "2026-11-23T11:11:35.9Z";
    for (server, db, names, at) in [
        (
            "authentik-server-1  | ".to_owned(),
            "postgresql-1        | ".to_owned(),
            ["authentik-server-1", "postgresql-1"],
            [own, database],
        ),
        (
            format!("\u{1b}[36mserver-1 |\u{1b}[0m {STAMP} "),
            format!("\u{1b}[33mdb-1     |\u{1b}[0m {STAMP} "),
            ["server-1", "db-1"],
            [STAMP, STAMP],
        ),
        (
            format!("[pod/ak-server-7d/server] {STAMP} "),
            format!("[pod/ak-db-0/db] {STAMP} "),
            ["ak-server-7d/server", "ak-db-0/db"],
            [STAMP, STAMP],
        ),
        (
            "Nov 23 11:11:36 host authentik-server[7]: ".to_owned(),
            "Nov 23 11:11:36 host authentik-db[8]: ".to_owned(),
            ["authentik-server", "authentik-db"],
            [own, database],
        ),
    ] {
        let report = read("all.log", lines(&server, &db).as_bytes());
        let all = told(&report);
        let of = |name: &str| format!("{name} in all.log");
        assert_eq!(all.len(), 2, "{report:#}");
        assert!(
            all.contains(&one("OI-08", &of(names[0]), 2, at[0])),
            "{all:?}"
        );
        let refused = all.iter().find(|it| it.1 == of(names[1])).unwrap();
        assert_eq!((refused.2, refused.3.as_str()), (1, at[1]));
        let samples = report["findings"].to_string();
        assert!(samples.contains("does not exist"), "joined: {samples}");
    }
}

#[test]
fn many_writers_cost_no_more_than_a_few() {
    let mut log = String::new();
    for n in 0..200 {
        log += &format!("app-{n}  | {SERVER}\n");
    }
    let report = read("x", log.as_bytes());
    let count: u64 = told(&report).iter().map(|it| it.2).sum();
    assert_eq!(count, 200);
    assert!(report["sources"].as_array().unwrap().len() < 20);
}

#[test]
fn a_packed_file_that_is_broken_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.gz");
    fs::write(&path, b"\x1f\x8bnothing").unwrap();
    let output = akdoctor(&["logs", "--file", path.to_str().unwrap()]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("x.gz"));
}
