//! A file on its way through scanners: what is wrapped around its lines is taken off, and each
//! that wrote into it is read for itself. Memory does not depend on the file.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Catalogue, LONGEST_LINE, Lane, LogDigest, LogGroup, Rules, Scanner,
    wrapping::{Opened, Wrapping},
};

/// How much is read at once of what is wrapped, and of what a file is known by, in bytes.
const ROOM: usize = 64 << 10;
/// A wrapped line as long as the longest that is looked at, with every byte escaped.
const LONGEST_WRAPPED: usize = 2 * LONGEST_LINE;
/// The most writers that are told apart; the lines of more are read together.
const WRITERS: usize = 12;
/// Lines after which a file is known.
const ENOUGH: usize = 20;

/// One file, or what comes on standard input.
pub struct Streams {
    catalogue: Arc<Catalogue>,
    rules: Rules,
    room: Vec<u8>,
    /// What came before the file was known.
    head: Vec<u8>,
    known: Option<Wrapping>,
    /// A wrapped line that has not ended.
    line: Vec<u8>,
    /// Lines that nobody is named for; then those of each writer.
    writers: Vec<Writer>,
}

/// Somebody who writes into the file.
struct Writer {
    name: Option<String>,
    /// Standard output and standard error.
    lanes: [Lane; 2],
    /// Whether a line of each waits for its rest.
    open: [bool; 2],
    scanner: Scanner,
}

impl Writer {
    fn new(name: Option<String>, catalogue: &Arc<Catalogue>, rules: &Rules) -> Self {
        Self {
            name,
            lanes: [Lane::new(), Lane::new()],
            open: [false; 2],
            scanner: Scanner::new(Arc::clone(catalogue), rules.clone()),
        }
    }

    fn line(&mut self, line: &Opened<'_>) {
        let at = usize::from(line.stderr);
        let (lane, scanner) = (&mut self.lanes[at], &mut self.scanner);
        if let Some(stamp) = line.stamp.as_ref().filter(|_| !self.open[at]) {
            lane.push(stamp.as_bytes(), scanner);
            lane.push(b" ", scanner);
        }
        lane.push(&line.text, scanner);
        if line.whole {
            lane.push(b"\n", scanner);
        }
        self.open[at] = !line.whole;
    }

    fn finish(mut self) -> (Option<String>, LogDigest) {
        for lane in &mut self.lanes {
            lane.finish(&mut self.scanner);
        }
        (self.name, self.scanner.finish())
    }
}

impl Streams {
    /// A file of which nothing is known yet; `rules` say what is wanted of it.
    pub fn new(catalogue: Arc<Catalogue>, rules: Rules) -> Self {
        Self {
            catalogue,
            rules,
            room: vec![0; ROOM],
            head: Vec::new(),
            known: None,
            line: Vec::new(),
            writers: Vec::new(),
        }
    }

    /// Room for the next bytes, never empty; [`Streams::filled`] says how many came.
    pub fn space(&mut self) -> &mut [u8] {
        match (self.known, self.writers.first_mut()) {
            (Some(known), Some(writer)) if known.is_plain() => writer.lanes[0].space(),
            _ => &mut self.room,
        }
    }

    /// Bytes have come into the room that [`Streams::space`] gave.
    pub fn filled(&mut self, count: usize) {
        match self.known {
            Some(known) if known.is_plain() => {
                if let Some(Writer { lanes, scanner, .. }) = self.writers.first_mut() {
                    lanes[0].filled(count, scanner);
                }
            }
            Some(known) => {
                let room = std::mem::take(&mut self.room);
                self.wrapped(known, &room[..count]);
                self.room = room;
            }
            None => {
                self.head.extend_from_slice(&self.room[..count]);
                if beginning(&self.head).is_some() {
                    self.know();
                }
            }
        }
    }

    /// Scans what has come so far, but for an unfinished line: for a file that is being followed.
    /// Hands back the known faults that were seen for the first time, with their writers.
    pub fn fresh(&mut self, now: Timestamp) -> Vec<(Option<String>, LogGroup)> {
        if self.known.is_none() && self.head.contains(&b'\n') {
            self.know();
        }
        let mut fresh = Vec::new();
        for writer in &mut self.writers {
            for lane in &mut writer.lanes {
                lane.flush(&mut writer.scanner);
            }
            let groups = writer.scanner.fresh(now).into_iter();
            fresh.extend(groups.map(|group| (writer.name.clone(), group)));
        }
        fresh
    }

    /// Scans what is left. What each wrote, secrets and all; at least one digest.
    pub fn finish(mut self) -> Vec<(Option<String>, LogDigest)> {
        if self.known.is_none() {
            self.know();
        }
        if let Some(known) = self.known.filter(|known| !known.is_plain()) {
            let line = std::mem::take(&mut self.line);
            if !line.is_empty() {
                self.opened(known, &line);
            }
        }
        let several = self.writers.len() > 1;
        let all = self.writers.into_iter().map(Writer::finish);
        all.filter(|(name, digest)| !several || name.is_some() || digest.lines > 0)
            .collect()
    }

    /// Decides how the file is wrapped, and reads what has come of it.
    fn know(&mut self) {
        let head = std::mem::take(&mut self.head);
        let begins = beginning(&head).unwrap_or(&head);
        let known = Wrapping::of(begins);
        self.known = Some(known);
        self.rules.stamped = known.stamped(begins);
        let mut first = Writer::new(None, &self.catalogue, &self.rules);
        if known.is_plain() {
            first.lanes[0].push(&head, &mut first.scanner);
            self.writers.push(first);
            return;
        }
        self.writers.push(first);
        self.wrapped(known, &head);
    }

    fn wrapped(&mut self, known: Wrapping, mut bytes: &[u8]) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            if self.line.is_empty() && line.len() <= LONGEST_WRAPPED {
                self.opened(known, line);
                continue;
            }
            self.keep(line);
            let whole = std::mem::take(&mut self.line);
            self.opened(known, &whole);
        }
        self.keep(bytes);
    }

    /// Keeps what a line goes on with, as far as lines are looked at.
    fn keep(&mut self, more: &[u8]) {
        let room = LONGEST_WRAPPED.saturating_sub(self.line.len());
        self.line.extend_from_slice(&more[..more.len().min(room)]);
    }

    fn opened(&mut self, known: Wrapping, line: &[u8]) {
        let opened = known.open(line).unwrap_or(Opened {
            from: None,
            stamp: None,
            stderr: false,
            text: line.into(),
            whole: true,
        });
        let at = self.writer(opened.from);
        if let Some(writer) = self.writers.get_mut(at) {
            writer.line(&opened);
        }
    }

    fn writer(&mut self, name: Option<&str>) -> usize {
        let mut known = self.writers.iter();
        if let Some(at) = known.position(|writer| writer.name.as_deref() == name) {
            return at;
        }
        if self.writers.len() > WRITERS {
            return 0;
        }
        let name = name.map(str::to_owned);
        let writer = Writer::new(name, &self.catalogue, &self.rules);
        self.writers.push(writer);
        self.writers.len() - 1
    }
}

/// What a file is known by, once enough of it has come: the same however it came in pieces.
fn beginning(head: &[u8]) -> Option<&[u8]> {
    let first = &head[..head.len().min(ROOM)];
    let end = memchr::memchr_iter(b'\n', first).nth(ENOUGH - 1);
    end.map(|end| &first[..end])
        .or((first.len() == ROOM).then_some(first))
}
