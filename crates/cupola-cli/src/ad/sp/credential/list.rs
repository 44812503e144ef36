//! `list`: secrets, without their texts.

use clap::Args;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp credential list --id APP_ID -o table")]
pub struct List {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
    /// Certificates instead.
    #[arg(long)]
    cert: bool,
}

impl List {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let mut found = graph::required_service_principal(&graph, &self.id).await?;
        let field = if self.cert {
            "keyCredentials"
        } else {
            "passwordCredentials"
        };
        Ok(Answer::with_columns(found[field].take(), COLUMNS))
    }
}
