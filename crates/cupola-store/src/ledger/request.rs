//! What one request was charged, by its id.

use super::prices::PriceList;
use crate::error::StoreError;
use cupola_core::Timestamp;
use cupola_core::money::{Cost, cost};
use cupola_core::time::{HOUR_MS, MINUTE_MS};
use cupola_core::usage::Meter;
use sqlx::{Row as _, SqliteConnection};

// An id begins with the time at which its request came; the record is of when it ended. Most end soon, and to look for
// those first spares reading an hour of everybody's records.
const WITHIN_MS: [i64; 2] = [MINUTE_MS, HOUR_MS];

/// What one request was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestUsage {
    /// When it ended.
    pub at: Timestamp,
    /// The resource id of the endpoint or account.
    pub endpoint: String,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<String>,
    /// The model's id.
    pub model: String,
    /// Such as `chat`.
    pub operation: String,
    /// `primary`, `secondary`, or a principal's object id.
    pub credential: String,
    /// Such as `complete`.
    pub outcome: String,
    /// What was counted, without what was not used.
    pub quantities: Vec<(Meter, u64)>,
    /// Exact.
    pub cost: Cost,
    /// ISO 4217.
    pub currency: String,
}

const OF_REQUEST: &str = "SELECT c.prices, c.endpoint, c.deployment, c.model, c.operation, c.credential, r.outcome, r.at_ms, \
     r.prompt, r.cached_prompt, r.completion, r.reasoning, 1, r.search_units, r.images, r.finetune_prompt, \
     r.finetune_completion \
     FROM usage_contexts c CROSS JOIN usage_records r ON r.context = c.id \
     WHERE r.at_ms >= $2 AND r.at_ms < $3 AND r.id = $1 LIMIT 1";
const BEFORE_QUANTITIES: usize = 8;

/// The record of the request with this id; `None` for an id that is none of ours, or of a request that was not charged.
pub(crate) async fn of_request(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<RequestUsage>, StoreError> {
    let id = id.to_ascii_lowercase();
    let Some(begun_ms) = begun_ms(&id) else {
        return Ok(None);
    };
    let mut from_ms = begun_ms;
    for within_ms in WITHIN_MS {
        let to_ms = begun_ms + within_ms;
        let row = sqlx::query(OF_REQUEST)
            .bind(&id)
            .bind(from_ms)
            .bind(to_ms)
            .fetch_optional(&mut *connection)
            .await?;
        from_ms = to_ms;
        let Some(row) = row else { continue };
        let prices: PriceList = serde_json::from_str(row.get(0))?;
        let mut quantities = Vec::new();
        let mut total = Cost::default();
        for (at, meter) in Meter::ALL.into_iter().enumerate() {
            let quantity = u64::try_from(row.get::<i64, _>(BEFORE_QUANTITIES + at)).unwrap_or(0);
            total = total + cost(quantity, prices.price(meter));
            if quantity > 0 {
                quantities.push((meter, quantity));
            }
        }
        let deployment: String = row.get(2);
        return Ok(Some(RequestUsage {
            at: Timestamp::from_millisecond(row.get(7))
                .map_err(|error| StoreError::Corrupt(error.to_string()))?,
            endpoint: row.get(1),
            deployment: Some(deployment).filter(|name| !name.is_empty()),
            model: row.get(3),
            operation: row.get(4),
            credential: row.get(5),
            outcome: row.get(6),
            quantities,
            cost: total,
            currency: prices.currency.clone(),
        }));
    }
    Ok(None)
}

/// A UUID of version 7 without hyphens begins with the milliseconds since 1970.
fn begun_ms(id: &str) -> Option<i64> {
    let is_ours =
        id.len() == 32 && id.as_bytes()[12] == b'7' && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_ours.then(|| i64::from_str_radix(&id[..12], 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, UsageRecord};
    use cupola_core::usage::Usage;
    use std::sync::Arc;

    const ID: &str = "0123456789ab7fffbfffffffffffffff";

    #[test]
    fn ids_tell_when_their_requests_came() {
        assert_eq!(begun_ms(ID), Some(0x0123_4567_89ab));
        for other in [
            "",
            "0123456789ab4fffbfffffffffffffff",
            "0123456789ab7fff",
            "é123456789ab7fffbffffffffffffff",
        ] {
            assert_eq!(begun_ms(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn a_request_is_found_by_its_id_if_it_ended_within_the_hour() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let begun = Timestamp::from_millisecond(0x0123_4567_89ab).expect("an instant");
        let record = |id: &str, after_s: i64| UsageRecord {
            id: id.to_owned(),
            at: Timestamp::from_second(begun.as_second() + after_s).expect("an instant"),
            subscription: "s".into(),
            endpoint: "e".into(),
            model: "m".into(),
            deployment: None,
            operation: "chat",
            credential: "primary".into(),
            usage: Usage {
                prompt: 3,
                completion: 4,
                ..Usage::default()
            },
            outcome: "complete",
            status: 200,
            took_us: None,
            first_token_us: None,
            prices: Arc::new(PriceList::of("USD", &[(Meter::PromptTokens, 7)])),
        };
        let late = ID.replace("fff7", "ff07").replace("bfff", "b000");
        let lost = ID.replace("bfff", "a000");
        for (id, after_s) in [(ID, 2), (late.as_str(), 600), (lost.as_str(), 7200)] {
            store
                .ledger()
                .record(record(id, after_s))
                .await
                .expect("recorded");
        }
        let mut reader = store.reader().await.expect("a reader");
        let found = reader.request_usage(ID).await.expect("read").expect("a record");
        assert_eq!(
            (found.operation.as_str(), found.deployment, found.cost),
            ("chat", None, Cost(21))
        );
        assert_eq!(
            found.quantities,
            [
                (Meter::PromptTokens, 3),
                (Meter::CompletionTokens, 4),
                (Meter::Requests, 1)
            ]
        );
        assert!(reader.request_usage(&late).await.expect("read").is_some());
        assert_eq!(reader.request_usage(&lost).await.expect("read"), None);
        assert_eq!(reader.request_usage("nothing").await.expect("read"), None);
    }
}
