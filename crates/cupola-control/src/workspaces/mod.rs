//! `Microsoft.MachineLearningServices/workspaces`: plain workspaces, hubs and projects.

pub(crate) mod body;
mod delete;
mod get;
mod list;
mod list_keys;
mod patch;
mod put;

use crate::control::Control;
use crate::dispatch::{Call, Route, action, list, route};
use crate::kinds::workspace_id;
use crate::owned;
use cupola_core::ResourceId;
use cupola_store::Resource;
use cupola_wire::arm::WorkspaceProperties;
use serde_json::{Value, json};

const IN_SUBSCRIPTION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/workspaces";
const IN_GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces";
const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}";

const LIST_KEYS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/listKeys";

const READ: &str = "Microsoft.MachineLearningServices/workspaces/read";
const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/write";
const DELETE: &str = "Microsoft.MachineLearningServices/workspaces/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", IN_SUBSCRIPTION, list!(READ, list::in_subscription)),
    route("GET", IN_GROUP, list!(READ, list::in_group)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
    route(
        "POST",
        LIST_KEYS,
        action!(
            "Microsoft.MachineLearningServices/workspaces/listKeys/action",
            list_keys::list_keys
        ),
    ),
];

pub(crate) use put::new_properties;

fn id(call: &Call) -> ResourceId {
    workspace_id(
        call.param("subscription"),
        call.param("group"),
        call.param("workspace"),
    )
}

/// The properties as clients read them: addresses follow from where the server is.
pub(crate) fn properties(control: &Control, resource: &Resource) -> Value {
    let Ok(stored) = owned::body::<WorkspaceProperties>(resource) else {
        return resource.properties.clone();
    };
    let address = &control.addresses().https;
    let host = address
        .split_once("://")
        .map_or(address.as_str(), |(_, host)| host);
    let mut shown = json!(stored);
    if let Value::Object(fields) = &mut shown {
        fields.insert("discoveryUrl".to_owned(), format!("{address}/discovery").into());
        fields.insert(
            "mlFlowTrackingUri".to_owned(),
            format!("azureml://{host}/mlflow/v1.0{}", resource.id).into(),
        );
        fields.insert("tenantId".to_owned(), control.tenant().into());
        // What nobody restricted is not said of a hub: azure-ai-ml 1.35 copies the word into a project's template as the
        // text `PublicNetworkAccessType.ENABLED`, which no template takes.
        let is_hub = resource
            .kind
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("hub"));
        if is_hub && fields.get("publicNetworkAccess").and_then(Value::as_str) == Some("Enabled") {
            fields.remove("publicNetworkAccess");
        }
    }
    shown
}
