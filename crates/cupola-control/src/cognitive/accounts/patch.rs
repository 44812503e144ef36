//! `PATCH …/accounts/{account}`: what is not said stays, and null takes away.

use super::super::{account, require, steps};
use super::body::{Spec, claim_domain};
use crate::dispatch::{Call, Reply};
use crate::{etag, identities, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::cognitive::AccountProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let spec = Spec::read(&call.json()?)?;
    let mut work = call.control.store().begin().await?;
    let mut found = require(work.resources(), &account(&call)).await?;
    etag::check(&call, Some(&found))?;
    let before: AccountProperties = owned::body(&found)?;
    let mut body = before.clone();
    spec.merge(&mut body);
    let domains = (
        Some(before.custom_sub_domain_name.as_str()),
        body.custom_sub_domain_name.as_str(),
    );
    claim_domain(&mut work, &found.id, domains).await?;
    found.properties = json!(body);
    found.kind = spec.kind.map(str::to_owned).or(found.kind);
    found.tags = spec.tags.unwrap_or(found.tags);
    found.sku = spec.sku.or(found.sku);
    found.identity = spec.identity.or(found.identity);
    identities::settle(&mut work, &call, &grant, &mut found).await?;
    steps::write(work, (&call, &grant), found, StatusCode::OK).await
}
