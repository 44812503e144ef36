//! How a change of a resource ends where nothing of it waits for anything: written, on the record, saved, shown.

use crate::dispatch::{Call, Reply};
use crate::{audit, show};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_store::{Resource, UnitOfWork};
use http::StatusCode;
use serde_json::{Value, json};

/// Writes a resource that was made or changed, and shows it.
pub(crate) async fn resource(
    work: UnitOfWork,
    by: (&Call, &Granted),
    resource: Resource,
    status: StatusCode,
) -> Result<Reply, Problem> {
    noting(work, by, resource, status, json!({})).await
}

/// The same, with what the record shall say besides.
pub(crate) async fn noting(
    mut work: UnitOfWork,
    (call, grant): (&Call, &Granted),
    mut resource: Resource,
    status: StatusCode,
    detail: Value,
) -> Result<Reply, Problem> {
    resource.etag = call.new_etag();
    resource.modified = call.stamp(grant);
    work.resources().put(grant, &resource).await?;
    audit::change(&mut work, call, grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(show::reply(&call.control, status, &resource))
}
