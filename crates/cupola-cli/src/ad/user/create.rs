//! `create`: a user with a password.

use clap::Args;
use serde_json::json;

use super::{COLUMNS, nickname};
use crate::failure::Failure;
use crate::graph;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad user create --display-name \"Ada Lovelace\" --user-principal-name ada@contoso.test --password \"$PASSWORD\"")]
pub struct Create {
    /// Name for people.
    #[arg(long)]
    display_name: String,
    /// Name to sign in with.
    #[arg(long, visible_alias = "upn")]
    user_principal_name: String,
    /// Password.
    #[arg(long)]
    password: String,
    /// They must choose another password when they first sign in.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", default_value = "false")]
    force_change_password_next_sign_in: bool,
    /// Mail alias; default: the name before the @.
    #[arg(long)]
    mail_nickname: Option<String>,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let wanted = json!({
            "accountEnabled": true,
            "displayName": self.display_name,
            "mailNickname": self.mail_nickname.unwrap_or_else(|| nickname(&self.user_principal_name)),
            "passwordProfile": {
                "forceChangePasswordNextSignIn": self.force_change_password_next_sign_in,
                "password": self.password,
            },
            "userPrincipalName": self.user_principal_name,
        });
        let graph = session.connect_to_graph()?;
        Ok(Answer::with_columns(
            graph::post(&graph, "users", &wanted).await?,
            COLUMNS,
        ))
    }
}
