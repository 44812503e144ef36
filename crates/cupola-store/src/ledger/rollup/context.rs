//! What many requests have in common is kept once; sums name it by its number.

use super::scope::Whose;
use crate::error::StoreError;
use crate::ledger::PriceList;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What many requests have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageContext {
    /// The resource id of the endpoint or account.
    pub endpoint: String,
    /// The model's id; empty for what came to no deployment.
    pub model: String,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<String>,
    /// Such as `chat`.
    pub operation: String,
    /// `primary`, `secondary`, a principal's object id; empty where nobody knows.
    pub credential: String,
    /// Prices at the time.
    pub prices: Arc<PriceList>,
}

/// All contexts that a question begins with, by number.
pub(super) async fn contexts(
    connection: &mut SqliteConnection,
    whose: Whose<'_>,
) -> Result<HashMap<i64, UsageContext>, StoreError> {
    let text = format!(
        "SELECT c.id, c.endpoint, c.model, c.deployment, c.operation, c.credential, c.prices \
         FROM usage_contexts c WHERE {}",
        whose.condition()
    );
    let mut query = sqlx::query(AssertSqlSafe(text));
    for argument in whose.arguments() {
        query = query.bind(argument);
    }
    let rows = query.fetch_all(connection).await?;
    // Many contexts have few lists.
    let mut lists: BTreeMap<String, Arc<PriceList>> = BTreeMap::new();
    let mut contexts = HashMap::with_capacity(rows.len());
    for row in rows {
        let text: String = row.get(6);
        let prices = match lists.get(&text) {
            Some(prices) => Arc::clone(prices),
            None => {
                let prices = Arc::new(serde_json::from_str::<PriceList>(&text)?);
                lists.insert(text, Arc::clone(&prices));
                prices
            }
        };
        let deployment: String = row.get(3);
        let context = UsageContext {
            endpoint: row.get(1),
            model: row.get(2),
            deployment: Some(deployment).filter(|name| !name.is_empty()),
            operation: row.get(4),
            credential: row.get(5),
            prices,
        };
        contexts.insert(row.get(0), context);
    }
    Ok(contexts)
}
