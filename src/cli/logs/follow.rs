//! Logs that are followed: a fault is told when it appears for the first time.

use std::{thread, time::Duration};

use anyhow::{Context, Result};
use futures::future::join_all;

use crate::{
    facts::LogSource,
    logs::LogGroup,
    probe::{Tools, engine, redact::Redactor},
    words::Component,
};

use super::super::start::say;
use super::{Job, STDIN, containers, files, out};

/// How often a file is looked at again.
const AGAIN: Duration = Duration::from_millis(250);

/// Follows containers until the person or the last container ends it.
pub(super) async fn containers(job: &Job<'_>, tools: &Tools, sources: &[LogSource]) -> Result<u8> {
    let looks = sources.iter().map(|source| async {
        let name = &source.container.name;
        let question = containers::question(job, source);
        let tell = |groups: Vec<LogGroup>| told(job, name, source.component, groups);
        match engine::follow(tools, &question, tell).await {
            Ok(()) => say(&format!("akdoctor: the log of {name} has ended")),
            Err(why) => say(&format!("akdoctor: the log of {name}: {why}")),
        }
    });
    tokio::select! {
        _ = join_all(looks) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(0)
}

/// Follows a file for ever, or stdin to its end.
pub(super) fn file(job: &Job<'_>, name: &str) -> Result<u8> {
    let mut source = files::open(name)?;
    let redact = Redactor::default();
    let mut streams = files::streams(job);
    loop {
        let came = source
            .read(streams.space())
            .with_context(|| format!("reading {name}"))?;
        let ended = came == 0 && name == STDIN;
        if came == 0 && !ended {
            thread::sleep(AGAIN);
        } else {
            streams.filled(came);
        }
        if ended {
            // The last line may lack its end.
            let end = streams.space();
            end[0] = b'\n';
            streams.filled(1);
        }
        for (writer, group) in streams.fresh(jiff::Timestamp::now()) {
            let name = files::shown(&redact, name, writer.as_deref());
            told(job, &name, Component::Any, vec![redact.group(group)]);
        }
        if ended {
            return Ok(0);
        }
    }
}

fn told(job: &Job<'_>, name: &str, component: Component, groups: Vec<LogGroup>) {
    let teller = job.teller();
    let mut report = teller.report();
    report.started = jiff::Timestamp::now();
    for group in groups {
        // It appears right now, whether or not it will come again.
        let Some(finding) = teller.finding(&group, name, component, true) else {
            continue;
        };
        if out::one(job.global, &report, &finding).is_err() {
            return;
        }
    }
}
