//! `update`: another text of a role of your own.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, described, find, role_guid, url, written};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola role definition update --role-definition @role.json")]
pub struct Update {
    /// The role as JSON, or @FILE; its name or id says which one it is.
    #[arg(long, value_name = "JSON")]
    role_definition: String,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let wanted = written::read(&self.role_definition)?;
        let arm = session.connect()?;
        let known = wanted.id.as_deref().map_or(wanted.name.as_str(), role_guid);
        let found = find(&arm, &wanted.scope, Some(known)).await?;
        let found = found.first().ok_or_else(|| {
            Failure::not_found(format!("Role '{}' doesn't exist.", wanted.name))
                .hint("cupola role definition list --custom-role-only -o table")
        })?;
        let url = url(
            &arm,
            &wanted.scope,
            "roleDefinitions",
            Some(&cell(&found["name"])),
        );
        let body = json!({"properties": wanted.properties});
        let made = arm
            .change(Method::PUT, &url, Some(&body), &Progress::hidden())
            .await?;
        Ok(Answer::with_columns(
            described(&made.unwrap_or_default()),
            COLUMNS,
        ))
    }
}
