//! The Check type: what a check is, and what it hands back. A check touches the world only by
//! asking [`Evidence`]; its words and fixes stand in the `check.toml` beside it.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use serde_json::Value;

use crate::{
    evidence::{Evidence, Unknown},
    model::{Outcome, Point, Reach, Severity, Subject},
    stack::Stack,
};

/// A check: its words and its judgement.
pub struct Check {
    /// The text of its `check.toml`.
    pub words: &'static str,
    /// Judges. `Err` makes the whole check unknown; a single point that cannot be told goes to
    /// [`Findings::unknown`].
    pub run: for<'a> fn(&'a Stack, &'a Evidence) -> BoxFuture<'a, Result<Findings, Unknown>>,
}

/// A fault that a check saw, before its words are put to it.
#[derive(Debug, Clone)]
pub struct Raised {
    /// The code, one of those in the check's `check.toml`.
    pub code: &'static str,
    /// What is faulty.
    pub subject: Subject,
    /// Values for the templates of its words, by name.
    pub values: BTreeMap<&'static str, Value>,
    /// Since when, RFC 3339.
    pub since: Option<String>,
    /// Whether it was seen now, as against inferred.
    pub certain: bool,
    /// Keys of the evidence it rests on.
    pub cites: Vec<String>,
    /// How bad it is here, where that differs from its words.
    pub severity: Option<Severity>,
    /// Who is hit here, where that differs from its words.
    pub reach: Option<Reach>,
    /// Whether it was seen and may be over: information only, unless another finding agrees.
    pub past: bool,
    /// Whether others of the same code and subject that say something else are findings of their
    /// own.
    pub apart: bool,
}

impl Raised {
    /// A fault seen now.
    pub fn new(code: &'static str, subject: Subject) -> Self {
        Self {
            code,
            subject,
            values: BTreeMap::new(),
            since: None,
            certain: true,
            cites: Vec::new(),
            severity: None,
            reach: None,
            past: false,
            apart: false,
        }
    }

    /// Gives a value to the templates.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// Says since when.
    #[must_use]
    pub fn since(mut self, since: Option<String>) -> Self {
        self.since = since;
        self
    }

    /// Marks it as inferred: "probably".
    #[must_use]
    pub fn inferred(mut self) -> Self {
        self.certain = false;
        self
    }

    /// Marks it as seen and perhaps over.
    #[must_use]
    pub fn past(mut self) -> Self {
        self.past = true;
        self
    }

    /// Keeps it apart from others of its code and subject that say something else.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Gives a value to the templates if there is one; a fix that `needs` it is offered only then.
    #[must_use]
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Says how bad it is here and who is hit, where that differs from its words.
    #[must_use]
    pub fn weighing(mut self, severity: Severity, reach: Reach) -> Self {
        self.severity = Some(severity);
        self.reach = Some(reach);
        self
    }

    /// Names the evidence it rests on.
    #[must_use]
    pub fn cites(mut self, key: impl Into<String>) -> Self {
        self.cites.push(key.into());
        self
    }
}

/// What a check hands back: everything it looked at, and the faults among it.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Everything it looked at, faults included.
    pub points: Vec<Point>,
    /// The faults.
    pub raised: Vec<Raised>,
}

impl Findings {
    /// Nothing looked at yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something was seen and is right.
    pub fn passed(&mut self, what: &str, subject: Subject, cites: &[String]) {
        self.point(what, subject, Outcome::Passed, None, cites);
    }

    /// Something was wanted and not seen.
    pub fn unknown(&mut self, what: &str, subject: Subject, why: &Unknown) {
        let cites = std::slice::from_ref(&why.key);
        self.point(
            what,
            subject,
            Outcome::Unknown,
            Some(why.to_string()),
            cites,
        );
    }

    /// Something was not looked at because it is not part of this stack or this run.
    pub fn skipped(&mut self, what: &str, subject: Subject, why: impl Into<String>) {
        self.point(what, subject, Outcome::Skipped, Some(why.into()), &[]);
    }

    /// Something is faulty.
    pub fn raise(&mut self, what: &str, raised: Raised) {
        self.point(
            what,
            raised.subject.clone(),
            Outcome::Found,
            Some(raised.code.to_owned()),
            &raised.cites,
        );
        self.raised.push(raised);
    }

    /// Adds what another part of the same check saw.
    pub fn merge(&mut self, other: Self) {
        self.points.extend(other.points);
        self.raised.extend(other.raised);
    }

    fn point(
        &mut self,
        what: &str,
        subject: Subject,
        outcome: Outcome,
        why: Option<String>,
        cites: &[String],
    ) {
        self.points.push(Point {
            what: what.to_owned(),
            subject,
            outcome,
            why,
            cites: cites.to_vec(),
            folded_under: None,
        });
    }
}
