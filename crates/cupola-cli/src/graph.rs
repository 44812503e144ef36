//! The directory: users, applications and their service principals, as Microsoft Graph shows them.

use http::Method;
use serde_json::{Value, json};

use crate::arm::Arm;
use crate::failure::{Exit, Failure};
use crate::output::table::cell;
use crate::progress::Progress;
use crate::session::is_guid;
use crate::transport::segment;

/// Somebody who can hold a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    pub(crate) id: String,
    /// `User`, `Group` or `ServicePrincipal`, where the directory said so.
    pub(crate) kind: Option<&'static str>,
}

/// The absolute URL of a path below `/v1.0`.
pub(crate) fn url(graph: &Arm, path: &str) -> String {
    format!("{}/v1.0/{path}", graph.settings.url)
}

/// The URL of a list, narrowed down by an OData filter.
pub(crate) fn filtered(graph: &Arm, kind: &str, filter: &str) -> String {
    if filter.is_empty() {
        return url(graph, kind);
    }
    url(graph, &format!("{kind}?$filter={}", segment(filter)))
}

/// A text in a filter: a quote is doubled.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Makes something and answers with it.
pub(crate) async fn post(graph: &Arm, path: &str, body: &Value) -> Result<Value, Failure> {
    let made = graph
        .change(Method::POST, &url(graph, path), Some(body), &Progress::hidden())
        .await?;
    Ok(made.unwrap_or_default())
}

/// Deletes something.
pub(crate) async fn delete(graph: &Arm, path: &str) -> Result<(), Failure> {
    graph
        .change(Method::DELETE, &url(graph, path), None, &Progress::hidden())
        .await
        .map(drop)
}

/// The service principal of an application id, an object id, an identifier URI or a display name.
pub(crate) async fn service_principal(graph: &Arm, name: &str) -> Result<Option<Value>, Failure> {
    let by_name = format!("servicePrincipalNames/any(c:c eq {})", quoted(name));
    let filters = [by_name, format!("displayName eq {}", quoted(name))];
    one_of(graph, "servicePrincipals", name, &filters).await
}

/// The application of an application id, an object id, an identifier URI or a display name.
pub(crate) async fn application(graph: &Arm, name: &str) -> Result<Option<Value>, Failure> {
    let mut filters = vec![format!("displayName eq {}", quoted(name))];
    if is_guid(name) {
        filters.insert(0, format!("appId eq {}", quoted(name)));
    } else {
        filters.insert(0, format!("identifierUris/any(s:s eq {})", quoted(name)));
    }
    one_of(graph, "applications", name, &filters).await
}

// The first filter that finds something; a name that two have is refused rather than guessed.
async fn one_of(graph: &Arm, kind: &str, name: &str, filters: &[String]) -> Result<Option<Value>, Failure> {
    for filter in filters {
        let mut found = graph.list(&filtered(graph, kind, filter)).await?;
        if found.len() > 1 {
            return Err(Failure::new(format!(
                "'{name}' is the name of {} {kind}: use an id instead",
                found.len()
            )));
        }
        if let Some(one) = found.pop() {
            return Ok(Some(one));
        }
    }
    if !is_guid(name) {
        return Ok(None);
    }
    match graph.get(&url(graph, &format!("{kind}/{}", segment(name)))).await {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.exit == Exit::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The service principal that a command names; it must be there.
pub(crate) async fn required_service_principal(graph: &Arm, name: &str) -> Result<Value, Failure> {
    let found = service_principal(graph, name).await?;
    found.ok_or_else(|| {
        Failure::not_found(format!("Service principal '{name}' doesn't exist"))
            .hint("cupola ad sp list --all -o table")
    })
}

/// The application that a command names; it must be there.
pub(crate) async fn required_application(graph: &Arm, name: &str) -> Result<Value, Failure> {
    let found = application(graph, name).await?;
    found.ok_or_else(|| {
        Failure::not_found(format!("Application '{name}' doesn't exist")).hint("cupola ad app list -o table")
    })
}

/// Whom `--assignee` means: a user's sign-in name, an application, a name, or any object id.
pub(crate) async fn principal(graph: &Arm, assignee: &str) -> Result<Principal, Failure> {
    match looked_up(graph, assignee).await {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Failure::new(format!(
            "Cannot find user or service principal in graph database for '{assignee}'. \
             If the assignee is an appId, make sure the corresponding service principal is created with \
             'cupola ad sp create --id {assignee}'."
        ))),
        // Who may give roles but not read the directory can still name an object id.
        Err(failure) if failure.exit == Exit::Error && is_guid(assignee) => Ok(Principal {
            id: assignee.to_owned(),
            kind: None,
        }),
        Err(failure) => Err(failure),
    }
}

async fn looked_up(graph: &Arm, assignee: &str) -> Result<Option<Principal>, Failure> {
    if assignee.contains('@') {
        let filter = format!("userPrincipalName eq {}", quoted(assignee));
        let found = graph.list(&filtered(graph, "users", &filter)).await?;
        if let Some(user) = found.first() {
            return Ok(Some(Principal {
                id: cell(&user["id"]),
                kind: Some("User"),
            }));
        }
    }
    if let Some(found) = service_principal(graph, assignee).await? {
        return Ok(Some(Principal {
            id: cell(&found["id"]),
            kind: Some("ServicePrincipal"),
        }));
    }
    if !is_guid(assignee) {
        return Ok(None);
    }
    let found = by_ids(graph, &[assignee.to_owned()]).await?;
    Ok(found.first().map(|one| Principal {
        id: cell(&one["id"]),
        kind: kind_of(one),
    }))
}

/// What these object ids are.
pub(crate) async fn by_ids(graph: &Arm, ids: &[String]) -> Result<Vec<Value>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let types = [
        "user",
        "group",
        "servicePrincipal",
        "directoryObjectPartnerReference",
    ];
    let mut found = post(
        graph,
        "directoryObjects/getByIds",
        &json!({"ids": ids, "types": types}),
    )
    .await?;
    Ok(match found["value"].take() {
        Value::Array(found) => found,
        _ => Vec::new(),
    })
}

/// What `az` calls a principal in a list of assignments.
pub(crate) fn shown_name(object: &Value) -> String {
    let names = object["servicePrincipalNames"].as_array();
    let first = names.and_then(|names| names.first()).and_then(Value::as_str);
    ["userPrincipalName", "appId"]
        .iter()
        .find_map(|key| object[*key].as_str())
        .or(first)
        .or_else(|| object["displayName"].as_str())
        .unwrap_or_default()
        .to_owned()
}

fn kind_of(object: &Value) -> Option<&'static str> {
    match object["@odata.type"].as_str()?.rsplit('.').next()? {
        "user" => Some("User"),
        "group" => Some("Group"),
        "servicePrincipal" => Some("ServicePrincipal"),
        _ => None,
    }
}
