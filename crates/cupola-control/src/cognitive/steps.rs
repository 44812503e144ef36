//! What every kind of this namespace does in the same way: show, list, write, remove.

use super::require;
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use crate::paging::{Token, page};
use crate::show::envelope;
use crate::{answer, audit, operations, show};
use cupola_core::rbac::Granted;
use cupola_core::{Problem, ResourceId};
use cupola_store::resources::Below;
use cupola_store::{Resource, UnitOfWork};
use http::StatusCode;
use serde_json::{Map, Value, json};

pub(super) use crate::write::resource as write;

/// One resource.
pub(super) async fn get(call: &Call, id: &ResourceId) -> Result<Reply, Problem> {
    let found = require(call.control.store().reader().await?.resources(), id).await?;
    Ok(show::reply(&call.control, StatusCode::OK, &found))
}

/// The children of this type of a resource that must be there.
pub(super) async fn list(call: &Call, holder: &ResourceId, kind: &str) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    require(reader.resources(), holder).await?;
    let below = Below::Children(holder, kind);
    page(call, reader.resources(), below, Token::SkipToken, |found| {
        Some(envelope(&call.control, &found))
    })
    .await
}

/// Removes a resource with what is below it. It is done when the answer goes; clients that poll find it so.
pub(super) async fn remove(
    mut work: UnitOfWork,
    (call, grant): (&Call, &Granted),
    found: &Resource,
) -> Result<Reply, Problem> {
    let gone = work.resources().delete(grant, &found.id).await?;
    let region = found.location.as_deref().unwrap_or(call.control.region());
    let begun = operations::begin_done(&mut work, call, &grant.principal().id, &found.id, region).await?;
    audit::change(&mut work, call, grant, "Succeeded", json!({"resources": gone})).await?;
    work.save().await?;
    Ok(begun.follow_both(call, answer::bare(StatusCode::ACCEPTED)))
}

/// The status of a PUT.
pub(super) fn status(existing: Option<&Resource>) -> StatusCode {
    match existing {
        Some(_) => StatusCode::OK,
        None => StatusCode::CREATED,
    }
}

/// The properties of a body that nobody reads: kept and shown. `known` are read, or are for the server alone to say.
pub(super) fn rest(body: &Document, known: &[&str]) -> Result<Map<String, Value>, Problem> {
    let given = body.object("properties")?.cloned().unwrap_or_default();
    Ok(given
        .into_iter()
        .filter(|(name, value)| {
            !value.is_null() && !known.iter().any(|known| known.eq_ignore_ascii_case(name))
        })
        .collect())
}

/// A list of objects at this path, each with the path that names it.
pub(super) fn objects(body: &Document, path: &str, most: usize) -> Result<Vec<(String, Document)>, Problem> {
    let Some(value) = body.get(path) else {
        return Ok(Vec::new());
    };
    let items = value
        .as_array()
        .ok_or_else(|| super::wrong(path, format!("The field {path} must be a list.")))?;
    if items.len() > most {
        return Err(super::wrong(
            path,
            format!(
                "The list {path} has {} items; {most} are the most there may be.",
                items.len()
            ),
        ));
    }
    let at = |index: usize| format!("{path}[{index}]");
    let object = |(index, item): (usize, &Value)| match item {
        Value::Object(_) => Ok((at(index), Document::of(item.clone()))),
        _ => Err(super::wrong(
            &at(index),
            format!("The field {} must be an object.", at(index)),
        )),
    };
    items.iter().enumerate().map(object).collect()
}
