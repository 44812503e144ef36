//! `GET /subscriptions`: those in which the caller holds something. Sign-in of the cloud's command line asks this, and an
//! empty list would mean that there is nothing to work in.

use super::shown;
use crate::dispatch::{Call, Caller, Reply};
use crate::kinds::SUBSCRIPTION;
use crate::{answer, owned};
use cupola_core::Problem;
use cupola_store::resources::Below;
use cupola_wire::arm::Page;
use serde_json::{Value, json};

pub(super) async fn list(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = owned::all(&mut reader.resources(), Below::Type(SUBSCRIPTION)).await?;
    let value: Vec<Value> = found
        .iter()
        .filter(|subscription| caller.touches(&subscription.id.to_string()))
        .map(|subscription| shown(&call.control, subscription))
        .collect();
    let mut body = json!(Page::whole(value));
    body["count"] = json!({"type": "Total", "value": body["value"].as_array().map_or(0, Vec::len)});
    Ok(answer::ok(&body))
}
