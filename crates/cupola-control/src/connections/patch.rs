//! `PATCH …/connections/{name}`: what is not said stays.

use super::put::keep_credentials;
use super::spec::Spec;
use super::{id, workspace};
use crate::dispatch::{Call, Reply};
use crate::kinds::{not_found, require_workspace};
use crate::{etag, owned, write};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use cupola_wire::arm::ConnectionProperties;
use http::StatusCode;
use serde_json::json;

pub(super) async fn patch(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let mut work = call.control.store().begin().await?;
    let Some(mut connection) = work.resources().find(&id(&call)).await? else {
        require_workspace(work.resources(), &workspace(&call)).await?;
        return Err(not_found(&id(&call)));
    };
    etag::check(&call, Some(&connection))?;
    let before: ConnectionProperties = owned::body(&connection)?;
    let auth_type = before.auth_type.clone();
    let spec = Spec::read(&body, Some(&auth_type))?;
    let sent = spec.credentials.clone();
    let properties = spec.change(before)?;
    let same_way = auth_type == properties.auth_type;
    keep_credentials(
        &mut work,
        (&call, &grant),
        &connection,
        &properties,
        sent,
        same_way,
    )
    .await?;
    connection.properties = json!(properties);
    let detail = json!({"category": properties.category, "authType": properties.auth_type});
    write::noting(work, (&call, &grant), connection, StatusCode::OK, detail).await
}
