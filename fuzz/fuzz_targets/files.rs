//! Any file, in any pieces: no panic, the pieces do not matter, and a secret that is known never
//! comes out.
//! `cargo +nightly fuzz run files`
#![no_main]

use std::sync::{Arc, LazyLock};

use akdoctor::{
    checks::ALL,
    logs::{Catalogue, LogDigest, Rules, Streams},
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

fn digests(mut bytes: &[u8], piece: usize) -> Vec<(Option<String>, LogDigest)> {
    let mut streams = Streams::new(Arc::clone(&KNOWN), Rules::unknown());
    while !bytes.is_empty() {
        let space = streams.space();
        let came = bytes.len().min(space.len()).min(piece);
        space[..came].copy_from_slice(&bytes[..came]);
        streams.filled(came);
        bytes = &bytes[came..];
    }
    streams.finish()
}

fuzz_target!(|input: (u8, &[u8], &[u8])| {
    let (piece, before, after) = input;
    let bytes = [before, CANARY.as_bytes(), after].concat();
    let whole = digests(&bytes, usize::MAX);
    assert_eq!(whole, digests(&bytes, usize::from(piece) + 1));
    let redact = Redactor::default();
    redact.learn(CANARY);
    for (_, digest) in whole {
        let told = serde_json::to_string(&redact.digest(digest)).expect("plain data");
        assert!(!told.contains(CANARY), "{told}");
    }
});
