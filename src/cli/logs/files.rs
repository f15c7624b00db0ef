//! Logs that are files, or come on stdin. Nothing else is needed for them.

use std::{
    fs::File,
    io::{self, Cursor, ErrorKind, Read},
};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

use crate::{
    logs::{Bound, LogDigest, LogGroup, Rules, Streams},
    model::LogReport,
    probe::redact::Redactor,
    words::Component,
};

use super::{Job, STDIN};

/// What a file that gzip made begins with (RFC 1952 section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Adds what a file holds, each that wrote into it for itself. It may be months old: whether a
/// fault stands is judged as of its end.
pub(super) fn add(job: &Job<'_>, report: &mut LogReport, name: &str) -> Result<()> {
    let source = unpacked(open(name)?).with_context(|| format!("reading {name}"))?;
    let all = read(job, source).with_context(|| format!("reading {name}"))?;
    let end = all.iter().filter_map(|(_, digest)| digest.to).max();
    let end = end.unwrap_or(job.now);
    for (writer, digest) in all {
        let digest = Redactor::default().digest(digest);
        let stands = |group: &LogGroup| group.stands(end);
        let name = shown(name, writer.as_deref());
        job.teller()
            .add(report, &name, Component::Any, &digest, &stands);
    }
    Ok(())
}

/// What a file is called, and who wrote this part of it.
pub(super) fn shown(name: &str, writer: Option<&str>) -> String {
    let name = if name == STDIN { "stdin" } else { name };
    match writer {
        Some(writer) => format!("{writer} in {name}"),
        None => name.to_owned(),
    }
}

pub(super) fn open(name: &str) -> Result<Box<dyn Read>> {
    if name == STDIN {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(name).with_context(|| format!("opening {name}"))?;
    Ok(Box::new(file))
}

/// The bytes of a file that may be packed, as rotated logs are.
fn unpacked(mut source: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let mut head = Vec::with_capacity(GZIP.len());
    source
        .by_ref()
        .take(GZIP.len() as u64)
        .read_to_end(&mut head)?;
    let packed = head == GZIP;
    let whole = Cursor::new(head).chain(source);
    Ok(match packed {
        true => Box::new(MultiGzDecoder::new(whole)),
        false => Box::new(whole),
    })
}

/// One pass, in the room that the streams have anyway.
fn read(job: &Job<'_>, mut source: Box<dyn Read>) -> io::Result<Vec<(Option<String>, LogDigest)>> {
    let mut streams = streams(job);
    loop {
        match source.read(streams.space()) {
            Ok(0) => break,
            Ok(came) => streams.filled(came),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let mut all = streams.finish();
    for (_, digest) in &mut all {
        digest.bound = Bound::Whole;
    }
    Ok(all)
}

pub(super) fn streams(job: &Job<'_>) -> Streams {
    let rules = Rules {
        since: job.global.since,
        until: job.asked.until,
        ..Rules::unknown()
    };
    Streams::new(job.known.catalogue.clone(), rules)
}
