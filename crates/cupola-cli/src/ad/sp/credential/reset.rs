//! `reset`: a new secret.

use clap::Args;
use serde_json::json;

use crate::ad::{Lifetime, add_password, remove_passwords};
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::Session;

/// The flags of `reset`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola ad sp credential reset --id APP_ID\n  \
    cupola ad sp credential reset --id APP_ID --append --years 2")]
pub struct Reset {
    /// Application id, object id, identifier URI or name.
    #[arg(long)]
    id: String,
    /// Keep the secrets that are there.
    #[arg(long)]
    append: bool,
    /// Name of the secret, for people.
    #[arg(long)]
    display_name: Option<String>,
    #[command(flatten)]
    lifetime: Lifetime,
}

impl Reset {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let found = graph::required_service_principal(&graph, &self.id).await?;
        let path = format!("servicePrincipals/{}", cell(&found["id"]));
        let name = self.display_name.as_deref();
        let password = add_password(session, &graph, &path, name, &self.lifetime).await?;
        if !self.append {
            remove_passwords(&graph, &path, &found).await?;
        }
        session.warn("The output includes credentials that you must protect.");
        Ok(Answer::value(json!({
            "appId": found["appId"],
            "password": password,
            "tenant": found["appOwnerOrganizationId"].as_str().unwrap_or(&graph.settings.tenant),
        })))
    }
}
