//! `cupola resource`: any resource, whatever its type.

mod create;
mod delete;
mod invoke_action;
mod list;
mod show;
mod tag;

use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// List resources of every type.
    List(list::List),
    /// Show a resource as the server keeps it.
    Show(show::Show),
    /// Create a resource from its properties, or replace it.
    Create(create::Create),
    /// Delete resources.
    Delete(delete::Delete),
    /// Change the tags of resources.
    Tag(tag::Tag),
    /// Ask a resource to do something, such as listKeys.
    InvokeAction(invoke_action::InvokeAction),
}

const LIST: &str = "cupola resource list -o table";

const COLUMNS: &[Column] = columns! {
    "Name" => "/name",
    "ResourceGroup" => "/resourceGroup",
    "Location" => "/location",
    "Type" => "/type",
    "Status" => "/provisioningState",
};

// The server answers every version alike; this one is sent where nobody names another.
const ANY: &str = "2024-10-01";
