//! Registries: where models are found. The model registry's own API, as the SDK reads it.
//!
//! Everybody who can sign in may read the catalog: it says what could be deployed, nothing about what is.

mod discovery;
mod list;
mod models;

use crate::dispatch::{Call, Route, route, signed_in, unversioned};
use cupola_core::catalog::CatalogModel;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use serde_json::{Value, json};

/// The subscription and group that stand in the paths of the list; nothing is looked up there.
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";
const GROUP: &str = "registries";

pub(crate) const ROUTES: &[Route] = &[
    unversioned(
        "GET",
        "/registrymanagement/v1.0/registries/{registry}/discovery",
        signed_in!(discovery::get),
    ),
    unversioned(
        "GET",
        "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries/{registry}/models",
        signed_in!(models::list),
    ),
    unversioned(
        "GET",
        "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries/{registry}/models/{model}",
        signed_in!(models::get),
    ),
    unversioned(
        "GET",
        "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries/{registry}/models/{model}/versions",
        signed_in!(models::versions),
    ),
    unversioned(
        "GET",
        "/mferp/managementfrontend/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries/{registry}/models/{model}/versions/{version}",
        signed_in!(models::version),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/registries",
        signed_in!(list::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries",
        signed_in!(list::list),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/registries/{registry}",
        signed_in!(list::get),
    ),
];

/// The models of the registry in the path, or the refusal with the registries there are.
fn require<'a>(call: &'a Call, name: &str) -> Result<Vec<&'a CatalogModel>, Problem> {
    call.control.catalog().registry(name).ok_or_else(|| {
        Problem::new(
            Code::ResourceNotFound,
            format!(
                "The registry '{}' was not found. There are {}.",
                printable(name),
                names(call).join(", ")
            ),
        )
    })
}

/// Every registry, in the order in which the catalog names them.
fn names(call: &Call) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for model in call.control.catalog().models() {
        if !names
            .iter()
            .any(|known| known.eq_ignore_ascii_case(model.id.registry()))
        {
            names.push(model.id.registry());
        }
    }
    names
}

/// What people want to know of a model, as its `properties`.
fn more(model: &CatalogModel) -> Value {
    json!({
        "displayName": model.display_name,
        "publisher": model.publisher,
        "task": model.task.as_str(),
        "license": model.license,
    })
}
