//! Questions about the directory as a whole: who am I, who are these, which groups are there (none).

use super::objects::{self, Proofs, typed};
use super::{page, problem};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::Problem;
use cupola_core::rbac::Granted;
use serde_json::{Value, json};

const IDS_MAX: usize = 1000;

/// `GET /v1.0/me`
pub(super) async fn me(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    match reader.users().find(&caller.principal.id).await? {
        Some(user) => Ok(answer::ok(&page::one(&call, "users", objects::user(&user)))),
        None => Err(problem::bad(
            "/me request is only valid with delegated authentication flow: a service principal is no user.",
            "path",
        )),
    }
}

/// `POST /v1.0/directoryObjects/getByIds`: those that are there; ids that nobody has are left out.
pub(super) async fn get_by_ids(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let body = call.json()?;
    let wrong = || {
        problem::bad(
            format!("The field ids must be a list of at most {IDS_MAX} ids."),
            "ids",
        )
    };
    let ids = body
        .get("ids")
        .and_then(Value::as_array)
        .filter(|ids| ids.len() <= IDS_MAX)
        .ok_or_else(wrong)?;
    let wanted: Vec<&str> = body
        .get("types")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let of = |kind: &str| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(kind) || *wanted == "directoryObject")
    };
    let tenant = call.control.tenant();
    let mut reader = call.control.store().reader().await?;
    let mut value = Vec::new();
    for id in ids {
        let id = id.as_str().ok_or_else(wrong)?;
        let Some(principal) = reader.access().principal(id).await? else {
            continue;
        };
        if principal.kind == "User" {
            if let Some(user) = reader.users().find(&principal.id).await?.filter(|_| of("user")) {
                value.push(typed(objects::user(&user), "user"));
            }
        } else if of("servicePrincipal") {
            let object = match reader.apps().find(&principal.id).await? {
                Some(app) => objects::service_principal(&app, &Proofs::default(), tenant),
                None => objects::bare_service_principal(&principal, tenant),
            };
            value.push(typed(object, "servicePrincipal"));
        }
    }
    Ok(page::reply(&call, "directoryObjects", value, None))
}

/// `GET /v1.0/organization`
pub(super) async fn organization(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let value = json!({"id": call.control.tenant(), "displayName": "Cupola", "verifiedDomains": []});
    Ok(page::reply(&call, "organization", vec![value], None))
}

/// Lists that are always empty here: groups, owners, what somebody owns or is a member of.
pub(super) async fn nothing(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    Ok(page::reply(&call, "directoryObjects", Vec::new(), None))
}

/// `POST …/getMemberGroups`
pub(super) async fn no_groups(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    Ok(page::reply(&call, "Collection(Edm.String)", Vec::new(), None))
}

/// `GET /v1.0/groups/{id}`
pub(super) async fn no_group(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    Err(problem::not_found(call.param("id")))
}

/// `POST /v1.0/groups`
pub(super) async fn no_new_group(_call: Call, _grant: Granted) -> Result<Reply, Problem> {
    Err(problem::bad(
        "There are no groups in this directory: give roles to users and service principals.",
        "path",
    ))
}
