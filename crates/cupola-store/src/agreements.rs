//! Terms of marketplace plans that were accepted, or taken back, for a subscription.

use crate::error::StoreError;
use cupola_core::rbac::Granted;
use cupola_core::{Timestamp, name::fold};
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, SqliteConnection};

/// What a subscription said to the terms of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// Who sells.
    pub publisher: String,
    /// What is sold.
    pub offer: String,
    /// How it is sold.
    pub plan: String,
    /// Is it accepted now?
    pub accepted: bool,
    /// When that was said.
    pub at: Timestamp,
    /// The object id of who said it.
    pub by: String,
}

/// The table of agreements.
#[derive(Debug)]
pub struct Agreements<'a>(pub(crate) &'a mut SqliteConnection);

impl Agreements<'_> {
    /// What this subscription said to this plan.
    pub async fn find(
        &mut self,
        subscription: &str,
        publisher: &str,
        offer: &str,
        plan: &str,
    ) -> Result<Option<Agreement>, StoreError> {
        let row = sqlx::query("SELECT document FROM agreements WHERE subscription = $1 AND plan = $2")
            .bind(fold(subscription))
            .bind(key(publisher, offer, plan))
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(row.map(|row| serde_json::from_str(row.get(0))).transpose()?)
    }

    /// What this subscription said to all plans. There are no more than offers in the catalog.
    pub async fn list(&mut self, subscription: &str) -> Result<Vec<Agreement>, StoreError> {
        sqlx::query("SELECT document FROM agreements WHERE subscription = $1 ORDER BY plan")
            .bind(fold(subscription))
            .fetch_all(&mut *self.0)
            .await?
            .iter()
            .map(|row| Ok(serde_json::from_str(row.get(0))?))
            .collect()
    }

    /// Keeps what a subscription said.
    pub async fn put(
        &mut self,
        _grant: &Granted,
        subscription: &str,
        agreement: &Agreement,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO agreements (subscription, plan, document) VALUES ($1, $2, $3) \
             ON CONFLICT (subscription, plan) DO UPDATE SET document = excluded.document",
        )
        .bind(fold(subscription))
        .bind(key(&agreement.publisher, &agreement.offer, &agreement.plan))
        .bind(serde_json::to_string(agreement)?)
        .execute(&mut *self.0)
        .await?;
        Ok(())
    }
}

fn key(publisher: &str, offer: &str, plan: &str) -> String {
    fold(&format!("{publisher}/{offer}/{plan}"))
}
