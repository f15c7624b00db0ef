//! Lines of a block.

use super::{LONGEST_LINE, dialect::Record};

/// How far from a line the access line of its request is looked for, in bytes: some hundred lines.
pub(super) const NEAR: usize = 64 << 10;
/// Lines of a request that are looked at.
const TRIES: usize = 4;

/// The access line of a request among the next lines.
pub(super) fn access_line(block: &[u8], request: &str) -> Option<Record> {
    let mut places = memchr::memmem::find_iter(&block[..block.len().min(NEAR)], request);
    for _ in 0..TRIES {
        let at = places.next()?;
        let begin = memchr::memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
        let (line, _) = line_at(block, begin);
        let json = memchr::memchr(b'{', capped(line))?;
        let record = Record::read(&capped(line)[json..]);
        if record.is_access() && record.request_id() == Some(request) {
            return Some(record);
        }
    }
    None
}

/// The line that begins here, without its end, and where the next begins.
pub(super) fn line_at(block: &[u8], begin: usize) -> (&[u8], usize) {
    match memchr::memchr(b'\n', &block[begin..]) {
        Some(length) => (&block[begin..begin + length], begin + length + 1),
        None => (&block[begin..], block.len()),
    }
}

pub(super) fn capped(line: &[u8]) -> &[u8] {
    &line[..line.len().min(LONGEST_LINE)]
}
