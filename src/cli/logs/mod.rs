//! `akdoctor logs`: what the logs mean, of containers, of files, of what comes on stdin.

mod containers;
mod files;
mod follow;
mod known;
mod mends;
mod out;

use anyhow::{Result, bail};
use jiff::Timestamp;

use crate::{fix::Workshop, logs::Teller, model::LogReport};

use super::{
    args::{Global, Logs},
    run,
};
use known::Known;
pub(super) use known::{pack_test, packs, signatures};
use mends::Shop;

/// What stands for standard input.
const STDIN: &str = "-";

/// A run of this command: what was asked for and with what it is answered.
struct Job<'a> {
    global: &'a Global,
    asked: &'a Logs,
    known: Known,
    /// Where what mends a fault is to be done.
    shop: Shop,
    now: Timestamp,
}

impl Job<'_> {
    fn teller(&self) -> Teller<'_> {
        Teller {
            catalogue: &self.known.catalogue,
            words: &self.known.words,
            mends: &self.shop,
            now: self.now,
        }
    }
}

pub(super) fn run(global: &Global, asked: &Logs) -> Result<u8> {
    if asked.all && global.since.is_some() {
        bail!("--all reads everything that there is; leave it or --since out");
    }
    let mut job = Job {
        global,
        asked,
        known: Known::load(&global.checks)?,
        shop: Shop(Workshop::default()),
        now: Timestamp::now(),
    };
    if asked.containers.is_empty() && asked.file.is_empty() || !names(asked).is_empty() {
        return run::in_runtime(containers::run(&mut job));
    }
    let mut report = job.teller().report();
    let files = asked.file.iter().map(String::as_str);
    let stdin = asked
        .containers
        .iter()
        .any(|name| name == STDIN)
        .then_some(STDIN);
    let all: Vec<&str> = files.chain(stdin).collect();
    if asked.follow {
        let [one] = all[..] else {
            bail!("--follow follows containers, or one file");
        };
        return follow::file(&job, one);
    }
    for name in all {
        files::add(&job, &mut report, name)?;
    }
    finished(&job, report)
}

/// The containers that were named.
fn names(asked: &Logs) -> Vec<&str> {
    let names = asked.containers.iter().map(String::as_str);
    names.filter(|name| *name != STDIN).collect()
}

fn finished(job: &Job<'_>, mut report: LogReport) -> Result<u8> {
    job.teller().link(&mut report);
    out::deliver(job.global, &report)?;
    Ok(report.exit_code(job.global.fail_on.into()))
}
