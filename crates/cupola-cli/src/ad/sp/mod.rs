//! `cupola ad sp`.

mod create;
mod create_for_rbac;
mod credential;
mod delete;
mod list;
mod show;

use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a service principal with a secret, and give it a role.
    CreateForRbac(create_for_rbac::CreateForRbac),
    /// Create the service principal of an application.
    Create(create::Create),
    /// List service principals.
    List(list::List),
    /// Show a service principal.
    Show(show::Show),
    /// Delete a service principal; whoever signs in as it no longer can.
    Delete(delete::Delete),
    /// Its secrets.
    #[command(subcommand)]
    Credential(credential::Command),
}

const COLUMNS: &[Column] = columns! {
    "DisplayName" => "/displayName",
    "Id" => "/id",
    "AppId" => "/appId",
    "CreatedDateTime" => "/createdDateTime",
};
