//! `show`: one role.

use clap::Args;

use super::{COLUMNS, described, find, scope};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola role definition show -n \"Azure AI Developer\"")]
pub struct Show {
    /// Name or id of the role.
    #[arg(short = 'n', long, visible_alias = "id")]
    name: String,
    /// Scope: a resource id; default: the subscription.
    #[arg(long, value_name = "ID")]
    scope: Option<String>,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let scope = scope(&arm, self.scope.as_deref(), None);
        let found = find(&arm, &scope, Some(&self.name)).await?;
        let found = found.first().ok_or_else(|| {
            Failure::not_found(format!("Role '{}' doesn't exist.", self.name))
                .hint("cupola role definition list -o table")
        })?;
        Ok(Answer::with_columns(described(found), COLUMNS))
    }
}
