//! `list`: the workspaces of a group, or of the subscription.

use clap::Args;

use super::{COLUMNS, Kind, described};
use crate::arm::version;
use crate::defaults;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{GroupFlag, Session};

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml workspace list -o table\n  \
    cupola ml workspace list -g cupola --filtered-kinds project")]
pub struct List {
    /// Only this kind.
    #[arg(
        long = "filtered-kinds",
        alias = "kind",
        value_enum,
        ignore_case = true,
        value_name = "KIND"
    )]
    kind: Option<Kind>,
    #[command(flatten)]
    group: GroupFlag,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        // A group that somebody named narrows the list; the server's first group does not.
        let group = match self.group.resource_group {
            Some(group) => Some(group),
            None => defaults::read(&session.data_dir())?.group,
        };
        let scope = group.map_or_else(|| arm.subscription(), |group| arm.group(&group));
        let kind = self
            .kind
            .map(|kind| format!("?kind={}", kind.as_str()))
            .unwrap_or_default();
        let path = format!("{scope}/providers/Microsoft.MachineLearningServices/workspaces{kind}");
        let found = arm.list(&arm.url(&path, version::MACHINE_LEARNING)).await?;
        Ok(Answer::with_columns(
            found.iter().map(described).collect(),
            COLUMNS,
        ))
    }
}
