//! `list`: identities of other issuers.

use clap::Args;

use super::{COLUMNS, path};
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad app federated-credential list --id APP_ID -o table")]
pub struct List {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let path = path(&graph, &self.id, None).await?;
        Ok(Answer::with_columns(
            graph.list(&graph::url(&graph, &path)).await?.into(),
            COLUMNS,
        ))
    }
}
