//! `purge`: what was deleted, for good.

use clap::Args;
use http::Method;

use super::Named;
use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::transport::segment;

/// The flags of `purge`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola cognitiveservices account purge -n team-blue -g cupola -l eastus2"
)]
pub struct Purge {
    #[command(flatten)]
    named: Named,
    /// Region in which the account was.
    #[arg(short = 'l', long)]
    location: String,
}

impl Purge {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let group = session.group(&self.named.group, &arm)?;
        let path = format!(
            "{}/providers/Microsoft.CognitiveServices/locations/{}/resourceGroups/{}/deletedAccounts/{}",
            arm.subscription(),
            segment(&self.location),
            segment(&group),
            segment(&self.named.name)
        );
        let url = arm.url(&path, version::COGNITIVE_SERVICES);
        // Looked up first, because ARM answers a DELETE of nothing with success and a typo must not look like one.
        arm.get(&url).await?;
        let progress = session.progress(&format!("Purging account '{}'", self.named.name));
        arm.change(Method::DELETE, &url, None, &progress).await?;
        Ok(Answer::Nothing)
    }
}
