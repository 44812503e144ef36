//! Jobs: rows of work, made in the same unit of work as the intent they serve. A job run twice is harmless.

use crate::error::StoreError;
use crate::rows::to_ms;
use cupola_core::Timestamp;
use serde_json::Value;
use sqlx::{Row as _, SqliteConnection};

/// A row of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// In the order of making.
    pub id: i64,
    /// Which work, such as `provision-endpoint`.
    pub kind: String,
    /// What it is about.
    pub payload: Value,
    /// How often it was put off.
    pub attempts: i64,
}

/// The table of jobs.
#[derive(Debug)]
pub struct Jobs<'a>(pub(crate) &'a mut SqliteConnection);

impl Jobs<'_> {
    /// Adds a job to run now.
    pub async fn enqueue(&mut self, kind: &str, payload: &Value, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO jobs (kind, payload, run_at_ms) VALUES ($1, $2, $3)")
            .bind(kind.to_owned())
            .bind(payload.to_string())
            .bind(to_ms(now))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// The next jobs that are due, oldest first.
    pub async fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Job>, StoreError> {
        sqlx::query("SELECT id, kind, payload, attempts FROM jobs WHERE run_at_ms <= $1 ORDER BY run_at_ms, id LIMIT $2")
            .bind(to_ms(now))
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?
            .into_iter()
            .map(|row| {
                Ok(Job {
                    id: row.get(0),
                    kind: row.get(1),
                    payload: serde_json::from_str(row.get(2))?,
                    attempts: row.get(3),
                })
            })
            .collect()
    }

    /// When the next job is due, in Unix milliseconds.
    pub async fn next_due_ms(&mut self) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar("SELECT MIN(run_at_ms) FROM jobs")
            .fetch_one(&mut *self.0)
            .await?)
    }

    /// Removes a job that is done. Belongs in the unit of work that holds its result.
    pub async fn done(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM jobs WHERE id = $1")
            .bind(id)
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }

    /// Puts a job off.
    pub async fn retry_at(&mut self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET run_at_ms = $2, attempts = attempts + 1 WHERE id = $1")
            .bind(id)
            .bind(to_ms(at))
            .execute(&mut *self.0)
            .await?;
        Ok(())
    }
}
