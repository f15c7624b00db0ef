//! One pass over a log: candidates by the sieve, records by their dialect, hits by the catalogue.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    LONGEST_LINE, access,
    catalogue::{Catalogue, Known, Signature},
    clock,
    dialect::Record,
    digest::{LogDigest, LogGroup},
    join::{self, Joined},
    lines::{NEAR, access_line, capped, line_at},
    tally::{Hit, Tally, What},
    template, values,
};
use crate::{model::Version, words::Component};

/// Hits that wait for the access line of their request; more do not wait.
const WAITING: usize = 64;

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
    /// Since when akdoctor itself asks authentik, where it does: a line of a request from then on
    /// whose access line is not there yet may be akdoctor's own doing, and is left out.
    pub asked: Option<Timestamp>,
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
            asked: None,
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
    waiting: Vec<Hit>,
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
            let joined = self.joined(line, &block[after..]);
            let wait = joined.open && !last;
            if wait && (begin > 0 || block.len() < LONGEST_LINE) {
                return self.done(&block[..begin]);
            }
            from = (after + joined.taken).min(block.len());
            self.line(&catalogue, line, &joined.text, &block[from..]);
        }
        self.done(block)
    }

    /// A line with what belongs to it, the engine's stamps cut off.
    fn joined(&self, line: &[u8], after: &[u8]) -> Joined {
        let stamped = self.rules.stamped;
        let text = join::text_of(capped(line), stamped);
        let text = if stamped {
            clock::whole(text)
        } else {
            text.into()
        };
        join::with_following(&text, after, stamped)
    }

    /// A line was too long.
    pub(super) fn cut(&mut self) {
        self.digest.cut += 1;
    }

    /// Known faults that were seen for the first time since this was asked last; for a log that is
    /// being followed. One that another line may take back comes when that line is overdue `now`.
    pub fn fresh(&mut self, now: Timestamp) -> Vec<LogGroup> {
        self.end_waiting();
        self.tally.fresh(now)
    }

    /// What the log holds, secrets and all: whoever reads logs hides them before anything leaves.
    pub fn finish(mut self) -> LogDigest {
        self.end_waiting();
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
        for over in &known.ends {
            self.tally.take_back(over.id());
        }
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
            None if after.len() < NEAR && self.waiting.len() < WAITING => self.waiting.push(hit),
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
            Some(signature) => values::known_as(signature, record),
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
        if let What::Known { id, .. } = &hit.what
            && let Some(signature) = self.catalogue.signature(id)
        {
            values::complete(&mut hit.what, signature, access);
        }
        Some(hit)
    }

    /// Looks for the access lines that hits of the block before wait for.
    fn answer_waiting(&mut self, block: &[u8]) {
        for hit in std::mem::take(&mut self.waiting) {
            let request = hit.request.as_deref().unwrap_or_default();
            match access_line(block, request) {
                Some(access) => {
                    if let Some(hit) = self.completed(hit, &access) {
                        self.tally.count(hit);
                    }
                }
                None => self.unanswered(hit),
            }
        }
    }

    fn end_waiting(&mut self) {
        for hit in std::mem::take(&mut self.waiting) {
            self.unanswered(hit);
        }
    }

    /// Counts a hit whose access line did not come; one of now may be akdoctor's own doing, and who
    /// asked will be in that line.
    fn unanswered(&mut self, hit: Hit) {
        let asked = self.rules.asked;
        let of_now = |at| asked.is_some_and(|asked| at >= asked);
        if !hit.at.is_some_and(of_now) {
            self.tally.count(hit);
        }
    }
}
