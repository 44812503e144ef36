//! `PUT …/accounts/{account}`: makes an account, replaces it, or brings back one that was deleted.

use super::super::{account, check_name, deleted, steps};
use super::body::{Spec, claim_domain};
use crate::dispatch::{Call, Reply};
use crate::kinds::require_group;
use crate::serverless_endpoints::make_keys;
use crate::{etag, identities, owned};
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, Region, ResourceId, chance};
use cupola_store::Resource;
use cupola_wire::arm::cognitive::AccountProperties;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("account", call.param("account"), 2)?;
    let spec = Spec::read(&call.json()?)?;
    let mut work = call.control.store().begin().await?;
    require_group(work.resources(), call.param("subscription"), call.param("group")).await?;
    let id = account(&call);
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    let status = steps::status(existing.as_ref());
    let (mut resource, before) = match existing {
        Some(found) => {
            let before: AccountProperties = owned::body(&found)?;
            (
                replaced(found, &spec, &before)?,
                Some(before.custom_sub_domain_name),
            )
        }
        None => {
            let location = required_location(&spec)?;
            if spec.restore {
                let restored = deleted::restore(&mut work, (&call, &grant), &id, location).await?;
                return steps::write(work, (&call, &grant), restored, status).await;
            }
            deleted::refuse_unless_purged(&mut work, &id, location).await?;
            (created(&call, &grant, id, &spec, location), None)
        }
    };
    let body: AccountProperties = owned::body(&resource)?;
    let domain = body.custom_sub_domain_name.as_str();
    claim_domain(&mut work, &resource.id, (before.as_deref(), domain)).await?;
    if before.is_none() {
        make_keys(&mut work, &call, &resource.id).await?;
    }
    identities::settle(&mut work, &call, &grant, &mut resource).await?;
    steps::write(work, (&call, &grant), resource, status).await
}

fn required_location(spec: &Spec) -> Result<&Region, Problem> {
    spec.location.as_ref().ok_or_else(|| {
        Problem::new(
            Code::LocationRequired,
            "The location property is required for this definition. Use a region, such as eastus2.",
        )
        .target("location")
    })
}

fn created(call: &Call, grant: &Granted, id: ResourceId, spec: &Spec, location: &Region) -> Resource {
    let internal_id = chance::hex::<16>(call.control.entropy());
    let properties = spec.create(id.name(), internal_id, iso8601(call.now));
    Resource {
        kind: Some(spec.kind.unwrap_or("AIServices").to_owned()),
        location: Some(location.to_string()),
        tags: spec.tags.clone().unwrap_or_default(),
        sku: Some(spec.sku.clone().unwrap_or_else(|| json!({"name": "S0"}))),
        identity: spec.identity.clone(),
        properties: json!(properties),
        ..Resource::new(id, call.stamp(grant))
    }
}

fn replaced(mut found: Resource, spec: &Spec, before: &AccountProperties) -> Result<Resource, Problem> {
    let place = found.location.as_deref().unwrap_or_default();
    if let Some(location) = &spec.location
        && location.as_str() != place
    {
        return Err(Problem::new(
            Code::InvalidResourceLocation,
            format!("The account is in {place} already and cannot move to {location}."),
        )
        .target("location"));
    }
    found.properties = json!(spec.replace(before, found.id.name()));
    found.kind = spec.kind.map(str::to_owned).or(found.kind);
    found.tags = spec.tags.clone().unwrap_or_default();
    found.sku = spec.sku.clone().or(found.sku);
    found.identity = spec.identity.clone();
    Ok(found)
}
