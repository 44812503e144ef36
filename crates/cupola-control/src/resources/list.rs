//! `GET /subscriptions/{subscription}/resources` and `GET …/resourceGroups/{group}/resources`

use super::filter::Filter;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::{require_group, require_subscription};
use crate::paging::{Token, page};
use crate::show::envelope;
use cupola_core::time::iso8601;
use cupola_core::{Problem, ResourceId};
use cupola_store::Resource;
use cupola_store::resources::Below;
use cupola_wire::arm::Envelope;

pub(super) async fn in_subscription(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let scope = require_subscription(reader.resources(), call.param("subscription"))
        .await?
        .id;
    list(call, view, &scope).await
}

pub(super) async fn in_group(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let scope = require_group(
        reader.resources(),
        call.param("subscription"),
        call.param("group"),
    )
    .await?
    .id;
    list(call, view, &scope).await
}

async fn list(call: Call, view: View, scope: &ResourceId) -> Result<Reply, Problem> {
    let filter = Filter::parse(call.query.get("$filter").unwrap_or_default())?;
    let expand = call.query.get("$expand").unwrap_or_default().to_ascii_lowercase();
    let mut reader = call.control.store().reader().await?;
    page(
        &call,
        reader.resources(),
        Below::All(scope),
        Token::SkipToken,
        |found| {
            // Groups are not resources of their subscription.
            let wanted = found.id.provider.is_some() && filter.passes(&found) && view.may_read(&found.id);
            wanted.then(|| item(&call, &expand, &found))
        },
    )
    .await
}

// The list shows envelopes alone; the bodies are for those who ask for one resource.
fn item(call: &Call, expand: &str, resource: &Resource) -> Envelope {
    let mut item = envelope(&call.control, resource);
    item.properties = None;
    item.etag = None;
    item.created_time = expand
        .contains("createdtime")
        .then(|| iso8601(resource.created.at));
    item.changed_time = expand
        .contains("changedtime")
        .then(|| iso8601(resource.modified.at));
    item.provisioning_state = expand
        .contains("provisioningstate")
        .then(|| resource.provisioning_state.clone());
    item
}
