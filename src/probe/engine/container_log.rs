//! What a container's log holds: the raw stream goes through the scanner as it comes, newest lines
//! first by widening the tail. A `since` far back makes the engine read everything: 1.98 s against
//! 0.02 s for the last 1,000 lines of the same log.

use std::{sync::Arc, time::Duration};

use http_body_util::BodyExt;
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::{client::Client, describe::called, frames::Unframer, raw};
use crate::{
    logs::{Bound, Catalogue, Lane, LogDigest, LogGroup, Rules, Scanner},
    model::Version,
    probe::{Probe, ProbeError, Tools},
    words::Component,
};

/// Lines that are asked for first.
const FIRST: u64 = 2000;
/// How many times as many are asked for next.
const WIDER: u64 = 16;
/// How often a log that is followed is judged while nothing comes.
const AGAIN: Duration = Duration::from_secs(1);

/// What a container's log holds, read newest first: a digest, never the log itself.
#[derive(Debug, Clone, Serialize)]
pub struct ContainerLog {
    /// The container's id.
    pub container: String,
    /// Whether it writes to a terminal (then the stream has no frames); from inspect.
    pub tty: bool,
    /// Which part it plays.
    pub component: Component,
    /// Its last start: some lines are harmless for a while after it.
    pub started: Option<Timestamp>,
    /// What was written before is left out.
    pub since: Option<Timestamp>,
    /// What was written after is left out.
    pub until: Option<Timestamp>,
    /// How many lines from the end; `None` for as many as the other bounds allow.
    pub lines: Option<u64>,
    /// The most bytes; `None` for all.
    pub bytes: Option<u64>,
    /// Which authentik writes it.
    pub version: Option<Version>,
    /// Since when akdoctor itself asks authentik, where it does.
    #[serde(skip)]
    pub asked: Option<Timestamp>,
    /// The lines that are known.
    #[serde(skip)]
    pub catalogue: Arc<Catalogue>,
}

impl Probe for ContainerLog {
    const KIND: &'static str = "container-log";
    type Answer = LogDigest;

    fn key(&self) -> String {
        format!("container-log {}", self.container)
    }

    async fn look(&self, tools: &Tools) -> Result<LogDigest, ProbeError> {
        digest(tools, self).await
    }
}

/// Reads a log within the bounds of a question.
async fn digest(tools: &Tools, asked: &ContainerLog) -> Result<LogDigest, ProbeError> {
    let client = Client::connect(tools).await?;
    // Four fifths of the run's time limit: what was read by then can still be told.
    let patience = tools.connect_timeout * 4 / 3;
    let reader = Reader {
        client: &client,
        asked,
        until: Instant::now() + patience,
        patience,
    };
    let digest = reader.newest_first().await?;
    Ok(tools.redact.digest(digest))
}

/// Follows a log from now on: `seen` gets the scanner whenever something has come.
///
/// # Errors
/// When the log cannot be read, or the engine ends the connection.
pub async fn follow(
    tools: &Tools,
    asked: &ContainerLog,
    mut seen: impl FnMut(Vec<LogGroup>),
) -> Result<(), ProbeError> {
    let client = Client::connect(tools).await?;
    let what = format!("the log of {}", called(&asked.container));
    let query = "follow=1&tail=0";
    let path = path(&client, asked, query);
    let mut response = raw::get(&client.transport, &path, &what).await?;
    let mut scan = Scan::new(asked);
    loop {
        // A line that does not come is a fault, too.
        match tokio::time::timeout(AGAIN, response.body_mut().frame()).await {
            Ok(None) => return Ok(()),
            Ok(Some(frame)) => {
                let frame = frame.map_err(|error| raw::reset(&client.transport, &error))?;
                if let Some(bytes) = frame.data_ref() {
                    scan.push(bytes, &what)?;
                    scan.lanes
                        .iter_mut()
                        .for_each(|lane| lane.flush(&mut scan.scanner));
                }
            }
            Err(_) => {}
        }
        let fresh = scan.scanner.fresh(Timestamp::now());
        seen(
            fresh
                .into_iter()
                .map(|group| tools.redact.group(group))
                .collect(),
        );
    }
}

fn path(client: &Client, asked: &ContainerLog, query: &str) -> String {
    let version = client.docker.client_version();
    let container = &asked.container;
    format!("/v{version}/containers/{container}/logs?stdout=1&stderr=1&timestamps=1&{query}")
}

struct Reader<'a> {
    client: &'a Client,
    asked: &'a ContainerLog,
    until: Instant,
    patience: Duration,
}

/// How one reading ended.
enum Read {
    /// With the stream.
    ToTheEnd(LogDigest),
    /// With more bytes than are read.
    TooLarge,
}

impl Reader<'_> {
    async fn newest_first(&self) -> Result<LogDigest, ProbeError> {
        if let Some(lines) = self.asked.lines {
            let digest = self.only(&format!("tail={lines}")).await?;
            let bound = if digest.lines < lines {
                Bound::Whole
            } else {
                Bound::Lines
            };
            return Ok(self.bounded(digest, bound));
        }
        match self.asked.bytes {
            Some(most) => self.widening(most).await,
            None => Ok(self.bounded(self.only("tail=all").await?, Bound::Whole)),
        }
    }

    async fn widening(&self, most: u64) -> Result<LogDigest, ProbeError> {
        let (mut tail, mut known) = (FIRST, None);
        loop {
            let read = timeout_at(self.until, self.read(&format!("tail={tail}"), Some(most))).await;
            let digest = match (read, known.take()) {
                (Ok(Ok(Read::ToTheEnd(digest))), _) => digest,
                (Ok(Ok(Read::TooLarge)), Some(known)) => {
                    return Ok(self.bounded(known, Bound::Size));
                }
                (Ok(Ok(Read::TooLarge)), None) => {
                    // At least one line is read, however long it is.
                    tail = (tail / WIDER).max(1);
                    if tail == 1 {
                        return Ok(self.bounded(self.only("tail=1").await?, Bound::Size));
                    }
                    continue;
                }
                // What was read before stands, whatever became of the wider look.
                (_, Some(known)) => return Ok(self.bounded(known, Bound::Time)),
                (Ok(Err(error)), None) => return Err(error),
                (Err(_), None) => return Err(raw::late(&self.client.transport, self.patience)),
            };
            match self.enough(&digest, tail, most) {
                Ok(bound) => return Ok(self.bounded(digest, bound)),
                Err(more) => (tail, known) = (more, Some(digest)),
            }
        }
    }

    /// What ended the reading, or how many lines to ask for next.
    fn enough(&self, digest: &LogDigest, tail: u64, most: u64) -> Result<Bound, u64> {
        if digest.lines < tail {
            return Ok(Bound::Whole);
        }
        if self.reaches_back(digest) {
            return Ok(Bound::Age);
        }
        wider(tail, digest, most).map_or(Ok(Bound::Size), Err)
    }

    /// One reading without the bound of size.
    async fn only(&self, query: &str) -> Result<LogDigest, ProbeError> {
        match timeout_at(self.until, self.read(query, None)).await {
            Ok(Ok(Read::ToTheEnd(digest))) => Ok(digest),
            Ok(Ok(Read::TooLarge)) => Ok(LogDigest::default()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(raw::late(&self.client.transport, self.patience)),
        }
    }

    async fn read(&self, query: &str, most: Option<u64>) -> Result<Read, ProbeError> {
        let what = format!("the log of {}", called(&self.asked.container));
        let path = path(self.client, self.asked, query);
        let mut response = raw::get(&self.client.transport, &path, &what).await?;
        let mut scan = Scan::new(self.asked);
        let mut came: u64 = 0;
        while let Some(frame) = response.body_mut().frame().await {
            let frame = frame.map_err(|error| raw::reset(&self.client.transport, &error))?;
            let Some(bytes) = frame.data_ref() else {
                continue;
            };
            came += bytes.len() as u64;
            if most.is_some_and(|most| came > most) {
                return Ok(Read::TooLarge);
            }
            scan.push(bytes, &what)?;
        }
        Ok(Read::ToTheEnd(scan.finish()))
    }

    fn reaches_back(&self, digest: &LogDigest) -> bool {
        match (digest.from, self.asked.since) {
            (Some(from), Some(oldest)) => from < oldest,
            _ => false,
        }
    }

    /// The digest with what ended the reading: its lines may begin before what was wanted.
    fn bounded(&self, mut digest: LogDigest, bound: Bound) -> LogDigest {
        digest.bound = bound;
        if self.reaches_back(&digest) {
            digest.from = self.asked.since;
            let by_start = self.asked.started == self.asked.since;
            digest.bound = if by_start { Bound::Start } else { Bound::Age };
        }
        digest
    }
}

/// The next tail, as far as the bytes reach; `None` when they reach no further.
fn wider(tail: u64, digest: &LogDigest, most: u64) -> Option<u64> {
    // Frames and stamps come on top of what was counted; older lines may be longer.
    let each = (digest.bytes / digest.lines.max(1)).max(1) + 10;
    let reach = most / each / 10 * 9;
    (reach > tail).then(|| reach.min(tail.saturating_mul(WIDER)))
}

/// A stream on its way through the scanner.
struct Scan {
    unframer: Unframer,
    lanes: [Lane; 2],
    scanner: Scanner,
}

impl Scan {
    fn new(asked: &ContainerLog) -> Self {
        let rules = Rules {
            component: asked.component,
            stamped: true,
            started: asked.started,
            since: asked.since,
            until: asked.until,
            version: asked.version.clone(),
            asked: asked.asked,
        };
        Self {
            unframer: Unframer::new(asked.tty),
            lanes: [Lane::new(), Lane::new()],
            scanner: Scanner::new(Arc::clone(&asked.catalogue), rules),
        }
    }

    fn push(&mut self, bytes: &[u8], what: &str) -> Result<(), ProbeError> {
        let (lanes, scanner) = (&mut self.lanes, &mut self.scanner);
        let pushed = self.unframer.push(bytes, |stderr, piece| {
            lanes[usize::from(stderr)].push(piece, scanner);
        });
        pushed.map_err(|error| ProbeError::Malformed {
            what: what.into(),
            detail: error.to_string(),
        })
    }

    fn finish(mut self) -> LogDigest {
        let scanner = &mut self.scanner;
        self.lanes.iter_mut().for_each(|lane| lane.finish(scanner));
        self.scanner.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_widens_as_far_as_the_bytes_reach() {
        let digest = |lines, bytes| LogDigest {
            lines,
            bytes,
            ..LogDigest::default()
        };
        let most = 64 << 20;
        assert_eq!(wider(2000, &digest(2000, 2000 * 290), most), Some(32_000));
        let all = wider(32_000, &digest(32_000, 32_000 * 290), most).unwrap();
        assert!((190_000..=224_000).contains(&all), "{all}");
        assert_eq!(wider(all, &digest(all, all * 290), most), None);
        assert_eq!(wider(2000, &digest(0, 0), most), Some(32_000));
    }
}
