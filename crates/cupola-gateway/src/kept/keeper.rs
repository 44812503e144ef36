//! Writes responses into the store, many with one commit, sealed. Answers wait for it, and it never waits for them: where
//! its queue is full a response is not kept, and its answer says so.

use cupola_core::{Entropy, Secret, Timestamp};
use cupola_identity::Keyring;
use cupola_store::responses::{KeptResponse, Owner, SiteBounds};
use cupola_store::{Store, StoreError};
use cupola_wire::responses::kept;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

const QUEUE_MAX: usize = 1024;
// So many share a commit.
const BATCH_MAX: usize = 64;
// A template deployment may hold the store for longer, and an answer is worth more than its copy.
const TIME_MAX: Duration = Duration::from_secs(3);
// What waits to be written takes no more memory than this; the largest answer fits in.
const QUEUE_KIB_MAX: usize = 64 << 10;

/// What is to be kept, but for the answer.
pub(super) struct Errand {
    pub(super) owner: Owner,
    pub(super) id: String,
    pub(super) previous: Option<String>,
    pub(super) made_at: Timestamp,
    /// The body that asked for it.
    pub(super) request: bytes::Bytes,
}

struct Note {
    response: KeptResponse,
    /// Not sealed yet.
    plain: Secret,
    _room: OwnedSemaphorePermit,
    kept: oneshot::Sender<bool>,
}

enum Message {
    Keep(Box<Note>),
    Drain(oneshot::Sender<()>),
}

/// Keeps responses. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct Keeper {
    queue: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    bounds: SiteBounds,
    refused: Arc<AtomicU64>,
}

/// What seals, and where it goes.
struct Writer {
    store: Store,
    keyring: Arc<Keyring>,
    entropy: Arc<dyn Entropy>,
    bounds: SiteBounds,
}

impl Keeper {
    /// Begins; it ends when the last clone is gone.
    pub(crate) fn start(
        store: Store,
        keyring: Arc<Keyring>,
        entropy: Arc<dyn Entropy>,
        bounds: SiteBounds,
    ) -> Self {
        let (queue, inbox) = mpsc::channel(QUEUE_MAX);
        let writer = Writer {
            store,
            keyring,
            entropy,
            bounds,
        };
        tokio::spawn(writer.run(inbox));
        Self {
            queue,
            room: Arc::new(Semaphore::new(QUEUE_KIB_MAX)),
            bounds,
            refused: Arc::default(),
        }
    }

    /// Is anything kept at all?
    pub(crate) fn keeps(&self) -> bool {
        self.bounds.count_max > 0 && self.bounds.bytes_max > 0
    }

    /// Keeps a response; done when it is on disk. False where it is not kept, for whatever reason.
    pub(super) async fn keep(&self, errand: Errand, response: &[u8]) -> bool {
        let Some(asked) = self.ask(errand, response) else {
            let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
            // Each of them would fill the log as it fills the queue.
            if refused.is_power_of_two() {
                tracing::warn!(
                    refused,
                    "responses come faster than they can be kept; their answers say so"
                );
            }
            return false;
        };
        // A writer that ended keeps nothing; one that is late undoes it.
        matches!(tokio::time::timeout(TIME_MAX, asked).await, Ok(Ok(true)))
    }

    fn ask(&self, errand: Errand, response: &[u8]) -> Option<oneshot::Receiver<bool>> {
        let size = (errand.request.len() + response.len()) / 1024 + 1;
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(u32::try_from(size).ok()?)
            .ok()?;
        let plain = kept(&errand.request, response).ok()?;
        let (kept, asked) = oneshot::channel();
        let note = Note {
            response: KeptResponse {
                owner: errand.owner,
                id: errand.id,
                previous: errand.previous,
                made_at: errand.made_at,
                sealed: String::new(),
            },
            plain: Secret::new(String::from_utf8(plain).ok()?),
            _room: room,
            kept,
        };
        self.queue.try_send(Message::Keep(Box::new(note))).ok()?;
        Some(asked)
    }

    /// Returns when all that was asked before is kept, or is not.
    pub(crate) async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.queue.send(Message::Drain(done)).await.is_ok() {
            // A task that ended has nothing left to write.
            let _ = drained.await;
        }
    }
}

impl Writer {
    async fn run(self, mut inbox: mpsc::Receiver<Message>) {
        let mut messages = Vec::new();
        while inbox.recv_many(&mut messages, BATCH_MAX).await > 0 {
            let (mut notes, mut waiting) = (Vec::new(), Vec::new());
            for message in messages.drain(..) {
                match message {
                    Message::Keep(note) => notes.push(note),
                    Message::Drain(done) => waiting.push(done),
                }
            }
            let written = self.write(&mut notes).await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, responses = notes.len(), "responses could not be kept; their answers say so");
                Vec::new()
            });
            let mut unwanted = Vec::new();
            for (at, note) in notes.into_iter().enumerate() {
                let written = written.get(at).copied().unwrap_or(false);
                if note.kept.send(written).is_err() && written {
                    unwanted.push(note.response);
                }
            }
            if let Err(error) = self.undo(&unwanted).await {
                tracing::warn!(error = %error, responses = unwanted.len(), "responses are kept whose answers say that they are not");
            }
            for done in waiting {
                let _ = done.send(());
            }
        }
    }

    /// Says of each whether it is kept.
    async fn write(&self, notes: &mut [Box<Note>]) -> Result<Vec<bool>, StoreError> {
        if notes.is_empty() {
            return Ok(Vec::new());
        }
        for note in &mut *notes {
            note.response.sealed = self.keyring.seal(&note.plain, &*self.entropy);
        }
        let mut work = self.store.begin().await?;
        let (mut written, mut sites) = (Vec::with_capacity(notes.len()), HashSet::new());
        for note in &*notes {
            let response = &note.response;
            // Nobody waits for it any more.
            if note.kept.is_closed() {
                written.push(false);
                continue;
            }
            // One that alone is over the bound would push out all the others, and then itself.
            let fits = response.sealed.len() as u64 <= self.bounds.bytes_max;
            written.push(fits && work.responses().put(response).await?);
            sites.insert(response.owner.site.as_str());
        }
        for site in sites {
            work.responses().bound(site, self.bounds).await?;
        }
        work.save_quietly().await?;
        Ok(written)
    }

    /// Forgets what was kept too late to say so, or for somebody who has gone.
    async fn undo(&self, responses: &[KeptResponse]) -> Result<(), StoreError> {
        if responses.is_empty() {
            return Ok(());
        }
        let mut work = self.store.begin().await?;
        for response in responses {
            work.responses()
                .delete(&response.owner, &response.id, Timestamp::MIN)
                .await?;
        }
        work.save_quietly().await
    }
}
