//! The job runner: reads what is due, does a step of each, sleeps until something changes.
//!
//! A job is a row, made with the intent that it serves and removed with its result, so the runner may be killed between
//! any two statements. What it remembers by itself is only how long it has waited, and a restart may forget that.

pub(crate) mod deploy;
pub(crate) mod deploy_complete;
pub(crate) mod deploy_facts;
pub(crate) mod provision_endpoint;
mod prune;

use crate::control::Control;
use cupola_core::Timestamp;
use cupola_store::StoreError;
use cupola_store::jobs::Job;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;

// More than this waits for its turn; a turn is short, because a step never waits for a machine.
const TURN_MAX: u32 = 1000;
const GROUP_MAX: usize = 32;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const IDLE: Duration = Duration::from_secs(60);
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The job and its row are gone.
    Done,
    /// Something else must happen first.
    Waiting,
}

/// A job, and how long this runner has known it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) job: Job,
    pub(crate) waited: Duration,
}

/// Does what is due until `shutdown` turns true.
pub(crate) async fn run(control: &Control, mut shutdown: watch::Receiver<bool>) {
    let mut runner = Runner {
        control: control.clone(),
        known: HashMap::new(),
        pruned: None,
    };
    let mut store = control.store().changes();
    let mut fleet = control.fleet().changes();
    loop {
        store.mark_unchanged();
        fleet.mark_unchanged();
        let pause = match runner.turn().await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(error = %error, "the job runner could not read the store");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            _ = shutdown.wait_for(|stop| *stop) => return,
            _ = store.changed() => {}
            _ = fleet.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

pub(crate) struct Runner {
    control: Control,
    // Since when each unfinished job is known.
    known: HashMap<i64, Timestamp>,
    pruned: Option<Timestamp>,
}

impl Runner {
    #[cfg(test)]
    pub(crate) fn new(control: &Control) -> Self {
        Self {
            control: control.clone(),
            known: HashMap::new(),
            pruned: None,
        }
    }

    /// A step of every job that is due; says how long to sleep unless something changes.
    pub(crate) async fn turn(&mut self) -> Result<Duration, StoreError> {
        let now = self.control.now();
        prune::old(&self.control, now, &mut self.pruned).await?;
        let due = self
            .control
            .store()
            .reader()
            .await?
            .jobs()
            .due(now, TURN_MAX)
            .await?;
        let known: Vec<i64> = due.iter().map(|job| job.id).collect();
        self.known.retain(|id, _| known.contains(id));
        let mut pause = IDLE;
        for together in due.chunk_by(|one, next| is_short(one) && is_short(next)) {
            for jobs in together.chunks(GROUP_MAX) {
                if self.steps(jobs, now).await? == Step::Waiting {
                    pause = LOOK_AGAIN;
                }
            }
        }
        let next = self.control.store().reader().await?.jobs().next_due_ms().await?;
        let until_next = next.map(|at| at - now.as_millisecond()).filter(|ms| *ms > 0);
        Ok(until_next.map_or(pause, |ms| pause.min(Duration::from_millis(ms.unsigned_abs()))))
    }

    // Short jobs share one wait for the disk; each is still done, or undone, by itself.
    async fn steps(&mut self, jobs: &[Job], now: Timestamp) -> Result<Step, StoreError> {
        let group = match jobs {
            [_] => None,
            _ => Some(self.control.store().group().await?),
        };
        let control = match &group {
            Some(group) => self.control.within(group),
            None => self.control.clone(),
        };
        let mut all = Step::Done;
        for job in jobs {
            let since = *self.known.entry(job.id).or_insert(now);
            let waited = Duration::try_from(now.duration_since(since)).unwrap_or_default();
            let attempt = Attempt {
                job: job.clone(),
                waited,
            };
            match self.step(&control, attempt).await {
                Step::Done => {
                    self.known.remove(&job.id);
                }
                Step::Waiting => all = Step::Waiting,
            }
        }
        if let Some(group) = group {
            group.save().await?;
        }
        Ok(all)
    }

    // A step that fails is tried again later, and so is one that panics: neither may take the other jobs with it.
    async fn step(&self, control: &Control, attempt: Attempt) -> Step {
        let (id, attempts) = (attempt.job.id, attempt.job.attempts);
        let inside = control.clone();
        let outcome = tokio::spawn(async move { step(&inside, &attempt).await }).await;
        let reason = match outcome {
            Ok(Ok(step)) => return step,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(job.id = id, attempts, reason, "a job failed; it is tried again");
        if let Err(error) = put_off(control, id, attempts).await {
            tracing::error!(job.id = id, error = %error, "a job could not be put off");
        }
        Step::Done
    }
}

async fn put_off(control: &Control, id: i64, attempts: i64) -> Result<(), StoreError> {
    let seconds = 1i64 << attempts.clamp(0, 6);
    let at = Timestamp::from_second(control.now().as_second() + seconds).unwrap_or(Timestamp::MAX);
    let mut work = control.store().begin().await?;
    work.jobs().retry_at(id, at).await?;
    work.save().await
}

// A deployment makes groups of its own.
fn is_short(job: &Job) -> bool {
    job.kind == provision_endpoint::KIND
}

pub(crate) async fn step(control: &Control, attempt: &Attempt) -> Result<Step, StoreError> {
    match attempt.job.kind.as_str() {
        provision_endpoint::KIND => provision_endpoint::step(control, attempt).await,
        deploy::KIND => deploy::step(control, attempt).await,
        other => {
            tracing::error!(job.kind = other, "a job of an unknown kind was thrown away");
            let mut work = control.store().begin().await?;
            work.jobs().done(attempt.job.id).await?;
            work.save().await?;
            Ok(Step::Done)
        }
    }
}
