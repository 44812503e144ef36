//! Data-plane keys, sealed. They must be listable again, so they are encrypted, not hashed.

use crate::error::StoreError;
use crate::rows::to_ms;
use cupola_core::{ResourceId, Timestamp};
use sqlx::{Row as _, SqliteConnection};

/// The two sealed keys of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKeys {
    /// Sealed text of the primary key.
    pub primary: String,
    /// Sealed text of the secondary key.
    pub secondary: String,
}

/// The table of credentials.
#[derive(Debug)]
pub struct Credentials<'a>(pub(crate) &'a mut SqliteConnection);

impl Credentials<'_> {
    /// The keys of a resource.
    pub async fn find(&mut self, owner: &ResourceId) -> Result<Option<SealedKeys>, StoreError> {
        let row = sqlx::query("SELECT primary_sealed, secondary_sealed FROM credentials WHERE owner = $1")
            .bind(owner.folded())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(|row| SealedKeys {
            primary: row.get(0),
            secondary: row.get(1),
        }))
    }

    /// Sets the keys of a resource.
    pub async fn put(
        &mut self,
        owner: &ResourceId,
        keys: &SealedKeys,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO credentials (owner, primary_sealed, secondary_sealed, changed_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (owner) DO UPDATE SET primary_sealed = excluded.primary_sealed, \
             secondary_sealed = excluded.secondary_sealed, changed_ms = excluded.changed_ms",
        )
        .bind(owner.folded())
        .bind(keys.primary.clone())
        .bind(keys.secondary.clone())
        .bind(to_ms(now))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}
