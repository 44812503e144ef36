//! `show`: one workspace.

use clap::Args;

use super::{COLUMNS, LIST, described};
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{GroupFlag, Session, WorkspaceFlags};

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml workspace show\n  \
    cupola ml workspace show -n hello-project --query location -o tsv")]
pub struct Show {
    /// Name of the workspace; default: the one of `cupola configure --defaults workspace=`.
    #[arg(short = 'n', long)]
    name: Option<String>,
    #[command(flatten)]
    group: GroupFlag,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let flags = WorkspaceFlags {
            group: self.group,
            workspace_name: self.name,
        };
        let place = session.place(&flags, &arm)?;
        let found = arm
            .get(&arm.url(&place.path(&arm), version::MACHINE_LEARNING))
            .await;
        let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(described(&found), COLUMNS))
    }
}
