//! `invite`: a link that is good once.

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::Session;
use crate::verbs::columns;

/// The flags of `invite`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad user invite --user-principal-name ada@contoso.test --display-name \"Ada Lovelace\" \\\n      \
    --query inviteRedeemUrl -o tsv")]
pub struct Invite {
    /// Name to sign in with.
    #[arg(long, visible_aliases = ["upn", "email"])]
    user_principal_name: String,
    /// Name for people.
    #[arg(long)]
    display_name: Option<String>,
}

const COLUMNS: &[Column] = columns! {
    "UserPrincipalName" => "/invitedUserEmailAddress",
    "Status" => "/status",
    "InviteRedeemUrl" => "/inviteRedeemUrl",
};

impl Invite {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let graph = session.connect_to_graph()?;
        let mut wanted = json!({"invitedUserEmailAddress": self.user_principal_name});
        if let Some(name) = self.display_name {
            wanted["invitedUserDisplayName"] = name.into();
        }
        Ok(Answer::with_columns(
            graph::post(&graph, "invitations", &wanted).await?,
            COLUMNS,
        ))
    }
}
