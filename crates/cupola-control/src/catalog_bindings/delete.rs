//! `DELETE /providers/Cupola.Catalog/registries/{registry}/bindings/{model}`

use super::model;
use crate::dispatch::{Call, Reply};
use crate::kinds::ENDPOINT;
use crate::{answer, audit, owned};
use cupola_core::rbac::Granted;
use cupola_core::{Code, ModelId, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::resources::Below;
use cupola_wire::arm::EndpointProperties;
use cupola_wire::arm::cognitive::{DEPLOYMENT_TYPE, DeploymentProperties};
use http::StatusCode;
use serde_json::json;

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let model = model(&call)?;
    let mut work = call.control.store().begin().await?;
    if work.bindings().find(&model).await?.is_none() {
        return Ok(answer::bare(StatusCode::NO_CONTENT));
    }
    refuse_while_it_serves(&mut work, &model).await?;
    work.bindings().delete(&grant, &model).await?;
    audit::change(&mut work, &call, &grant, "Succeeded", json!({})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::OK))
}

async fn refuse_while_it_serves(work: &mut UnitOfWork, model: &ModelId) -> Result<(), Problem> {
    let id = model.to_string();
    let mut served = Vec::new();
    for endpoint in owned::all(&mut work.resources(), Below::Type(ENDPOINT)).await? {
        let body: EndpointProperties = owned::body(&endpoint)?;
        if body.model_settings.model_id.eq_ignore_ascii_case(&id) {
            served.push(endpoint.id.name().to_owned());
        }
    }
    for deployment in owned::all(&mut work.resources(), Below::Type(DEPLOYMENT_TYPE)).await? {
        let body: DeploymentProperties = owned::body(&deployment)?;
        if body.model_id.eq_ignore_ascii_case(&id) {
            let account = deployment.id.parent();
            let account = account.as_ref().map(ResourceId::name).unwrap_or_default();
            served.push(format!("{account}/{}", deployment.id.name()));
        }
    }
    if served.is_empty() {
        return Ok(());
    }
    Err(Problem::new(
        Code::Conflict,
        format!(
            "The backend of {model} serves {}. Delete them first, or bind the model to another backend.",
            served.join(", ")
        ),
    ))
}
