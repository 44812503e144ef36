//! `PUT {scope}/providers/Microsoft.Authorization/roleDefinitions/{id}`: makes or changes a custom role.
//!
//! Whoever writes a role needs the right to do so at every scope where it can be assigned, before the change and after it.

use super::{Known, WRITE, scope, shown};
use crate::audit;
use crate::dispatch::{Call, Caller, Reply};
use crate::json::Document;
use crate::role_assignments::require_scope;
use crate::roles::{self, guid_of, is_guid};
use cupola_core::name::{fold, printable};
use cupola_core::rbac::{self, Granted, Permissions, RoleDefinition, STARS_MAX};
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::roles::CustomRole;
use http::StatusCode;
use serde_json::{Value, json};

const ROLES_MAX: u32 = 5000;
const NAME_CHARS_MAX: usize = 512;
const DESCRIPTION_CHARS_MAX: usize = 2048;
const SCOPES_MAX: usize = 2000;
const BLOCKS_MAX: usize = 20;
const ACTIONS_MAX: usize = 2048;
const ACTION_BYTES_MAX: usize = 256;

pub(super) async fn put(call: Call, grant: Granted) -> Result<Reply, Problem> {
    let id = guid_of(call.param("id"));
    refuse_odd_ids(id)?;
    let body = call.json()?;
    let mut definition = read(&body, id)?;
    let mut work = call.control.store().begin().await?;
    for scope in &mut definition.assignable_scopes {
        *scope = require_assignable(&mut work, scope).await?;
    }
    let existing = work.access().custom_role(id).await?;
    let touched = existing
        .iter()
        .flat_map(|role| &role.definition.assignable_scopes)
        .chain(&definition.assignable_scopes);
    require_everywhere(&call, &grant, WRITE, touched).await?;
    match &existing {
        Some(_) => refuse_to_leave_holders_out(&mut work, &definition).await?,
        None if work.access().count_custom_roles().await? >= ROLES_MAX => return Err(too_many()),
        None => {}
    }
    let by = grant.principal().id.clone();
    let role = CustomRole {
        created_at: existing.as_ref().map_or(call.now, |role| role.created_at),
        created_by: existing
            .as_ref()
            .map_or_else(|| by.clone(), |role| role.created_by.clone()),
        updated_at: call.now,
        updated_by: by,
        definition,
    };
    let taken = roles::built_in()
        .iter()
        .any(|known| known.name.eq_ignore_ascii_case(&role.definition.name));
    if taken || !work.access().put_custom_role(&grant, &role).await? {
        return Err(name_is_taken(&role.definition.name));
    }
    // Also for a change: the clients take nothing else.
    let status = StatusCode::CREATED;
    let scope = scope(&call);
    let show = |role: CustomRole| {
        let definition = role.definition.clone();
        let custom = Some(role);
        shown(&scope, &Known { definition, custom })
    };
    let (before, after) = (existing.map(show), show(role));
    let detail = json!({"before": before, "after": after});
    audit::change(&mut work, &call, &grant, "Succeeded", detail).await?;
    work.save().await?;
    Ok(cupola_edge::json(status, &after))
}

fn refuse_odd_ids(id: &str) -> Result<(), Problem> {
    if !is_guid(id) {
        return Err(Problem::new(
            Code::InvalidRequestContent,
            format!(
                "The role definition id '{}' must be a GUID; the client chooses it.",
                printable(id)
            ),
        ));
    }
    if let Some(role) = roles::find(id) {
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "'{}' is a built-in role, which cannot change. Choose another GUID for a role of your own.",
                role.name
            ),
        ));
    }
    Ok(())
}

fn read(body: &Document, id: &str) -> Result<RoleDefinition, Problem> {
    let name = body
        .required("properties.roleName", "what people call the role")?
        .trim();
    let description = body.text("properties.description")?.unwrap_or_default();
    for (path, text, chars_max) in [
        ("properties.roleName", name, NAME_CHARS_MAX),
        ("properties.description", description, DESCRIPTION_CHARS_MAX),
    ] {
        if text.chars().count() > chars_max || text.chars().any(char::is_control) && path.ends_with("Name") {
            return Err(wrong(
                path,
                format!("must be at most {chars_max} characters, a name without control characters"),
            ));
        }
    }
    if let Some(kind) = body.text("properties.type")?
        && kind.eq_ignore_ascii_case("BuiltInRole")
    {
        return Err(wrong("properties.type", "must be CustomRole".to_owned()));
    }
    let scopes = texts(
        body.get("properties.assignableScopes"),
        "properties.assignableScopes",
    )?;
    if scopes.is_empty() || scopes.len() > SCOPES_MAX {
        return Err(wrong(
            "properties.assignableScopes",
            format!("must name 1 to {SCOPES_MAX} scopes, such as /subscriptions/ID"),
        ));
    }
    let permissions = blocks(body)?;
    Ok(RoleDefinition {
        id: fold(id),
        name: name.to_owned(),
        description: description.to_owned(),
        built_in: false,
        assignable_scopes: scopes,
        permissions,
    })
}

fn blocks(body: &Document) -> Result<Vec<Permissions>, Problem> {
    const PATH: &str = "properties.permissions";
    let blocks = match body.get(PATH) {
        Some(Value::Array(blocks)) if (1..=BLOCKS_MAX).contains(&blocks.len()) => blocks,
        _ => {
            return Err(wrong(
                PATH,
                format!("must be a list of 1 to {BLOCKS_MAX} blocks of actions"),
            ));
        }
    };
    let mut all = Vec::with_capacity(blocks.len());
    let mut count = 0;
    for block in blocks {
        let part = |name: &str| -> Result<Vec<String>, Problem> {
            let given = block.get(name).filter(|value| !value.is_null());
            let actions = texts(given, &format!("{PATH}.{name}"))?;
            for action in &actions {
                refuse_odd_actions(action, name)?;
            }
            Ok(actions)
        };
        let block = Permissions {
            actions: part("actions")?,
            not_actions: part("notActions")?,
            data_actions: part("dataActions")?,
            not_data_actions: part("notDataActions")?,
        };
        count += block.actions.len()
            + block.not_actions.len()
            + block.data_actions.len()
            + block.not_data_actions.len();
        all.push(block);
    }
    if count > ACTIONS_MAX {
        return Err(wrong(
            PATH,
            format!("has {count} actions, more than {ACTIONS_MAX}"),
        ));
    }
    Ok(all)
}

// Any provider may be named: templates keep resources of providers that this server knows nothing of.
fn refuse_odd_actions(action: &str, list: &str) -> Result<(), Problem> {
    let known = |c: char| c.is_ascii_alphanumeric() || "./*-_".contains(c);
    let namespaced = action == "*" || action.contains('/');
    let well_formed = action.len() <= ACTION_BYTES_MAX
        && action.chars().all(known)
        && action.matches('*').count() <= STARS_MAX
        && namespaced
        && !action.contains("//")
        && !action.starts_with('/')
        && !action.ends_with('/');
    if well_formed {
        return Ok(());
    }
    Err(Problem::new(
        Code::InvalidActionOrNotAction,
        format!(
            "'{}' in {list} is no action: write PROVIDER/TYPE/VERB, such as \
             Microsoft.MachineLearningServices/workspaces/read, with at most {STARS_MAX} stars.",
            printable(action)
        ),
    )
    .target(format!("properties.permissions.{list}")))
}

fn texts(value: Option<&Value>, path: &str) -> Result<Vec<String>, Problem> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let items = value
        .as_array()
        .ok_or_else(|| wrong(path, "must be a list of texts".to_owned()))?;
    items
        .iter()
        .map(|item| match item.as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(wrong(path, "must be a list of texts".to_owned())),
        })
        .collect()
}

// The root, a subscription or a group.
async fn require_assignable(work: &mut UnitOfWork, scope: &str) -> Result<String, Problem> {
    let is_place = scope == "/" || ResourceId::parse(scope).is_some_and(|id| id.provider.is_none());
    if !is_place {
        return Err(wrong(
            "properties.assignableScopes",
            format!(
                "has '{}': use /, /subscriptions/ID or /subscriptions/ID/resourceGroups/NAME",
                printable(scope)
            ),
        ));
    }
    require_scope(work, scope)
        .await
        .map_err(|problem| problem.target("properties.assignableScopes"))
}

/// Does the caller hold the right at each of these scopes too?
pub(super) async fn require_everywhere(
    call: &Call,
    grant: &Granted,
    action: &str,
    scopes: impl IntoIterator<Item = &String>,
) -> Result<(), Problem> {
    let mut reader = call.control.store().reader().await?;
    let caller = Caller::of(&mut reader, grant.principal().clone()).await?;
    for scope in scopes {
        caller.decide_linked(grant, action, scope)?;
    }
    Ok(())
}

async fn refuse_to_leave_holders_out(
    work: &mut UnitOfWork,
    definition: &RoleDefinition,
) -> Result<(), Problem> {
    let held = work.access().scopes_of_role(&definition.id, 10_000).await?;
    let left_out = held.iter().find(|held| {
        !definition
            .assignable_scopes
            .iter()
            .any(|assignable| rbac::covers(assignable, held))
    });
    match left_out {
        None => Ok(()),
        Some(scope) => Err(Problem::new(
            Code::RoleDefinitionHasAssignments,
            format!(
                "The role '{}' is held at '{scope}', which its new assignable scopes leave out. Delete that assignment \
                 first.",
                definition.name
            ),
        )
        .target("properties.assignableScopes")),
    }
}

fn too_many() -> Problem {
    Problem::new(
        Code::RoleDefinitionLimitExceeded,
        format!("There are {ROLES_MAX} custom roles, which is the limit. Delete some that nobody holds."),
    )
}

fn name_is_taken(name: &str) -> Problem {
    Problem::new(
        Code::RoleDefinitionWithSameNameExists,
        format!(
            "A role definition cannot be updated with a name that already exists: '{}'.",
            printable(name)
        ),
    )
    .target("properties.roleName")
}

fn wrong(path: &str, rule: String) -> Problem {
    Problem::new(Code::InvalidRequestContent, format!("The field {path} {rule}.")).target(path)
}
