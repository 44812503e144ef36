//! `cupola ad sp credential`: the secrets of a service principal.

mod delete;
mod list;
mod reset;

use crate::output::table::Column;
use crate::verbs::{columns, verbs};

verbs! {
    /// Make a new secret; the old ones end, unless they are kept.
    Reset(reset::Reset),
    /// List secrets: when they end, never what they are.
    List(list::List),
    /// Delete a secret.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "KeyId" => "/keyId",
    "DisplayName" => "/displayName",
    "EndDateTime" => "/endDateTime",
    "Hint" => "/hint",
};
