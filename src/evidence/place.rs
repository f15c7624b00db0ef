//! One place (`host:port`) that is asked: how many look at once, and when it is given up.

use std::{sync::Mutex, time::Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::locked;
use crate::probe::ProbeError;

/// Simultaneous looks at one place. Enough to overlap a page of questions, too few to burden an
/// authentik with two web workers.
const PER_PLACE: usize = 8;
/// Looks that must time out in a row, with no answer to anybody meanwhile, before a place is no
/// longer asked.
const IN_A_ROW: u32 = 2;
/// Looks that may time out at a place that answers others: each costs the run one limit.
const IN_ALL: u32 = 8;

/// A place, its limit and its breaker.
pub(super) struct Place {
    limit: Semaphore,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// When it last gave an answer.
    answered: Option<Instant>,
    in_a_row: u32,
    in_all: u32,
    /// Turns that go to nobody while it is doubted.
    held: usize,
}

impl Seen {
    fn is_open(&self) -> bool {
        self.in_a_row >= IN_A_ROW || self.in_all >= IN_ALL
    }
}

impl Place {
    /// A place that has not been asked.
    pub(super) fn new() -> Self {
        Self {
            limit: Semaphore::new(PER_PLACE),
            seen: Mutex::default(),
        }
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.limit.acquire().await.ok()
    }

    /// Whether it is no longer asked.
    pub(super) fn is_open(&self) -> bool {
        locked(&self.seen).is_open()
    }

    /// Counts a look that began at this time. One that timed out while the place answered others
    /// was a slow question and says little of the place. Otherwise its turn goes to nobody until
    /// the breaker opens or an answer comes, so that those who wait do not spend another limit on
    /// the place.
    pub(super) fn ended<T>(
        &self,
        began: Instant,
        answer: &Result<T, ProbeError>,
        turn: Option<SemaphorePermit<'_>>,
    ) {
        let mut seen = locked(&self.seen);
        if is_answer(answer) {
            seen.answered = Some(Instant::now());
            seen.in_a_row = 0;
            self.limit.add_permits(std::mem::take(&mut seen.held));
        }
        if !matches!(answer, Err(ProbeError::TimedOut { .. })) {
            return;
        }
        seen.in_all += 1;
        if seen.answered.is_some_and(|at| at >= began) {
            return;
        }
        seen.in_a_row += 1;
        if let Some(turn) = turn.filter(|_| !seen.is_open()) {
            turn.forget();
            seen.held += 1;
        }
    }
}

/// Whether the place itself said something.
fn is_answer<T>(answer: &Result<T, ProbeError>) -> bool {
    match answer {
        Ok(_) => true,
        Err(why) => matches!(
            why,
            ProbeError::Status { .. }
                | ProbeError::NotAllowed { .. }
                | ProbeError::Absent { .. }
                | ProbeError::Malformed { .. }
                | ProbeError::TooLarge { .. }
        ),
    }
}
