//! `POST …/locations/{location}/checkSkuAvailability`

use super::super::accounts::KINDS;
use crate::answer;
use crate::dispatch::{Call, Reply};
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use serde_json::{Value, json};

// More than the service has.
const SKUS_MAX: usize = 100;

pub(super) async fn check(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let kind = body.required("kind", "AIServices or OpenAI")?;
    let served = KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind));
    let skus = body
        .get("skus")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let shown: Vec<Value> = skus
        .iter()
        .filter_map(Value::as_str)
        .take(SKUS_MAX)
        .map(|sku| {
            let free = served && sku.eq_ignore_ascii_case("S0");
            let mut shown = json!({
                "kind": printable(kind),
                "type": body.text("type").ok().flatten().map(printable),
                "skuName": printable(sku),
                "skuAvailable": free,
            });
            if !free {
                shown["reason"] = "NotAvailableForSubscription".into();
                shown["message"] = "Accounts of kind AIServices or OpenAI have the sku S0.".into();
            }
            shown
        })
        .collect();
    Ok(answer::ok(&json!({"value": shown})))
}
