//! `PUT` of a resource of any type that is not ours.

use super::body::Spec;
use super::{id, require_holder};
use crate::dispatch::{Call, Reply};
use crate::{etag, identities, write};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Region, ResourceId};
use cupola_store::Resource;
use http::StatusCode;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = id(&call)?;
    let spec = Spec::read(&call.json()?, &id.resource_type())?;
    let mut work = call.control.store().begin().await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    let status = match &existing {
        Some(found) => {
            stays(found, spec.location.as_ref())?;
            StatusCode::OK
        }
        None => {
            require_holder(&mut work, &id).await?;
            StatusCode::CREATED
        }
    };
    let mut resource = existing.unwrap_or_else(|| created(&call, &grant, id, spec.location.as_ref()));
    spec.replace(&mut resource);
    identities::settle(&mut work, &call, &grant, &mut resource).await?;
    write::resource(work, (&call, &grant), resource, status).await
}

fn created(call: &Call, grant: &Granted, id: ResourceId, location: Option<&Region>) -> Resource {
    let stamp = call.stamp(grant);
    Resource {
        location: location.map(ToString::to_string),
        ..Resource::new(id, stamp)
    }
}

/// A resource does not move, here as there.
pub(super) fn stays(found: &Resource, location: Option<&Region>) -> Result<(), Problem> {
    match (location, found.location.as_deref()) {
        (Some(wanted), Some(place)) if wanted.as_str() != place => Err(Problem::new(
            Code::InvalidResourceLocation,
            format!(
                "The resource '{}' already exists in location '{place}' in resource group '{}'. A resource with the same \
                 name cannot be created in location '{wanted}'. Please select a new resource name.",
                found.id.name(),
                found.id.group.as_deref().unwrap_or_default(),
            ),
        )
        .target("location")),
        _ => Ok(()),
    }
}
