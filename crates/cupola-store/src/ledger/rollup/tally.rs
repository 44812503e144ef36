//! Requests that were refused: they cost nothing, so the ledger has no record of them, and charts count them all the same.
//! They are added up in memory and written with the next batch, so that a flood of refusals is one row, not a flood of
//! writes. What a crash takes with it is the last half second of them.

use super::{Batch, MINUTE_MS, begin};
use crate::error::StoreError;
use crate::ledger::PriceList;
use crate::ledger::fold::context_number;
use crate::ledger::record::Context;
use cupola_core::Timestamp;
use sqlx::SqlitePool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

// Endpoints times credentials times statuses in half a second; what is beyond is not counted.
const PLACES_MAX: usize = 8192;

/// A request that was answered and not charged.
#[derive(Debug, Clone)]
pub struct RefusedRequest {
    /// When it was answered.
    pub at: Timestamp,
    /// The subscription that would have paid.
    pub subscription: Arc<str>,
    /// The endpoint's resource id.
    pub endpoint: Arc<str>,
    /// The model's id; empty where the request came to no deployment.
    pub model: Arc<str>,
    /// The model deployment, on endpoints that have several.
    pub deployment: Option<Arc<str>>,
    /// What was asked for, such as `chat`.
    pub operation: &'static str,
    /// Who asked, as in the ledger; empty where nobody knows.
    pub credential: Arc<str>,
    /// Prices of the deployment.
    pub prices: Arc<PriceList>,
    /// The status of the answer.
    pub status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    subscription: Arc<str>,
    endpoint: Arc<str>,
    model: Arc<str>,
    deployment: Option<Arc<str>>,
    operation: &'static str,
    credential: Arc<str>,
    /// Where the prices lie in memory; the value keeps them there.
    prices: usize,
    minute_ms: i64,
    status: u16,
}

type Places = HashMap<Place, (Arc<PriceList>, u64)>;

/// What was refused and is not written yet.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Tally {
    places: Mutex<Places>,
    /// Wakes whoever writes.
    pub(in crate::ledger) noticed: Notify,
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one.
    pub(in crate::ledger) fn note(&self, request: RefusedRequest) {
        let place = Place {
            subscription: request.subscription,
            endpoint: request.endpoint,
            model: request.model,
            deployment: request.deployment,
            operation: request.operation,
            credential: request.credential,
            prices: Arc::as_ptr(&request.prices).addr(),
            minute_ms: begin(request.at.as_millisecond(), MINUTE_MS),
            status: request.status,
        };
        self.put(place, request.prices, 1);
        self.noticed.notify_one();
    }

    fn put(&self, place: Place, prices: Arc<PriceList>, requests: u64) {
        let mut places = self.lock();
        if places.len() >= PLACES_MAX && !places.contains_key(&place) {
            return;
        }
        places.entry(place).or_insert((prices, 0)).1 += requests;
    }

    /// Writes what there is. What cannot be written now is kept for the next time.
    pub(in crate::ledger) async fn write(&self, writer: &SqlitePool) -> Result<(), StoreError> {
        let places = std::mem::take(&mut *self.lock());
        if places.is_empty() {
            return Ok(());
        }
        let written = write(writer, &places).await;
        if written.is_err() {
            for (place, (prices, requests)) in places {
                self.put(place, prices, requests);
            }
        }
        written
    }
}

async fn write(writer: &SqlitePool, places: &Places) -> Result<(), StoreError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let mut numbers: HashMap<Context, i64> = HashMap::new();
    let mut batch = Batch::default();
    for (place, (prices, requests)) in places {
        let context = Context {
            subscription: (*place.subscription).to_owned(),
            endpoint: (*place.endpoint).to_owned(),
            model: (*place.model).to_owned(),
            deployment: place.deployment.as_deref().unwrap_or_default().to_owned(),
            operation: place.operation.to_owned(),
            credential: (*place.credential).to_owned(),
            prices: serde_json::to_string(&**prices)?,
        };
        let number = match numbers.get(&context) {
            Some(number) => *number,
            None => {
                let number = context_number(&mut transaction, &context).await?;
                numbers.insert(context, number);
                number
            }
        };
        batch.refused(number, place.minute_ms, place.status, *requests);
    }
    batch.write(&mut transaction).await?;
    Ok(transaction.commit().await?)
}
