//! `Microsoft.CognitiveServices/accounts`: one endpoint and one pair of keys for many models.

mod body;
mod delete;
mod get;
mod keys;
mod list;
mod models;
mod patch;
mod put;
mod skus;
mod usages;

pub(crate) use body::domain_claim;

use super::account_path;
use crate::control::Control;
use crate::dispatch::{Route, action, list, route};
use crate::owned;
use cupola_store::Resource;
use cupola_wire::arm::cognitive::AccountProperties;
use serde_json::{Value, json};

const ONE: &str = account_path!("");
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts";
const IN_SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/accounts";

const READ: &str = "Microsoft.CognitiveServices/accounts/read";
const WRITE: &str = "Microsoft.CognitiveServices/accounts/write";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", IN_SUBSCRIPTION, list!(READ, list::in_subscription)),
    route("GET", IN_GROUP, list!(READ, list::in_group)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route(
        "DELETE",
        ONE,
        action!("Microsoft.CognitiveServices/accounts/delete", delete::delete),
    ),
    route(
        "POST",
        account_path!("/listKeys"),
        action!("Microsoft.CognitiveServices/accounts/listKeys/action", keys::list),
    ),
    route(
        "POST",
        account_path!("/regenerateKey"),
        action!(
            "Microsoft.CognitiveServices/accounts/regenerateKey/action",
            keys::regenerate
        ),
    ),
    route(
        "GET",
        account_path!("/models"),
        action!("Microsoft.CognitiveServices/accounts/models/read", models::list),
    ),
    route(
        "GET",
        account_path!("/usages"),
        action!("Microsoft.CognitiveServices/accounts/usages/read", usages::list),
    ),
    route(
        "GET",
        account_path!("/skus"),
        action!("Microsoft.CognitiveServices/accounts/skus/read", skus::list),
    ),
];

/// The kinds that are served.
pub(super) const KINDS: [&str; 2] = ["AIServices", "OpenAI"];

/// The properties as clients read them: addresses follow from the name and from where the server is.
pub(crate) fn properties(control: &Control, resource: &Resource) -> Value {
    let Ok(stored) = owned::body::<AccountProperties>(resource) else {
        return resource.properties.clone();
    };
    let endpoint = control.addresses().account_uri(&stored.custom_sub_domain_name);
    let mut endpoints = json!({
        "OpenAI Language Model Instance API": endpoint,
        "Azure OpenAI Legacy API - Latest moniker": endpoint,
        "Azure AI Model Inference API": endpoint,
    });
    if resource.kind.as_deref() == Some("AIServices") {
        endpoints["AI Foundry API"] = endpoint.as_str().into();
    }
    let mut shown = json!(stored);
    if let Value::Object(fields) = &mut shown {
        fields.insert("endpoint".to_owned(), endpoint.into());
        fields.insert("endpoints".to_owned(), endpoints);
        fields.insert("isMigrated".to_owned(), false.into());
        fields.insert("privateEndpointConnections".to_owned(), json!([]));
        fields.insert("callRateLimit".to_owned(), json!({"rules": []}));
        fields.insert(
            "capabilities".to_owned(),
            json!([{"name": "MaxDeployments", "value": super::deployments::most(control).to_string()}]),
        );
    }
    shown
}
