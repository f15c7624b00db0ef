//! Asks each probe once, shares the answer among everybody who wants it, and keeps it.
//!
//! A look runs in a task of its own, so an asker that goes away does not take it along. Every
//! place (`host:port`) has a limit of simultaneous looks and a breaker; the run has one deadline.

mod place;

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture, future::Shared};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use tokio::sync::{Semaphore, watch};

use self::place::Place;
use crate::probe::{Probe, ProbeError, Tools};

/// A question that got no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{error}")]
pub struct Unknown {
    /// The question's key.
    pub key: String,
    /// What kept it from being answered.
    pub error: ProbeError,
}

impl Unknown {
    /// Something that no probe could be asked about.
    pub fn not_configured(key: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            error: ProbeError::NotConfigured { why: why.into() },
        }
    }

    /// Whether it was not asked for want of configuration, which makes it skipped rather than
    /// unknown.
    pub fn is_not_configured(&self) -> bool {
        matches!(self.error, ProbeError::NotConfigured { .. })
    }

    /// Whether whoever was asked refused to tell.
    pub fn is_refused(&self) -> bool {
        matches!(self.error, ProbeError::NotAllowed { .. })
    }
}

/// One question with what came of it, as it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The kind of probe.
    pub kind: String,
    /// The question.
    pub question: Value,
    /// When it was asked.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The answer, or `null`.
    pub answer: Option<Value>,
    /// The failure, or `null`.
    pub error: Option<ProbeError>,
}

/// What a run asks for: limits and how many at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest a look may take; a probe may set itself a shorter one.
    pub timeout: Duration,
    /// Simultaneous looks in all.
    pub jobs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            jobs: 256,
        }
    }
}

type Anything = Arc<dyn Any + Send + Sync>;

/// A finished look.
struct Done {
    kind: &'static str,
    question: Value,
    at: Timestamp,
    milliseconds: u64,
    answer: Result<Anything, ProbeError>,
    /// Writes the answer as JSON; known only where its type is.
    save: fn(&Anything) -> Option<Value>,
}

type Look = Shared<BoxFuture<'static, Arc<Done>>>;

/// Everything that was asked in a run, with the answers.
#[derive(Clone)]
pub struct Evidence {
    inner: Arc<Inner>,
}

struct Inner {
    source: Source,
    looks: Mutex<HashMap<String, Look>>,
    started: Timestamp,
    closed: watch::Sender<bool>,
}

enum Source {
    World(Box<World>),
    Saved(BTreeMap<String, Entry>),
}

struct World {
    tools: Arc<Tools>,
    limits: Limits,
    jobs: Arc<Semaphore>,
    places: Mutex<HashMap<String, Arc<Place>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while these locks are held; a poisoned one still holds whole data.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Evidence {
    /// Evidence that asks the world.
    pub fn new(tools: Arc<Tools>, limits: Limits) -> Self {
        Self::from_source(
            Source::World(Box::new(World {
                tools,
                limits,
                jobs: Arc::new(Semaphore::new(limits.jobs.max(1))),
                places: Mutex::default(),
            })),
            Timestamp::now(),
        )
    }

    /// Evidence that answers from what an earlier run saved, and never touches the world.
    pub fn replay(saved: BTreeMap<String, Entry>, started: Timestamp) -> Self {
        Self::from_source(Source::Saved(saved), started)
    }

    fn from_source(source: Source, started: Timestamp) -> Self {
        Self {
            inner: Arc::new(Inner {
                source,
                looks: Mutex::default(),
                started,
                closed: watch::channel(false).0,
            }),
        }
    }

    /// A text from outside without the secrets that are known by now. Answers are without those
    /// that were known when they came; a later answer may have told of more. Saved evidence knows
    /// of none.
    pub fn hide(&self, text: &str) -> String {
        match &self.inner.source {
            Source::World(world) => world.tools.redact.text(text),
            Source::Saved(_) => text.to_owned(),
        }
    }

    /// When the run began: the "now" of every judgement, so that saved evidence is judged as it
    /// was on its day.
    pub fn started(&self) -> Timestamp {
        self.inner.started
    }

    /// Asks a probe, once a run; everybody who asks the same gets the same answer.
    ///
    /// # Errors
    /// [`Unknown`] when it has no answer. `?` on it makes a check unknown, never passed.
    pub async fn ask<P: Probe>(&self, probe: P) -> Result<Arc<P::Answer>, Unknown> {
        let key = probe.key();
        let unknown = |error| Unknown {
            key: key.clone(),
            error,
        };
        let look = match &self.inner.source {
            Source::Saved(saved) => return replayed::<P>(saved, &key).map_err(unknown),
            Source::World(world) => locked(&self.inner.looks)
                .entry(key.clone())
                .or_insert_with(|| world.look(probe))
                .clone(),
        };
        let mut closed = self.inner.closed.subscribe();
        let done = tokio::select! {
            biased;
            done = look => done,
            _ = closed.wait_for(|closed| *closed) => {
                return Err(unknown(ProbeError::Deadline { key: key.clone() }));
            }
        };
        match &done.answer {
            Ok(answer) => answer
                .clone()
                .downcast()
                .map_err(|_| unknown(ProbeError::Broke { key: key.clone() })),
            Err(error) => Err(unknown(error.clone())),
        }
    }

    /// Ends the run: whoever still waits for an answer gets [`ProbeError::Deadline`].
    pub fn close(&self) {
        self.inner.closed.send_replace(true);
    }

    /// Whether the run was ended before every question had been answered.
    pub fn is_closed(&self) -> bool {
        *self.inner.closed.borrow()
    }

    /// Whether this was asked and got no answer, or one that is an HTTP error.
    pub fn failed(&self, key: &str) -> bool {
        let entry = match &self.inner.source {
            Source::Saved(saved) => saved.get(key).cloned(),
            Source::World(_) => match locked(&self.inner.looks).get(key) {
                None => None,
                Some(look) => match look.peek() {
                    Some(done) => Some(done.entry()),
                    None => return self.is_closed(),
                },
            },
        };
        entry.is_some_and(|entry| {
            let status = entry.answer.as_ref().and_then(|it| it["status"].as_u64());
            entry.error.is_some() || status.is_some_and(|status| status >= 400)
        })
    }

    /// Everything asked so far that has come to an end.
    pub fn record(&self) -> BTreeMap<String, Entry> {
        match &self.inner.source {
            Source::Saved(saved) => saved.clone(),
            Source::World(_) => locked(&self.inner.looks)
                .iter()
                .filter_map(|(key, look)| Some((key.clone(), look.peek()?.entry())))
                .collect(),
        }
    }
}

impl Done {
    fn new<P: Probe>(question: Value, answer: Result<P::Answer, ProbeError>) -> Self {
        Self {
            kind: P::KIND,
            question,
            at: Timestamp::UNIX_EPOCH,
            milliseconds: 0,
            answer: answer.map(|answer| Arc::new(answer) as Anything),
            save: save_as::<P::Answer>,
        }
    }

    fn entry(&self) -> Entry {
        Entry {
            kind: self.kind.to_owned(),
            question: self.question.clone(),
            at: self.at,
            milliseconds: self.milliseconds,
            answer: self.answer.as_ref().ok().and_then(self.save),
            error: self.answer.as_ref().err().cloned(),
        }
    }
}

fn replayed<P: Probe>(
    saved: &BTreeMap<String, Entry>,
    key: &str,
) -> Result<Arc<P::Answer>, ProbeError> {
    let Some(entry) = saved.get(key) else {
        return Err(ProbeError::NotRecorded { key: key.into() });
    };
    if let Some(error) = &entry.error {
        return Err(error.clone());
    }
    let answer = entry.answer.clone().unwrap_or(Value::Null);
    serde_json::from_value(answer)
        .map(Arc::new)
        .map_err(|error| ProbeError::Malformed {
            what: format!("saved evidence for {key}"),
            detail: error.to_string(),
        })
}

impl World {
    /// Starts a look in a task of its own.
    fn look<P: Probe>(&self, probe: P) -> Look {
        let key = probe.key();
        let question = serde_json::to_value(&probe).unwrap_or(Value::Null);
        let began = Timestamp::now();
        let task = tokio::spawn({
            let place = probe.place().map(|at| (self.place(&at), at));
            let limit = P::LIMIT.unwrap_or(self.limits.timeout);
            let (tools, jobs) = (Arc::clone(&self.tools), Arc::clone(&self.jobs));
            let question = question.clone();
            async move {
                // First the place, then the run: whoever waits for a slow place must not keep
                // others from theirs.
                let turn = match &place {
                    Some((place, _)) => place.turn().await,
                    None => None,
                };
                let _job = jobs.acquire().await;
                let (at, began) = (Timestamp::now(), Instant::now());
                let answer = bounded(&probe, &tools, limit, place.as_ref()).await;
                if let Some((place, _)) = &place {
                    place.ended(began, &answer, turn);
                }
                Done {
                    at,
                    milliseconds: millis(began),
                    ..Done::new::<P>(question, answer)
                }
            }
        });
        async move {
            Arc::new(task.await.unwrap_or_else(|_| Done {
                at: began,
                ..Done::new::<P>(question, Err(ProbeError::Broke { key }))
            }))
        }
        .boxed()
        .shared()
    }

    fn place(&self, at: &str) -> Arc<Place> {
        let mut places = locked(&self.places);
        let place = places.entry(at.to_owned());
        Arc::clone(place.or_insert_with(|| Arc::new(Place::new())))
    }
}

/// One look inside its limit; none at all at a place that was given up.
async fn bounded<P: Probe>(
    probe: &P,
    tools: &Tools,
    limit: Duration,
    place: Option<&(Arc<Place>, String)>,
) -> Result<P::Answer, ProbeError> {
    if let Some((place, at)) = place
        && place.is_open()
    {
        return Err(ProbeError::Breaker { at: at.clone() });
    }
    let looked = tokio::time::timeout(limit, probe.look(tools)).await;
    looked.unwrap_or_else(|_| {
        Err(ProbeError::TimedOut {
            at: place.map_or_else(|| probe.key(), |(_, at)| at.clone()),
            doing: "answer".into(),
            millis: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        })
    })
}

fn save_as<A: Serialize + 'static>(answer: &Anything) -> Option<Value> {
    answer
        .downcast_ref::<A>()
        .and_then(|answer| serde_json::to_value(answer).ok())
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
