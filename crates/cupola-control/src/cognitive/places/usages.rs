//! `GET …/locations/{location}/usages`: what the deployments of a region take of the quota of each model.

use super::super::deployments::{CAPACITY_MAX, sku};
use super::models::usage_name;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use crate::{answer, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, Region};
use cupola_store::Resource;
use cupola_store::resources::Below;
use cupola_wire::arm::Page;
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let region: Region = call.param("location").parse()?;
    let below = Below::TypeIn(&subscription.id, DEPLOYMENT_TYPE);
    let mut all = owned::all(&mut reader.resources(), below).await?;
    all.retain(|one| one.location.as_deref() == Some(region.as_str()));
    Ok(answer::ok(&Page::whole(usages(&all))))
}

/// The capacity of these deployments, by model and sku.
pub(in crate::cognitive) fn usages(deployments: &[Resource]) -> Vec<Value> {
    let mut taken: BTreeMap<(String, String), u64> = BTreeMap::new();
    for deployment in deployments {
        let Ok(body) = owned::body::<DeploymentProperties>(deployment) else {
            continue;
        };
        let sku = sku(deployment);
        let name = usage_name(&body.model.format, &sku.name, &body.model.name);
        let title = format!(
            "Tokens Per Minute (thousands) - {} - {}",
            body.model.name, sku.name
        );
        *taken.entry((name, title)).or_default() += u64::from(sku.capacity);
    }
    taken
        .into_iter()
        .map(|((name, title), used)| usage(&name, &title, used, u64::from(CAPACITY_MAX)))
        .collect()
}

/// A line of a list of usages.
pub(in crate::cognitive) fn usage(name: &str, title: &str, used: u64, limit: u64) -> Value {
    json!({
        "name": {"value": name, "localizedValue": title},
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "status": "Included",
    })
}
