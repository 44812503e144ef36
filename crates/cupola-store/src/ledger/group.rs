//! Those who wait for the same sync: one outcome for all, and no allocation for each.

use crate::error::StoreError;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};

/// Why a record was not made durable.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Failure {
    #[error("the disk is full")]
    Full,
    #[error("too much waits already")]
    Busy,
    #[error("{0}")]
    Other(Arc<str>),
}

impl Failure {
    pub(super) fn of(error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded => Self::Full,
            _ => Self::Other(format!("the usage journal could not be written: {error}").into()),
        }
    }

    pub(super) fn too_large() -> Self {
        Self::Other("a usage record is larger than the journal takes".into())
    }

    pub(super) fn failed_before() -> Self {
        Self::Other("an earlier write to the usage journal failed".into())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full => Self::Full,
            Failure::Busy => Self::Busy,
            other @ Failure::Other(_) => Self::Other(Box::new(other)),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Group {
    outcome: OnceLock<Result<(), Failure>>,
    wakers: Mutex<Vec<Waker>>,
}

impl Group {
    pub(super) fn finish(&self, outcome: Result<(), Failure>) {
        // Set before the list is taken: who adds a waker afterwards looks once more under the same lock.
        let _ = self.outcome.set(outcome);
        let wakers = std::mem::take(&mut *self.wakers.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in wakers {
            waker.wake();
        }
    }
}

/// Done when the record is durable.
#[derive(Debug)]
pub(super) struct Recorded {
    group: Option<Arc<Group>>,
    place: Option<usize>,
}

impl Recorded {
    pub(super) fn now() -> Self {
        Self {
            group: None,
            place: None,
        }
    }

    pub(super) fn of(group: &Arc<Group>) -> Self {
        Self {
            group: Some(Arc::clone(group)),
            place: None,
        }
    }
}

impl Future for Recorded {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(group) = &this.group else {
            return Poll::Ready(Ok(()));
        };
        if let Some(outcome) = group.outcome.get() {
            return Poll::Ready(outcome.clone());
        }
        let mut wakers = group.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = group.outcome.get() {
            return Poll::Ready(outcome.clone());
        }
        match this.place {
            Some(place) => wakers[place].clone_from(context.waker()),
            None => {
                this.place = Some(wakers.len());
                wakers.push(context.waker().clone());
            }
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_who_waits_is_told_once_and_late_comers_at_once() {
        let group = Arc::new(Group::default());
        let waiting: Vec<_> = (0..5).map(|_| tokio::spawn(Recorded::of(&group))).collect();
        let left = tokio::spawn(Recorded::of(&group));
        tokio::task::yield_now().await;
        left.abort();
        group.finish(Err(Failure::Full));
        for one in waiting {
            assert!(matches!(one.await.expect("ran"), Err(Failure::Full)));
        }
        assert!(matches!(Recorded::of(&group).await, Err(Failure::Full)));
        assert!(Recorded::now().await.is_ok());
    }
}
