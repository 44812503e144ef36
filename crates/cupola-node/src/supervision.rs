//! What to do about the workers: pure, so that signals, timers and restarts all decide the same way.

use cupola_backend::fleet::Worker;
use std::collections::HashMap;

/// A worker that should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The folded model id.
    pub model: String,
    /// The name that answers carry.
    pub served_name: String,
    /// File or directory.
    pub path: String,
}

/// A process as it was seen just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The folded model id.
    pub model: String,
    /// What it serves.
    pub path: String,
    /// What it does.
    pub phase: Phase,
}

/// What a process does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// It loads its model.
    Starting,
    /// It answers.
    Ready,
    /// It runs and does not answer any more.
    Silent,
    /// It is gone; its last words.
    Exited(String),
}

/// What is remembered of a model's workers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// What the worker was started on, so that another file is another chance.
    path: String,
    failures: u32,
    last_exit_ms: u64,
    last_reason: String,
    was_ready: bool,
    unwanted_since_ms: Option<u64>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Start a worker.
    Start(Wanted),
    /// Forget a process that is gone.
    Forget {
        /// Whose.
        model: String,
        /// Its last words.
        reason: String,
    },
    /// Let a worker finish and end it.
    Stop {
        /// Whose.
        model: String,
        /// For the log.
        why: &'static str,
    },
}

/// A worker that nobody wants any more stays warm this long, so that a model that is deployed again answers at once.
const KEEP_WARM_MS: u64 = 60_000;
/// A worker that exits this often before it was ever ready will not become ready by itself.
const FAILURES_UNTIL_BROKEN: u32 = 3;
/// A broken worker is given another chance this often: its file may have been repaired in place.
const BROKEN_RETRY_MS: u64 = 60_000;
/// Running this long forgives earlier failures.
const FORGIVE_MS: u64 = 60_000;

/// The steps from what is to what is wanted.
pub fn plan(
    wanted: &[Wanted],
    observed: &[Observed],
    past: &mut HashMap<String, Past>,
    now_ms: u64,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for seen in observed {
        let wanted = wanted.iter().find(|wanted| wanted.model == seen.model);
        steps.extend(of_process(seen, wanted, past, now_ms));
    }
    for wanted in wanted {
        let runs = observed.iter().any(|seen| {
            seen.model == wanted.model && seen.path == wanted.path && !matches!(seen.phase, Phase::Exited(_))
        });
        let past = past.entry(wanted.model.clone()).or_default();
        past.unwanted_since_ms = None;
        if past.path != wanted.path {
            *past = Past {
                path: wanted.path.clone(),
                ..Past::default()
            };
        }
        if !runs && now_ms >= past.start_after_ms() {
            steps.push(Step::Start(wanted.clone()));
        }
    }
    past.retain(|model, past| {
        past.failures > 0 || wanted.iter().any(|w| w.model == *model) || past.unwanted_since_ms.is_some()
    });
    steps
}

fn of_process(
    seen: &Observed,
    wanted: Option<&Wanted>,
    past: &mut HashMap<String, Past>,
    now_ms: u64,
) -> Option<Step> {
    let model = seen.model.clone();
    match &seen.phase {
        Phase::Exited(reason) => {
            exited(past, (&model, &seen.path), reason.clone(), now_ms);
            return Some(Step::Forget {
                model,
                reason: reason.clone(),
            });
        }
        Phase::Silent => {
            return Some(Step::Stop {
                model,
                why: "it does not answer any more",
            });
        }
        Phase::Ready => {
            let past = past.entry(model.clone()).or_default();
            past.was_ready = true;
            if now_ms.saturating_sub(past.last_exit_ms) > FORGIVE_MS {
                past.failures = 0;
            }
        }
        Phase::Starting => {}
    }
    match wanted {
        Some(wanted) if wanted.path == seen.path => None,
        Some(_) => Some(Step::Stop {
            model,
            why: "its model is bound to another file",
        }),
        None => {
            let since = *past
                .entry(model.clone())
                .or_default()
                .unwanted_since_ms
                .get_or_insert(now_ms);
            let cold = now_ms.saturating_sub(since) >= KEEP_WARM_MS;
            if cold {
                past.remove(&model);
            }
            cold.then_some(Step::Stop {
                model,
                why: "no endpoint needs it",
            })
        }
    }
}

/// Remembers that the worker of a model, on a file, exited or could not be started.
pub fn exited(past: &mut HashMap<String, Past>, (model, path): (&str, &str), reason: String, now_ms: u64) {
    let past = past.entry(model.to_owned()).or_default();
    if past.path != path {
        *past = Past {
            path: path.to_owned(),
            ..Past::default()
        };
    }
    past.failures += 1;
    past.last_exit_ms = now_ms;
    past.last_reason = reason;
}

impl Past {
    // 100 ms, 200 ms, 400 ms ... 30 s; a worker that never was ready waits longer once it counts as broken.
    fn start_after_ms(&self) -> u64 {
        if self.failures == 0 {
            return 0;
        }
        let pause = (100u64 << (self.failures - 1).min(16)).min(30_000);
        self.last_exit_ms + if self.is_broken() { BROKEN_RETRY_MS } else { pause }
    }

    fn is_broken(&self) -> bool {
        !self.was_ready && self.failures >= FAILURES_UNTIL_BROKEN
    }

    /// What others are told while no process runs.
    pub(crate) fn as_worker(&self) -> Option<Worker> {
        if self.failures == 0 {
            return None;
        }
        let reason = self.last_reason.clone();
        Some(if self.is_broken() {
            Worker::Broken { reason }
        } else {
            Worker::BackingOff {
                reason,
                failures: self.failures,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(path: &str) -> Wanted {
        Wanted {
            model: "m".into(),
            served_name: "M".into(),
            path: path.into(),
        }
    }

    fn seen(path: &str, phase: Phase) -> Observed {
        Observed {
            model: "m".into(),
            path: path.into(),
            phase,
        }
    }

    fn gone() -> Observed {
        seen("a", Phase::Exited("boom".into()))
    }

    #[test]
    fn a_wanted_worker_is_started_once() {
        let mut past = HashMap::new();
        assert_eq!(
            plan(&[wanted("a")], &[], &mut past, 0),
            [Step::Start(wanted("a"))]
        );
        assert_eq!(
            plan(&[wanted("a")], &[seen("a", Phase::Starting)], &mut past, 5),
            []
        );
        assert_eq!(plan(&[wanted("a")], &[seen("a", Phase::Ready)], &mut past, 9), []);
    }

    #[test]
    fn a_crashed_worker_is_restarted_after_a_growing_pause() {
        let mut past = HashMap::new();
        plan(&[wanted("a")], &[seen("a", Phase::Ready)], &mut past, 1_000);
        let forget = Step::Forget {
            model: "m".into(),
            reason: "boom".into(),
        };
        assert_eq!(
            plan(&[wanted("a")], &[gone()], &mut past, 2_000),
            std::slice::from_ref(&forget)
        );
        assert_eq!(plan(&[wanted("a")], &[], &mut past, 2_099), []);
        assert_eq!(
            plan(&[wanted("a")], &[], &mut past, 2_100),
            [Step::Start(wanted("a"))]
        );
        assert_eq!(plan(&[wanted("a")], &[gone()], &mut past, 2_200), [forget]);
        assert_eq!(plan(&[wanted("a")], &[], &mut past, 2_399), []);
        assert_eq!(
            plan(&[wanted("a")], &[], &mut past, 2_400),
            [Step::Start(wanted("a"))]
        );
        assert!(matches!(
            past["m"].as_worker(),
            Some(Worker::BackingOff { failures: 2, .. })
        ));
    }

    #[test]
    fn a_worker_that_never_was_ready_counts_as_broken_until_its_file_changes() {
        let mut past = HashMap::new();
        for now in [1_000, 2_000, 3_000] {
            plan(&[wanted("a")], &[gone()], &mut past, now);
        }
        assert_eq!(
            past["m"].as_worker(),
            Some(Worker::Broken {
                reason: "boom".into()
            })
        );
        assert_eq!(plan(&[wanted("a")], &[], &mut past, 60_000), []);
        assert_eq!(
            plan(&[wanted("b")], &[], &mut past, 60_001),
            [Step::Start(wanted("b"))]
        );
    }

    #[test]
    fn an_unwanted_worker_stays_warm_for_a_minute() {
        let mut past = HashMap::new();
        let ready = [seen("a", Phase::Ready)];
        assert_eq!(plan(&[], &ready, &mut past, 0), []);
        assert_eq!(plan(&[], &ready, &mut past, 59_999), []);
        assert_eq!(plan(&[wanted("a")], &ready, &mut past, 59_999), []);
        assert_eq!(plan(&[], &ready, &mut past, 70_000), []);
        let stop = Step::Stop {
            model: "m".into(),
            why: "no endpoint needs it",
        };
        assert_eq!(plan(&[], &ready, &mut past, 130_000), [stop]);
    }

    #[test]
    fn a_silent_worker_is_ended_and_another_file_replaces_a_worker() {
        let mut past = HashMap::new();
        let why = "it does not answer any more";
        assert_eq!(
            plan(&[wanted("a")], &[seen("a", Phase::Silent)], &mut past, 0),
            [Step::Stop {
                model: "m".into(),
                why
            }]
        );
        assert_eq!(
            plan(&[wanted("b")], &[seen("a", Phase::Ready)], &mut past, 0),
            [
                Step::Stop {
                    model: "m".into(),
                    why: "its model is bound to another file"
                },
                Step::Start(wanted("b"))
            ]
        );
    }
}
