//! `create`: an application.

use clap::Args;
use serde_json::json;

use super::COLUMNS;
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad app create --display-name console --web-redirect-uris https://console.contoso.test/signed-in")]
pub struct Create {
    /// Name for people.
    #[arg(long)]
    display_name: String,
    /// Who may sign in to it.
    #[arg(long, default_value = "AzureADMyOrg", value_name = "AUDIENCE")]
    sign_in_audience: String,
    /// URIs that name it.
    #[arg(long, num_args = 1.., value_name = "URI")]
    identifier_uris: Vec<String>,
    /// Where people come back to after they signed in.
    #[arg(long, num_args = 1.., value_name = "URI")]
    web_redirect_uris: Vec<String>,
    /// The same, for programs on people's own machines.
    #[arg(long, num_args = 1.., value_name = "URI")]
    public_client_redirect_uris: Vec<String>,
    /// Whether it may sign people in without a secret of its own.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    is_fallback_public_client: Option<bool>,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut wanted = json!({"displayName": self.display_name, "signInAudience": self.sign_in_audience});
        if !self.identifier_uris.is_empty() {
            wanted["identifierUris"] = self.identifier_uris.into();
        }
        if !self.web_redirect_uris.is_empty() {
            wanted["web"] = json!({"redirectUris": self.web_redirect_uris});
        }
        if !self.public_client_redirect_uris.is_empty() {
            wanted["publicClient"] = json!({"redirectUris": self.public_client_redirect_uris});
        }
        if let Some(public) = self.is_fallback_public_client {
            wanted["isFallbackPublicClient"] = public.into();
        }
        let graph = session.connect_to_graph()?;
        Ok(Answer::with_columns(
            graph::post(&graph, "applications", &wanted).await?,
            COLUMNS,
        ))
    }
}
