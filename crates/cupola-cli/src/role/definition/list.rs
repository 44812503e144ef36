//! `list`: every role that can be given at a scope.

use clap::Args;

use super::{COLUMNS, described, find, scope};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola role definition list -o table\n  \
    cupola role definition list -n \"Azure AI Developer\"\n  \
    cupola role definition list --custom-role-only -o table")]
pub struct List {
    /// Name or id of the role.
    #[arg(short = 'n', long)]
    name: Option<String>,
    /// Only roles of your own.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL")]
    custom_role_only: bool,
    /// Scope: a resource id; default: the subscription.
    #[arg(long, value_name = "ID")]
    scope: Option<String>,
    /// The scope of this resource group.
    #[arg(short = 'g', long, value_name = "GROUP", conflicts_with = "scope")]
    resource_group: Option<String>,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let scope = scope(&arm, self.scope.as_deref(), self.resource_group.as_deref());
        let found = find(&arm, &scope, self.name.as_deref()).await?;
        let shown = found
            .iter()
            .map(described)
            .filter(|role| !self.custom_role_only || role["roleType"] == "CustomRole");
        Ok(Answer::with_columns(shown.collect(), COLUMNS))
    }
}
