//! The usage ledger: a record is durable before its answer completes, and costs next to nothing.
//!
//! Records go to a journal beside the store, many with one sync; a task of its own folds them into the table a moment
//! later, many with one commit (decision 0012). Who reads usage folds first, and so misses nothing that was answered.

mod bill;
mod checksum;
mod fold;
mod group;
mod journal;
mod prices;
mod recent;
mod record;
mod request;
mod rollup;
mod segment;
mod status;
#[cfg(test)]
mod tests;

pub use bill::{EndpointLine, EndpointQuestion, Grain, Period, UsageLine};
pub(crate) use bill::{bill, of_endpoint};
pub use journal::LedgerSync;
pub use prices::PriceList;
pub(crate) use recent::recent;
pub use recent::{RECENT_MAX, RecentQuestion, RecentRequest};
pub use record::UsageRecord;
pub use request::RequestUsage;
pub(crate) use request::of_request;
pub use rollup::{
    Histogram, LatencyKind, LatencySum, MINUTES_KEPT_DAYS, RefusedRequest, RequestSum, Sums, Timeline,
    UsageContext, UsageScope, UsageSum,
};
pub(crate) use rollup::{latencies, prune, requests, usage};
pub use status::LedgerStatus;

use crate::error::StoreError;
use fold::{Folder, Wish};
use journal::Journal;
use rollup::Tally;
use segment::Found;
use sqlx::SqlitePool;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

const WISHES_MAX: usize = 1024;

/// Where usage is made durable. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    journal: Arc<Journal>,
    tally: Arc<Tally>,
    wishes: mpsc::Sender<Wish>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.journal.stop();
    }
}

impl Ledger {
    /// Folds what an earlier process left in the journal at `folder`, and begins.
    pub(crate) async fn start(
        folder: &Path,
        sync: LedgerSync,
        writer: SqlitePool,
    ) -> Result<Self, StoreError> {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(unusable)?;
        let Found { segments, mut spares } = segment::find(folder)
            .map_err(unusable)?
            .map_err(|segment::Newer| StoreError::Newer)?;
        let tally = Arc::new(Tally::default());
        let mut folder_of_records = Folder::new(writer, Arc::clone(&tally));
        let mut last = 0;
        for segment in segments {
            folder_of_records.fold(&segment, segment.acknowledged()).await?;
            last = segment.sequence;
            spares.push(segment.into_spare());
        }
        let journal = Journal::start(folder, sync, last, spares).map_err(unusable)?;
        let (wishes, inbox) = mpsc::channel(WISHES_MAX);
        tokio::spawn(folder_of_records.run(Arc::clone(&journal), inbox));
        Ok(Self {
            inner: Arc::new(Inner {
                journal,
                tally,
                wishes,
            }),
        })
    }

    /// Returns when the record is durable, as the settings understand it. What cannot be taken is refused at once.
    pub async fn record(&self, record: UsageRecord) -> Result<(), StoreError> {
        let recorded = self.inner.journal.append(&record)?;
        drop(record);
        Ok(recorded.await?)
    }

    /// Takes a record that nobody waits for, such as that of a client who left.
    pub fn record_later(&self, record: UsageRecord) -> Result<(), StoreError> {
        self.inner.journal.append(&record)?;
        Ok(())
    }

    /// Counts a request that was refused, for charts. It is added to the rollups a moment later, many at once.
    pub fn refuse(&self, request: RefusedRequest) {
        self.inner.tally.note(request);
    }

    /// Is there room for one more record? Asked before dispatch, so that work is not begun that cannot be recorded.
    pub fn has_room(&self) -> bool {
        self.inner.journal.has_room()
    }

    /// How it is doing, for operators.
    pub fn status(&self) -> LedgerStatus {
        self.inner.journal.status()
    }

    /// Returns when all that was recorded before is on disk, or is known not to be.
    pub async fn drain(&self) {
        if let Err(failure) = self.inner.journal.flush().await {
            tracing::error!(error = %failure, "usage could not be written");
        }
    }

    /// Returns when all that was answered before is in the table.
    pub(crate) async fn fold(&self) -> Result<(), StoreError> {
        let (wish, granted) = oneshot::channel();
        self.inner.wishes.send(wish).await.map_err(|_| StoreError::Busy)?;
        granted.await.unwrap_or(Err(StoreError::Busy))
    }

    /// Writes and folds what there is, and ends.
    pub(crate) async fn close(&self) {
        self.drain().await;
        if let Err(error) = self.fold().await {
            tracing::warn!(error = %error, "usage stays in the journal until the next start");
        }
        self.inner.journal.stop();
    }
}

fn unusable(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Other(Box::new(error)),
    }
}
