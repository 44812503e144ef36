//! `set`: the subscription of the next commands.

use clap::Args;

use super::find;
use crate::defaults;
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::session::Session;

/// The flags of `set`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola account set -s \"Team Blue\"")]
pub struct Set {
    /// Name or id of the subscription, like --subscription.
    #[arg(short = 's', long, visible_short_alias = 'n', value_name = "NAME_OR_ID")]
    name: Option<String>,
}

impl Set {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let wanted = self.name.or_else(|| session.globals.subscription.clone());
        let wanted = wanted.ok_or_else(|| {
            Failure::usage("No subscription is named: use -s").hint("cupola account list -o table")
        })?;
        let found = find(&session.connect()?, &wanted).await?;
        let data_dir = session.data_dir();
        let mut remembered = defaults::read(&data_dir)?;
        remembered.subscription = Some(cell(&found["subscriptionId"]));
        defaults::write(&data_dir, remembered)?;
        Ok(Answer::Nothing)
    }
}
