//! The snapshot follows the store a moment later. Who is told by the control plane that something is there may ask for it
//! in that moment, so before a refusal that a change could lift, what was saved by then is read.

use crate::snapshot::{Condition, Serves, Site};
use crate::{Gateway, Shared};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

// Reading takes milliseconds; a store that takes longer than this is in trouble, and the refusal stands.
const CATCH_UP_MAX: Duration = Duration::from_secs(2);
// For who changed something: long for a snapshot, and short for a person.
const SETTLE_MAX: Duration = Duration::from_millis(500);

impl Gateway {
    /// Returns when everything that is saved now is served, or after half a second: what is answered after that, about a
    /// revoked key or a suspended endpoint, is true on the data plane too.
    pub async fn settled(&self) {
        self.shared.reads_what_is_saved(SETTLE_MAX).await;
    }
}

impl Shared {
    /// How many changes of the store the snapshot knows.
    pub(crate) fn known(&self) -> u64 {
        self.snapshot.load().changes
    }

    /// Waits until everything that is saved now has been read, for whoever looked when so much was known; `false` where the
    /// snapshot knows no more than that. Looks at counters alone, so that nobody can make the store work by asking for what is
    /// not there.
    pub(crate) async fn catch_up(&self, known: u64) -> bool {
        // It may have been read since the site was looked up, and then there is nothing to wait for.
        self.reads_what_is_saved(CATCH_UP_MAX).await || self.known() != known
    }

    /// The site as it is now, if something changed since it was looked up.
    pub(crate) async fn renewed(&self, site: &Arc<Site>) -> Option<Arc<Site>> {
        self.reads_what_is_saved(CATCH_UP_MAX).await;
        let now = self.snapshot.load().with_id(&site.id).cloned()?;
        (!Arc::ptr_eq(&now, site)).then_some(now)
    }

    /// Waits until everything that is saved now has been read; `false` where there was nothing to wait for, or it took too long.
    async fn reads_what_is_saved(&self, limit: Duration) -> bool {
        let saved = *self.deps.store.changes().borrow();
        is_reached(self.read_up_to.subscribe(), saved, limit).await
    }
}

async fn is_reached(mut read_up_to: watch::Receiver<u64>, saved: u64, limit: Duration) -> bool {
    if *read_up_to.borrow() >= saved {
        return false;
    }
    let reached = read_up_to.wait_for(|count| *count >= saved);
    matches!(tokio::time::timeout(limit, reached).await, Ok(Ok(_)))
}

/// Could a change be the reason why this site does not answer?
pub(crate) fn is_doubtful(site: &Site, deployment: Option<&str>) -> bool {
    let found = match (&site.serves, deployment) {
        (Serves::One(one), _) => Some(one),
        (Serves::Many(_), None) => return false,
        (Serves::Many(many), Some(name)) => many.get(&cupola_core::name::fold(name)),
    };
    found.is_none_or(|deployment| deployment.condition != Condition::Online || deployment.target.is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_is_behind_is_waited_for_and_not_for_ever() {
        let reader = watch::Sender::new(3);
        assert!(!is_reached(reader.subscribe(), 3, CATCH_UP_MAX).await);
        assert!(!is_reached(reader.subscribe(), 4, CATCH_UP_MAX).await);
        let waiting = tokio::spawn(is_reached(reader.subscribe(), 5, CATCH_UP_MAX));
        tokio::task::yield_now().await;
        reader.send_replace(4);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        reader.send_replace(6);
        assert!(waiting.await.expect("it ran"));
    }
}
