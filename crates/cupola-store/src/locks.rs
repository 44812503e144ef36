//! Management locks: what may not be deleted, or not be changed at all, whoever asks.

use crate::error::StoreError;
use cupola_core::rbac::Granted;
use cupola_core::{Timestamp, name::fold};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection};

/// How much a lock forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// What it covers cannot be deleted.
    CanNotDelete,
    /// What it covers can only be read.
    ReadOnly,
}

impl Level {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CanNotDelete => "CanNotDelete",
            Self::ReadOnly => "ReadOnly",
        }
    }
}

/// A lock at a scope, which covers all that is below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// As people wrote it; `/` for everything.
    pub scope: String,
    /// As people wrote it.
    pub name: String,
    /// What it forbids.
    pub level: Level,
    /// Why.
    pub notes: Option<String>,
    /// Application ids that the maker named.
    pub owners: Vec<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Who made it, for people.
    pub created_by: String,
    /// `Application` or `User`.
    pub created_by_type: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it last, for people.
    pub updated_by: String,
    /// `Application` or `User`.
    pub updated_by_type: String,
}

/// The table of locks.
#[derive(Debug)]
pub struct Locks<'a>(pub(crate) &'a mut SqliteConnection);

// Two searches of the key, each in its order: every change asks this.
const AT: &str = "SELECT document FROM locks WHERE scope IN (SELECT value FROM json_each($1)) UNION ALL \
                  SELECT document FROM locks WHERE scope > $2 AND scope < $3 LIMIT $4";

impl Locks<'_> {
    /// The lock of this name at this very scope.
    pub async fn find(&mut self, scope: &str, name: &str) -> Result<Option<Lock>, StoreError> {
        let row = sqlx::query("SELECT document FROM locks WHERE scope = $1 AND name = $2")
            .bind(fold(scope))
            .bind(fold(name))
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(|row| serde_json::from_str(row.get(0))).transpose()?)
    }

    /// The locks at these scopes (folded), and of those below `below` where it is given; at most `limit`.
    pub async fn at(
        &mut self,
        scopes: &[String],
        below: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Lock>, StoreError> {
        let scopes = serde_json::to_string(scopes)?;
        let (from, to) = match below {
            // The root has everything below it.
            Some("/") => ("/".to_owned(), "0".to_owned()),
            Some(scope) => (format!("{}/", fold(scope)), format!("{}0", fold(scope))),
            None => (String::new(), String::new()),
        };
        let rows = sqlx::query(AT)
            .bind(scopes)
            .bind(from)
            .bind(to)
            .bind(i64::from(limit))
            .fetch_all(&mut *self.0)
            .await?;
        rows.iter()
            .map(|row| Ok(serde_json::from_str(row.get(0))?))
            .collect()
    }

    /// Adds or changes a lock.
    pub async fn put(&mut self, _grant: &Granted, lock: &Lock) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO locks (scope, name, level, document) VALUES ($1, $2, $3, $4) ON CONFLICT (scope, name) \
             DO UPDATE SET level = excluded.level, document = excluded.document",
        )
        .bind(fold(&lock.scope))
        .bind(fold(&lock.name))
        .bind(lock.level.as_str())
        .bind(serde_json::to_string(lock)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }

    /// Removes a lock; false where there was none.
    pub async fn delete(&mut self, _grant: &Granted, scope: &str, name: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM locks WHERE scope = $1 AND name = $2")
            .bind(fold(scope))
            .bind(fold(name))
            .execute(&mut *self.0)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    #[tokio::test]
    async fn no_change_looks_at_every_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let mut work = store.begin().await.expect("begun");
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {AT}")))
            .fetch_all(&mut *work.locks().0)
            .await
            .expect("a plan");
        let plan: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
        assert!(
            plan.iter()
                .all(|step| !step.starts_with("SCAN") || step.contains("json_each")),
            "{plan:?}"
        );
        drop(work);
        store.close().await;
    }
}
