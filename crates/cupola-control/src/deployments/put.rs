//! `PUT …/deployments/{name}`: judges the template and begins its run.

use super::document::mode_name;
use super::request::{Judged, Request};
use super::{Document, HISTORY_MAX, check_name, id, preflight, scope, shown_reply};
use crate::dispatch::inward::{Errand, Source};
use crate::dispatch::{Call, Reply};
use crate::jobs::deploy;
use crate::{answer, audit, dispatch, json};
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::deployments::Deployment;
use http::StatusCode;
use serde_json::{Value, json};

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    check_name(&call)?;
    let request = Request::read(&call.body)?;
    refuse_while_active(&call).await?;
    let at = (call.param("name"), grant.principal(), call.origin.as_str());
    let judged = request.judge(&call.control, &scope(&call), at).await?;
    let errand = errand(&call, &grant);
    preflight::rights(&call.control, &errand, call.param("name"), &judged.plan).await?;
    let (status, deployment) = begin(&call, &grant, judged).await?;
    let mut reply = shown_reply(status, &deployment)?;
    let link = format!(
        "{}{}/operationStatuses/{}?api-version={}",
        call.origin,
        deployment.id,
        deployment.run,
        dispatch::encode(&call.api_version)
    );
    answer::set(&mut reply, "azure-asyncoperation", &link);
    answer::set(&mut reply, "retry-after", "1");
    Ok(reply)
}

/// On whose behalf a deployment does what it does.
pub(super) fn errand(call: &Call, grant: &Granted) -> Errand {
    Errand {
        principal: grant.principal().id.clone(),
        origin: call.origin.clone(),
        correlation: call.correlation.clone(),
        source: Source::of(&call.trace),
    }
}

async fn refuse_while_active(call: &Call) -> Result<(), Problem> {
    let found = call
        .control
        .store()
        .reader()
        .await?
        .deployments()
        .find(&id(call))
        .await?;
    match found {
        Some(found) if found.is_active() => Err(active(&found.id)),
        _ => Ok(()),
    }
}

fn active(id: &ResourceId) -> Problem {
    Problem::new(
        Code::DeploymentActive,
        format!(
            "Unable to edit or replace deployment '{}': the previous deployment is still active. Wait until it ends, or \
             cancel it with: az deployment group cancel.",
            id.name()
        ),
    )
    .target(id.to_string())
}

async fn begin(call: &Call, grant: &Granted, judged: Judged) -> Result<(StatusCode, Deployment), Problem> {
    let sealed = judged.seal(&call.control)?;
    let document = Document {
        source: Source::of(&call.trace),
        ..judged.document(&call.correlation)
    };
    let kept = json!(document);
    if !json::is_shallow(&kept, json::DEPTH_MAX) {
        return Err(Problem::new(
            Code::InvalidTemplate,
            format!(
                "Arrays and objects of the parameters stand more than {} deep in each other.",
                json::DEPTH_MAX
            ),
        )
        .target("properties.parameters"));
    }
    let mut work = call.control.store().begin().await?;
    let existing = work.deployments().find(&id(call)).await?;
    if let Some(found) = existing.as_ref().filter(|found| found.is_active()) {
        return Err(active(&found.id));
    }
    // The casing of the group and of an earlier run is the one that is shown.
    let group = crate::kinds::require_scope(work.resources(), &scope(call)).await?;
    let id = match &existing {
        Some(found) => found.id.clone(),
        None => group
            .id
            .resource("Microsoft.Resources", "deployments", call.param("name")),
    };
    check_fallback(&mut work, &id, &document).await?;
    let deployment = Deployment {
        run: call.new_id(),
        principal: grant.principal().id.clone(),
        state: "Accepted".to_owned(),
        changed_at: call.now,
        document: kept,
        id,
    };
    work.deployments().begin(grant, &deployment, &sealed).await?;
    work.operations()
        .start(
            &deployment.run,
            &deployment.id.to_string(),
            &deployment.principal,
            call.now,
        )
        .await?;
    call.trace.begins(&deployment.run);
    let payload = deploy::payload(&deployment);
    work.jobs().enqueue(deploy::KIND, &payload, call.now).await?;
    work.deployments().bound(&group.id, HISTORY_MAX).await?;
    let detail = json!({"mode": document.mode, "templateHash": document.template_hash, "resources": document.validated.len()});
    audit::change(&mut work, call, grant, "Accepted", detail).await?;
    // Before anybody can see the job: a runner that is quicker than this line would have a memory of its own, and put
    // everything a second time with this one.
    let live = deploy::Live::new(&deployment, judged, Vec::new());
    call.control.runs().remember(&deployment.run, live);
    if let Err(error) = work.save().await {
        call.control.runs().forget(&deployment.run);
        return Err(error.into());
    }
    let status = if existing.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, deployment))
}

// A fallback that cannot be taken is told now, not when it is needed.
async fn check_fallback(
    work: &mut UnitOfWork,
    id: &ResourceId,
    document: &super::Document,
) -> Result<(), Problem> {
    let Some(name) = document
        .on_error
        .as_ref()
        .and_then(|fallback| fallback.name.as_deref())
    else {
        return Ok(());
    };
    let Some(scope) = id.parent() else { return Ok(()) };
    let other = scope.resource("Microsoft.Resources", "deployments", name);
    let found = work.deployments().find(&other).await?;
    if found.is_some_and(|found| found.state == "Succeeded") {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidRequestContent,
        format!(
            "The deployment '{}' of properties.onErrorDeployment must be one of this scope that succeeded.",
            cupola_core::name::printable(name)
        ),
    )
    .target("properties.onErrorDeployment.deploymentName"))
}

/// The body that puts an earlier run anew. It has no fallback of its own, or two of them could go on for ever.
pub(crate) fn again(request: &Request) -> Value {
    json!({
        "location": request.location,
        "tags": request.tags,
        "properties": {
            "mode": mode_name(request.mode),
            "template": request.template.to_value(),
            "parameters": request.parameters,
        },
    })
}
