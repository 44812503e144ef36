//! `show`: one application.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad app show --id APP_ID")]
pub struct Show {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        Ok(Answer::with_columns(
            graph::required_application(&graph, &self.id).await?,
            COLUMNS,
        ))
    }
}
