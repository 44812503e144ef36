//! Management locks: what may not be deleted, or not be changed at all, whoever asks. They are enforced where requests are
//! admitted, so that nothing that goes through a route can forget them, templates included.

mod delete;
mod get;
mod list;
mod put;

use crate::control::Control;
use crate::dispatch::{Call, Route, action, route};
use cupola_core::rbac;
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem, ResourceId, name::printable};
use cupola_store::locks::{Level, Lock, Locks};
use serde_json::{Value, json};

const LIST: &str = "/{scope*}/providers/Microsoft.Authorization/locks";
const ONE: &str = "/{scope*}/providers/Microsoft.Authorization/locks/{name}";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        LIST,
        action!("Microsoft.Authorization/locks/read", list::list),
    ),
    route(
        "GET",
        ONE,
        action!("Microsoft.Authorization/locks/read", get::get),
    ),
    route(
        "PUT",
        ONE,
        action!("Microsoft.Authorization/locks/write", put::put),
    ),
    route(
        "DELETE",
        ONE,
        action!("Microsoft.Authorization/locks/delete", delete::delete),
    ),
];

// A refusal names this many locks; the rest show when these are gone.
const NAMED_MAX: u32 = 10;

/// Refuses an action that a lock forbids. Where there is no lock, this is one question by an index.
pub(crate) async fn refuse(control: &Control, action: &str, scope: &str) -> Result<(), Problem> {
    let mut reader = control.store().reader().await?;
    check(&mut reader.locks(), action, scope).await
}

/// Refuses to delete what a lock protects, for handlers that delete more than what was asked for.
pub(crate) async fn refuse_delete(mut locks: Locks<'_>, id: &ResourceId) -> Result<(), Problem> {
    let action = format!("{}/delete", id.resource_type());
    check(&mut locks, &action, &id.to_string()).await
}

async fn check(locks: &mut Locks<'_>, action: &str, scope: &str) -> Result<(), Problem> {
    let folded = action.to_ascii_lowercase();
    // Locks do not protect locks: whoever may write them takes them away first.
    if folded.starts_with("microsoft.authorization/locks/") {
        return Ok(());
    }
    let deletes = folded.ends_with("/delete");
    // Who takes a role away at a scope deletes nothing that is below it.
    let takes_below = deletes && !folded.starts_with("microsoft.authorization/");
    let found = locks
        .at(
            &rbac::covering(scope),
            takes_below.then_some(scope),
            if deletes { NAMED_MAX } else { u32::MAX },
        )
        .await?;
    let forbidding: Vec<&str> = found
        .iter()
        .filter(|lock| deletes || lock.level == Level::ReadOnly)
        .map(|lock| lock.scope.as_str())
        .collect();
    if forbidding.is_empty() {
        return Ok(());
    }
    let operation = if deletes { "delete" } else { "write" };
    let locked: Vec<String> = forbidding.iter().map(|scope| format!("'{scope}'")).collect();
    Err(Problem::new(
        Code::ScopeLocked,
        format!(
            "The scope '{}' cannot perform {operation} operation because following scope(s) are locked: {}. Please \
             remove the lock and try again.",
            printable_scope(scope),
            locked.join(","),
        ),
    ))
}

fn printable_scope(scope: &str) -> String {
    let parts: Vec<String> = scope.split('/').map(printable).collect();
    parts.join("/")
}

fn scope(call: &Call) -> String {
    crate::role_assignments::scope(call)
}

fn shown(lock: &Lock) -> Value {
    let owners: Vec<Value> = lock
        .owners
        .iter()
        .map(|id| json!({"applicationId": id}))
        .collect();
    let mut properties = json!({"level": lock.level.as_str()});
    if let Some(notes) = &lock.notes {
        properties["notes"] = notes.as_str().into();
    }
    if !owners.is_empty() {
        properties["owners"] = owners.into();
    }
    json!({
        "id": format!(
            "{}/providers/Microsoft.Authorization/locks/{}",
            lock.scope.trim_end_matches('/'),
            lock.name
        ),
        "name": lock.name,
        "type": "Microsoft.Authorization/locks",
        "properties": properties,
        "systemData": {
            "createdBy": lock.created_by,
            "createdByType": lock.created_by_type,
            "createdAt": iso8601(lock.created_at),
            "lastModifiedBy": lock.updated_by,
            "lastModifiedByType": lock.updated_by_type,
            "lastModifiedAt": iso8601(lock.updated_at),
        },
    })
}

fn not_found(name: &str) -> Problem {
    Problem::new(
        Code::LockNotFound,
        format!("The lock '{}' could not be found at this scope.", printable(name)),
    )
}
