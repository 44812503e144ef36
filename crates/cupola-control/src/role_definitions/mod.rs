//! Role definitions: the built-in ones. Custom roles come with a later issue.

mod get;
mod list;

use crate::dispatch::{Route, action, route};
use cupola_core::rbac::RoleDefinition;
use serde_json::{Value, json};

const LIST: &str = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions";
const ONE: &str = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions/{id}";
const READ: &str = "Microsoft.Authorization/roleDefinitions/read";

pub(crate) const ROUTES: &[Route] = &[
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
];

fn shown(scope: &str, role: &RoleDefinition) -> Value {
    // Ids begin with the subscription alone, whatever the scope of the question was.
    let subscription: String = match scope.split('/').collect::<Vec<_>>().as_slice() {
        ["", subscriptions, id, ..] => format!("/{subscriptions}/{id}"),
        _ => String::new(),
    };
    json!({
        "id": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", role.id),
        "name": role.id,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": role.name,
            "type": if role.built_in { "BuiltInRole" } else { "CustomRole" },
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [{
                "actions": role.permissions.actions,
                "notActions": role.permissions.not_actions,
                "dataActions": role.permissions.data_actions,
                "notDataActions": role.permissions.not_data_actions,
            }],
        },
    })
}
