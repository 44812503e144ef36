//! Requests that wait for a slot: first come, first served, and bounded.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Something that may stop being wanted while it waits.
pub(crate) trait Waiting {
    fn abandoned(&self) -> bool;
}

/// The queue between the connections and the engine thread.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    length_max: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

/// Why a request could not wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

impl<T: Waiting> Queue<T> {
    pub(crate) fn bounded(length_max: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            length_max,
        }
    }

    /// Joins the end of the queue.
    pub(crate) fn push(&self, request: T) -> Result<(), Refused> {
        self.push_all([request])
    }

    /// Joins the end of the queue with all parts of one request, or with none of them. They count as one when the
    /// queue is looked at, so that a request for several answers is not refused for ever.
    pub(crate) fn push_all(&self, parts: impl IntoIterator<Item = T>) -> Result<(), Refused> {
        let mut state = self.state();
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.waiting.len() >= self.length_max {
            // Only a full queue pays for looking whether somebody in it has left.
            state.waiting.retain(|request| !request.abandoned());
        }
        if state.waiting.len() >= self.length_max {
            return Err(Refused::Full);
        }
        state.waiting.extend(parts);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The next request that is still wanted, if one waits.
    pub(crate) fn pop(&self) -> Option<T> {
        next_wanted(&mut self.state())
    }

    /// The next request that is still wanted, as soon as there is one; `None` once the queue is closed and empty.
    pub(crate) fn wait(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(request) = next_wanted(&mut state) {
                return Some(request);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more requests; those that wait are still handed out.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Every change under this lock is a single step, so a poisoned lock is still good.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next_wanted<T: Waiting>(state: &mut State<T>) -> Option<T> {
    while let Some(request) = state.waiting.pop_front() {
        if !request.abandoned() {
            return Some(request);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Guest {
        name: &'static str,
        left: bool,
    }

    impl Waiting for Guest {
        fn abandoned(&self) -> bool {
            self.left
        }
    }

    fn guest(name: &'static str) -> Guest {
        Guest { name, left: false }
    }

    #[test]
    fn the_first_to_come_is_the_first_to_be_served() {
        let queue = Queue::bounded(2);
        queue.push(guest("ann")).expect("room for ann");
        queue.push(guest("ben")).expect("room for ben");
        assert_eq!(queue.push(guest("cleo")), Err(Refused::Full));
        assert_eq!(queue.wait().map(|guest| guest.name), Some("ann"));
        assert_eq!(queue.pop().map(|guest| guest.name), Some("ben"));
        assert!(queue.pop().is_none());
    }

    #[test]
    fn somebody_who_left_keeps_nobody_out() {
        let queue = Queue::bounded(1);
        queue
            .push(Guest {
                name: "ann",
                left: true,
            })
            .expect("room for ann");
        queue.push(guest("ben")).expect("ann has left");
        assert_eq!(queue.pop().map(|guest| guest.name), Some("ben"));
    }

    #[test]
    fn a_closed_queue_serves_who_waits_and_nobody_else() {
        let queue = Queue::bounded(2);
        queue.push(guest("ann")).expect("room for ann");
        queue.close();
        assert_eq!(queue.push(guest("ben")), Err(Refused::Closed));
        assert_eq!(queue.wait().map(|guest| guest.name), Some("ann"));
        assert!(queue.wait().is_none());
    }
}
