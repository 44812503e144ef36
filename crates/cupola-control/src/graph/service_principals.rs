//! `/v1.0/servicePrincipals`: who acts for an application. One is made from its application, and shares its proofs.

use super::objects::Proofs;
use super::{applications, filter, guard, objects, page, problem};
use crate::dispatch::{Call, Caller, Reply};
use crate::{answer, audit};
use cupola_core::Problem;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_store::apps::App;
use http::StatusCode;
use serde_json::{Value, json};

pub(super) async fn list(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let conditions = filter::read(call.query.get("$filter").unwrap_or_default())?;
    let mut reader = call.control.store().reader().await?;
    let (found, next) = applications::find(&call, &mut reader, &conditions, shown).await?;
    // An application whose service principal was not made, or is gone, shows as nothing.
    let mut value: Vec<Value> = found.into_iter().filter(|one| !one.is_null()).collect();
    if value.is_empty()
        && let Some(name) = filter::wanted(&conditions, "servicePrincipalNames")
        && let Some(principal) = reader.access().principal(name).await?
        && principal.kind != "User"
        && reader.apps().find(name).await?.is_none()
    {
        value.push(objects::bare_service_principal(&principal, call.control.tenant()));
    }
    Ok(page::reply(&call, "servicePrincipals", value, next.as_deref()))
}

fn shown(call: &Call, app: &App, proofs: &Proofs) -> Value {
    if app.service_principal {
        objects::service_principal(app, proofs, call.control.tenant())
    } else {
        Value::Null
    }
}

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let id = call.param("id");
    let mut reader = call.control.store().reader().await?;
    let tenant = call.control.tenant();
    let object = match reader.apps().find(id).await? {
        Some(app) if app.service_principal => {
            let proofs = Proofs::read(&mut reader, &app).await?;
            objects::service_principal(&app, &proofs, tenant)
        }
        Some(_) => return Err(problem::not_found(id)),
        None => match reader.access().principal(id).await? {
            Some(principal) if principal.kind != "User" => {
                objects::bare_service_principal(&principal, tenant)
            }
            _ => return Err(problem::not_found(id)),
        },
    };
    Ok(answer::ok(&page::one(&call, "servicePrincipals", object)))
}

pub(super) async fn create(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let body = call.json()?;
    let app_id = body.required("appId", "the application id of an application")?;
    let enabled = body.truth("accountEnabled")?.unwrap_or(true);
    let mut work = call.control.store().begin().await?;
    let found = work.apps().find(app_id).await?;
    let app = found
        .filter(|app| app.app_id.eq_ignore_ascii_case(app_id))
        .ok_or_else(|| {
            problem::bad(
                format!(
                    "The appId '{}' of the service principal is of no application in this directory: create the \
                     application first.",
                    printable(app_id)
                ),
                "appId",
            )
        })?;
    if app.service_principal {
        return Err(problem::taken(
            format!(
                "The service principal cannot be created, updated, or restored because the service principal name {} is \
                 already in use.",
                app.app_id
            ),
            "appId",
        ));
    }
    let app = App {
        service_principal: true,
        enabled,
        ..app
    };
    work.apps().put(&grant, &app).await?;
    let proofs = Proofs::in_work(&mut work, &app).await?;
    let shown = objects::service_principal(&app, &proofs, call.control.tenant());
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"after": shown})).await?;
    work.save().await?;
    Ok(cupola_edge::json(
        StatusCode::CREATED,
        &page::one(&call, "servicePrincipals", shown),
    ))
}

/// Certificates and names are those of the application; `accountEnabled` is the service principal's own.
pub(super) async fn update(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let enabled = call.json()?.truth("accountEnabled")?;
    let Some(enabled) = enabled else {
        return applications::update(call, grant).await;
    };
    let mut work = call.control.store().begin().await?;
    let found = work.apps().find(call.param("id")).await?;
    let before = found
        .filter(|app| app.service_principal)
        .ok_or_else(|| problem::not_found(call.param("id")))?;
    if enabled {
        guard::may_become(&mut work, &grant, &before.principal_id).await?;
    } else {
        guard::may_hinder(&mut work, &grant, &before.principal_id).await?;
    }
    let app = App {
        enabled,
        ..before.clone()
    };
    if !enabled {
        for held in work.access().held(&app.principal_id).await? {
            crate::role_assignments::refuse_the_last_owner(&mut work, &held.assignment).await?;
        }
    }
    work.apps().put(&grant, &app).await?;
    let show = |app: &App| objects::service_principal(app, &Proofs::default(), call.control.tenant());
    let detail = json!({"before": show(&before), "after": show(&app)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}

pub(super) async fn delete(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let mut work = call.control.store().begin().await?;
    let found = work.apps().find(call.param("id")).await?;
    let app = found
        .filter(|app| app.service_principal)
        .ok_or_else(|| problem::not_found(call.param("id")))?;
    guard::take_everything(&mut work, &grant, &app.principal_id).await?;
    work.apps()
        .delete_service_principal(&grant, &app.principal_id)
        .await?;
    let before = objects::service_principal(&app, &Proofs::default(), call.control.tenant());
    audit::change(&mut work, &call, &grant, "Succeeded", json!({"before": before})).await?;
    work.save().await?;
    Ok(answer::bare(StatusCode::NO_CONTENT))
}
