//! `update`: a user.

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::{hinted, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ad user update --id ada@contoso.test --password \"$PASSWORD\" --force-change-password-next-sign-in\n  \
    cupola ad user update --id ada@contoso.test --account-enabled false")]
pub struct Update {
    /// Object id or sign-in name.
    #[arg(long)]
    id: String,
    /// Name for people.
    #[arg(long)]
    display_name: Option<String>,
    /// Another password.
    #[arg(long)]
    password: Option<String>,
    /// They must choose another password when they next sign in.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    force_change_password_next_sign_in: Option<bool>,
    /// Whether they may sign in.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    account_enabled: Option<bool>,
    /// Mail alias.
    #[arg(long)]
    mail_nickname: Option<String>,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut wanted = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                wanted.insert(name.to_owned(), value);
            }
        };
        set("displayName", self.display_name.map(Value::from));
        set("accountEnabled", self.account_enabled.map(Value::from));
        set("mailNickname", self.mail_nickname.map(Value::from));
        let mut profile = json!({});
        if let Some(password) = self.password {
            profile["password"] = password.into();
        }
        if let Some(force) = self.force_change_password_next_sign_in {
            profile["forceChangePasswordNextSignIn"] = force.into();
        }
        set("passwordProfile", (profile != json!({})).then_some(profile));
        if wanted.is_empty() {
            return Err(
                Failure::usage("Nothing would change: name at least one thing that should")
                    .hint("cupola ad user update --id ada@contoso.test --account-enabled false"),
            );
        }
        let graph = session.connect_to_graph()?;
        let body = Value::Object(wanted);
        let url = url(&graph, &self.id);
        let done = graph
            .change(Method::PATCH, &url, Some(&body), &Progress::hidden())
            .await;
        done.map_err(hinted)?;
        Ok(Answer::Nothing)
    }
}
