//! Managed identities: a principal that a resource has, so that roles can be given to it. It cannot sign in, because nothing
//! runs here as a resource, and it goes with its resource.

use crate::dispatch::Call;
use cupola_core::Problem;
use cupola_core::rbac::{Granted, MANAGED_IDENTITY, Principal};
use cupola_store::{Resource, UnitOfWork};
use serde_json::{Map, Value};

/// A resource that is nothing but an identity.
const USER_ASSIGNED: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// Gives a resource the principal that its `identity` asks for, or takes it away, and shows it. What clients say of ids is
/// not believed: they are chosen here, once.
pub(crate) async fn settle(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    resource: &mut Resource,
) -> Result<(), Problem> {
    let system = resource.identity.as_ref().is_some_and(is_system_assigned);
    let stands_alone = resource.id.resource_type().eq_ignore_ascii_case(USER_ASSIGNED);
    let known = work.access().identity_of(&resource.id).await?;
    let principal = match (known, system || stands_alone) {
        (Some(known), true) => Some(known),
        (None, true) => {
            let made = Principal {
                id: call.new_id(),
                app_id: Some(call.new_id()),
                display_name: resource.id.name().to_owned(),
                kind: MANAGED_IDENTITY,
            };
            work.access().put_identity(grant, &resource.id, &made).await?;
            Some(made)
        }
        (Some(_), false) => {
            work.access().forget_identity(grant, &resource.id).await?;
            None
        }
        (None, false) => None,
    };
    let tenant = call.control.tenant();
    if let Some(Value::Object(identity)) = &mut resource.identity {
        show(identity, principal.as_ref().filter(|_| system), tenant);
    }
    if let Some(principal) = principal.filter(|_| stands_alone) {
        if !resource.properties.is_object() {
            resource.properties = Map::new().into();
        }
        if let Some(properties) = resource.properties.as_object_mut() {
            show(properties, Some(&principal), tenant);
            properties.insert("clientId".to_owned(), principal.app_id.into());
        }
    }
    Ok(())
}

fn is_system_assigned(identity: &Value) -> bool {
    let kinds = identity["type"].as_str().unwrap_or_default();
    kinds
        .split(',')
        .any(|kind| kind.trim().eq_ignore_ascii_case("SystemAssigned"))
}

fn show(fields: &mut Map<String, Value>, principal: Option<&Principal>, tenant: &str) {
    for name in ["principalId", "tenantId"] {
        fields.shift_remove(name);
    }
    if let Some(principal) = principal {
        fields.insert("principalId".to_owned(), principal.id.as_str().into());
        fields.insert("tenantId".to_owned(), tenant.into());
    }
}
