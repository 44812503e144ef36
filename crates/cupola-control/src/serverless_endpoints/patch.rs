//! `PATCH …/serverlessEndpoints/{name}`: tags, sku, identity, rate limits.

use super::{id, require};
use crate::dispatch::{Call, Reply};
use crate::rate_limits::{self, Wish};
use crate::{etag, owned, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::EndpointProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let limits = rate_limits::of_endpoint(&body, call.control.strict())?;
    let (tags, sku, identity) = (body.tags()?, body.kept("sku")?, body.kept("identity")?);
    let mut work = call.control.store().begin().await?;
    let mut endpoint = require(work.resources(), &id(&call)).await?;
    etag::check(&call, Some(&endpoint))?;
    if limits != Wish::Keep {
        let mut properties: EndpointProperties = owned::body(&endpoint)?;
        properties.rate_limits = limits.of(properties.rate_limits);
        endpoint.properties = json!(properties);
    }
    endpoint.tags = tags.unwrap_or(endpoint.tags);
    endpoint.sku = sku.or(endpoint.sku);
    endpoint.identity = identity.or(endpoint.identity);
    write::resource(work, (&call, &grant), endpoint, StatusCode::OK).await
}
