//! From what the logs hold to findings: past or standing, and how bad.

use serde_json::Value;

use super::{
    Log, Scene,
    story::{self, Story},
};
use crate::{
    check::{Findings, Raised},
    model::{Outcome, Reach, Severity, clock, times},
    words::Component,
};

/// Unknown errors that are named; the rest is counted.
const NAMED: usize = 3;

pub(super) fn judge(scene: &Scene<'_>, logs: &[Log<'_>]) -> Findings {
    let mut findings = Findings::new();
    let worth_telling = |story: &Story<'_>| {
        if story.group.within.is_some() {
            // The line that takes it back may still come; and where authentik is ready it has
            // come, in whichever words.
            return stands(scene, story) && !scene.ready;
        }
        // One mistyped password of this morning is no news; `akdoctor logs` tells it.
        stands(scene, story) || story.signature.severity() > Severity::Info
    };
    for story in story::stories(scene, logs)
        .into_iter()
        .filter(worth_telling)
    {
        let raised = raised(scene, &story);
        findings.raise(&story.log.promise(), raised.clone());
        for (log, _) in &story.also {
            // The same finding once more, for the log that tells of it too.
            findings.raise(&log.promise(), raised.clone().cites(log.cite.clone()));
        }
    }
    for log in logs {
        let promise = log.promise();
        findings.merge(unknown_errors(scene, log));
        let told = findings
            .points
            .iter()
            .any(|point| point.outcome == Outcome::Found && point.what == promise);
        if !told {
            let cites = std::slice::from_ref(&log.cite);
            findings.passed(&promise, log.source.subject.clone(), cites);
        }
    }
    findings
}

fn raised(scene: &Scene<'_>, story: &Story<'_>) -> Raised {
    let (group, source) = (story.group, story.log.source);
    let mut raised = Raised::new(&story.signature.code, story.subject())
        .since(group.since.map(|at| at.to_string()))
        .cites(story.log.cite.clone())
        .apart();
    for name in story.signature.value_names() {
        raised = raised.with_some(name, group.values.get(name).cloned());
    }
    for (name, value) in story::known_of(scene, story) {
        if !raised.values.contains_key(name) {
            raised = raised.with(name, value);
        }
    }
    let time = |at: Option<jiff::Timestamp>| {
        at.map_or_else(|| "(not said)".into(), |at| clock(at, scene.now))
    };
    raised = raised
        .with("container", source.container.name.clone())
        .with("component", source.component.word())
        .with("count", group.count)
        .with("first", time(group.first))
        .with("last", time(group.last))
        .with("sample", scene.seen.hide(&group.sample))
        .with("seen", seen(scene, story));
    for value in raised.values.values_mut() {
        hide(scene, value);
    }
    weighed(scene, story, raised)
}

fn seen(scene: &Scene<'_>, story: &Story<'_>) -> String {
    let group = story.group;
    let mut seen = times(group.count, group.first, group.last, scene.now);
    for (log, sample) in &story.also {
        let container = &log.source.container.name;
        seen += &format!("; {container} wrote in the same seconds: {sample}");
    }
    seen
}

/// Later answers may have told of secrets that were not known when this log was read.
fn hide(scene: &Scene<'_>, value: &mut Value) {
    match value {
        Value::String(text) => *text = scene.seen.hide(text),
        Value::Array(list) => list.iter_mut().for_each(|one| hide(scene, one)),
        _ => {}
    }
}

fn stands(scene: &Scene<'_>, story: &Story<'_>) -> bool {
    story.log.source.stands(story.group, scene.now)
}

/// A fault that was not seen again within ten minutes is past. One that would keep everybody out
/// while authentik is ready keeps nobody out now.
fn weighed(scene: &Scene<'_>, story: &Story<'_>, raised: Raised) -> Raised {
    if !stands(scene, story) {
        return raised.past();
    }
    if scene.ready && story.signature.reach() == Reach::Everybody {
        let severity = story.signature.severity().min(Severity::Warning);
        return raised.weighing(severity, Reach::Nobody);
    }
    raised
}

/// Errors of authentik's own parts that nobody knows and that go on. Those of apps only `akdoctor
/// logs` lists.
fn unknown_errors(scene: &Scene<'_>, log: &Log<'_>) -> Findings {
    let mut findings = Findings::new();
    let unknown: Vec<_> = log
        .digest
        .unknown
        .iter()
        .filter(|line| line.stands(scene.now))
        .collect();
    let Some(most) = unknown.first() else {
        return findings;
    };
    if matches!(log.source.component, Component::App | Component::Proxy) {
        return findings;
    }
    let named: Vec<String> = unknown
        .iter()
        .take(NAMED)
        .map(|line| scene.seen.hide(&line.sample))
        .collect();
    let count = unknown.iter().map(|line| line.count).sum();
    let first = unknown.iter().filter_map(|line| line.first).min();
    let last = unknown.iter().filter_map(|line| line.last).max();
    let raised = Raised::new("container-logs/unknown-errors", log.source.subject.clone())
        .since(most.first.map(|at| at.to_string()))
        .with("container", log.source.container.name.clone())
        .with("seen", times(count, first, last, scene.now))
        .with("sample", named.join(" | "))
        .cites(log.cite.clone());
    findings.raise(&log.promise(), raised);
    findings
}
