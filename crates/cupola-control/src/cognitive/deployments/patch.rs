//! `PATCH …/deployments/{name}`: tags and capacity.

use super::super::{account, require, steps};
use super::{body, quota, sku};
use crate::dispatch::{Call, Reply};
use crate::{etag, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::cognitive::{DeploymentProperties, DeploymentSku};
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let document = call.json()?;
    let (tags, wanted) = (document.tags()?, body::sku(&document)?);
    let id = account(&call).child("deployments", call.param("name"));
    let mut work = call.control.store().begin().await?;
    let mut found = require(work.resources(), &id).await?;
    etag::check(&call, Some(&found))?;
    if let Some(wanted) = wanted {
        let before = sku(&found);
        let named = document.text("sku.name")?.is_some();
        let counted = document.get("sku.capacity").is_some();
        let wanted = DeploymentSku {
            name: if named { wanted.name } else { before.name },
            capacity: if counted { wanted.capacity } else { before.capacity },
        };
        let properties: DeploymentProperties = owned::body(&found)?;
        let region = found.location.clone().unwrap_or_default();
        quota::check(&mut work, &call.control, &id, &region, (&properties, &wanted)).await?;
        found.sku = Some(json!(wanted));
    }
    found.tags = tags.unwrap_or(found.tags);
    steps::write(work, (&call, &grant), found, StatusCode::OK).await
}
