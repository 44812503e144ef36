//! `GET /subscriptions/{subscription}/locations`

use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::{Problem, name::REGIONS};
use cupola_wire::arm::Page;
use serde_json::json;

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    let regions = REGIONS.iter().map(|(name, display)| {
        json!({
            "id": format!("{subscription}/locations/{name}"),
            "name": name,
            "type": "Region",
            "displayName": display,
            "regionalDisplayName": display,
            "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "pairedRegion": []},
        })
    });
    Ok(answer::ok(&Page::whole(regions.collect())))
}
