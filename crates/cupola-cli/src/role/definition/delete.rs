//! `delete`: a role of your own.

use clap::Args;
use http::Method;

use super::{find, scope, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola role definition delete -n \"Endpoint Reader\"")]
pub struct Delete {
    /// Name or id of the role.
    #[arg(short = 'n', long)]
    name: String,
    /// Scope: a resource id; default: the subscription.
    #[arg(long, value_name = "ID")]
    scope: Option<String>,
    /// The scope of this resource group.
    #[arg(short = 'g', long, value_name = "GROUP", conflicts_with = "scope")]
    resource_group: Option<String>,
    /// Taken, so that scripts go on: only your own roles can be deleted.
    #[arg(long, hide = true)]
    custom_role_only: Option<String>,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let scope = scope(&arm, self.scope.as_deref(), self.resource_group.as_deref());
        let found = find(&arm, &scope, Some(&self.name)).await?;
        let mine = found
            .iter()
            .find(|role| role["properties"]["type"] == "CustomRole");
        let mine = mine.ok_or_else(|| {
            Failure::not_found(format!(
                "There is no role of your own with the name '{}'.",
                self.name
            ))
            .hint("cupola role definition list --custom-role-only -o table")
        })?;
        let url = url(&arm, &scope, "roleDefinitions", Some(&cell(&mine["name"])));
        arm.change(Method::DELETE, &url, None, &Progress::hidden())
            .await?;
        Ok(Answer::Nothing)
    }
}
