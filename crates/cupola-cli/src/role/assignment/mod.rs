//! `cupola role assignment`.

pub(crate) mod create;
mod delete;
mod list;

use std::collections::BTreeMap;

use clap::Args;
use serde_json::Value;

use super::{filtered, role_guid, role_id, scope, url};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::flat::flat;
use crate::graph;
use crate::output::table::{Column, cell};
use crate::session::Session;
use crate::verbs::{columns, verbs};

verbs! {
    /// Give a role to a user, a group or a service principal.
    Create(create::Create),
    /// List who holds which role.
    List(list::List),
    /// Take roles away.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Principal" => "/principalName",
    "Role" => "/roleDefinitionName",
    "Scope" => "/scope",
};

/// The flags that say which assignments are meant.
#[derive(Debug, Clone, Default, Args)]
struct Selection {
    /// User sign-in name, application id, display name, or object id.
    #[arg(long, value_name = "PRINCIPAL")]
    assignee: Option<String>,
    /// Object id, without asking the directory.
    #[arg(long, value_name = "ID", conflicts_with = "assignee")]
    assignee_object_id: Option<String>,
    /// Name or id of the role.
    #[arg(long)]
    role: Option<String>,
    /// Scope: a resource id; default: the subscription.
    #[arg(long, value_name = "ID")]
    scope: Option<String>,
    /// The scope of this resource group.
    #[arg(short = 'g', long, value_name = "GROUP", conflicts_with = "scope")]
    resource_group: Option<String>,
    /// Also those that the scope inherits from above.
    #[arg(long)]
    include_inherited: bool,
    /// Also those of groups that the assignee is in.
    #[arg(long)]
    include_groups: bool,
}

impl Selection {
    fn is_empty(&self) -> bool {
        let named = [&self.assignee, &self.assignee_object_id, &self.role, &self.scope];
        named.into_iter().all(Option::is_none) && self.resource_group.is_none()
    }

    /// The assignments that are meant; `all` looks below the subscription as well.
    async fn find(&self, session: &Session, arm: &Arm, all: bool) -> Result<Vec<Value>, Failure> {
        let scope = scope(arm, self.scope.as_deref(), self.resource_group.as_deref());
        let principal = match (&self.assignee_object_id, &self.assignee) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(name)) => Some(graph::principal(&session.connect_to_graph()?, name).await?.id),
            (None, None) => None,
        };
        let role = match &self.role {
            Some(role) => Some(role_id(arm, &scope, role).await?),
            None => None,
        };
        let filter = match &principal {
            Some(id) if self.include_groups => format!("assignedTo('{id}')"),
            Some(id) if all => format!("principalId eq '{id}'"),
            _ if all => String::new(),
            _ => "atScope()".to_owned(),
        };
        let found = arm
            .list(&filtered(url(arm, &scope, "roleAssignments", None), &filter))
            .await?;
        let wanted = |one: &Value| {
            let properties = &one["properties"];
            let text = |key: &str| properties[key].as_str().unwrap_or_default();
            let here = all
                || self.include_inherited
                || text("scope").trim_end_matches('/').eq_ignore_ascii_case(&scope);
            let held = principal
                .as_ref()
                .is_none_or(|id| self.include_groups || text("principalId").eq_ignore_ascii_case(id));
            let meant = role
                .as_ref()
                .is_none_or(|id| role_guid(text("roleDefinitionId")).eq_ignore_ascii_case(role_guid(id)));
            here && held && meant
        };
        Ok(found.into_iter().filter(wanted).collect())
    }
}

/// Assignments as `az` prints them, with the names of roles and principals.
async fn named(session: &Session, arm: &Arm, found: &[Value]) -> Result<Vec<Value>, Failure> {
    let text = |one: &Value, key: &str| cell(&one["properties"][key]);
    let definitions = url(arm, &arm.subscription(), "roleDefinitions", None);
    let roles: BTreeMap<String, String> = match found {
        [] => BTreeMap::new(),
        _ => arm
            .list(&definitions)
            .await?
            .iter()
            .map(|role| {
                (
                    cell(&role["name"]).to_lowercase(),
                    cell(&role["properties"]["roleName"]),
                )
            })
            .collect(),
    };
    let mut ids: Vec<String> = found.iter().map(|one| text(one, "principalId")).collect();
    ids.sort();
    ids.dedup();
    // Whoever may read roles may not always read the directory; ids are an answer too.
    let objects = match ids.is_empty() {
        true => Vec::new(),
        false => graph::by_ids(&session.connect_to_graph()?, &ids)
            .await
            .unwrap_or_else(|failure| {
                session.warn(&format!("Principals are not named: {}", failure.message));
                Vec::new()
            }),
    };
    let names: BTreeMap<String, String> = objects
        .iter()
        .map(|object| (cell(&object["id"]).to_lowercase(), graph::shown_name(object)))
        .collect();
    Ok(found
        .iter()
        .map(|one| {
            let name = |map: &BTreeMap<String, String>, key: &str| map.get(&key.to_lowercase()).cloned();
            let mut shown = flat(one);
            let role = text(one, "roleDefinitionId");
            shown["principalName"] = name(&names, &text(one, "principalId")).unwrap_or_default().into();
            shown["roleDefinitionName"] = name(&roles, role_guid(&role)).map_or(Value::Null, Into::into);
            shown
        })
        .collect())
}
