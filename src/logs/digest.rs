//! What is kept of a log: counts, samples, times. Its size does not depend on the log's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a fault that was seen may be over and still count as standing, in seconds.
pub(super) const STANDING: i64 = 600;
/// Stretches of time that a timeline has.
const STRETCHES: usize = 24;

/// What a log holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LogDigest {
    /// Lines that were read.
    pub lines: u64,
    /// Bytes that were read, without the engine's framing.
    pub bytes: u64,
    /// Lines that were longer than akdoctor looks at.
    pub cut: u64,
    /// When the oldest line that was read was written.
    pub from: Option<Timestamp>,
    /// When the newest line was written.
    pub to: Option<Timestamp>,
    /// What ended the reading.
    pub bound: Bound,
    /// Known faults, those first seen first.
    pub groups: Vec<LogGroup>,
    /// Lines of errors that no signature knows, by what they have in common.
    pub unknown: Vec<UnknownLine>,
    /// Groups and templates that were not kept because there were too many.
    pub dropped: u64,
    /// Harmless lines by their id.
    pub benign: BTreeMap<String, u64>,
}

/// What ended the reading of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The log's own beginning.
    #[default]
    Whole,
    /// The container's last start.
    Start,
    /// The age that was asked for.
    Age,
    /// The number of lines that was asked for.
    Lines,
    /// The most bytes that are read.
    Size,
    /// The time that reading may take.
    Time,
}

/// One fault, however often it was seen: same signature, same values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    /// The signature's id, such as `PG-01`.
    pub id: String,
    /// What its lines tell.
    pub values: BTreeMap<String, Value>,
    /// How often it was seen.
    pub count: u64,
    /// When first, if its lines tell.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
    /// When the time before that.
    pub before_last: Option<Timestamp>,
    /// Since when it has been seen again and again, without a pause of ten minutes.
    pub since: Option<Timestamp>,
    /// How often when.
    pub timeline: Timeline,
    /// What its best line says.
    pub sample: String,
    /// Requests that it was seen in, the last ones.
    pub requests: Vec<String>,
    /// For a fault that another line takes back: how long that may take, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
}

impl LogGroup {
    /// Whether it was seen at least twice in the ten minutes before `now`; or, if another line
    /// should have taken it back, whether that is overdue.
    pub fn stands(&self, now: Timestamp) -> bool {
        match self.within {
            Some(within) => self.last.is_some_and(|last| {
                let waited = now.duration_since(last).as_secs();
                u64::try_from(waited).is_ok_and(|waited| waited >= within)
            }),
            None => recently(self.before_last, now),
        }
    }

    /// Whether it was seen at all in the ten minutes before `then`.
    pub fn was_seen_before(&self, then: Timestamp) -> bool {
        recently(self.last, then)
    }
}

impl UnknownLine {
    /// Whether it was seen at least twice in the ten minutes before `now`.
    pub fn stands(&self, now: Timestamp) -> bool {
        recently(self.before_last, now)
    }
}

fn recently(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| now.duration_since(at).as_secs() <= STANDING)
}

/// Lines of errors that no signature knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnknownLine {
    /// What they have in common: `*` for what differs.
    pub template: String,
    /// How many.
    pub count: u64,
    /// When first, if they tell.
    pub first: Option<Timestamp>,
    /// When last.
    pub last: Option<Timestamp>,
    /// When the time before that.
    pub before_last: Option<Timestamp>,
    /// One of them.
    pub sample: String,
}

/// How often something was seen in stretches of equal length.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// When the first stretch begins.
    pub from: Option<Timestamp>,
    /// How long each is, in seconds.
    pub seconds: i64,
    /// How often in each.
    pub counts: Vec<u32>,
}

impl Timeline {
    /// Counts one more. Stretches become longer when they no longer reach.
    pub fn add(&mut self, at: Timestamp) {
        let from = *self.from.get_or_insert(at);
        self.seconds = self.seconds.max(60);
        let mut place = at.duration_since(from).as_secs() / self.seconds;
        if place < 0 {
            // Two streams of one log may be out of step by a little.
            place = 0;
        }
        while place >= STRETCHES as i64 {
            self.double();
            place = at.duration_since(from).as_secs() / self.seconds;
        }
        let place = usize::try_from(place).unwrap_or(0);
        if self.counts.len() <= place {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] = self.counts[place].saturating_add(1);
    }

    fn double(&mut self) {
        self.seconds = self.seconds.saturating_mul(2);
        let pairs = self.counts.chunks(2);
        self.counts = pairs
            .map(|pair| pair.iter().fold(0, |a: u32, b| a.saturating_add(*b)))
            .collect();
    }
}

/// When something was seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    pub before_last: Option<Timestamp>,
    pub since: Option<Timestamp>,
}

impl Seen {
    pub fn again(&mut self, at: Option<Timestamp>) {
        let Some(at) = at else { return };
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let pause = SignedDuration::from_secs(STANDING);
        match self.last {
            Some(last) if at >= last => {
                if at.duration_since(last) > pause {
                    self.since = Some(at);
                }
                (self.before_last, self.last) = (Some(last), Some(at));
            }
            Some(_) => self.before_last = self.before_last.max(Some(at)),
            None => (self.last, self.since) = (Some(at), Some(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_timeline_grows_longer_and_loses_nothing() {
        let mut timeline = Timeline::default();
        for second in 0..200_000 {
            timeline.add(at(1_000_000 + second));
        }
        assert!(timeline.counts.len() <= STRETCHES, "{timeline:?}");
        assert_eq!(timeline.counts.iter().sum::<u32>(), 200_000);
        timeline.add(at(5));
        assert_eq!(timeline.counts.iter().sum::<u32>(), 200_001);
    }

    #[test]
    fn a_pause_of_ten_minutes_begins_anew() {
        let mut seen = Seen::default();
        for second in [0, 300, 900, 1501, 1502, 1400] {
            seen.again(Some(at(second)));
        }
        assert_eq!((seen.first, seen.last), (Some(at(0)), Some(at(1502))));
        assert_eq!(
            (seen.before_last, seen.since),
            (Some(at(1501)), Some(at(1501)))
        );
    }
}
