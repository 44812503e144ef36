//! How resources are shown: one envelope, and for each type the properties that are not stored but follow.

use crate::cognitive::{accounts, deleted, deployments, projects};
use crate::control::Control;
use crate::kinds::{ENDPOINT, WORKSPACE, is_connection, is_proxy};
use crate::{connections, serverless_endpoints, workspaces};
use cupola_core::time::iso8601;
use cupola_store::{Resource, Stamp};
use cupola_wire::arm::cognitive::{ACCOUNT_TYPE, DEPLOYMENT_TYPE, PROJECT_TYPE};
use cupola_wire::arm::{Envelope, SystemData};
use serde_json::Value;

/// A resource as clients read it.
pub(crate) fn envelope(control: &Control, resource: &Resource) -> Envelope {
    let kind = resource.id.resource_type();
    let is = |known: &str| known.eq_ignore_ascii_case(&kind);
    let mut properties = match () {
        () if is(ENDPOINT) => serverless_endpoints::properties(control, resource),
        () if is(WORKSPACE) => workspaces::properties(control, resource),
        () if is_connection(&kind) => connections::properties(resource),
        () if is(ACCOUNT_TYPE) || is(deleted::DELETED_TYPE) => accounts::properties(control, resource),
        () if is(DEPLOYMENT_TYPE) => deployments::properties(control, resource),
        () if is(PROJECT_TYPE) => projects::properties(control, resource),
        () => resource.properties.clone(),
    };
    // A connection is there or it is not: its published properties have no state.
    if let (Value::Object(fields), false) = (&mut properties, is_connection(&kind)) {
        fields.insert(
            "provisioningState".to_owned(),
            resource.provisioning_state.clone().into(),
        );
    }
    Envelope {
        id: resource.id.to_string(),
        name: resource.id.name().to_owned(),
        tags: (!is_proxy(&kind)).then(|| resource.tags.clone()),
        // A deployment is where its account is.
        location: resource.location.clone().filter(|_| !is(DEPLOYMENT_TYPE)),
        resource_type: kind,
        kind: resource.kind.clone(),
        sku: resource.sku.clone(),
        identity: resource.identity.clone(),
        etag: Some(resource.etag.clone()),
        system_data: system_data(&resource.created, &resource.modified),
        properties: Some(properties),
        rest: resource.rest.clone(),
        created_time: None,
        changed_time: None,
        provisioning_state: None,
    }
}

fn system_data(created: &Stamp, modified: &Stamp) -> SystemData {
    SystemData {
        created_by: created.by.clone(),
        created_by_type: created.by_type.clone(),
        created_at: iso8601(created.at),
        last_modified_by: modified.by.clone(),
        last_modified_by_type: modified.by_type.clone(),
        last_modified_at: iso8601(modified.at),
    }
}

/// The answer to a request for one resource: the envelope, and its etag as a header too.
pub(crate) fn reply(
    control: &Control,
    status: http::StatusCode,
    resource: &Resource,
) -> crate::dispatch::Reply {
    let mut reply = cupola_edge::json(status, &envelope(control, resource));
    crate::answer::set(&mut reply, "etag", &resource.etag);
    reply
}
