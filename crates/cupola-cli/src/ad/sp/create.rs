//! `create`: the service principal of an application.

use clap::Args;
use serde_json::json;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp create --id APP_ID")]
pub struct Create {
    /// Application id, object id, identifier URI or name of the application.
    #[arg(long)]
    id: String,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let app = graph::required_application(&graph, &self.id).await?;
        let wanted = json!({"appId": app["appId"], "accountEnabled": true});
        Ok(Answer::with_columns(
            graph::post(&graph, "servicePrincipals", &wanted).await?,
            COLUMNS,
        ))
    }
}
