//! `update`: another text of a role of your own.

use clap::Args;

use super::{find, role_guid, write, written};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
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
        write(&arm, &wanted, &cell(&found["name"])).await
    }
}
