//! `show`: one service principal.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp show --id APP_ID --query id -o tsv")]
pub struct Show {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
}

impl Show {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let found = graph::required_service_principal(&graph, &self.id).await?;
        Ok(Answer::with_columns(found, COLUMNS))
    }
}
