//! Bytes that are no log, or meant to harm: bounded, and never a panic.

use akdoctor::logs::{LONGEST_LINE, Rules};

use super::{digest, ids};

const FAULT: &str = "{\"event\": \"Invalid client secret\", \"client_id\": \"gitea\", \"level\": \"warning\", \"logger\": \"authentik.providers.oauth2.views.token\"}";

#[test]
fn a_line_of_twenty_megabytes_is_cut_and_what_follows_is_read() {
    let log = format!("{}\n{FAULT}\n", "x".repeat(20 << 20));
    for piece in [16 << 10, 1 << 20, usize::MAX] {
        let digest = digest(log.as_bytes(), piece.min(log.len()), Rules::unknown());
        assert_eq!((digest.cut, ids(&digest)), (1, vec!["OI-08"]));
    }
}

#[test]
fn a_long_line_below_the_limit_is_read_whole() {
    let long = FAULT.replace("gitea", &"g".repeat(LONGEST_LINE - 2000));
    let digest = digest(long.as_bytes(), 4096, Rules::unknown());
    assert_eq!((digest.cut, ids(&digest)), (0, vec!["OI-08"]));
}

#[test]
fn odd_bytes_do_not_hide_a_fault() {
    let fault = FAULT.as_bytes();
    for (before, after) in [
        (&b"\xff\xfe\xff\n"[..], &b"\n\xc3\x28\n"[..]),
        (b"\0\0\0\n", b"\r\n"),
        (
            b"\x01\x00\x00\x00\x00\x00\x00\x05hello\r\n",
            b"\r\n\x1b[31m\n",
        ),
        (b"\x1b[32m\x1b[0m", b"\x1b[0m\n"),
        (b"\n\n\n\r\n", b""),
    ] {
        let log = [before, fault, after].concat();
        assert_eq!(
            ids(&digest(&log, 7, Rules::unknown())),
            ["OI-08"],
            "{before:?}"
        );
    }
}

#[test]
fn the_answer_does_not_grow_with_the_log() {
    let mut log = String::new();
    for number in 0..5_000 {
        log += &FAULT.replace("gitea", &format!("app{number}{}", "y".repeat(3000)));
        log.push('\n');
        log += &format!("ERROR: {} is broken\n", letters(number));
    }
    let digest = digest(log.as_bytes(), 1 << 20, Rules::unknown());
    let size = serde_json::to_vec(&digest).unwrap().len();
    assert!(size < 2 << 20, "{size} bytes");
    assert!(digest.dropped > 9_000, "{}", digest.dropped);
}

/// A number as letters, so that no template makes two of them one.
fn letters(number: usize) -> String {
    let digits = number.to_string();
    digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

#[test]
fn a_traceback_without_end_ends() {
    let log = format!(
        "Traceback (most recent call last):\n{}\n{FAULT}\n",
        "  File \"x\", line 1, in y\n".repeat(100_000)
    );
    let digest = digest(log.as_bytes(), 1 << 16, Rules::unknown());
    assert_eq!(ids(&digest), ["OI-08"]);
}
