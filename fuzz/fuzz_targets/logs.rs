//! Any bytes, in any pieces: no panic, and the pieces do not matter.
//! `cargo +nightly fuzz run logs`
#![no_main]

use std::sync::{Arc, LazyLock};

use akdoctor::{
    checks::ALL,
    logs::{Catalogue, Lane, LogDigest, Rules, Scanner},
    words::Words,
};
use libfuzzer_sys::fuzz_target;

static KNOWN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let words: Vec<Words> = ALL
        .iter()
        .map(|check| Words::parse(check.words).expect("a test holds them"))
        .collect();
    Arc::new(Catalogue::new(&words).expect("a test holds them"))
});

fn digest(bytes: &[u8], piece: usize, stamped: bool) -> LogDigest {
    let rules = Rules {
        stamped,
        ..Rules::unknown()
    };
    let mut scanner = Scanner::new(Arc::clone(&KNOWN), rules);
    let mut lane = Lane::new();
    for piece in bytes.chunks(piece) {
        lane.push(piece, &mut scanner);
    }
    lane.finish(&mut scanner);
    scanner.finish()
}

fuzz_target!(|input: (u8, bool, &[u8])| {
    let (piece, stamped, bytes) = input;
    let whole = digest(bytes, bytes.len().max(1), stamped);
    assert_eq!(whole, digest(bytes, usize::from(piece) + 1, stamped));
});
