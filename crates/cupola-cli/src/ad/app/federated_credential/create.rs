//! `create`: an identity of another issuer.

use clap::Args;

use super::{COLUMNS, path};
use crate::failure::Failure;
use crate::flat::json_argument;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad app federated-credential create --id APP_ID --parameters '{\"name\": \"ci\", \\\n      \
    \"issuer\": \"https://token.ci.contoso.test\", \"subject\": \"repo:team/blue:ref:refs/heads/main\", \\\n      \
    \"audiences\": [\"api://AzureADTokenExchange\"]}'")]
pub struct Create {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
    /// The identity as JSON, or @FILE.
    #[arg(long, value_name = "JSON")]
    parameters: String,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let wanted = json_argument("--parameters", &self.parameters)?;
        let graph = session.connect_to_graph()?;
        let path = path(&graph, &self.id, None).await?;
        Ok(Answer::with_columns(
            graph::post(&graph, &path, &wanted).await?,
            COLUMNS,
        ))
    }
}
