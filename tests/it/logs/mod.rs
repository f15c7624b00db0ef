//! What logs mean: recorded lines, ordinary traffic, hostile bytes, the command itself.

mod command;
mod ends;
mod files;
mod hostile;
mod noise;
mod pack;
mod properties;
mod recorded;

use std::sync::{Arc, LazyLock};

use akdoctor::{
    checks::ALL,
    logs::{Catalogue, Lane, LogDigest, Rules, Scanner},
    words::Words,
};

/// The signatures that akdoctor knows.
pub static KNOWN: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let words: Vec<Words> = ALL
        .iter()
        .map(|check| Words::parse(check.words).unwrap())
        .collect();
    Arc::new(Catalogue::new(&words).unwrap())
});

/// What bytes hold that come in pieces of this size.
pub fn digest(bytes: &[u8], piece: usize, rules: Rules) -> LogDigest {
    let mut scanner = Scanner::new(Arc::clone(&KNOWN), rules);
    let mut lane = Lane::new();
    for piece in bytes.chunks(piece.max(1)) {
        lane.push(piece, &mut scanner);
    }
    lane.finish(&mut scanner);
    scanner.finish()
}

/// The ids of what was found, in order.
pub fn ids(digest: &LogDigest) -> Vec<&str> {
    let mut ids: Vec<&str> = digest
        .groups
        .iter()
        .map(|group| group.id.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Lines of a healthy stack.
pub const ORDINARY: &str = include_str!("../../../src/logs/ordinary.txt");
