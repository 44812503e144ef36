//! The audit record: every change and every refusal.

use crate::error::StoreError;
use crate::rows::{from_ms, to_ms};
use cupola_core::Timestamp;
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection};

/// One line of the audit record.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The object id of the caller, or empty for a stranger.
    pub principal: String,
    /// The action, such as `Microsoft.MachineLearningServices/workspaces/write`.
    pub action: String,
    /// Where.
    pub scope: String,
    /// `Succeeded`, `Accepted`, or the code of the refusal.
    pub outcome: String,
    /// The request's correlation id.
    pub correlation: String,
    /// More, without secrets.
    pub detail: Value,
}

/// The table of the audit record.
#[derive(Debug)]
pub struct Audit<'a>(pub(crate) &'a mut SqliteConnection);

impl Audit<'_> {
    /// Adds a line.
    pub async fn add(&mut self, entry: &Entry) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit (at_ms, principal, action, scope, outcome, correlation, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(to_ms(entry.at))
        .bind(entry.principal.clone())
        .bind(entry.action.clone())
        .bind(entry.scope.clone())
        .bind(entry.outcome.clone())
        .bind(entry.correlation.clone())
        .bind(entry.detail.to_string())
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// The last lines, newest first.
    pub async fn latest(&mut self, limit: u32) -> Result<Vec<Entry>, StoreError> {
        sqlx::query(
            "SELECT at_ms, principal, action, scope, outcome, correlation, detail FROM audit ORDER BY id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&mut *self.0)
        .await?
        .into_iter()
        .map(|row| {
            Ok(Entry {
                at: from_ms(row.get(0))?,
                principal: row.get(1),
                action: row.get(2),
                scope: row.get(3),
                outcome: row.get(4),
                correlation: row.get(5),
                detail: serde_json::from_str(row.get(6))?,
            })
        })
        .collect()
    }
}
