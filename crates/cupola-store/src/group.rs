//! Changes that become durable together: many small units of work, one wait for the disk.
//!
//! Each part is a savepoint of one transaction. A part that is dropped unsaved is undone by itself, before the next part
//! begins; a group that is dropped unsaved is undone whole. Readers see nothing of a group until it is saved.

use crate::error::StoreError;
use crate::sqlite::Store;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

pub(crate) type Shared = Arc<Mutex<State>>;

/// What the parts of a group share.
#[derive(Debug)]
pub(crate) struct State {
    // None once the group has ended.
    transaction: Option<Transaction<'static, Sqlite>>,
    // The last part was dropped unsaved; its savepoint is still open.
    left_open: bool,
}

/// Changes that become durable together.
#[derive(Debug)]
pub struct Group {
    shared: Shared,
    changes: watch::Sender<u64>,
    store: Option<Store>,
}

impl Group {
    pub(crate) fn new(
        transaction: Transaction<'static, Sqlite>,
        changes: watch::Sender<u64>,
    ) -> (Self, Shared) {
        let shared = Arc::new(Mutex::new(State {
            transaction: Some(transaction),
            left_open: false,
        }));
        let group = Self {
            shared: shared.clone(),
            changes,
            store: None,
        };
        (group, shared)
    }

    pub(crate) fn of(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
    }

    /// The store whose units of work are parts of this group. Its readers see the last committed state.
    pub fn store(&self) -> Store {
        self.store.clone().expect("a group is made with its store")
    }

    /// Makes the saved parts durable and wakes those who watch the store.
    pub async fn save(self) -> Result<(), StoreError> {
        let mut state = self.shared.lock().await;
        state.close_part().await?;
        let transaction = state.transaction.take().ok_or_else(ended)?;
        transaction.commit().await?;
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Undoes every part.
    pub async fn undo(self) -> Result<(), StoreError> {
        let mut state = self.shared.lock().await;
        if let Some(transaction) = state.transaction.take() {
            transaction.rollback().await?;
        }
        Ok(())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Copies of the group's store may live on; the transaction must not.
        if let Ok(mut state) = self.shared.try_lock() {
            drop(state.transaction.take());
        }
    }
}

impl State {
    async fn close_part(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.left_open) {
            self.run("ROLLBACK TO part").await?;
            self.run("RELEASE part").await?;
        }
        Ok(())
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let transaction = self.transaction.as_mut().ok_or_else(ended)?;
        let done = sqlx::query(statement).execute(&mut **transaction).await;
        if done.is_err() {
            // What of the group SQLite still has, if it has any, nobody knows: a later part must not be kept alone.
            self.transaction = None;
        }
        done?;
        Ok(())
    }
}

fn ended() -> StoreError {
    StoreError::Other("the group of this change has ended".into())
}

/// One change of a group.
#[derive(Debug)]
pub(crate) struct Part {
    state: OwnedMutexGuard<State>,
    saved: bool,
}

impl Part {
    pub(crate) async fn begin(shared: &Shared) -> Result<Self, StoreError> {
        let mut state = shared.clone().lock_owned().await;
        state.close_part().await?;
        state.run("SAVEPOINT part").await?;
        Ok(Self { state, saved: false })
    }

    pub(crate) fn connection(&mut self) -> &mut SqliteConnection {
        self.state
            .transaction
            .as_mut()
            .expect("a group cannot end while a part holds it")
    }

    pub(crate) async fn save(mut self) -> Result<(), StoreError> {
        self.state.run("RELEASE part").await?;
        self.saved = true;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.state.left_open |= !self.saved;
    }
}
