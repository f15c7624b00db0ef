//! Bytes as they come become blocks of whole lines. A line without end costs no memory: it is cut.

use super::{LONGEST_LINE, Scanner};

/// How much is looked at at once; it stays in the processor's cache.
const BLOCK: usize = 256 << 10;
/// Room for a block and the longest unfinished line.
const ROOM: usize = BLOCK + 2 * LONGEST_LINE;

/// One stream of bytes on its way to the scanner. Streams that are written side by side (standard
/// output and standard error) need a lane each.
pub struct Lane {
    room: Vec<u8>,
    filled: usize,
    /// In the rest of a line that was cut.
    skipping: bool,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            room: vec![0; ROOM],
            filled: 0,
            skipping: false,
        }
    }
}

impl Lane {
    /// An empty lane.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes, cut wherever.
    pub fn push(&mut self, mut bytes: &[u8], scanner: &mut Scanner) {
        while !bytes.is_empty() {
            let space = self.space();
            let (now, later) = bytes.split_at(bytes.len().min(space.len()));
            space[..now.len()].copy_from_slice(now);
            self.filled(now.len(), scanner);
            bytes = later;
        }
    }

    /// Room for the next bytes, never empty; [`Lane::filled`] says how many came.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.room[self.filled..]
    }

    /// Bytes have come into the room that [`Lane::space`] gave.
    pub fn filled(&mut self, count: usize, scanner: &mut Scanner) {
        self.filled += count;
        if self.skipping {
            self.skip();
        }
        if self.filled >= BLOCK {
            self.scan(scanner, false);
        }
    }

    /// Scans what has come so far, but for an unfinished line: for a log that is being followed.
    pub fn flush(&mut self, scanner: &mut Scanner) {
        self.scan(scanner, false);
    }

    /// Scans what is left; a last line may lack its end.
    pub fn finish(&mut self, scanner: &mut Scanner) {
        if self.filled > 0 && !self.skipping {
            self.scan(scanner, true);
        }
        self.filled = 0;
    }

    fn scan(&mut self, scanner: &mut Scanner, last: bool) {
        let whole = match memchr::memrchr(b'\n', &self.room[..self.filled]) {
            _ if last => self.filled,
            Some(end) => end + 1,
            None if self.filled < LONGEST_LINE => return,
            None => {
                scanner.block(&self.room[..LONGEST_LINE], true);
                scanner.cut();
                self.skipping = true;
                self.skip();
                return;
            }
        };
        let mut done = scanner.block(&self.room[..whole], last);
        if done == 0 && self.filled > ROOM - BLOCK {
            // What belongs together must end somewhere.
            done = scanner.block(&self.room[..whole], true);
        }
        self.room.copy_within(done..self.filled, 0);
        self.filled -= done;
    }

    fn skip(&mut self) {
        match memchr::memchr(b'\n', &self.room[..self.filled]) {
            Some(end) => {
                self.room.copy_within(end + 1..self.filled, 0);
                self.filled -= end + 1;
                self.skipping = false;
            }
            None => self.filled = 0,
        }
    }
}
