//! One pass over a log: candidates by the sieve, records by their dialect, hits by the catalogue.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    LONGEST_LINE, access,
    catalogue::{Catalogue, Known, Signature},
    clock,
    dialect::Record,
    digest::{LogDigest, LogGroup},
    join,
    tally::{Hit, Tally, What},
    template,
    text::kept,
};
use crate::{model::Version, words::Component};

/// Hits that wait for the access line of their request; more do not wait.
const WAITING: usize = 64;
/// Blocks that a hit waits for.
const PATIENCE: u8 = 2;

/// How a log is read.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whose log it is.
    pub component: Component,
    /// Whether the engine's time stamp stands before each line.
    pub stamped: bool,
    /// The container's last start.
    pub started: Option<Timestamp>,
    /// Older lines are left out.
    pub since: Option<Timestamp>,
    /// Newer lines are left out.
    pub until: Option<Timestamp>,
    /// Which authentik wrote it.
    pub version: Option<Version>,
}

impl Rules {
    /// A log of which nothing is known.
    pub fn unknown() -> Self {
        Self {
            component: Component::Any,
            stamped: false,
            started: None,
            since: None,
            until: None,
            version: None,
        }
    }
}

/// Takes a log's blocks and keeps what is known of them.
pub struct Scanner {
    catalogue: Arc<Catalogue>,
    rules: Rules,
    tally: Tally,
    /// Faults that are harmless as long as they are few, by the benign line's id.
    doubtful: BTreeMap<String, Vec<Hit>>,
    waiting: Vec<(Hit, u8)>,
    digest: LogDigest,
}

impl Scanner {
    /// A scanner for one log.
    pub fn new(catalogue: Arc<Catalogue>, rules: Rules) -> Self {
        Self {
            catalogue,
            rules,
            tally: Tally::default(),
            doubtful: BTreeMap::new(),
            waiting: Vec::new(),
            digest: LogDigest::default(),
        }
    }

    /// Looks through whole lines (the last one may lack its end if it is the `last` of all) and
    /// says how many bytes it is done with; the rest belongs to what has not come yet.
    pub fn block(&mut self, block: &[u8], last: bool) -> usize {
        let catalogue = Arc::clone(&self.catalogue);
        if self.digest.lines == 0 {
            self.digest.from = self.time_of(line_at(block, 0).0);
        }
        self.answer_waiting(block);
        let mut search = catalogue.sieve.search(block);
        let mut from = 0;
        while let Some(at) = search.from(from) {
            let begin = memchr::memrchr(b'\n', &block[from..at]).map_or(from, |end| from + end + 1);
            let (line, after) = line_at(block, begin);
            let stamped = self.rules.stamped;
            let text = join::text_of(capped(line), stamped);
            let text = if stamped {
                clock::whole(text)
            } else {
                text.into()
            };
            let joined = join::with_following(&text, &block[after..], stamped);
            if joined.open && !last && begin > 0 {
                return self.done(&block[..begin]);
            }
            if joined.open && !last && block.len() < LONGEST_LINE {
                return 0;
            }
            from = after + joined.taken;
            self.line(
                &catalogue,
                line,
                &joined.text,
                &block[from.min(block.len())..],
            );
            if from >= block.len() {
                break;
            }
        }
        self.done(block)
    }

    /// A line was too long.
    pub(super) fn cut(&mut self) {
        self.digest.cut += 1;
    }

    /// Known faults that were seen for the first time since this was asked last; for a log that is
    /// being followed.
    pub fn fresh(&mut self) -> Vec<LogGroup> {
        std::mem::take(&mut self.waiting)
            .into_iter()
            .for_each(|(hit, _)| self.tally.count(hit));
        self.tally.fresh()
    }

    /// What the log holds, secrets and all: whoever reads logs hides them before anything leaves.
    pub fn finish(mut self) -> LogDigest {
        for (hit, _) in std::mem::take(&mut self.waiting) {
            self.tally.count(hit);
        }
        for (id, hits) in std::mem::take(&mut self.doubtful) {
            let most = self.catalogue.benign().iter().find(|one| one.line.id == id);
            let most = most.and_then(|one| one.at_most).unwrap_or(u64::MAX);
            if self
                .digest
                .benign
                .get(&id)
                .is_some_and(|count| *count > most)
            {
                hits.into_iter().for_each(|hit| self.tally.count(hit));
                self.digest.benign.remove(&id);
            }
        }
        let (groups, unknown, dropped) = self.tally.finish();
        LogDigest {
            groups,
            unknown,
            dropped,
            ..self.digest
        }
    }

    fn done(&mut self, block: &[u8]) -> usize {
        if block.is_empty() {
            return 0;
        }
        self.digest.lines += memchr::memchr_iter(b'\n', block).count() as u64;
        self.digest.lines += u64::from(block.last() != Some(&b'\n'));
        self.digest.bytes += block.len() as u64;
        let text = block.strip_suffix(b"\n").unwrap_or(block);
        let last = memchr::memrchr(b'\n', text).map_or(0, |end| end + 1);
        self.digest.to = self.time_of(&text[last..]).or(self.digest.to);
        block.len()
    }

    fn time_of(&self, line: &[u8]) -> Option<Timestamp> {
        if self.rules.stamped {
            return clock::cut_stamp(line).0?.parse().ok();
        }
        clock::own_time(capped(line))
    }

    fn line(&mut self, catalogue: &Catalogue, line: &[u8], text: &[u8], after: &[u8]) {
        let record = Record::read(text);
        if record.is_access() && !record.is_error() || access::is_ours(&record) {
            return;
        }
        let stamp = if self.rules.stamped {
            clock::cut_stamp(line).0
        } else {
            None
        };
        let at = stamp.and_then(|at| at.parse().ok()).or(record.at);
        let outside = at.is_some_and(|at| {
            self.rules.since.is_some_and(|since| at < since)
                || self.rules.until.is_some_and(|until| at > until)
        });
        if outside {
            return;
        }
        let known = catalogue.know(&record, self.rules.component);
        let Some(hit) = self.hit(&known, &record, at) else {
            return;
        };
        if let Some(hit) = self.unless_harmless(&known, hit) {
            self.count_or_wait(hit, after);
        }
    }

    /// Counts a hit; one of a request waits for that request's access line.
    fn count_or_wait(&mut self, hit: Hit, after: &[u8]) {
        let Some(request) = &hit.request else {
            return self.tally.count(hit);
        };
        match access_line(after, request) {
            Some(access) => {
                if let Some(hit) = self.completed(hit, &access) {
                    self.tally.count(hit);
                }
            }
            None if self.waiting.len() < WAITING => self.waiting.push((hit, PATIENCE)),
            None => self.tally.count(hit),
        }
    }

    /// The hit, unless it is known to be harmless here.
    fn unless_harmless(&mut self, known: &Known<'_>, hit: Hit) -> Option<Hit> {
        let started = self.rules.started.or(self.digest.from);
        let early = |within: Option<Duration>| match (within, started, hit.at) {
            (None, ..) => true,
            (Some(within), Some(started), Some(at)) => {
                at.duration_since(started).unsigned_abs() <= within
            }
            _ => false,
        };
        let Some(benign) = known.benign.iter().find(|one| early(one.within)) else {
            return Some(hit);
        };
        let id = &benign.line.id;
        let count = self.digest.benign.entry(id.clone()).or_default();
        *count += 1;
        let most = benign.at_most?;
        if *count > most {
            // Too many: those before are told as well when the log has ended.
            return Some(hit);
        }
        self.doubtful.entry(id.clone()).or_default().push(hit);
        None
    }

    fn hit(&self, known: &Known<'_>, record: &Record, at: Option<Timestamp>) -> Option<Hit> {
        let fits_version = |signature: &&&Signature| {
            let versions = signature.log.authentik.as_ref();
            match (versions, &self.rules.version) {
                (Some(versions), Some(version)) => versions.range.holds(version),
                _ => true,
            }
        };
        let sample = record.gist();
        let what = match known.all.iter().find(fits_version) {
            Some(signature) => known_as(signature, record),
            None if record.is_error() || !known.benign.is_empty() => What::Unknown {
                template: template::of(&sample),
            },
            None => return None,
        };
        Some(Hit {
            what,
            at,
            tells_why: record.exception.is_some() || record.error.is_some(),
            request: record.request_id().map(str::to_owned),
            sample,
        })
    }

    /// The hit with what its request's access line tells; `None` if akdoctor itself asked.
    fn completed(&self, mut hit: Hit, access: &Record) -> Option<Hit> {
        if access::is_ours(access) {
            return None;
        }
        if let What::Known { id, values, group } = &mut hit.what
            && let Some(signature) = self.catalogue.signature(id)
        {
            for (name, key) in &signature.log.values {
                let told = access::asked_of_request(key).and_then(|key| access::told(access, key));
                if let Some(told) = told {
                    values.insert(name.clone(), short(told));
                }
            }
            *group = group_of(signature, values);
        }
        Some(hit)
    }

    /// Looks for the access lines that hits of earlier blocks wait for.
    fn answer_waiting(&mut self, block: &[u8]) {
        for (hit, patience) in std::mem::take(&mut self.waiting) {
            let request = hit.request.clone().unwrap_or_default();
            match access_line(block, &request) {
                Some(access) => {
                    if let Some(hit) = self.completed(hit, &access) {
                        self.tally.count(hit);
                    }
                }
                None if patience > 0 => self.waiting.push((hit, patience - 1)),
                None => self.tally.count(hit),
            }
        }
    }
}

/// What a signature makes of a record.
fn known_as(signature: &Signature, record: &Record) -> What {
    let mut values: BTreeMap<String, Value> = signature
        .captured(record)
        .into_iter()
        .map(|(name, text)| (name.to_owned(), short(Value::from(text))))
        .collect();
    for (name, path) in &signature.log.values {
        if let Some(value) = record.field(path).and_then(told) {
            values.insert(name.clone(), short(value));
        }
    }
    What::Known {
        id: signature.id().to_owned(),
        group: group_of(signature, &values),
        values,
    }
}

/// What makes a group: the signature and the values that it names, or all.
fn group_of(signature: &Signature, values: &BTreeMap<String, Value>) -> String {
    let wanted = signature.log.group.as_ref();
    let kept = values
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted.contains(name)));
    kept.fold(signature.id().to_owned(), |all, (name, value)| {
        format!("{all}\n{name}={value}")
    })
}

/// A JSON value as words can tell it: lists of objects with a URL become their URLs.
fn told(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(value.clone()),
        Value::Array(list) => {
            let urls = list
                .iter()
                .map(|one| one.get("url").filter(|url| url.is_string()));
            let urls: Option<Vec<Value>> = urls.map(Option::<&Value>::cloned).collect();
            Some(urls.map_or_else(|| Value::from(value.to_string()), Value::Array))
        }
        Value::Object(_) => Some(Value::from(value.to_string())),
    }
}

fn short(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(kept(text)),
        Value::Array(mut list) => {
            list.truncate(20);
            Value::Array(list.into_iter().map(short).collect())
        }
        other => other,
    }
}

/// The access line of a request among these lines.
fn access_line(block: &[u8], request: &str) -> Option<Record> {
    let mut places = memchr::memmem::find_iter(block, request);
    for _ in 0..8 {
        let at = places.next()?;
        let begin = memchr::memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
        let (line, _) = line_at(block, begin);
        let json = memchr::memchr(b'{', capped(line))?;
        let record = Record::read(&capped(line)[json..]);
        if record.is_access() && record.request_id() == Some(request) {
            return Some(record);
        }
    }
    None
}

/// The line that begins here, without its end, and where the next begins.
fn line_at(block: &[u8], begin: usize) -> (&[u8], usize) {
    match memchr::memchr(b'\n', &block[begin..]) {
        Some(length) => (&block[begin..begin + length], begin + length + 1),
        None => (&block[begin..], block.len()),
    }
}

fn capped(line: &[u8]) -> &[u8] {
    &line[..line.len().min(LONGEST_LINE)]
}
