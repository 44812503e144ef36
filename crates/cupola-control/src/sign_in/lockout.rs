//! How many wrong passwords are too many: ten within ten minutes lock a user name out, twice as long each time.

use cupola_core::Timestamp;
use cupola_store::users::PasswordState;

const FAILURES_MAX: u32 = 10;
const WINDOW_S: i64 = 600;
const FIRST_LOCK_S: i64 = 60;
const LOCK_S_MAX: i64 = 3600;

/// Is no password taken now?
pub(super) fn is_locked(state: &PasswordState, now: Timestamp) -> bool {
    state.locked_until.is_some_and(|until| until > now)
}

/// Counts a wrong password.
pub(super) fn fail(state: &mut PasswordState, now: Timestamp) {
    let recent = state
        .failing_since
        .is_some_and(|since| now.as_second() - since.as_second() < WINDOW_S);
    if !recent {
        state.failures = 0;
        state.failing_since = Some(now);
    }
    state.failures += 1;
    if state.failures >= FAILURES_MAX {
        let doubled = FIRST_LOCK_S << state.lockouts.min(6);
        let until = now.as_second().saturating_add(doubled.min(LOCK_S_MAX));
        state.locked_until = Some(Timestamp::from_second(until).unwrap_or(Timestamp::MAX));
        state.lockouts = state.lockouts.saturating_add(1);
        state.failures = 0;
        state.failing_since = None;
    }
}

/// Has anything been counted?
pub(super) fn is_clean(state: &PasswordState) -> bool {
    state.failures == 0 && state.lockouts == 0 && state.locked_until.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_tenth_failure_locks_and_each_lock_is_longer() {
        let mut state = PasswordState::default();
        (0..9).for_each(|second| fail(&mut state, at(second)));
        assert!(!is_locked(&state, at(9)) && !is_clean(&state));
        fail(&mut state, at(9));
        assert!(is_locked(&state, at(68)) && !is_locked(&state, at(69)));
        (0..10).for_each(|_| fail(&mut state, at(100)));
        assert!(is_locked(&state, at(219)) && !is_locked(&state, at(220)));
        for _ in 0..200 {
            fail(&mut state, at(1000));
        }
        assert!(
            is_locked(&state, at(4599)) && !is_locked(&state, at(4600)),
            "an hour at most"
        );
    }

    #[test]
    fn failures_that_are_far_apart_do_not_lock() {
        let mut state = PasswordState::default();
        (0..50).for_each(|turn| fail(&mut state, at(turn * 601)));
        assert!(!is_locked(&state, at(50 * 601)));
    }
}
