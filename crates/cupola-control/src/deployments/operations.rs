//! `GET …/deployments/{name}/operations` and `…/operations/{operation}`: the steps of a run.

use super::{document, look_up};
use crate::dispatch::{Call, Reply};
use crate::paging::{self, Token};
use crate::{answer, jobs};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::deployments::{Deployment, DeploymentOperation};
use serde_json::{Value, json};

const PAGE_ITEMS: u32 = 1000;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let deployment = look_up(&call).await?;
    let top = call.query.get("$top").and_then(|top| top.parse::<u32>().ok());
    let limit = top.map_or(PAGE_ITEMS, |top| top.clamp(1, PAGE_ITEMS));
    let after = call
        .query
        .get("$skiptoken")
        .and_then(|token| token.parse::<i64>().ok());
    let mut reader = call.control.store().reader().await?;
    let mut steps = reader
        .deployments()
        .operations(&deployment.id, after, limit + 1)
        .await?;
    let more = steps.len() > limit as usize;
    steps.truncate(limit as usize);
    let value: Vec<Value> = steps.iter().map(|step| shown(&deployment, step)).collect();
    let mut page = json!({"value": value});
    if let (true, Some(last)) = (more, steps.last()) {
        page["nextLink"] = paging::next(&call, Token::SkipToken, &last.position.to_string()).into();
    }
    Ok(answer::ok(&page))
}

pub(super) async fn get(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let deployment = look_up(&call).await?;
    let wanted = call.param("operation");
    let missing = || {
        Problem::new(
            Code::DeploymentOperationNotFound,
            format!("Deployment operation '{}' could not be found.", printable(wanted)),
        )
    };
    let position = jobs::deploy::position_of(&deployment.run, wanted).ok_or_else(missing)?;
    let mut reader = call.control.store().reader().await?;
    let steps = reader
        .deployments()
        .operations(&deployment.id, Some(position - 1), 1)
        .await?;
    let step = steps
        .into_iter()
        .find(|step| step.position == position)
        .ok_or_else(missing)?;
    Ok(answer::ok(&shown(&deployment, &step)))
}

fn shown(deployment: &Deployment, step: &DeploymentOperation) -> Value {
    let id = jobs::deploy::operation_id(&deployment.run, step.position);
    let mut properties = step.document.clone();
    if let Some(ms) = properties
        .as_object_mut()
        .and_then(|fields| fields.remove("durationMs"))
    {
        properties["duration"] = document::duration(ms.as_i64().unwrap_or_default()).into();
    }
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("startedMs");
    }
    properties["provisioningState"] = step.state.clone().into();
    json!({
        "id": format!("{}/operations/{id}", deployment.id),
        "operationId": id,
        "properties": properties,
    })
}
