//! A member of a pool: what infers, how much of it may be asked for, and how it is doing.

use super::breaker::{Breaker, Circuit};
use super::choose::{Standing, View};
use crate::error::{BackendError, Kind};
use crate::simulator::hashed;
use crate::{Target, fleet};
use arc_swap::ArcSwapOption;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

// Whoever waits longer is better told to come again.
const QUEUE_TIME_MAX: Duration = Duration::from_secs(5);
// However long a server asks to be left alone, it is asked again after this.
const REST_MAX_S: u32 = 60;

/// How much is asked of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many requests it gets compared with others of its priority.
    pub weight: u32,
    /// Who comes first: the lowest.
    pub priority: u32,
    /// Requests at once, if there is a bound.
    pub concurrency_max: Option<u32>,
    /// How many may wait where there is a bound.
    pub queue_max: u32,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            weight: 1,
            priority: 0,
            concurrency_max: None,
            queue_max: 16,
        }
    }
}

/// One of the backends of a model.
#[derive(Debug)]
pub struct Member {
    /// Its name in the binding.
    pub name: String,
    /// What it was made from: where that did not change, neither did the member.
    pub made_from: String,
    /// What infers.
    pub target: Target,
    share: Share,
    id: u64,
    slots: Option<Arc<Semaphore>>,
    waiting: AtomicU32,
    in_flight: AtomicU32,
    breaker: Breaker,
    resting_until_ms: AtomicU64,
    answered: AtomicU64,
    failed: AtomicU64,
    handed_on: AtomicU64,
    last_error: ArcSwapOption<String>,
    since: Instant,
}

impl Member {
    /// A member that nobody has asked yet.
    pub fn new(name: &str, made_from: String, target: Target, share: Share) -> Self {
        let slots = share
            .concurrency_max
            .map(|max| Arc::new(Semaphore::new(max.max(1) as usize)));
        Self {
            name: name.to_owned(),
            made_from,
            target,
            share,
            id: hashed(name.as_bytes()),
            slots,
            waiting: AtomicU32::new(0),
            in_flight: AtomicU32::new(0),
            breaker: Breaker::default(),
            resting_until_ms: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            handed_on: AtomicU64::new(0),
            last_error: ArcSwapOption::empty(),
            since: Instant::now(),
        }
    }

    pub(super) fn view(&self, was_tried: bool) -> View {
        let now_ms = self.now_ms();
        let standing = match self.breaker.circuit(now_ms) {
            _ if was_tried => Standing::Away,
            Circuit::Open { .. } | Circuit::Probing => Standing::Away,
            _ if self.resting_until_ms.load(Relaxed) > now_ms => Standing::Resting,
            _ if self
                .slots
                .as_ref()
                .is_some_and(|slots| slots.available_permits() == 0) =>
            {
                Standing::Full
            }
            _ => Standing::Ready,
        };
        View {
            id: self.id,
            weight: self.share.weight,
            priority: self.share.priority,
            in_flight: self.in_flight.load(Relaxed),
            standing,
        }
    }

    /// Lets a request in, after a wait where as many are there as may be.
    pub(super) async fn admit(self: &Arc<Self>) -> Result<Ticket, BackendError> {
        let permit = match &self.slots {
            None => None,
            Some(slots) => match Arc::clone(slots).try_acquire_owned() {
                Ok(permit) => Some(permit),
                Err(_) => Some(self.wait(slots).await?),
            },
        };
        let Some(probes) = self.breaker.enter(self.now_ms()) else {
            return Err(self.away());
        };
        self.in_flight.fetch_add(1, Relaxed);
        Ok(Ticket {
            member: Arc::clone(self),
            probes,
            _permit: permit,
        })
    }

    async fn wait(&self, slots: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, BackendError> {
        struct Place<'a>(&'a AtomicU32);
        // Whoever is given up while waiting leaves the queue as well.
        impl Drop for Place<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Relaxed);
            }
        }
        let before_us = self.waiting.fetch_add(1, Relaxed);
        let _place = Place(&self.waiting);
        if before_us < self.share.queue_max
            && let Ok(Ok(permit)) = timeout(QUEUE_TIME_MAX, Arc::clone(slots).acquire_owned()).await
        {
            return Ok(permit);
        }
        let message = "The model has as many requests as it can take at once. Try again in a second.";
        Err(BackendError::new(Kind::Busy, message).retry_after(1))
    }

    /// Why it is not asked.
    pub(super) fn away(&self) -> BackendError {
        let seconds = match self.breaker.circuit(self.now_ms()) {
            Circuit::Open { left } => left.as_millis().div_ceil(1000) as u32,
            _ => 1,
        };
        let message =
            "The model's server failed several times in a row and is given a pause. Try again soon.";
        BackendError::new(Kind::Unreachable, message).retry_after(seconds.max(1))
    }

    /// How it is doing, for operators.
    pub fn status(&self) -> fleet::MemberStatus {
        let circuit = self.breaker.circuit(self.now_ms());
        fleet::MemberStatus {
            name: self.name.clone(),
            breaker: circuit.as_str(),
            asked_again_in_ms: match circuit {
                Circuit::Open { left } => Some(left.as_millis() as u64),
                _ => None,
            },
            in_flight: self.in_flight.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            answered: self.answered.load(Relaxed),
            failed: self.failed.load(Relaxed),
            handed_on: self.handed_on.load(Relaxed),
            last_error: self.last_error.load_full().map(|error| (*error).clone()),
        }
    }

    /// It answered, or failed, where nothing is made of that.
    pub(super) fn count(&self, failed: Option<String>) {
        match failed {
            None => {
                self.answered.fetch_add(1, Relaxed);
            }
            Some(why) => self.note(why),
        }
    }

    /// Another one is asked, because this one failed.
    pub(super) fn hand_on(&self) {
        self.handed_on.fetch_add(1, Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.since.elapsed().as_millis() as u64
    }

    fn note(&self, why: String) {
        self.failed.fetch_add(1, Relaxed);
        self.last_error.store(Some(Arc::new(why)));
    }
}

/// A request that a member has. Dropping it frees its slot; what became of it is said before.
#[derive(Debug)]
pub(crate) struct Ticket {
    member: Arc<Member>,
    /// Is this the one that tries whether the member is back?
    probes: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Ticket {
    /// The member began to answer.
    pub(crate) fn answers(&mut self) {
        self.probes = false;
        self.member.breaker.answers();
    }

    /// The answer came to its end.
    pub(crate) fn answered(self) {
        self.member.answered.fetch_add(1, Relaxed);
        self.member.breaker.answered();
    }

    /// The member failed.
    pub(crate) fn failed(mut self, why: String) {
        self.probes = false;
        self.member.note(why);
        self.member.breaker.failed(self.member.now_ms());
    }

    /// The member is well, but over a limit of its own.
    pub(super) fn rests(mut self, retry_after_s: Option<u32>) {
        self.answers();
        let seconds = u64::from(retry_after_s.unwrap_or(1).min(REST_MAX_S));
        let until = self.member.now_ms().saturating_add(seconds * 1000);
        self.member.resting_until_ms.store(until, Relaxed);
        self.member.note("status 429".to_owned());
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.member.in_flight.fetch_sub(1, Relaxed);
        if self.probes {
            self.member.breaker.gave_up();
        }
    }
}
