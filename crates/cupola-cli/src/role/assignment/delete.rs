//! `delete`: take roles away.

use clap::Args;
use http::Method;

use super::Selection;
use crate::arm::version;
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola role assignment delete --assignee ada@contoso.test --role Reader --scope /subscriptions/SUB\n  \
    cupola role assignment delete --ids ID")]
pub struct Delete {
    #[command(flatten)]
    selection: Selection,
    /// Ids of assignments.
    #[arg(long, num_args = 1.., value_name = "ID",
        conflicts_with_all = ["assignee", "assignee_object_id", "role", "scope", "resource_group"])]
    ids: Vec<String>,
    /// Do not ask.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let ids = if self.ids.is_empty() {
            if self.selection.is_empty() {
                let question = "This will delete all role assignments under the subscription. Are you sure?";
                confirm(session, self.yes, question)?;
            }
            let all = self.selection.is_empty();
            let found = self.selection.find(session, &arm, all).await?;
            found.iter().map(|one| cell(&one["id"])).collect()
        } else {
            self.ids
        };
        if ids.is_empty() {
            session.warn("No matched assignments were found to delete");
        }
        for id in ids {
            let url = arm.url(&id, version::AUTHORIZATION);
            arm.change(Method::DELETE, &url, None, &Progress::hidden())
                .await
                .map_err(|failure| failure.hint_when_missing("cupola role assignment list --all -o table"))?;
        }
        Ok(Answer::Nothing)
    }
}
