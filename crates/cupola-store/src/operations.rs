//! Long-running operations: rows that clients poll.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::Timestamp;
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection};

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// Work is left.
    InProgress,
    /// Done.
    Succeeded {
        /// When.
        at: Timestamp,
    },
    /// Given up.
    Failed {
        /// When.
        at: Timestamp,
        /// The ARM error object.
        error: Value,
    },
}

/// An operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// A GUID.
    pub id: String,
    /// The resource it is about, as an id.
    pub resource: String,
    /// The object id of the caller who began it.
    pub principal: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Where it stands.
    pub status: Status,
}

/// The table of operations.
#[derive(Debug)]
pub struct Operations<'a>(pub(crate) &'a mut SqliteConnection);

impl Operations<'_> {
    /// Adds an operation that has work left.
    pub async fn start(
        &mut self,
        id: &str,
        resource: &str,
        principal: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO operations (id, resource, principal, status, started_ms) VALUES ($1, $2, $3, 'InProgress', $4)")
            .bind(id.to_owned())
            .bind(resource.to_owned())
            .bind(principal.to_owned())
            .bind(to_ms(now))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Ends an operation; one that has ended stays as it ended.
    pub async fn finish(&mut self, id: &str, status: &Status) -> Result<(), StoreError> {
        let (name, at, error) = match status {
            Status::InProgress => return Ok(()),
            Status::Succeeded { at } => ("Succeeded", at, None),
            Status::Failed { at, error } => ("Failed", at, Some(error.to_string())),
        };
        sqlx::query("UPDATE operations SET status = $2, finished_ms = $3, error = $4 WHERE id = $1 AND status = 'InProgress'")
            .bind(id.to_owned())
            .bind(name)
            .bind(to_ms(*at))
            .bind(error)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The operation of this id.
    pub async fn find(&mut self, id: &str) -> Result<Option<Operation>, StoreError> {
        let row = sqlx::query(
            "SELECT id, resource, principal, status, error, started_ms, finished_ms FROM operations WHERE id = $1",
        )
        .bind(id.to_ascii_lowercase())
        .fetch_optional(&mut *self.0)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let finished_at = from_ms(row.get::<Option<i64>, _>(6).unwrap_or_default())?;
        let status = match row.get::<&str, _>(3) {
            "Succeeded" => Status::Succeeded { at: finished_at },
            "Failed" => Status::Failed {
                at: finished_at,
                error: serde_json::from_str(&row.get::<Option<String>, _>(4).unwrap_or_else(|| "{}".into()))?,
            },
            _ => Status::InProgress,
        };
        Ok(Some(Operation {
            id: row.get(0),
            resource: row.get(1),
            principal: row.get(2),
            started_at: from_ms(row.get(5))?,
            status,
        }))
    }

    /// Forgets operations that ended before `before`.
    pub async fn prune(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM operations WHERE finished_ms IS NOT NULL AND finished_ms < $1")
            .bind(to_ms(before))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected())
    }
}
