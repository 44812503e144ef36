//! `PUT /subscriptions/{subscription}/resourceGroups/{group}`

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_subscription;
use crate::{etag, write};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, Region, ResourceGroupName, ResourceId};
use cupola_store::Resource;
use http::StatusCode;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name: ResourceGroupName = call.param("group").parse()?;
    let body = call.json()?;
    let location: Option<Region> = body
        .text("location")?
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .transpose()?;
    let tags = body.tags()?;
    let mut work = call.control.store().begin().await?;
    let subscription = require_subscription(work.resources(), call.param("subscription")).await?;
    let existing = work.resources().find(&id(&call)).await?;
    etag::check(&call, existing.as_ref())?;
    let status = if existing.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let mut group = match existing {
        Some(found) => stay(found, location.as_ref())?,
        None => {
            let location = location.ok_or_else(|| {
                Problem::new(
                    Code::LocationRequired,
                    "The location property is required for this definition.",
                )
                .target("location")
            })?;
            let id = ResourceId::group(subscription.id.name(), name.as_str());
            let properties = json!({});
            Resource {
                location: Some(location.to_string()),
                properties,
                ..Resource::new(id, call.stamp(&grant))
            }
        }
    };
    // `az group update` sends the whole group again, so what is left out is meant to be gone.
    group.tags = tags.unwrap_or_default();
    write::resource(work, (&call, &grant), group, status).await
}

fn stay(group: Resource, location: Option<&Region>) -> Result<Resource, Problem> {
    let place = group.location.as_deref().unwrap_or_default();
    match location {
        Some(location) if location.as_str() != place => Err(Problem::new(
            Code::InvalidResourceGroupLocation,
            format!(
                "The resource group '{}' is in {place} already and cannot move to {location}.",
                group.id.name()
            ),
        )
        .target("location")),
        _ => Ok(group),
    }
}
