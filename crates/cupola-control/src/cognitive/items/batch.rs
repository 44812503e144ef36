//! `POST …/raiBlocklists/{list}/addRaiBlocklistItems` and `…/deleteRaiBlocklistItems`: all of a batch, or nothing.

use super::super::{blocklists, check_name, require, steps, wrong};
use super::{body, usable};
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use crate::{answer, audit, show};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::Resource;
use http::StatusCode;
use serde_json::{Value, json};

// As the service has it.
const BATCH_MAX: usize = 100;

// Batches are lists; a body that is read is an object.
fn batch(call: &Call) -> Result<Document, Problem> {
    let mut whole = b"{\"items\":".to_vec();
    whole.extend_from_slice(&call.body);
    whole.push(b'}');
    Document::read(&whole)
}

pub(super) async fn add(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut items = Vec::new();
    for (path, item) in steps::objects(&batch(&call)?, "items", BATCH_MAX)? {
        let name = item.required("name", "the name of the item")?.to_owned();
        let at = |problem: Problem| {
            let target = problem.target.clone().unwrap_or_default();
            problem.target(format!("{path}.{target}"))
        };
        check_name("item", &name, 1).map_err(at)?;
        items.push((name, body::read(&item).map_err(at)?));
    }
    let id = blocklists::id(&call);
    let mut work = call.control.store().begin().await?;
    let list = require(work.resources(), &id).await?;
    usable::check(&mut work, &call, &list.id, &items).await?;
    let mut fresh = Vec::new();
    for (name, body) in items {
        let id = list.id.child("raiBlocklistItems", &name);
        let existing = work.resources().find(&id).await?;
        let item = existing.unwrap_or_else(|| Resource::new(id, call.stamp(&grant)));
        let item = Resource {
            properties: json!(body),
            etag: call.new_etag(),
            modified: call.stamp(&grant),
            ..item
        };
        work.resources().put(&grant, &item).await?;
        fresh.push(item.id.name().to_owned());
    }
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"added": fresh})).await?;
    work.save().await?;
    Ok(show::reply(&call.control, StatusCode::OK, &list))
}

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = batch(&call)?;
    let names: Vec<&Value> = match body.get("items") {
        Some(Value::Array(names)) => names.iter().collect(),
        // Some clients send the one name by itself.
        Some(name @ Value::String(_)) => vec![name],
        _ => return Err(wrong("items", "The body must be a list of names of items.")),
    };
    if names.len() > BATCH_MAX {
        return Err(wrong(
            "items",
            format!("A batch has at most {BATCH_MAX} items, not {}.", names.len()),
        ));
    }
    let mut work = call.control.store().begin().await?;
    let list = require(work.resources(), &blocklists::id(&call)).await?;
    for name in &names {
        let name = name
            .as_str()
            .ok_or_else(|| wrong("items", "The name of an item is text."))?;
        let id = list.id.child("raiBlocklistItems", name);
        if work.resources().find(&id).await?.is_some() {
            work.resources().delete(&grant, &id).await?;
        }
    }
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"deleted": names})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}
