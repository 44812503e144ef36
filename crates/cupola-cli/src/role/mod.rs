//! `cupola role`: who may do what, and where.

pub(crate) mod assignment;
mod definition;

use crate::arm::{Arm, version};
use crate::failure::Failure;
use crate::output::table::cell;
use crate::session::is_guid;
use crate::transport::segment;
use crate::verbs::verbs;

verbs! {
    /// Who holds which role at which scope.
    #[command(subcommand)]
    Assignment(assignment::Command),
    /// What the roles allow: the built-in ones and your own.
    #[command(subcommand)]
    Definition(definition::Command),
}

/// The URL of what the authorization service keeps at a scope.
fn url(arm: &Arm, scope: &str, kind: &str, name: Option<&str>) -> String {
    let base = format!(
        "{}/providers/Microsoft.Authorization/{kind}",
        scope.trim_end_matches('/')
    );
    let path = match name {
        Some(name) => format!("{base}/{}", segment(name)),
        None => base,
    };
    arm.url(&path, version::AUTHORIZATION)
}

/// A URL with a filter behind it.
fn filtered(url: String, filter: &str) -> String {
    if filter.is_empty() {
        return url;
    }
    format!("{url}&$filter={}", segment(filter))
}

/// The scope of a command: its own, else a group's, else the subscription.
fn scope(arm: &Arm, scope: Option<&str>, group: Option<&str>) -> String {
    match (scope, group) {
        (Some(scope), _) => scope.trim_end_matches('/').to_owned(),
        (None, Some(group)) => arm.group(group),
        (None, None) => arm.subscription(),
    }
}

/// The id of the role that a command names, by its id, its GUID, or its name.
pub(crate) async fn role_id(arm: &Arm, scope: &str, role: &str) -> Result<String, Failure> {
    if role.contains("/providers/Microsoft.Authorization/roleDefinitions/") {
        return Ok(role.to_owned());
    }
    if is_guid(role) {
        let subscription = arm.subscription();
        return Ok(format!(
            "{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        ));
    }
    let filter = format!("roleName eq '{}'", role.replace('\'', "''"));
    let found = arm
        .list(&filtered(url(arm, scope, "roleDefinitions", None), &filter))
        .await?;
    let found = found.iter().find(|one| {
        one["properties"]["roleName"]
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(role))
    });
    let found = found.ok_or_else(|| {
        Failure::new(format!("Role '{role}' doesn't exist."))
            .hint("cupola role definition list --query '[].roleName' -o tsv")
    })?;
    Ok(cell(&found["id"]))
}

/// The GUID behind a role definition's id: with or without its subscription, it is the same role.
fn role_guid(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}
