//! `invoke-action`: what a resource can be asked to do.

use clap::Args;
use http::Method;

use super::{ANY, LIST};
use crate::failure::Failure;
use crate::flat::json_argument;
use crate::output::Answer;
use crate::session::Session;
use crate::target::Target;
use crate::transport::segment;

/// The flags of `invoke-action`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola resource invoke-action --action listKeys --ids ID")]
pub struct InvokeAction {
    #[command(flatten)]
    target: Target,
    /// Name of the action.
    #[arg(long)]
    action: String,
    /// What goes with it, as JSON or @FILE.
    #[arg(long, value_name = "JSON")]
    request_body: Option<String>,
    /// Version of the type's contract.
    #[arg(long, value_name = "VERSION", default_value = ANY)]
    api_version: String,
    /// Do not wait for the end.
    #[arg(long)]
    no_wait: bool,
}

impl InvokeAction {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let body = self
            .request_body
            .as_deref()
            .map(|text| json_argument("--request-body", text))
            .transpose()?;
        let arm = session.connect()?;
        let path = format!("{}/{}", self.target.path(session, &arm)?, segment(&self.action));
        let url = arm.url(&path, &self.api_version);
        let progress = session.progress(&format!("Asking for {}", self.action));
        let begun = arm.begin(Method::POST, &url, body.as_ref()).await;
        let begun = begun.map_err(|failure| failure.hint_when_missing(LIST))?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        let done = arm.finish(begun, &progress).await?;
        Ok(done.map_or(Answer::Nothing, Answer::value))
    }
}
