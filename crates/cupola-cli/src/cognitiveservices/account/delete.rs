//! `delete`: an account, so that it can be brought back.

use clap::Args;
use http::Method;

use super::{LIST, Named};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola cognitiveservices account delete -n team-blue")]
pub struct Delete {
    #[command(flatten)]
    named: Named,
}

impl Delete {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "")?;
        // Looked up first, because ARM answers a DELETE of nothing with success and a typo must not look like one.
        arm.get(&url)
            .await
            .map_err(|failure| failure.hint_when_missing(LIST))?;
        let progress = session.progress(&format!("Deleting account '{}'", self.named.name));
        arm.change(Method::DELETE, &url, None, &progress).await?;
        Ok(Answer::Nothing)
    }
}
