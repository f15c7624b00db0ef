//! Any stream of the engine's, in any pieces: no panic, the pieces do not matter, and nothing is
//! told that did not come.
//! `cargo +nightly fuzz run frames`
#![no_main]

use akdoctor::probe::engine::unframed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, bool, &[u8])| {
    let (piece, tty, bytes) = input;
    let whole = unframed(bytes, usize::MAX, tty);
    assert_eq!(whole, unframed(bytes, usize::from(piece) + 1, tty));
    let told: usize = whole.iter().flatten().map(|(_, line)| line.len()).sum();
    assert!(told <= bytes.len());
});
