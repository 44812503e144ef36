//! Sealed secrets of resources, one text each: what a connection keeps to sign in elsewhere. How the text is made up is its
//! owner's; here it is only kept, and it goes with its owner.

use crate::error::StoreError;
use crate::rows::to_ms;
use cupola_core::rbac::Granted;
use cupola_core::{ResourceId, Timestamp};
use sqlx::SqliteConnection;

/// The table of secrets.
#[derive(Debug)]
pub struct Secrets<'a>(pub(crate) &'a mut SqliteConnection);

impl Secrets<'_> {
    /// The sealed secret of a resource.
    pub async fn find(&mut self, owner: &ResourceId) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT sealed FROM secrets WHERE owner = $1")
            .bind(owner.folded())
            .fetch_optional(&mut *self.0)
            .await?)
    }

    /// Sets the secret of a resource.
    pub async fn put(
        &mut self,
        _grant: &Granted,
        owner: &ResourceId,
        sealed: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO secrets (owner, sealed, changed_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (owner) DO UPDATE SET sealed = excluded.sealed, changed_ms = excluded.changed_ms",
        )
        .bind(owner.folded())
        .bind(sealed.to_owned())
        .bind(to_ms(now))
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Forgets the secret of a resource.
    pub async fn delete(&mut self, _grant: &Granted, owner: &ResourceId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM secrets WHERE owner = $1")
            .bind(owner.folded())
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
