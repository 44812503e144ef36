//! `Microsoft.CognitiveServices/accounts/deployments`: models that an account serves. Nothing waits for a machine: the
//! worker of an engine starts in its own time, and the data plane says so until it answers.

mod body;
mod delete;
mod get;
mod list;
mod patch;
mod put;
mod quota;
mod skus;

pub(super) use quota::{LIMIT as CAPACITY_MAX, SKUS, most};

use super::account_path;
use super::places::capabilities;
use crate::control::Control;
use crate::dispatch::{Route, action, route};
use crate::owned;
use cupola_core::quota::of_deployment;
use cupola_store::Resource;
use cupola_wire::arm::cognitive::{DeploymentProperties, DeploymentSku};
use serde::Deserialize as _;
use serde_json::{Value, json};

const LIST: &str = account_path!("/deployments");
const ONE: &str = account_path!("/deployments/{name}");

const READ: &str = "Microsoft.CognitiveServices/accounts/deployments/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/deployments/write";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route(
        "DELETE",
        ONE,
        action!(
            "Microsoft.CognitiveServices/accounts/deployments/delete",
            delete::delete
        ),
    ),
    route(
        "GET",
        account_path!("/deployments/{name}/skus"),
        action!(
            "Microsoft.CognitiveServices/accounts/deployments/skus/read",
            skus::list
        ),
    ),
];

/// The sku of a deployment; one that cannot be read is the least there is.
pub(super) fn sku(resource: &Resource) -> DeploymentSku {
    let sku = resource.sku.as_ref().map(DeploymentSku::deserialize);
    sku.and_then(Result::ok).unwrap_or_else(|| DeploymentSku {
        name: "Standard".to_owned(),
        capacity: 1,
    })
}

/// The properties as clients read them: limits follow from the capacity.
pub(crate) fn properties(control: &Control, resource: &Resource) -> Value {
    let Ok(stored) = owned::body::<DeploymentProperties>(resource) else {
        return resource.properties.clone();
    };
    let capacity = sku(resource).capacity;
    let limits = rate_limits(&stored.model.format, capacity);
    let served = stored.model_id.parse().ok();
    let served = served.and_then(|id| control.catalog().find(&id));
    let mut shown = json!(stored);
    if let Value::Object(fields) = &mut shown {
        fields.shift_remove("modelId");
        fields.insert("currentCapacity".to_owned(), capacity.into());
        fields.insert("callRateLimit".to_owned(), json!({"rules": limits}));
        fields.insert("rateLimits".to_owned(), limits);
        fields.insert("deploymentState".to_owned(), "Running".into());
        if let Some(model) = served {
            fields.insert("capabilities".to_owned(), capabilities(model));
        }
    }
    shown
}

/// What a capacity allows in a minute, as the service writes it.
pub(super) fn rate_limits(format: &str, capacity: u32) -> Value {
    let limits = of_deployment(format, capacity);
    json!([
        {"key": "request", "renewalPeriod": 60, "count": limits.requests_per_minute},
        {"key": "token", "renewalPeriod": 60, "count": limits.tokens_per_minute},
    ])
}
