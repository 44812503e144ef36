//! Tags of a subscription, a group or a resource, by themselves: `Microsoft.Resources/tags/default` at any scope.

mod bounds;
mod change;
mod get;
mod names;

use crate::dispatch::{Call, Route, action, list, route};
use crate::kinds::{is_proxy, not_found, require_group, require_subscription};
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Resources;
use serde_json::{Map, Value, json};

pub(crate) use bounds::{fits, within_bounds};

const AT: &str = "/{scope*}/providers/Microsoft.Resources/tags/default";
const NAMES: &str = "/subscriptions/{subscription}/tagNames";
const NAME: &str = "/subscriptions/{subscription}/tagNames/{name}";
const VALUE: &str = "/subscriptions/{subscription}/tagNames/{name}/tagValues/{value}";

const READ: &str = "Microsoft.Resources/tags/read";
const WRITE: &str = "Microsoft.Resources/tags/write";
const DELETE: &str = "Microsoft.Resources/tags/delete";

const NAME_WRITE: &str = "Microsoft.Resources/subscriptions/tagNames/write";
const NAME_DELETE: &str = "Microsoft.Resources/subscriptions/tagNames/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", AT, action!(READ, get::get)),
    route("PUT", AT, action!(WRITE, change::put)),
    route("PATCH", AT, action!(WRITE, change::patch)),
    route("DELETE", AT, action!(DELETE, change::delete)),
    route(
        "GET",
        NAMES,
        list!("Microsoft.Resources/subscriptions/tagNames/read", names::list),
    ),
    route("PUT", NAME, action!(NAME_WRITE, names::predefine)),
    route("DELETE", NAME, action!(NAME_DELETE, names::predefine)),
    route("PUT", VALUE, action!(NAME_WRITE, names::predefine)),
    route("DELETE", VALUE, action!(NAME_DELETE, names::predefine)),
];

/// What the scope of a path names, or the refusal.
async fn target(mut resources: Resources<'_>, call: &Call) -> Result<Resource, Problem> {
    let id = ResourceId::parse(call.param("scope")).ok_or_else(|| {
        Problem::new(
            Code::ResourceNotFound,
            "Tags are those of a subscription, a resource group or a resource: begin the path with its id.",
        )
    })?;
    let found = resources.find(&id).await?;
    let Some(found) = found else {
        let subscription = id.subscription.as_deref().unwrap_or_default();
        match &id.group {
            Some(group) => require_group(resources, subscription, group).await?,
            None => require_subscription(resources, subscription).await?,
        };
        return Err(not_found(&id));
    };
    if is_proxy(&found.id.resource_type()) {
        return Err(Problem::new(
            Code::NotSupported,
            format!("Resources of type '{}' take no tags.", found.id.resource_type()),
        ));
    }
    Ok(found)
}

fn shown(id: &ResourceId, tags: &Map<String, Value>) -> Value {
    json!({
        "id": format!("{id}/providers/Microsoft.Resources/tags/default"),
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": tags},
    })
}
