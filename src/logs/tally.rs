//! Counts hits by group, bounded: the most that a hostile log can do is fill it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    digest::{LogGroup, Seen, Timeline, UnknownLine},
    text::kept,
};

/// The most groups of known faults that are kept of one log.
const GROUPS: usize = 200;
/// The most templates of unknown errors.
const TEMPLATES: usize = 100;
/// The last requests of a group that are kept.
const REQUESTS: usize = 8;

/// A line that is worth counting.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    /// A signature's id, or a template.
    pub what: What,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// What it says.
    pub sample: String,
    /// Whether the sample says why.
    pub tells_why: bool,
    /// The request it belongs to.
    pub request: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A known fault: id, values, and what makes its group.
    Known {
        id: String,
        values: BTreeMap<String, Value>,
        group: String,
        /// How long the line that takes it back may take, in seconds.
        within: Option<u64>,
    },
    /// An error that no signature knows.
    Unknown { template: String },
}

/// What was counted so far.
#[derive(Default)]
pub(super) struct Tally {
    known: HashMap<String, usize>,
    groups: Vec<(LogGroup, Seen, bool)>,
    unknown: HashMap<String, (UnknownLine, Seen)>,
    dropped: u64,
    fresh: Vec<usize>,
}

impl Tally {
    pub fn count(&mut self, hit: Hit) {
        match hit.what {
            What::Known { .. } => self.known(hit),
            What::Unknown { .. } => self.unknown(hit),
        }
    }

    fn known(&mut self, hit: Hit) {
        let What::Known {
            id,
            values,
            group,
            within,
        } = hit.what
        else {
            return;
        };
        let Some(place) = self.place(&id, values, group) else {
            self.dropped += 1;
            return;
        };
        self.groups[place].0.within = within;
        let (group, seen, tells_why) = &mut self.groups[place];
        if let Some(request) = &hit.request {
            // Two lines of one request tell of one fault.
            if group.requests.contains(request) {
                return;
            }
            group.requests.push(request.clone());
            let more = group.requests.len().saturating_sub(REQUESTS);
            group.requests.drain(..more);
        }
        group.count += 1;
        seen.again(hit.at);
        if let Some(at) = hit.at {
            group.timeline.add(at);
        }
        if hit.tells_why >= *tells_why {
            (group.sample, *tells_why) = (kept(hit.sample), hit.tells_why);
        }
    }

    fn place(&mut self, id: &str, values: BTreeMap<String, Value>, group: String) -> Option<usize> {
        if let Some(place) = self.known.get(&group) {
            return Some(*place);
        }
        if self.groups.len() >= GROUPS {
            return None;
        }
        let place = self.groups.len();
        let fresh = LogGroup {
            id: id.to_owned(),
            values,
            count: 0,
            first: None,
            last: None,
            before_last: None,
            since: None,
            timeline: Timeline::default(),
            sample: String::new(),
            requests: Vec::new(),
            within: None,
        };
        self.groups.push((fresh, Seen::default(), false));
        self.known.insert(group, place);
        self.fresh.push(place);
        Some(place)
    }

    /// What was seen of this signature so far was none.
    pub fn take_back(&mut self, id: &str) {
        let mut of_it = self.groups.iter_mut();
        while let Some((group, seen, tells_why)) = of_it.find(|(group, ..)| group.id == id) {
            (group.count, group.timeline) = (0, Timeline::default());
            (*seen, *tells_why) = (Seen::default(), false);
            group.requests.clear();
        }
    }

    fn unknown(&mut self, hit: Hit) {
        let What::Unknown { template } = hit.what else {
            return;
        };
        if self.unknown.len() >= TEMPLATES && !self.unknown.contains_key(&template) {
            self.dropped += 1;
            return;
        }
        let (line, seen) = self.unknown.entry(template).or_insert_with_key(|template| {
            let line = UnknownLine {
                template: template.clone(),
                count: 0,
                first: None,
                last: None,
                before_last: None,
                sample: kept(hit.sample),
            };
            (line, Seen::default())
        });
        line.count += 1;
        seen.again(hit.at);
    }

    /// Groups that were seen for the first time since this was asked last. One that another line
    /// may take back comes when that line is overdue.
    pub fn fresh(&mut self, now: Timestamp) -> Vec<LogGroup> {
        let mut fresh = Vec::new();
        for at in std::mem::take(&mut self.fresh) {
            let group = finished(&self.groups[at]);
            match group.within.is_none() || group.stands(now) {
                true => fresh.push(group),
                false => self.fresh.push(at),
            }
        }
        fresh
    }

    /// Everything: groups in the order in which they came, unknown lines by their number, and how
    /// many did not fit.
    pub fn finish(self) -> (Vec<LogGroup>, Vec<UnknownLine>, u64) {
        let seen = self.groups.iter().filter(|(group, ..)| group.count > 0);
        let groups = seen.map(finished).collect();
        let mut unknown: Vec<UnknownLine> = self
            .unknown
            .into_values()
            .map(|(line, seen)| UnknownLine {
                first: seen.first,
                last: seen.last,
                before_last: seen.before_last,
                ..line
            })
            .collect();
        unknown.sort_by(|a, b| (b.count, &a.template).cmp(&(a.count, &b.template)));
        (groups, unknown, self.dropped)
    }
}

fn finished((group, seen, _): &(LogGroup, Seen, bool)) -> LogGroup {
    LogGroup {
        first: seen.first,
        last: seen.last,
        before_last: seen.before_last,
        since: seen.since,
        ..group.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(group: &str, request: Option<&str>) -> Hit {
        Hit {
            what: What::Known {
                id: "X-01".into(),
                values: BTreeMap::new(),
                group: group.into(),
                within: None,
            },
            at: None,
            sample: "s".repeat(5000),
            tells_why: false,
            request: request.map(str::to_owned),
        }
    }

    #[test]
    fn what_another_line_takes_back_is_fresh_when_that_line_is_overdue() {
        let seconds = |at| Timestamp::from_second(at).unwrap();
        let waits = |at: i64| {
            let mut hit = hit("lock", None);
            if let What::Known { within, .. } = &mut hit.what {
                *within = Some(300);
            }
            Hit {
                at: Some(seconds(at)),
                ..hit
            }
        };
        let mut tally = Tally::default();
        tally.count(waits(0));
        assert!(tally.fresh(seconds(299)).is_empty());
        assert_eq!(tally.fresh(seconds(300)).len(), 1);
        assert!(tally.fresh(seconds(900)).is_empty());

        let mut tally = Tally::default();
        tally.count(waits(0));
        let id = tally.groups[0].0.id.clone();
        tally.take_back(&id);
        assert!(tally.fresh(seconds(900)).is_empty());
        // The next start waits again.
        tally.count(waits(1000));
        assert!(tally.fresh(seconds(1100)).is_empty());
        assert_eq!(tally.fresh(seconds(1300)).len(), 1);
    }

    #[test]
    fn a_request_counts_once_and_samples_are_short() {
        let mut tally = Tally::default();
        for request in [Some("a"), Some("a"), Some("b"), None] {
            tally.count(hit("g", request));
        }
        assert_eq!(tally.fresh(Timestamp::UNIX_EPOCH).len(), 1);
        assert!(tally.fresh(Timestamp::UNIX_EPOCH).is_empty());
        let (groups, ..) = tally.finish();
        assert_eq!(groups[0].count, 3);
        assert!(groups[0].sample.len() < 5000);
    }

    #[test]
    fn what_is_taken_back_is_gone_until_it_comes_again() {
        let mut tally = Tally::default();
        (0..3).for_each(|_| tally.count(hit("g", None)));
        tally.take_back("X-02");
        tally.take_back("X-01");
        tally.count(hit("h", None));
        let (groups, ..) = tally.finish();
        assert_eq!((groups.len(), groups[0].count), (1, 1));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut tally = Tally::default();
        (0..GROUPS + 7).for_each(|n| tally.count(hit(&n.to_string(), None)));
        for n in 0..TEMPLATES + 5 {
            let what = What::Unknown {
                template: n.to_string(),
            };
            tally.count(Hit {
                what,
                ..hit("", None)
            });
        }
        let (groups, unknown, dropped) = tally.finish();
        assert_eq!(
            (groups.len(), unknown.len(), dropped),
            (GROUPS, TEMPLATES, 12)
        );
    }
}
