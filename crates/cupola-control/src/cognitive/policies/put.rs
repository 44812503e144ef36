//! `PUT …/raiPolicies/{name}`

use super::super::{check_name, require_parent, steps, wrong};
use super::{body, id, kind, providers, refuse_system_names};
use crate::dispatch::{Call, Reply};
use crate::etag;
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_store::Resource;
use cupola_store::resources::Below;
use serde_json::json;

// Policies of an account or endpoint.
const POLICIES_MAX: u32 = 100;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    refuse_system_names(call.param("name"))?;
    check_name("policy", call.param("name"), 1)?;
    let document = call.json()?;
    let body = body::read(&document)?;
    let tags = document.tags()?.unwrap_or_default();
    let id = id(&call);
    let mut work = call.control.store().begin().await?;
    let holder = require_parent(work.resources(), &id).await?;
    let existing = work.resources().find(&id).await?;
    etag::check(&call, existing.as_ref())?;
    for list in &body.custom_blocklists {
        let name = list.blocklist_name.as_str();
        let at = holder.id.child("raiBlocklists", name);
        if work.resources().find(&at).await?.is_none() {
            return Err(wrong(
                "properties.customBlocklists",
                format!(
                    "'{}' has no blocklist '{}'. Make it first.",
                    holder.id.name(),
                    printable(name)
                ),
            ));
        }
    }
    providers::require(work.resources(), &holder.id, &body.safety_providers).await?;
    if existing.is_none() {
        let siblings = Below::Children(&holder.id, kind(&call));
        let siblings = work.resources().list(siblings, None, POLICIES_MAX).await?;
        if siblings.len() >= POLICIES_MAX as usize {
            return Err(wrong(
                "name",
                format!(
                    "'{}' has {POLICIES_MAX} policies, the most there may be. Delete one first.",
                    holder.id.name()
                ),
            ));
        }
    }
    let status = steps::status(existing.as_ref());
    let policy = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
    let policy = Resource {
        tags,
        properties: json!(body),
        ..policy
    };
    steps::write(work, (&call, &grant), policy, status).await
}
