//! What is remembered of deployments while they run: plans, so that no step has to evaluate its template anew.
//!
//! Nothing here is needed: after a restart a plan is made again from the sealed request.

use crate::jobs::deploy::Live;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More than this run at once without being remembered.
const RUNS_MAX: usize = 64;

/// Runs by the id of their operation.
#[derive(Default)]
pub(crate) struct Runs(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Live>>>>);

impl Runs {
    pub(crate) fn find(&self, run: &str) -> Option<Arc<tokio::sync::Mutex<Live>>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(run)
            .cloned()
    }

    /// Remembers a run, and gives the memory that holds from now on: the one there is, because it knows what was done.
    pub(crate) fn remember(&self, run: &str, live: Live) -> Arc<tokio::sync::Mutex<Live>> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = runs.get(run) {
            return known.clone();
        }
        let live = Arc::new(tokio::sync::Mutex::new(live));
        if runs.len() < RUNS_MAX {
            runs.insert(run.to_owned(), live.clone());
        }
        live
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn forget(&self, run: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(run);
    }
}
