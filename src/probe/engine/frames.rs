//! Cuts an engine's log stream into lines: frames of eight header bytes and a payload, or bare
//! bytes from a terminal. Bounded whatever comes: each line, and all lines together.

use std::{collections::VecDeque, mem};

use thiserror::Error;

/// The most of one line that is kept, time stamps of the engine included.
const LINE: usize = 256 << 10;
/// The most that is kept in all; what is older goes.
const TOTAL: usize = 8 << 20;
/// What an empty line costs, so that millions of them are bounded as well.
const COST: usize = size_of::<RawLine>();
/// Stream, three zeros, length as a big-endian number (Docker Engine API, "Stream format").
const HEADER: usize = 8;

/// A line as it came, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawLine {
    /// Whether it came on standard error.
    pub stderr: bool,
    /// The bytes, at most [`LINE`].
    pub bytes: Vec<u8>,
}

/// The stream is none of frames.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a frame of the log begins with byte {0:#04x}; is the container's terminal setting right?")]
pub(super) struct NoFrame(u8);

/// Takes the engine's framing from a log's bytes as they come.
pub(super) struct Unframer {
    /// `None` for a terminal's stream, which has no frames.
    frames: Option<Frames>,
}

/// Takes a log's bytes as they come and keeps its last lines.
pub(super) struct LineCutter {
    unframer: Unframer,
    lines: LastLines,
}

/// The last lines of both streams.
#[derive(Default)]
struct LastLines {
    /// Unfinished lines of standard output and standard error.
    open: [Vec<u8>; 2],
    lines: VecDeque<RawLine>,
    kept: usize,
}

/// Where in the framed stream we are.
#[derive(Default)]
struct Frames {
    header: Vec<u8>,
    stderr: bool,
    left: usize,
}

impl Unframer {
    pub fn new(tty: bool) -> Self {
        Self {
            frames: (!tty).then(Frames::default),
        }
    }

    /// Takes the next bytes, cut wherever the network cut them, and gives on each piece of text
    /// with whether it came on standard error.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        mut give: impl FnMut(bool, &[u8]),
    ) -> Result<(), NoFrame> {
        while !bytes.is_empty() {
            let Some(frames) = &mut self.frames else {
                give(false, bytes);
                return Ok(());
            };
            let (stderr, payload, rest) = frames.next(bytes)?;
            bytes = rest;
            give(stderr, payload);
        }
        Ok(())
    }
}

/// What a stream that comes in pieces of this size is cut into: whether a line came on standard
/// error, and its bytes; `None` where it is none of frames. For the fuzz target alone.
#[cfg(fuzzing)]
pub fn unframed(bytes: &[u8], piece: usize, tty: bool) -> Option<Vec<(bool, Vec<u8>)>> {
    let mut cutter = LineCutter::new(tty);
    for piece in bytes.chunks(piece.max(1)) {
        cutter.push(piece).ok()?;
    }
    let lines = cutter.finish().into_iter();
    Some(lines.map(|line| (line.stderr, line.bytes)).collect())
}

impl LineCutter {
    pub fn new(tty: bool) -> Self {
        Self {
            unframer: Unframer::new(tty),
            lines: LastLines::default(),
        }
    }

    /// Takes the next bytes, cut wherever the network cut them.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), NoFrame> {
        let lines = &mut self.lines;
        self.unframer
            .push(bytes, |stderr, piece| lines.text(stderr, piece))
    }

    /// Everything kept, an unfinished last line of each stream included.
    pub fn finish(self) -> Vec<RawLine> {
        let mut lines = self.lines;
        for stderr in [false, true] {
            if !lines.open[usize::from(stderr)].is_empty() {
                lines.end_line(stderr);
            }
        }
        lines.lines.into()
    }
}

impl LastLines {
    fn text(&mut self, stderr: bool, bytes: &[u8]) {
        let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let open = &mut self.open[usize::from(stderr)];
            let room = LINE - open.len();
            open.extend_from_slice(&piece[..piece.len().min(room)]);
            if pieces.peek().is_some() {
                self.end_line(stderr);
            }
        }
    }

    fn end_line(&mut self, stderr: bool) {
        let mut bytes = mem::take(&mut self.open[usize::from(stderr)]);
        // A terminal ends its lines with both.
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        self.kept += bytes.len() + COST;
        self.lines.push_back(RawLine { stderr, bytes });
        while self.kept > TOTAL {
            let oldest = self.lines.pop_front();
            self.kept -= oldest.map_or(self.kept, |line| line.bytes.len() + COST);
        }
    }
}

impl Frames {
    /// The stream's name, the next piece of payload, and what follows it.
    fn next<'a>(&mut self, bytes: &'a [u8]) -> Result<(bool, &'a [u8], &'a [u8]), NoFrame> {
        if self.left > 0 {
            let (payload, rest) = bytes.split_at(bytes.len().min(self.left));
            self.left -= payload.len();
            return Ok((self.stderr, payload, rest));
        }
        let (head, rest) = bytes.split_at(bytes.len().min(HEADER - self.header.len()));
        self.header.extend_from_slice(head);
        if let Some(&stream) = self.header.first().filter(|stream| **stream > 2) {
            return Err(NoFrame(stream));
        }
        if let [stream, _, _, _, a, b, c, d] = self.header[..] {
            self.header.clear();
            self.stderr = stream == 2;
            self.left = u32::from_be_bytes([a, b, c, d]) as usize;
        }
        Ok((self.stderr, &[], rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], &length[..], payload].concat()
    }

    fn cut(tty: bool, pieces: &[&[u8]]) -> Vec<(bool, String)> {
        let mut cutter = LineCutter::new(tty);
        for piece in pieces {
            cutter.push(piece).unwrap();
        }
        let lines = cutter.finish().into_iter();
        lines
            .map(|line| {
                (
                    line.stderr,
                    String::from_utf8_lossy(&line.bytes).into_owned(),
                )
            })
            .collect()
    }

    fn out(text: &str) -> (bool, String) {
        (false, text.to_owned())
    }

    fn err(text: &str) -> (bool, String) {
        (true, text.to_owned())
    }

    #[test]
    fn it_does_not_matter_where_the_network_cuts() {
        let stream = [
            frame(1, "grüße ".as_bytes()),
            frame(2, b"a warning\n"),
            frame(1, b""),
            frame(1, b"\xf0\x9f"),
            frame(1, b"\x99\x82 done\nsecond\n\n"),
            frame(2, b"unfinished"),
        ]
        .concat();
        let whole = cut(false, &[&stream]);
        let expected = [
            err("a warning"),
            out("grüße 🙂 done"),
            out("second"),
            out(""),
            err("unfinished"),
        ];
        assert_eq!(whole, expected);
        for at in 0..=stream.len() {
            let (head, tail) = stream.split_at(at);
            assert_eq!(cut(false, &[head, tail]), whole, "cut at byte {at}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(cut(false, &bytes), whole);
    }

    #[test]
    fn a_terminals_bytes_are_all_text() {
        let lines = cut(
            true,
            &[b"\x01\x00\x00\x00\x00\x00\x00\x05hello\r\nnext", b" line"],
        );
        let expected = [out("\u{1}\0\0\0\0\0\0\u{5}hello"), out("next line")];
        assert_eq!(lines, expected);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(cut(false, &[]), []);
        assert_eq!(cut(true, &[b""]), []);
        assert_eq!(cut(false, &[&frame(1, b"")]), []);
    }

    #[test]
    fn a_stream_without_frames_is_refused() {
        for text in [&b"plain text"[..], b"p"] {
            let error = LineCutter::new(false).push(text).unwrap_err();
            assert_eq!(error, NoFrame(b'p'));
        }
    }

    #[test]
    fn a_line_and_the_whole_are_bounded() {
        let mut cutter = LineCutter::new(false);
        let mut sent = 0;
        while sent < 20 << 20 {
            cutter.push(&frame(1, &[b'x'; 100_000])).unwrap();
            sent += 100_000;
        }
        assert_eq!(cutter.lines.open[0].len(), LINE);
        cutter.push(&frame(1, b"\nshort\n")).unwrap();
        let lines = cutter.finish();
        assert_eq!(lines[0].bytes.len(), LINE);
        assert_eq!(lines[1].bytes, b"short");

        let mut cutter = LineCutter::new(true);
        for number in 0..100 {
            let line = format!("{number:03}{}\n", "y".repeat(200_000));
            cutter.push(line.as_bytes()).unwrap();
        }
        let lines = cutter.finish();
        assert!(lines.iter().map(|line| line.bytes.len()).sum::<usize>() <= TOTAL);
        assert!(lines.last().unwrap().bytes.starts_with(b"099"));
        assert!(lines[0].bytes.starts_with(b"059"), "the oldest went first");
    }

    #[test]
    fn a_header_that_promises_too_much_costs_nothing() {
        let mut cutter = LineCutter::new(false);
        cutter.push(&[1, 0, 0, 0, 255, 255, 255, 255]).unwrap();
        cutter.push(b"but little comes").unwrap();
        assert_eq!(cutter.finish()[0].bytes, b"but little comes");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_lines_or_refused(bytes: Vec<u8>, tty: bool, piece in 1_usize..30) {
            let mut cutter = LineCutter::new(tty);
            let mut whole = LineCutter::new(tty);
            let refused = whole.push(&bytes);
            let pieces = bytes.chunks(piece).try_for_each(|piece| cutter.push(piece));
            proptest::prop_assert_eq!(&refused, &pieces);
            if refused.is_ok() {
                proptest::prop_assert_eq!(whole.finish(), cutter.finish());
            }
        }
    }
}
