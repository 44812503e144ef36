//! `list`: the connections of a workspace.

use clap::Args;

use super::{COLUMNS, described, url, with_secrets};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola ml connection list -o table\n  cupola ml connection list --type serverless"
)]
pub struct List {
    /// Only of this type.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Show the secrets as well.
    #[arg(long)]
    populate_secrets: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let found = arm.list(&url(&arm, &place, None, "")).await;
        let found =
            found.map_err(|failure| failure.hint_when_missing("cupola ml workspace list -o table"))?;
        let mut rows = Vec::new();
        for one in found {
            let row = described(&one);
            let wanted = self.kind.as_ref();
            if wanted.is_some_and(|kind| !cell(&row["type"]).eq_ignore_ascii_case(kind)) {
                continue;
            }
            rows.push(if self.populate_secrets {
                described(&with_secrets(&arm, &place, &cell(&one["name"])).await?)
            } else {
                row
            });
        }
        Ok(Answer::with_columns(rows.into(), COLUMNS))
    }
}
