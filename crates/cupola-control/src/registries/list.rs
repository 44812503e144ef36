//! Registries as resources of the resource manager; the list is what people choose from.

use super::{GROUP, SUBSCRIPTION, names, require};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use crate::paging::page_of_items;
use cupola_core::Problem;
use serde_json::{Value, json};

/// `GET …/Microsoft.MachineLearningServices/registries`
pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let registries = names(&call).into_iter().map(|name| shown(&call, name));
    Ok(answer::ok(&page_of_items(&call, registries)))
}

/// `GET …/Microsoft.MachineLearningServices/registries/{registry}`
pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let models = require(&call, call.param("registry"))?;
    let name = models.first().map_or("", |model| model.id.registry());
    Ok(answer::ok(&shown(&call, name)))
}

fn shown(call: &Call, name: &str) -> Value {
    let region = call.control.region();
    json!({
        "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/registries/{name}"),
        "name": name,
        "type": "Microsoft.MachineLearningServices/registries",
        "location": region,
        "tags": {},
        "properties": {
            "discoveryUrl": format!("{}/registrymanagement/v1.0/registries/{name}/discovery", call.origin),
            "publicNetworkAccess": "Enabled",
            "regionDetails": [{"location": region}],
        },
    })
}
