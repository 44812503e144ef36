//! `GET /subscriptions/{subscription}/tagNames`: which tags are in use, with which values, how often.

use crate::answer;
use crate::dispatch::{Call, Reply, View};
use crate::kinds::require_subscription;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::resources::TagUse;
use cupola_wire::arm::Page;
use serde_json::{Value, json};

// Pairs of name and value that an answer shows.
const PAIRS_MAX: u32 = 10_000;

// Tags are shown to whoever may read the whole subscription; counts would tell others of what they may not see.
pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let subscription = require_subscription(reader.resources(), call.param("subscription")).await?;
    let used = match view.sees(&subscription.id) {
        true => reader.resources().tags(&subscription.id, PAIRS_MAX).await?,
        false => Vec::new(),
    };
    let base = format!("{}/tagNames", subscription.id);
    let names = used.chunk_by(|a, b| a.name.eq_ignore_ascii_case(&b.name));
    Ok(answer::ok(&Page::whole(
        names.map(|uses| shown(&base, uses)).collect(),
    )))
}

/// Names and values cannot be set aside for later: a tag is there once a resource has it.
pub(super) async fn predefine(_call: Call, _grant: Granted) -> Result<Reply, Problem> {
    Err(Problem::new(
        Code::NotSupported,
        "Tag names are not predefined here. Put the tag on a resource: az tag update --resource-id ID --operation Merge \
         --tags NAME=VALUE",
    ))
}

fn shown(base: &str, uses: &[TagUse]) -> Value {
    let name = uses.first().map_or("", |tag| tag.name.as_str());
    let id = format!("{base}/{name}");
    let count = |count: i64| json!({"type": "Total", "value": count});
    let values: Vec<Value> = uses
        .iter()
        .map(|tag| {
            json!({
                "id": format!("{id}/tagValues/{}", tag.value),
                "tagValue": tag.value,
                "count": count(tag.count),
            })
        })
        .collect();
    json!({"id": id, "tagName": name, "count": count(uses.iter().map(|tag| tag.count).sum()), "values": values})
}
