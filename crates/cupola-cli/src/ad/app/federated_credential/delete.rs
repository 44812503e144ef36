//! `delete`: an identity of another issuer.

use clap::Args;

use super::path;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad app federated-credential delete --id APP_ID --federated-credential-id ci")]
pub struct Delete {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
    /// Id or name of the identity.
    #[arg(long, value_name = "ID")]
    federated_credential_id: String,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let path = path(&graph, &self.id, Some(&self.federated_credential_id)).await?;
        graph::delete(&graph, &path).await?;
        Ok(Answer::Nothing)
    }
}
