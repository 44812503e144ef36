//! What was refused is counted beside what was charged, so that charts show all requests: 429s, wrong keys, bodies that
//! cannot be read, backends that fail. Looking at models or at the usage is no inference and is not counted.

use super::{Visit, meters};
use cupola_store::RefusedRequest;
use http::StatusCode;
use std::sync::Arc;

/// Counts a request that ended without a record in the ledger, where its site is known.
pub(super) fn count(visit: &Visit) {
    let Some(site) = visit.site.get() else { return };
    let (_, operation) = visit.asked();
    let status = visit.status();
    // What was charged and then refused by ourselves could not be recorded.
    let is_recorded = visit.used.get().is_some() && status < StatusCode::INTERNAL_SERVER_ERROR.as_u16();
    if is_recorded || meters::ASIDE.contains(&operation) {
        return;
    }
    let observer = &visit.observer;
    let placed = visit.placed.get().map(|(deployment, _)| deployment);
    observer.ledger.refuse(RefusedRequest {
        at: observer.clock.now(),
        subscription: Arc::clone(&site.subscription),
        endpoint: Arc::clone(&site.id),
        model: Arc::clone(placed.map_or(&observer.nobody, |deployment| &deployment.model.id)),
        deployment: placed.and_then(|deployment| deployment.ledger_name.clone()),
        operation,
        credential: Arc::clone(visit.credential.get().unwrap_or(&observer.nobody)),
        prices: Arc::clone(placed.map_or(&observer.free, |deployment| &deployment.prices)),
        status,
    });
}
