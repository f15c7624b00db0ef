//! The lines that change the hosts file, pasted into a real shell with another file in its place:
//! safe to run twice, and taken back by their undo.

use std::{fs, path::Path, process::Command};

use akdoctor::{engine::library, fix, model::Fix};
use serde_json::{Value, json};

use super::shop;

/// The fix of a code, for these values.
fn fix_of(code: &str, does: &str, values: &[(&'static str, Value)]) -> Fix {
    let library = library().unwrap();
    let mut findings = library.into_iter().flat_map(|(_, words)| words.findings);
    let words = findings.find(|finding| finding.code == code).unwrap();
    let values = values.iter().cloned().collect();
    let shop = shop(akdoctor::probe::engine::Flavour::Docker, false);
    let fixes = fix::render(&words.fixes, &values, &shop);
    let found = fixes
        .iter()
        .find(|fix| fix.does.contains(does) && fix.shell.is_some());
    found
        .unwrap_or_else(|| panic!("{code}: {fixes:#?}"))
        .clone()
}

/// Pastes it with the file at this path, and without sudo.
fn paste(line: &str, file: &Path) -> bool {
    let line = line.replace("/etc/hosts", file.to_str().unwrap());
    let line = line.strip_prefix("sudo ").unwrap();
    let ran = Command::new("sh").args(["-c", line]).output().unwrap();
    ran.status.success()
}

fn common() -> Vec<(&'static str, Value)> {
    let texts = [
        "name", "url", "users", "told", "address", "how", "port", "right",
    ];
    let mut values: Vec<_> = texts.map(|name| (name, json!("x"))).into();
    values.extend([
        ("local_name", json!(true)),
        ("hosts_note", json!("n")),
        ("line_note", json!("n")),
        ("hosts_line", json!("127.0.0.1 host.docker.internal")),
    ]);
    values
}

#[test]
fn a_line_is_added_once_and_taken_out_again() {
    for code in ["dns/name-missing", "dns/resolver-silent", "dns/ipv6-only"] {
        let fix = fix_of(code, "hosts file", &common());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts");
        // Also where the last line has no end.
        for before in ["127.0.0.1 localhost\n# é\n", "127.0.0.1 localhost"] {
            fs::write(&file, before).unwrap();
            for _ in 0..2 {
                assert!(paste(fix.shell.as_ref().unwrap(), &file));
                let text = fs::read_to_string(&file).unwrap();
                let wanted = format!("{}\n127.0.0.1 host.docker.internal\n", before.trim_end());
                assert_eq!(text, wanted, "{code}");
            }
            for _ in 0..2 {
                assert!(paste(fix.undo.as_ref().unwrap(), &file));
                let text = fs::read_to_string(&file).unwrap();
                assert_eq!(text.trim_end(), before.trim_end(), "{code}");
            }
        }
    }
}

#[test]
fn a_line_is_changed_or_taken_out_and_put_back_whatever_it_holds() {
    for hostile in [
        "10.0.0.7\thost.docker.internal",
        "10.0.0.7 a # it's \"$HOME\" `id` \\n & é",
    ] {
        for (does, right, text) in [
            ("to this machine", "line_right", "127.0.0.1 a"),
            (
                "out of the hosts file",
                "line_off",
                &*format!("# {hostile}"),
            ),
        ] {
            let mut values = common();
            values.extend([
                ("line", json!(2)),
                ("line_text", json!(hostile)),
                (right, json!(text)),
            ]);
            let fix = fix_of("dns/name-wrong", does, &values);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("hosts");
            let before = format!("127.0.0.1 localhost\n{hostile}\n::1 localhost\n");
            let after = format!("127.0.0.1 localhost\n{text}\n::1 localhost\n");
            fs::write(&file, &before).unwrap();
            for _ in 0..2 {
                assert!(paste(fix.shell.as_ref().unwrap(), &file));
                assert_eq!(fs::read_to_string(&file).unwrap(), after);
            }
            for _ in 0..2 {
                assert!(paste(fix.undo.as_ref().unwrap(), &file));
                assert_eq!(fs::read_to_string(&file).unwrap(), before);
            }
            // Somebody changed the file meanwhile.
            fs::write(&file, "127.0.0.1 localhost\n10.9.9.9 other\n").unwrap();
            assert!(!paste(fix.shell.as_ref().unwrap(), &file));
        }
    }
}
