//! `GET /subscriptions/{subscription}/resources` and `GET …/resourceGroups/{group}/resources`

use super::filter::{Field, Filter};
use crate::cognitive::deleted::is_deleted;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::{require_group, require_subscription};
use crate::paging::{Token, page_of};
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
    let group = filter.demands(Field::ResourceGroup);
    let group =
        group.map(|group| ResourceId::group(scope.subscription.as_deref().unwrap_or_default(), group));
    // A filter by group on the list of another group wants nothing, and what is listed is still of the asked scope.
    let scope = match (&group, &scope.group) {
        (Some(group), None) => group,
        _ => scope,
    };
    let mut reader = call.control.store().reader().await?;
    let lists = lists(&filter, scope);
    page_of(&call, reader.resources(), &lists, Token::SkipToken, |found| {
        // Groups are not resources of their subscription, and what was deleted is none any more.
        let is_resource = found.id.provider.is_some() && !is_deleted(&found.id);
        let wanted = is_resource && filter.passes(&found) && view.may_read(&found.id);
        wanted.then(|| item(&call, &expand, &found))
    })
    .await
}

// The ranges that hold whatever passes: the narrowest that the filter allows.
fn lists<'a>(filter: &'a Filter, scope: &'a ResourceId) -> Vec<Below<'a>> {
    if let Some(name) = filter.demands(Field::Name) {
        return vec![Below::Named(scope, name)];
    }
    if let Some(mut types) = filter.types() {
        types.sort_unstable_by_key(|kind| kind.to_ascii_lowercase());
        types.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
        return types.into_iter().map(|kind| Below::TypeIn(scope, kind)).collect();
    }
    if let Some(name) = filter.demands(Field::TagName) {
        return vec![Below::Tagged(scope, name, filter.demands(Field::TagValue))];
    }
    vec![Below::All(scope)]
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
