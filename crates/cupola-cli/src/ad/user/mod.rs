//! `cupola ad user`.

mod create;
mod delete;
mod invite;
mod list;
mod show;
mod update;

use crate::arm::Arm;
use crate::failure::Failure;
use crate::graph;
use crate::output::table::Column;
use crate::transport::segment;
use crate::verbs::{columns, verbs};

verbs! {
    /// Create a user with a password.
    Create(create::Create),
    /// Create a user who chooses their own password, by a link that is good once.
    Invite(invite::Invite),
    /// List users.
    List(list::List),
    /// Show a user.
    Show(show::Show),
    /// Change a user: name, password, whether they may sign in.
    Update(update::Update),
    /// Delete a user.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "DisplayName" => "/displayName",
    "UserPrincipalName" => "/userPrincipalName",
    "Id" => "/id",
};

/// The path of a user, by object id or sign-in name.
fn path(id: &str) -> String {
    format!("users/{}", segment(id))
}

fn url(graph: &Arm, id: &str) -> String {
    graph::url(graph, &path(id))
}

fn hinted(failure: Failure) -> Failure {
    failure.hint_when_missing("cupola ad user list -o table")
}

// The part before the @, of what a mailbox may be called.
fn nickname(sign_in_name: &str) -> String {
    let name = sign_in_name.split('@').next().unwrap_or_default();
    let kept: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c))
        .collect();
    if kept.is_empty() { "user".to_owned() } else { kept }
}
