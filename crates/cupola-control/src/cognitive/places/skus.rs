//! `GET …/providers/Microsoft.CognitiveServices/skus`: each kind has one, everywhere.

use super::super::accounts::KINDS;
use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::Problem;
use cupola_core::name::REGIONS;
use cupola_wire::arm::Page;
use serde_json::json;

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    require_subscription(reader.resources(), call.param("subscription")).await?;
    let mut places: Vec<String> = REGIONS
        .iter()
        .map(|(short, _)| short.to_ascii_uppercase())
        .collect();
    let own = call.control.region().to_ascii_uppercase();
    if !places.contains(&own) {
        places.push(own);
    }
    let shown = KINDS.iter().map(|kind| {
        json!({
            "resourceType": "accounts",
            "name": "S0",
            "tier": "Standard",
            "kind": kind,
            "locations": places,
            "restrictions": [],
        })
    });
    Ok(answer::ok(&Page::whole(shown.collect())))
}
