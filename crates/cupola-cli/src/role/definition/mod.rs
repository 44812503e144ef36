//! `cupola role definition`.

mod create;
mod delete;
mod list;
mod show;
mod update;
mod written;

use http::Method;
use serde_json::{Value, json};

use super::{filtered, role_guid, scope, url};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::progress::Progress;
use crate::session::is_guid;
use crate::verbs::{columns, verbs};
use written::Written;

verbs! {
    /// List roles.
    List(list::List),
    /// Show a role: what it allows, and where it can be given.
    Show(show::Show),
    /// Create a role of your own.
    Create(create::Create),
    /// Change a role of your own.
    Update(update::Update),
    /// Delete a role of your own.
    Delete(delete::Delete),
}

const COLUMNS: &[Column] = columns! {
    "Name" => "/roleName",
    "Type" => "/roleType",
    "Description" => "/description",
};

/// A role as `az` prints it: flat, and with the word of its kind under another name.
fn described(role: &Value) -> Value {
    let mut shown = crate::flat::flat(role);
    shown["roleType"] = role["properties"]["type"].clone();
    shown
}

/// The roles of that name or id that can be given at a scope; all of them without a name.
async fn find(arm: &Arm, scope: &str, name: Option<&str>) -> Result<Vec<Value>, Failure> {
    let filter = match name {
        Some(name) if !is_guid(name) => format!("roleName eq '{}'", name.replace('\'', "''")),
        _ => String::new(),
    };
    let found = arm
        .list(&filtered(url(arm, scope, "roleDefinitions", None), &filter))
        .await?;
    let wanted = |role: &Value| {
        name.is_none_or(|name| {
            [&role["name"], &role["properties"]["roleName"], &role["id"]]
                .into_iter()
                .any(|text| text.as_str().is_some_and(|text| text.eq_ignore_ascii_case(name)))
        })
    };
    Ok(found.into_iter().filter(wanted).collect())
}

/// Writes a role under its GUID, and shows it.
async fn write(arm: &Arm, wanted: &Written, guid: &str) -> Result<Answer, Failure> {
    let url = url(arm, &wanted.scope, "roleDefinitions", Some(guid));
    let body = json!({"properties": wanted.properties});
    let made = arm
        .change(Method::PUT, &url, Some(&body), &Progress::hidden())
        .await?;
    Ok(Answer::with_columns(
        described(&made.unwrap_or_default()),
        COLUMNS,
    ))
}
