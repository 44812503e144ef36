//! `PUT …/raiBlocklistItems/{name}`

use super::super::blocklists;
use super::super::{check_name, require_parent, steps};
use super::{body, id, usable};
use crate::dispatch::{Call, Reply};
use crate::etag;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::Resource;
use serde_json::json;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("item", call.param("name"), 1)?;
    let document = call.json()?;
    let body = body::read(&document)?;
    let tags = document.tags()?.unwrap_or_default();
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    require_parent(work.resources(), &id).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    let changes = [(id.name().to_owned(), body.clone())];
    usable::check(&mut work, &call, &blocklists::id(&call), &changes).await?;
    let status = steps::status(existing.as_ref());
    let item = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let item = Resource {
        tags,
        properties: json!(body),
        ..item
    };
    steps::write(work, (&call, &grant), item, status).await
}
