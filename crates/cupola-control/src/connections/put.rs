//! `PUT …/connections/{name}`: makes a connection or replaces it. Nothing waits, so the answer is final.

use super::spec::Spec;
use super::{credentials, id, workspace};
use crate::dispatch::{Call, Reply};
use crate::kinds::require_parent;
use crate::{cognitive, etag, owned, write};
use cupola_core::rbac::Granted;
use cupola_core::{ConnectionName, Problem};
use cupola_store::Resource;
use cupola_wire::arm::{AuthType, ConnectionProperties};
use http::StatusCode;
use serde_json::{Value, json};

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name: ConnectionName = call.param("name").parse()?;
    let body = call.json()?;
    let mut work = call.control.store().begin().await?;
    let holder = workspace(&call);
    let workspace = if cognitive::is_of(&holder) {
        cognitive::require_parent(work.resources(), &id(&call)).await?
    } else {
        require_parent(work.resources(), &holder, "connections").await?
    };
    let existing = work.resources().find(&id(&call)).await?;
    etag::check(&call, existing.as_ref())?;
    let before = existing
        .as_ref()
        .map(owned::body::<ConnectionProperties>)
        .transpose()?;
    let spec = Spec::read(&body, before.as_ref().map(|before| before.auth_type.as_str()))?;
    let sent = spec.credentials.clone();
    let properties = match before.clone() {
        // What is not said of an existing connection stays: its credentials cannot be read back to be sent again.
        Some(before) => spec.change(before)?,
        None => spec.create(&workspace.id.to_string())?,
    };
    let same_way = before.is_some_and(|before| before.auth_type == properties.auth_type);
    let mut connection = existing.unwrap_or_else(|| {
        let id = workspace.id.child("connections", name.as_str());
        Resource::new(id, call.stamp(&grant))
    });
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

/// Seals what was sent. Where nothing was sent, the credentials of the same way of signing in stay.
pub(super) async fn keep_credentials(
    work: &mut cupola_store::UnitOfWork,
    (call, grant): (&Call, &Granted),
    connection: &Resource,
    properties: &ConnectionProperties,
    sent: Option<Value>,
    same_way: bool,
) -> Result<(), Problem> {
    let auth = AuthType::find(&properties.auth_type).ok_or_else(Problem::internal)?;
    if sent.is_none() && same_way {
        return Ok(());
    }
    credentials::require(auth, sent.as_ref())?;
    match sent {
        Some(sent) => {
            let sealed = credentials::seal(&call.control, &sent);
            work.secrets()
                .put(grant, &connection.id, &sealed, call.now)
                .await?;
        }
        None => work.secrets().delete(grant, &connection.id).await?,
    }
    Ok(())
}
