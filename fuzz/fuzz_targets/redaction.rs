//! A secret that is known never comes out of a log, whatever stands around it.
//! `cargo +nightly fuzz run redaction`
#![no_main]

use std::sync::{Arc, LazyLock};

use akdoctor::{
    checks::ALL,
    logs::{Catalogue, Lane, Rules, Scanner},
    probe::redact::Redactor,
    words::Words,
};
use libfuzzer_sys::fuzz_target;

const CANARY: &str = "canary-Zx81-Qw93";

static KNOWN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let words: Vec<Words> = ALL
        .iter()
        .map(|check| Words::parse(check.words).expect("a test holds them"))
        .collect();
    Arc::new(Catalogue::new(&words).expect("a test holds them"))
});

fuzz_target!(|around: (&[u8], &[u8])| {
    let redact = Redactor::default();
    redact.learn(CANARY);
    let bytes = [around.0, CANARY.as_bytes(), around.1].concat();
    let mut scanner = Scanner::new(Arc::clone(&KNOWN), Rules::unknown());
    let mut lane = Lane::new();
    lane.push(&bytes, &mut scanner);
    lane.finish(&mut scanner);
    let told = serde_json::to_string(&redact.digest(scanner.finish())).expect("plain data");
    assert!(!told.contains(CANARY), "{told}");
});
