//! `validate`: what is wrong with a template.

use clap::Args;

use super::template::Source;
use super::{COLUMNS, Place, described, url};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `validate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group validate -g cupola --template-file main.bicep")]
pub struct Validate<P: Args> {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    place: P,
}

impl<P: Place> Validate<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let ready = self.source.read(session, &self.place)?;
        let arm = session.connect()?;
        let url = url(
            &arm,
            &self.place.spot().scope(session, &arm)?,
            &ready.name,
            "/validate",
        );
        let found = arm.post_text(&url, ready.body(&[])).await?;
        Ok(Answer::with_columns(
            described(found.unwrap_or_default()),
            COLUMNS,
        ))
    }
}
