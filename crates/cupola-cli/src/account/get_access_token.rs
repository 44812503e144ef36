//! `get-access-token`: a token for tools that cannot sign in themselves.

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `get-access-token`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola account get-access-token --query accessToken -o tsv\n  \
    cupola account get-access-token --resource-type ms-graph")]
pub struct GetAccessToken {
    /// Audience of the token: a URL.
    #[arg(long, value_name = "URL")]
    resource: Option<String>,
    /// Scope of the token, such as URL/.default.
    #[arg(long, value_name = "SCOPE", conflicts_with = "resource")]
    scope: Option<String>,
    /// A known audience.
    #[arg(long, value_enum, conflicts_with_all = ["resource", "scope"])]
    resource_type: Option<Audience>,
    /// There is one tenant; taken so that scripts go on.
    #[arg(short = 't', long, hide = true)]
    tenant: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Audience {
    Arm,
    MsGraph,
    AadGraph,
}

impl GetAccessToken {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = match self.resource_type {
            Some(Audience::MsGraph | Audience::AadGraph) => session.connect_to_graph()?,
            _ => session.connect()?,
        };
        let scope = self
            .scope
            .or_else(|| self.resource.map(|url| format!("{url}/.default")));
        let granted = arm.granted(scope.as_deref()).await?;
        let seconds = i64::try_from(granted.seconds).unwrap_or_default();
        let ends = session
            .surroundings
            .now
            .checked_add(SignedDuration::from_secs(seconds))
            .map_err(|_| Failure::new("The token's end is beyond the calendar"))?;
        Ok(Answer::value(json!({
            "accessToken": granted.token.reveal(),
            "expiresOn": ends.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string(),
            "expires_on": ends.as_second(),
            "subscription": arm.settings.subscription,
            "tenant": arm.settings.tenant,
            "tokenType": "Bearer",
        })))
    }
}
