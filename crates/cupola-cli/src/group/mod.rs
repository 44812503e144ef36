//! `cupola group`: resource groups, as `az group` shows them.

mod create;
mod delete;
mod exists;
mod export;
mod list;
mod show;
mod update;

use serde_json::Value;

use crate::arm::{Arm, version};
use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a resource group, or replace its tags.
    Create(create::Create),
    /// List resource groups.
    List(list::List),
    /// Show a resource group.
    Show(show::Show),
    /// Change the tags of a resource group.
    Update(update::Update),
    /// Say whether there is a resource group: true or false.
    Exists(exists::Exists),
    /// Print what is in a resource group as a template.
    Export(export::Export),
    /// Delete a resource group with everything in it.
    Delete(delete::Delete),
}

const LIST: &str = "cupola group list -o table";

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "Location" => "/location",
    "Status" => "/properties/provisioningState",
};

fn url(arm: &Arm, name: &str) -> String {
    arm.url(&arm.group(name), version::GROUPS)
}

/// `az` prints the group as it comes, with every field there.
fn described(group: &Value) -> Value {
    let fields = [
        "id",
        "location",
        "managedBy",
        "name",
        "properties",
        "tags",
        "type",
    ];
    Value::Object(
        fields
            .into_iter()
            .map(|key| (key.to_owned(), group[key].clone()))
            .collect(),
    )
}
