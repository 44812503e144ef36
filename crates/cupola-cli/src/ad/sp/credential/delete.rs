//! `delete`: one secret.

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp credential delete --id APP_ID --key-id KEY_ID")]
pub struct Delete {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
    /// Id of the secret.
    #[arg(long)]
    key_id: String,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let found = graph::required_service_principal(&graph, &self.id).await?;
        let path = format!("servicePrincipals/{}/removePassword", cell(&found["id"]));
        graph::post(&graph, &path, &json!({"keyId": self.key_id})).await?;
        Ok(Answer::Nothing)
    }
}
