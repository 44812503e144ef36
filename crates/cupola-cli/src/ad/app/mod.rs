//! `cupola ad app`.

mod create;
mod delete;
mod federated_credential;
mod list;
mod show;

use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// Register an application.
    Create(create::Create),
    /// List applications.
    List(list::List),
    /// Show an application.
    Show(show::Show),
    /// Delete an application and its service principal.
    Delete(delete::Delete),
    /// Identities of other issuers that may sign in as an application.
    #[command(subcommand)]
    FederatedCredential(federated_credential::Command),
}

const COLUMNS: &[Column] = columns! {
    "DisplayName" => "/displayName",
    "Id" => "/id",
    "AppId" => "/appId",
    "CreatedDateTime" => "/createdDateTime",
};
