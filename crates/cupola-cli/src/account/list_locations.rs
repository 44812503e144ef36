//! `list-locations`: the regions of the subscription.

use clap::Args;

use crate::arm::version;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::Column;
use crate::session::Session;
use crate::verbs::columns;

/// The flags of `list-locations`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account list-locations -o table")]
pub struct ListLocations {}

const COLUMNS: &[Column] = columns! {
    "DisplayName" => "/displayName",
    "Name" => "/name",
    "RegionalDisplayName" => "/regionalDisplayName",
};

impl ListLocations {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = arm.url(
            &format!("{}/locations", arm.subscription()),
            version::SUBSCRIPTIONS,
        );
        Ok(Answer::with_columns(arm.list(&url).await?.into(), COLUMNS))
    }
}
