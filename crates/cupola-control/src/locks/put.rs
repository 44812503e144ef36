//! `PUT {scope}/providers/Microsoft.Authorization/locks/{name}`

use super::{scope, shown};
use crate::audit;
use crate::dispatch::{Call, Reply};
use crate::json::Document;
use crate::role_assignments::require_scope;
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::{Code, Problem};
use cupola_store::locks::{Level, Lock};
use http::StatusCode;
use serde_json::{Value, json};

const NAME_CHARS_MAX: usize = 260;
const NOTES_CHARS_MAX: usize = 512;
const OWNERS_MAX: usize = 100;
const LOCKS_AT_A_SCOPE_MAX: usize = 20;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let name = call.param("name");
    refuse_odd_names(name)?;
    let body = call.json()?;
    let level = match body.choice("properties.level", &["CanNotDelete", "ReadOnly", "NotSpecified"])? {
        Some("CanNotDelete") => Level::CanNotDelete,
        Some("ReadOnly") => Level::ReadOnly,
        _ => {
            return Err(Problem::new(
                Code::InvalidRequestContent,
                "The field properties.level is required: use CanNotDelete or ReadOnly.",
            )
            .target("properties.level"));
        }
    };
    let mut work = call.control.store().begin().await?;
    let scope = require_scope(&mut work, &scope(&call)).await?;
    let existing = work.locks().find(&scope, name).await?;
    if existing.is_none() {
        refuse_too_many(work.locks(), &scope).await?;
    }
    let stamp = call.stamp(&grant);
    let lock = Lock {
        scope,
        name: existing.as_ref().map_or(name, |lock| &lock.name).to_owned(),
        level,
        notes: notes(&body)?,
        owners: owners(&body)?,
        created_at: existing.as_ref().map_or(call.now, |lock| lock.created_at),
        created_by: existing
            .as_ref()
            .map_or_else(|| stamp.by.clone(), |lock| lock.created_by.clone()),
        created_by_type: existing
            .as_ref()
            .map_or_else(|| stamp.by_type.clone(), |lock| lock.created_by_type.clone()),
        updated_at: call.now,
        updated_by: stamp.by,
        updated_by_type: stamp.by_type,
    };
    work.locks().put(&grant, &lock).await?;
    let detail = json!({"before": existing.as_ref().map(shown), "after": shown(&lock)});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    let status = if existing.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok(cupola_edge::json(status, &shown(&lock)))
}

fn refuse_odd_names(name: &str) -> Result<(), Problem> {
    let odd = |c: char| c.is_control() || "<>%&:\\?/".contains(c);
    if name.chars().count() <= NAME_CHARS_MAX && !name.contains(odd) {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidResourceName,
        format!(
            "The lock name '{}' is not valid: use at most {NAME_CHARS_MAX} characters without <>%&:\\?/ and control \
             characters.",
            printable(name)
        ),
    )
    .target("name"))
}

async fn refuse_too_many(mut locks: cupola_store::locks::Locks<'_>, scope: &str) -> Result<(), Problem> {
    let there = locks
        .at(
            &[cupola_core::name::fold(scope)],
            None,
            LOCKS_AT_A_SCOPE_MAX as u32,
        )
        .await?;
    if there.len() < LOCKS_AT_A_SCOPE_MAX {
        return Ok(());
    }
    Err(Problem::new(
        Code::Conflict,
        format!("The scope '{scope}' has {LOCKS_AT_A_SCOPE_MAX} locks already; one is enough."),
    ))
}

fn notes(body: &Document) -> Result<Option<String>, Problem> {
    match body.text("properties.notes")? {
        Some(notes) if notes.chars().count() > NOTES_CHARS_MAX => Err(Problem::new(
            Code::InvalidRequestContent,
            format!("The field properties.notes is longer than {NOTES_CHARS_MAX} characters."),
        )
        .target("properties.notes")),
        notes => Ok(notes.map(str::to_owned)),
    }
}

fn owners(body: &Document) -> Result<Vec<String>, Problem> {
    let wrong = || {
        Problem::new(
            Code::InvalidRequestContent,
            format!("The field properties.owners must be a list of at most {OWNERS_MAX} {{\"applicationId\": ID}}."),
        )
        .target("properties.owners")
    };
    let Some(owners) = body.get("properties.owners") else {
        return Ok(Vec::new());
    };
    let owners = owners
        .as_array()
        .filter(|owners| owners.len() <= OWNERS_MAX)
        .ok_or_else(wrong)?;
    owners
        .iter()
        .map(|owner| {
            owner
                .get("applicationId")
                .and_then(Value::as_str)
                .filter(|id| id.len() <= 64)
                .map(str::to_owned)
                .ok_or_else(wrong)
        })
        .collect()
}
