//! Logs that are files, or come on stdin. Nothing else is needed for them.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
};

use anyhow::{Context, Result};

use crate::{
    logs::{Bound, Lane, LogDigest, LogGroup, Rules, Scanner, cut_stamp},
    model::LogReport,
    probe::redact::Redactor,
    words::Component,
};

use super::{Job, STDIN};

/// Adds what a file holds. It may be months old: whether a fault stands is judged as of its end.
pub(super) fn add(job: &Job<'_>, report: &mut LogReport, name: &str) -> Result<()> {
    let mut source = open(name)?;
    let digest = read(job, &mut *source).with_context(|| format!("reading {name}"))?;
    let digest = Redactor::default().digest(digest);
    let end = digest.to.unwrap_or(job.now);
    let stands = |group: &LogGroup| group.stands(end);
    job.teller()
        .add(report, shown(name), Component::Any, &digest, &stands);
    Ok(())
}

/// What a file is called.
pub(super) fn shown(name: &str) -> &str {
    if name == STDIN { "stdin" } else { name }
}

pub(super) fn open(name: &str) -> Result<Box<dyn Read>> {
    if name == STDIN {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(name).with_context(|| format!("opening {name}"))?;
    Ok(Box::new(file))
}

/// One pass, in the room that the lane has anyway.
fn read(job: &Job<'_>, source: &mut dyn Read) -> Result<LogDigest> {
    let mut lane = Lane::new();
    let mut scanner: Option<Scanner> = None;
    loop {
        let came = match source.read(lane.space()) {
            Ok(0) => break,
            Ok(came) => came,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let stamped = cut_stamp(first_line(&lane.space()[..came])).0.is_some();
        let scanner = scanner.get_or_insert_with(|| scanner_for(job, stamped));
        lane.filled(came, scanner);
    }
    let mut scanner = scanner.unwrap_or_else(|| scanner_for(job, false));
    lane.finish(&mut scanner);
    let mut digest = scanner.finish();
    digest.bound = Bound::Whole;
    Ok(digest)
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default()
}

/// `docker logs -t` leaves the engine's stamps before the lines.
pub(super) fn scanner_for(job: &Job<'_>, stamped: bool) -> Scanner {
    let rules = Rules {
        stamped,
        since: job.global.since,
        until: job.asked.until,
        ..Rules::unknown()
    };
    Scanner::new(job.known.catalogue.clone(), rules)
}
