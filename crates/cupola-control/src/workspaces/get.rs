//! `GET …/workspaces/{workspace}`

use super::id;
use crate::dispatch::{Call, Reply};
use crate::kinds::require_workspace;
use crate::show::envelope;
use crate::{answer, owned};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::Value;

// Projects that a hub names; the list of workspaces has them all.
const PROJECTS_MAX: u32 = 1000;

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let found = require_workspace(reader.resources(), &id(&call)).await?;
    let mut shown = envelope(&call.control, &found);
    if let (Some("Hub"), Some(Value::Object(fields))) = (found.kind.as_deref(), &mut shown.properties) {
        let projects = owned::projects_of(reader.resources(), &found.id, PROJECTS_MAX).await?;
        let ids = projects
            .iter()
            .map(|project| project.id.to_string())
            .collect::<Vec<_>>();
        fields.insert("associatedWorkspaces".to_owned(), ids.into());
    }
    let mut reply = answer::ok(&shown);
    answer::set(&mut reply, "etag", &found.etag);
    Ok(reply)
}
