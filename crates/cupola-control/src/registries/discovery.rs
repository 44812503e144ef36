//! `GET /registrymanagement/v1.0/registries/{registry}/discovery`

use super::{GROUP, SUBSCRIPTION, require};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::Problem;
use cupola_wire::arm::registry::Discovery;
use serde_json::{Map, json};

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let models = require(&call, call.param("registry"))?;
    let uri = format!("{}/", call.origin);
    let mut registry_fqdns = Map::new();
    registry_fqdns.insert(call.control.region().to_owned(), json!({"uri": uri}));
    Ok(answer::ok(&Discovery {
        registry_name: models.first().map_or("", |model| model.id.registry()).to_owned(),
        primary_region_resource_provider_uri: uri,
        resource_group: GROUP.to_owned(),
        subscription_id: SUBSCRIPTION.to_owned(),
        registry_fqdns,
    }))
}
