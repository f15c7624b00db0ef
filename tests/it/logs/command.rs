//! `akdoctor logs` of files and standard input, through the built program.

use std::{fs, io::Write as _, process::Stdio};

use serde_json::Value;

use crate::program::{akdoctor, err, out};

const FAULT: &str = "{\"event\": \"Invalid client secret\", \"client_id\": \"gitea\", \"level\": \"warning\", \"timestamp\": \"2026-11-23T11:11:35.852700\"}\n";

fn log(lines: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

#[test]
fn a_file_is_told_without_docker() {
    let file = log(&FAULT.repeat(3));
    let output = akdoctor(&["logs", "--file", path(&file)])
        .env("DOCKER_HOST", "unix:///nowhere")
        .output()
        .unwrap();
    let text = out(&output);
    assert!(
        text.contains("refused the client secret") || text.contains("gitea"),
        "{text}"
    );
    assert!(
        text.contains("3 times since") && text.contains("OI-08"),
        "{text}"
    );
    // It stands as of the file's end.
    let code = |fail_on: &str| {
        let run = akdoctor(&["logs", "--file", path(&file), "--fail-on", fail_on]).output();
        run.unwrap().status.code()
    };
    assert_eq!(code("error"), Some(1), "{text}");
    let report = akdoctor(&["logs", "--file", path(&file), "-o", "json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["findings"][0]["count"], 3);
    assert_eq!(report["sources"][0]["lines"], 3);
}

/// A file's name is no container's: what can be done without one is told, and the rest is explained.
#[test]
fn what_mends_a_fault_is_told_with_it() {
    let file = log(&FAULT.repeat(3));
    let run = |more: &[&str]| {
        let words = [&["logs", "--file", path(&file)], more].concat();
        out(&akdoctor(&words).output().unwrap()).to_owned()
    };
    let text = run(&[]);
    assert!(
        text.contains("akdoctor explain container-logs/client-secret-wrong"),
        "{text}"
    );
    assert!(text.contains("Mend: ") || text.contains("Next: "), "{text}");
    let report: Value = serde_json::from_str(&run(&["-o", "json"])).unwrap();
    let fixes = report["findings"][0]["fixes"].as_array().unwrap();
    assert!(!fixes.is_empty(), "{report:#}");
    assert!(fixes[0]["recommended"] == true, "{fixes:#?}");
    let told = serde_json::to_string(fixes).unwrap();
    assert!(
        !told.contains("{{") && !told.contains("(not said)"),
        "{told}"
    );
    assert!(!told.contains(path(&file)), "{told}");
}

const LOST: &str = "2026-11-23 11:20:26.032 UTC [61] FATAL:  terminating connection due to administrator command\n{\"event\": \"Consumer encountered an unexpected error.\", \"exception\": [{\"exc_type\": \"OperationalError\", \"exc_value\": \"the connection is closed\"}], \"level\": \"critical\", \"timestamp\": \"2026-11-23T11:20:26.032781\"}\n";

#[test]
fn what_follows_from_another_fault_is_said_so_and_has_no_mend() {
    let file = log(&LOST.repeat(3));
    let output = akdoctor(&["logs", "--file", path(&file), "-o", "json"]).output();
    let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let told = |code: &str| {
        let mut all = report["findings"].as_array().unwrap().iter();
        let found = all.find(|one| one["code"] == format!("container-logs/{code}"));
        found.unwrap_or_else(|| panic!("{code} in {report:#}"))
    };
    let (cause, lost) = (
        told("database-ended-connections"),
        told("database-connection-lost"),
    );
    assert_eq!(cause["signature"], "PG-24");
    assert!(cause["follows_from"].is_null() && !cause["fixes"].as_array().unwrap().is_empty());
    assert_eq!(
        lost["follows_from"],
        "container-logs/database-ended-connections"
    );
    assert_eq!(lost["fixes"].as_array().unwrap().len(), 0);
}

#[test]
fn standard_input_is_told_as_well() {
    let mut child = akdoctor(&["logs", "-", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(FAULT.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"][0]["signature"], "OI-08");
    assert_eq!(report["findings"][0]["severity"], "info", "seen once");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_cannot_be_read_is_said() {
    let output = akdoctor(&["logs", "--file", "/no/such/file"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("/no/such/file"), "{}", err(&output));
    let output = akdoctor(&["logs", "x"])
        .env("DOCKER_HOST", "unix:///nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--file"), "{}", err(&output));
}

#[test]
fn a_file_that_is_followed_tells_a_fault_when_it_appears() {
    let file = log("nothing yet\n");
    let mut child = akdoctor(&["logs", "--follow", "--file", path(&file), "-o", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).unwrap();
        line
    });
    let mut more = fs::OpenOptions::new()
        .append(true)
        .open(file.path())
        .unwrap();
    more.write_all(FAULT.as_bytes()).unwrap();
    let line = reader.join().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let finding: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(finding["signature"], "OI-08");
}

#[test]
fn only_the_time_that_was_asked_for() {
    let later = FAULT
        .replace("11:11:35", "12:11:35")
        .replace("gitea", "minio");
    let file = log(&(FAULT.to_owned() + &later));
    let output = akdoctor(&[
        "logs",
        "--file",
        path(&file),
        "--since",
        "2026-11-23T12:00:00Z",
        "-o",
        "json",
    ]);
    let output = { output }.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert!(
        report["findings"][0]["says"]
            .as_str()
            .unwrap()
            .contains("minio")
    );
}
