//! `PUT …/raiBlocklists/{list}`

use super::super::{check_name, require_parent, steps, wrong};
use super::{id, kind};
use crate::dispatch::{Call, Reply};
use crate::etag;
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::Resource;
use cupola_store::resources::Below;
use cupola_wire::arm::cognitive::RaiBlocklistProperties;
use serde_json::json;

// Blocklists of an account or endpoint.
const LISTS_MAX: u32 = 100;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name("blocklist", call.param("list"), 1)?;
    let body = call.json()?;
    let properties = RaiBlocklistProperties {
        description: body
            .text("properties.description")?
            .unwrap_or_default()
            .to_owned(),
        rest: steps::rest(&body, &["description", "provisioningState"])?,
    };
    let tags = body.tags()?.unwrap_or_default();
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    let holder = require_parent(work.resources(), &id).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    if existing.is_none() {
        let siblings = Below::Children(&holder.id, kind(&call));
        let siblings = work.resources().list(siblings, None, LISTS_MAX).await?;
        if siblings.len() >= LISTS_MAX as usize {
            return Err(wrong(
                "name",
                format!(
                    "'{}' has {LISTS_MAX} blocklists, the most there may be. Delete one first.",
                    holder.id.name()
                ),
            ));
        }
    }
    let status = steps::status(existing.as_ref());
    let list = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let list = Resource {
        tags,
        properties: json!(properties),
        ..list
    };
    steps::write(work, (&call, &grant), list, status).await
}
