//! From what was kept of logs to what is told of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Bound, Catalogue, LogDigest, LogGroup};
use crate::{
    model::{
        Fix, LogFinding, LogReport, LogSource, SCHEMA_VERSION, Severity, UnknownError, clock, times,
    },
    words::{Component, FindingWords, Words, fill},
};

/// Makes commands of what mends a fault, for wherever its log is.
pub trait Mends {
    /// What mends it, given the values that are known; the recommended one first.
    fn of(&self, words: &FindingWords, values: &BTreeMap<&str, Value>) -> Vec<Fix>;
}

/// Tells what logs hold, log by log.
pub struct Teller<'a> {
    /// What is known.
    pub catalogue: &'a Catalogue,
    /// The words of every signature.
    pub words: &'a [Words],
    /// What mends a fault.
    pub mends: &'a dyn Mends,
    /// The "now" of every "ago".
    pub now: Timestamp,
}

impl Teller<'_> {
    /// A report without any log.
    pub fn report(&self) -> LogReport {
        LogReport {
            schema_version: SCHEMA_VERSION,
            akdoctor: env!("CARGO_PKG_VERSION").into(),
            started: self.now,
            sources: Vec::new(),
            findings: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Adds a log that could not be read.
    pub fn unread(&self, report: &mut LogReport, name: &str, component: Component, why: String) {
        let nothing = LogDigest::default();
        let mut source = source(name, component, &nothing);
        (source.bound, source.problem) = (String::new(), Some(why));
        report.sources.push(source);
    }

    /// Adds what a log holds, each fault standing or past.
    pub fn add(
        &self,
        report: &mut LogReport,
        name: &str,
        component: Component,
        digest: &LogDigest,
        stands: &dyn Fn(&LogGroup) -> bool,
    ) {
        report.sources.push(source(name, component, digest));
        // What may still be taken back is no fault yet.
        let sure = |group: &&LogGroup| group.within.is_none() || stands(group);
        let groups = digest.groups.iter().filter(sure);
        let told = groups.filter_map(|group| self.finding(group, name, component, stands(group)));
        report.findings.extend(told);
        report
            .unknown
            .extend(digest.unknown.iter().map(|line| UnknownError {
                source: name.to_owned(),
                template: line.template.clone(),
                count: line.count,
                first: line.first,
                last: line.last,
                sample: line.sample.clone(),
            }));
        report
            .findings
            .sort_by_key(|one| (std::cmp::Reverse(one.severity), std::cmp::Reverse(one.last)));
        report
            .unknown
            .sort_by_key(|one| std::cmp::Reverse(one.count));
    }

    /// A known fault in words.
    pub fn finding(
        &self,
        group: &LogGroup,
        name: &str,
        component: Component,
        standing: bool,
    ) -> Option<LogFinding> {
        let signature = self.catalogue.signature(&group.id)?;
        let words = self.words_of(&signature.code)?;
        let known = self.known(group, name, component);
        let values = said(words, &known);
        Some(LogFinding {
            code: signature.code.clone(),
            signature: signature.id().to_owned(),
            severity: if standing {
                words.severity
            } else {
                Severity::Info
            },
            standing,
            source: name.to_owned(),
            says: fill(&words.says, &values).unwrap_or_else(|_| words.says.clone()),
            count: group.count,
            first: group.first,
            last: group.last,
            timeline: group.timeline.counts.clone(),
            stretch_seconds: group.timeline.seconds,
            sample: group.sample.clone(),
            follows_from: None,
            fixes: self.mends.of(words, &known),
        })
    }

    fn words_of(&self, code: &str) -> Option<&FindingWords> {
        self.words.iter().find_map(|words| words.finding(code))
    }

    /// Takes the mends from what follows from another fault of these logs: mending that one mends
    /// both. A fault that may be over causes nothing that goes on.
    pub fn link(&self, report: &mut LogReport) {
        let told = |one: &LogFinding| (one.code.clone(), one.standing);
        let all: Vec<(String, bool)> = report.findings.iter().map(told).collect();
        for finding in &mut report.findings {
            let listed = self
                .words_of(&finding.code)
                .map_or(&[][..], |words| &words.explained_by);
            let causes = |code: &&String| {
                let stands = |(other, standing): &(String, bool)| {
                    other == *code && (*standing || !finding.standing)
                };
                **code != finding.code && all.iter().any(stands)
            };
            finding.follows_from = listed.iter().find(causes).cloned();
        }
        unring(&mut report.findings);
        let follows = |one: &&mut LogFinding| one.follows_from.is_some();
        report
            .findings
            .iter_mut()
            .filter(follows)
            .for_each(|one| one.fixes.clear());
    }

    /// The values that a fault's lines and its place tell.
    fn known<'v>(
        &self,
        group: &'v LogGroup,
        name: &str,
        component: Component,
    ) -> BTreeMap<&'v str, Value> {
        let mut values = BTreeMap::new();
        let app = group.values.get("client_id").cloned();
        values.insert("app", app.unwrap_or_else(|| name.into()));
        let told = group.values.iter();
        values.extend(told.map(|(name, value)| (name.as_str(), value.clone())));
        let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| clock(at, self.now));
        let seen = times(group.count, group.first, group.last, self.now);
        values.extend([
            ("container", Value::from(name)),
            ("component", component.word().into()),
            ("count", group.count.into()),
            ("first", time(group.first).into()),
            ("last", time(group.last).into()),
            ("sample", group.sample.as_str().into()),
            ("seen", seen.into()),
        ]);
        values
    }
}

/// The values of a fault's sentences; what its lines do not tell is said so.
fn said<'v>(words: &'v FindingWords, known: &BTreeMap<&'v str, Value>) -> BTreeMap<&'v str, Value> {
    let wanted = words.wants().into_iter();
    let mut values: BTreeMap<&str, Value> = wanted
        .map(|wanted| (wanted, Value::from("(not said)")))
        .collect();
    values.extend(known.iter().map(|(name, value)| (*name, value.clone())));
    values
}

/// Of findings that explain each other in a ring the first told, the worst, is the root.
fn unring(findings: &mut [LogFinding]) {
    for start in 0..findings.len() {
        let mut seen = vec![findings[start].code.clone()];
        let mut at = start;
        while let Some(cause) = findings[at].follows_from.clone() {
            if cause == findings[start].code {
                findings[start].follows_from = None;
                break;
            }
            let next = findings.iter().position(|one| one.code == cause);
            let Some(next) = next.filter(|_| !seen.contains(&cause)) else {
                break;
            };
            seen.push(cause);
            at = next;
        }
    }
}

fn source(name: &str, component: Component, digest: &LogDigest) -> LogSource {
    LogSource {
        name: name.to_owned(),
        component: component.word().to_owned(),
        lines: digest.lines,
        bytes: digest.bytes,
        from: digest.from,
        to: digest.to,
        bound: bound(digest.bound).to_owned(),
        cut: digest.cut,
        harmless: digest.benign.values().sum(),
        dropped: digest.dropped,
        problem: None,
    }
}

/// What ended the reading, in words.
fn bound(bound: Bound) -> &'static str {
    match bound {
        Bound::Whole => "all there is",
        Bound::Start => "since its last start",
        Bound::Age => "as far back as asked",
        Bound::Lines => "as many lines as asked",
        Bound::Size => "older lines are beyond the 64 MB that are read (--all reads them)",
        Bound::Time => "older lines could not be read in time (--deadline gives more)",
    }
}
