//! Node plane: supervises engine workers on one machine.
//!
//! Control writes which models are wanted; the node starts, probes and drains a worker process for each, and tells the
//! [`Fleet`] what it sees. What to do is decided purely ([`supervision::plan`]); this crate alone starts processes.

mod probe;
mod process;
pub mod supervision;
pub mod wanted;

use cupola_backend::fleet::{Fleet, Worker};
use cupola_core::{Clock, time::millis};
use process::Process;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use supervision::{Observed, Phase, Step, Wanted};
use tokio::sync::watch;

/// How often running workers are looked at when nothing else happens.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often a worker that loads is asked whether it is ready.
const LOOK_WHILE_STARTING: Duration = Duration::from_millis(15);
/// How long a worker may take to finish its requests when it is drained.
const DRAIN: Duration = Duration::from_secs(10);

/// How workers are started on this machine.
#[derive(Debug, Clone)]
pub struct NodeSettings {
    /// The program; it is started as `PROGRAM engine ...`.
    pub program: PathBuf,
    /// Where sockets live; short, because a unix socket's path has at most 107 bytes.
    pub sockets: PathBuf,
    /// Concurrent sequences of a worker.
    pub slots: u16,
    /// Threads of a worker; `None` is all cores.
    pub threads: Option<u16>,
}

/// The supervisor. `wanted` says which models should have a worker; it is read anew whenever it changes.
pub struct Node {
    settings: NodeSettings,
    fleet: Fleet,
    clock: Arc<dyn Clock>,
    processes: HashMap<String, Process>,
    past: HashMap<String, supervision::Past>,
}

impl Node {
    /// A node without workers.
    pub fn new(settings: NodeSettings, fleet: Fleet, clock: Arc<dyn Clock>) -> Self {
        Self {
            settings,
            fleet,
            clock,
            processes: HashMap::new(),
            past: HashMap::new(),
        }
    }

    /// Reconciles until `shutdown` turns true, then drains every worker.
    pub async fn run(
        mut self,
        mut wanted: watch::Receiver<Vec<Wanted>>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        loop {
            let want = wanted.borrow_and_update().clone();
            self.reconcile(&want).await;
            let pause = if self.processes.values().any(Process::is_starting) {
                LOOK_WHILE_STARTING
            } else {
                LOOK_EVERY
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = wanted.changed() => if changed.is_err() { break },
                _ = shutdown.wait_for(|stop| *stop) => break,
            }
        }
        self.drain_all().await;
    }

    async fn reconcile(&mut self, wanted: &[Wanted]) {
        let observed = self.observe().await;
        for step in supervision::plan(wanted, &observed, &mut self.past, millis(self.clock.now())) {
            self.apply(step).await;
        }
        self.report();
    }

    // Looks at every process: has it exited, is it ready, does it still answer?
    async fn observe(&mut self) -> Vec<Observed> {
        let now_ms = millis(self.clock.now());
        let mut observed = Vec::with_capacity(self.processes.len());
        for (model, process) in &mut self.processes {
            let phase = process.look(now_ms).await;
            observed.push(Observed {
                model: model.clone(),
                path: process.path().to_owned(),
                phase,
            });
        }
        observed
    }

    async fn apply(&mut self, step: Step) {
        match step {
            Step::Start(wanted) => match Process::start(&self.settings, &wanted, millis(self.clock.now())) {
                Ok(process) => {
                    tracing::info!(model.id = %wanted.model, "the worker of model {} starts", wanted.model);
                    self.processes.insert(wanted.model, process);
                }
                Err(error) => {
                    tracing::error!(model.id = %wanted.model, error = %error, "a worker could not be started");
                    supervision::exited(
                        &mut self.past,
                        (&wanted.model, &wanted.path),
                        error.to_string(),
                        millis(self.clock.now()),
                    );
                }
            },
            Step::Forget { model, reason } => {
                tracing::warn!(model.id = %model, reason, "the worker of model {model} exited");
                self.processes.remove(&model);
            }
            Step::Stop { model, why } => {
                tracing::info!(model.id = %model, why, "the worker of model {model} is drained");
                if let Some(process) = self.processes.remove(&model) {
                    // Draining takes as long as the longest answer; supervision goes on meanwhile.
                    tokio::spawn(process.drain(DRAIN));
                }
            }
        }
    }

    fn report(&self) {
        let mut workers: HashMap<String, Worker> = self
            .past
            .iter()
            .filter_map(|(model, past)| Some((model.clone(), past.as_worker()?)))
            .collect();
        for (model, process) in &self.processes {
            workers.insert(model.clone(), process.as_worker());
        }
        self.fleet.observe(workers);
    }

    async fn drain_all(&mut self) {
        let drains: Vec<_> = self
            .processes
            .drain()
            .map(|(_, process)| tokio::spawn(process.drain(DRAIN)))
            .collect();
        for drain in drains {
            let _ = drain.await;
        }
        self.fleet.observe(HashMap::new());
    }
}

impl Phase {
    fn of(ready: bool) -> Self {
        if ready { Self::Ready } else { Self::Starting }
    }
}
