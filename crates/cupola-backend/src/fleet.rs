//! What the node observes of its workers, as the gateway and the control plane read it: a snapshot without a lock.
//!
//! Observations live in memory. They are worthless after a restart, when every worker is started anew.

use crate::pool::Pool;
use arc_swap::ArcSwap;
use cupola_core::ModelId;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// What is known of the worker of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worker {
    /// The process runs and loads its model.
    Starting,
    /// It answers on this unix socket.
    Ready {
        /// The socket.
        socket: PathBuf,
        /// Tokens that a sequence can hold.
        context_tokens: u32,
    },
    /// It exited and is started again after a pause.
    BackingOff {
        /// What it said last.
        reason: String,
        /// How often it exited in a row.
        failures: u32,
    },
    /// It cannot run, and starting it again would not help: the file is missing or not a model.
    Broken {
        /// What it said.
        reason: String,
    },
}

/// How a backend of a model is doing, as this process's gateway sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberStatus {
    /// Its name in the binding.
    pub name: String,
    /// `closed`: all is well; `open`: it failed again and again and is left alone; `half-open`: it is about to be tried.
    pub breaker: &'static str,
    /// When it is asked again, if it is left alone.
    pub asked_again_in_ms: Option<u64>,
    /// Requests that are on their way there.
    pub in_flight: u32,
    /// Requests that wait for a place.
    pub waiting: u32,
    /// Answers that came to their end.
    pub answered: u64,
    /// Failures.
    pub failed: u64,
    /// Requests that went on to another backend because this one failed.
    pub handed_on: u64,
    /// What the last failure was.
    pub last_error: Option<String>,
}

/// Every worker of this process's node, and how the backends of every model are doing. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Fleet {
    workers: Arc<ArcSwap<HashMap<String, Worker>>>,
    pools: Arc<ArcSwap<HashMap<String, Arc<Pool>>>>,
    changes: watch::Sender<u64>,
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            workers: Arc::default(),
            pools: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl Fleet {
    /// What is known of the worker of a model; `None` where none is wanted yet.
    pub fn worker(&self, model: &ModelId) -> Option<Worker> {
        self.workers.load().get(&model.folded()).cloned()
    }

    /// Replaces what is known; only the node calls it.
    pub fn observe(&self, workers: HashMap<String, Worker>) {
        if **self.workers.load() == workers {
            return;
        }
        self.workers.store(Arc::new(workers));
        self.changes.send_modify(|count| *count += 1);
    }

    /// How the backends of a model are doing; empty where nothing serves it.
    pub fn members(&self, model: &ModelId) -> Vec<MemberStatus> {
        let pools = self.pools.load();
        pools
            .get(&model.folded())
            .map(|pool| pool.status())
            .unwrap_or_default()
    }

    /// How the backends of every model are doing, by folded model.
    pub fn all_members(&self) -> Vec<(String, Vec<MemberStatus>)> {
        let pools = self.pools.load();
        let mut found: Vec<_> = pools
            .iter()
            .map(|(model, pool)| (model.clone(), pool.status()))
            .collect();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        found
    }

    /// Replaces the pools that are looked at, by folded model; only the gateway calls it.
    pub fn serve(&self, pools: HashMap<String, Arc<Pool>>) {
        self.pools.store(Arc::new(pools));
    }

    /// Wakes when an observation changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
