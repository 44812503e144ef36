//! `GET /subscriptions/{subscription}/locations`

use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::{Problem, Region, ResourceId, name::REGIONS};
use cupola_wire::arm::Page;
use serde_json::{Value, json};

// Regions of the published list whose partner is in it too.
const PAIRS: [(&str, &str); 2] = [("eastus", "westus"), ("northcentralus", "southcentralus")];

pub(super) async fn list(call: Call, _view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    // A region is a label: the published ones, the one of this server, and those that models are offered in.
    let mut regions: Vec<Region> = REGIONS.iter().filter_map(|(name, _)| name.parse().ok()).collect();
    regions.extend(call.control.region().parse::<Region>());
    let offered = call.control.catalog().models().iter();
    regions.extend(offered.flat_map(|model| model.deployment_regions.clone()));
    regions.sort();
    regions.dedup();
    let shown = regions
        .iter()
        .map(|region| shown(&subscription, region))
        .collect();
    Ok(answer::ok(&Page::whole(shown)))
}

fn shown(subscription: &ResourceId, region: &Region) -> Value {
    let id = |name: &str| format!("{subscription}/locations/{name}");
    let pair = PAIRS.iter().find_map(|(a, b)| match region.as_str() {
        name if name == *a => Some(*b),
        name if name == *b => Some(*a),
        _ => None,
    });
    let paired: Vec<Value> = pair
        .iter()
        .map(|name| json!({"id": id(name), "name": name}))
        .collect();
    json!({
        "id": id(region.as_str()),
        "name": region.as_str(),
        "type": "Region",
        "displayName": region.display_name(),
        "regionalDisplayName": region.display_name(),
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "pairedRegion": paired},
    })
}
