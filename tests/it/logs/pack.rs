//! Signatures of one's own.

use std::fs;

use serde_json::Value;

use crate::program::{akdoctor, err, out};

const OWN: &str = r#"
[[finding]]
code     = "local/frobnicator"
severity = "error"
reach    = "nobody"
says     = "{{ container }} cannot frobnicate {{ what }}"
explain  = "The frobnicator is worn out."
  [finding.log]
  id      = "MY-01"
  pattern = 'frobnicator jammed on (?<what>\w+)'
  match   = ['2026-11-23 10:00:00 frobnicator jammed on tuesday']
  reject  = ['frobnicator is fine']
"#;

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.toml"), text).unwrap();
    folder
}

fn tested(text: &str) -> (Option<i32>, String) {
    let folder = folder(text);
    let output = akdoctor(&["pack", "test", folder.path().to_str().unwrap()])
        .output()
        .unwrap();
    (
        output.status.code(),
        format!("{}{}", out(&output), err(&output)),
    )
}

#[test]
fn every_file_of_signatures_is_part_of_the_program() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/checks/container_logs/signatures"
    );
    let words = akdoctor::checks::ALL.iter().map(|check| check.words);
    let words = words.collect::<String>();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(words.contains(&text), "{} is not in WORDS", path.display());
    }
}

#[test]
fn a_signature_that_keeps_its_word_is_used() {
    assert_eq!(
        tested(OWN),
        (Some(0), "1 signature keeps its word\n".into())
    );
    let folder = folder(OWN);
    let log = folder.path().join("x.log");
    fs::write(&log, "frobnicator jammed on monday\n").unwrap();
    let (folder, log) = (folder.path().to_str().unwrap(), log.to_str().unwrap());
    let output = akdoctor(&["logs", "--file", log, "--checks", folder, "-o", "json"]).output();
    let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let says = report["findings"][0]["says"].as_str().unwrap();
    assert_eq!(says, "x.log cannot frobnicate monday".replace("x.log", log));
}

/// Ids that once meant something; a signature is never called that again.
#[test]
fn no_retired_id_is_used_again() {
    let all: Vec<_> = akdoctor::checks::ALL
        .iter()
        .map(|check| akdoctor::words::Words::parse(check.words).unwrap())
        .collect();
    let retired: Vec<&String> = all.iter().flat_map(|words| &words.retired_ids).collect();
    assert!(!retired.is_empty());
    for id in all.iter().flat_map(|words| words.line_ids()) {
        assert!(!retired.iter().any(|old| *old == id), "{id} is retired");
    }
    for id in retired {
        assert_eq!(times_retired(&all, id), 1, "{id} is retired twice");
    }
}

fn times_retired(all: &[akdoctor::words::Words], id: &str) -> usize {
    let retired = all.iter().flat_map(|words| &words.retired_ids);
    retired.filter(|old| *old == id).count()
}

/// The ordinary run reads logs with a person's own signatures too.
#[test]
fn the_ordinary_run_uses_them() {
    let own = OWN
        .replace(
            "frobnicator jammed on (?<what>\\w+)",
            "PostgreSQL connection (?<what>successful)",
        )
        .replace(
            "2026-11-23 10:00:00 frobnicator jammed on tuesday",
            "PostgreSQL connection successful",
        );
    let own = own.replace("frobnicator is fine", "PostgreSQL connection failed");
    let folder = folder(&own);
    let run = |words: &[&str]| {
        let checks = ["--checks", folder.path().to_str().unwrap()];
        akdoctor(&[words, &checks].concat()).output().unwrap()
    };
    let output = run(&["simulate", "only-noise", "container-logs", "-o", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes = report["findings"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["local/frobnicator"], "{report:#}");
    assert!(out(&run(&["explain", "local/frobnicator"])).contains("worn out"));
    assert!(out(&run(&["list"])).contains("local/frobnicator"));
}

#[test]
fn a_folder_that_is_wrong_ends_the_ordinary_run_before_it_begins() {
    for (from, to, said) in [
        ("says     =", "sais =", "own.toml: line 2, column 1"),
        ("(?<what>\\w+)", "(?<what>\\w+", "own.toml: line 10, column"),
        ("MY-01", "PG-01", "PG-01 is used twice"),
    ] {
        let folder = folder(&OWN.replace(from, to));
        let checks = folder.path().to_str().unwrap();
        let output = akdoctor(&["--url", "http://127.0.0.1:1", "--checks", checks]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(said), "{}", err(&output));
        assert_eq!(out(&output), "");
    }
    let output = akdoctor(&["--checks", "/no/such/folder"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("/no/such/folder"), "{}", err(&output));
}

#[test]
fn one_that_does_not_is_told() {
    for (from, to, code, said) in [
        (
            "jammed on tuesday",
            "jammed",
            1,
            "MY-01 does not match its own line",
        ),
        (
            "frobnicator is fine",
            "frobnicator jammed on x",
            1,
            "MY-01 matches what it must reject",
        ),
        (
            "frobnicator jammed on (",
            "[a-z]+ (",
            2,
            "MY-01 can match a line that holds no four",
        ),
        ("local/", "health/", 2, "own.toml"),
        ("pattern = ", "patern = ", 2, "the key `pattern` is missing"),
        ("MY-01", "PG-01", 2, "PG-01 is used twice"),
        ("MY-01", "PG-16-WAIT", 2, "PG-16-WAIT is retired"),
    ] {
        let (exit, text) = tested(&OWN.replace(from, to));
        assert_eq!((exit, text.contains(said)), (Some(code), true), "{text}");
    }
}
