//! `Microsoft.MachineLearningServices/workspaces/serverlessEndpoints`: a model served with a URI and two keys of its own.

mod delete;
mod get;
mod get_status;
mod list;
mod list_keys;
mod patch;
pub(crate) mod put;
mod regenerate_keys;

use crate::control::Control;
use crate::dispatch::{Call, Route, action, route};
use crate::kinds::{not_found, workspace_id};
use crate::owned;
use cupola_core::{Code, Problem, ResourceId, Secret, chance};
use cupola_store::credentials::SealedKeys;
use cupola_store::resources::Resources;
use cupola_store::{Resource, UnitOfWork};
use cupola_wire::arm::EndpointProperties;
use serde_json::{Value, json};

const LIST: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints";
const ONE: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}";
const LIST_KEYS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}/listKeys";
const REGENERATE_KEYS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}/regenerateKeys";
const GET_STATUS: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints/{name}/getStatus";

const READ: &str = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/read";
const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/write";
const DELETE: &str = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/delete";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route("PUT", ONE, action!(WRITE, put::put)),
    route("PATCH", ONE, action!(WRITE, patch::patch)),
    route("DELETE", ONE, action!(DELETE, delete::delete)),
    route(
        "POST",
        LIST_KEYS,
        action!(
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/listKeys/action",
            list_keys::list_keys
        ),
    ),
    route(
        "POST",
        REGENERATE_KEYS,
        action!(
            "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/regenerateKeys/action",
            regenerate_keys::regenerate_keys
        ),
    ),
    route("POST", GET_STATUS, action!(READ, get_status::get_status)),
];

fn workspace(call: &Call) -> ResourceId {
    workspace_id(
        call.param("subscription"),
        call.param("group"),
        call.param("workspace"),
    )
}

fn id(call: &Call) -> ResourceId {
    workspace(call).child("serverlessEndpoints", call.param("name"))
}

/// The endpoint, or the refusal; whatever holds it is told first.
async fn require(mut resources: Resources<'_>, id: &ResourceId) -> Result<Resource, Problem> {
    if let Some(found) = resources.find(id).await? {
        return Ok(found);
    }
    if let Some(workspace) = id.parent() {
        crate::kinds::require_workspace(resources, &workspace).await?;
    }
    Err(not_found(id))
}

/// The properties as clients read them: where it answers follows from its name, and only once it does.
pub(crate) fn properties(control: &Control, resource: &Resource) -> Value {
    let Ok(stored) = owned::body::<EndpointProperties>(resource) else {
        return resource.properties.clone();
    };
    let region = resource.location.as_deref().unwrap_or_default();
    let uri = control.addresses().target_uri(region, resource.id.name());
    let mut shown = json!({
        "authMode": stored.auth_mode,
        "modelSettings": stored.model_settings,
        "contentSafety": stored.content_safety,
        "endpointState": stored.endpoint_state,
    });
    // What is not so yet is left out: the published types have no null.
    if resource.provisioning_state == "Succeeded" {
        shown["inferenceEndpoint"] = json!({"uri": uri, "headers": {}});
    }
    if let Some(subscription) = stored.marketplace_subscription_id {
        shown["marketplaceSubscriptionId"] = subscription.into();
    }
    if let Some(limits) = stored.rate_limits {
        shown["rateLimits"] = json!(limits);
    }
    shown
}

/// Two new keys for an endpoint.
pub(crate) async fn make_keys(work: &mut UnitOfWork, call: &Call, id: &ResourceId) -> Result<(), Problem> {
    let entropy = call.control.entropy();
    let seal = || call.control.keyring().seal(&chance::api_key(entropy), entropy);
    let keys = SealedKeys {
        primary: seal(),
        secondary: seal(),
    };
    work.credentials().put(id, &keys, call.now).await?;
    Ok(())
}

/// The endpoint of a call and its keys; one that takes tokens alone has none to show.
async fn keys_of(work: &mut UnitOfWork, call: &Call) -> Result<(Resource, SealedKeys), Problem> {
    let found = require(work.resources(), &id(call)).await?;
    let body: EndpointProperties = owned::body(&found)?;
    if body.auth_mode == "AAD" {
        return Err(Problem::new(
            Code::BadRequest,
            format!(
                "The endpoint '{}' takes no keys: its authMode is AAD. Ask it with an access token, or set authMode to \
                 KeyAndAAD.",
                found.id.name()
            ),
        )
        .target("properties.authMode"));
    }
    let sealed = work.credentials().find(&found.id).await?;
    let sealed = sealed.ok_or_else(|| not_found(&found.id))?;
    Ok((found, sealed))
}

/// The two keys as clients read them.
fn shown_keys(primary: &Secret, secondary: &Secret) -> Value {
    json!({"primaryKey": primary.expose(), "secondaryKey": secondary.expose()})
}

/// Unseals the two keys.
pub(crate) fn open_keys(control: &Control, sealed: &SealedKeys) -> Result<(Secret, Secret), Problem> {
    let open = |sealed: &str| {
        control.keyring().open(sealed).map_err(|error| {
            tracing::error!(error = %error, "the keys of an endpoint cannot be unsealed");
            Problem::internal()
        })
    };
    Ok((open(&sealed.primary)?, open(&sealed.secondary)?))
}
