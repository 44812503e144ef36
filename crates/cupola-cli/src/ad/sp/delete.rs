//! `delete`: a service principal.

use clap::Args;

use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp delete --id APP_ID")]
pub struct Delete {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let found = graph::required_service_principal(&graph, &self.id).await?;
        graph::delete(&graph, &format!("servicePrincipals/{}", cell(&found["id"]))).await?;
        Ok(Answer::Nothing)
    }
}
