//! `regenerate`: replace one of the two keys.

use clap::{Args, ValueEnum};
use http::Method;
use serde_json::json;

use super::super::{LIST, Named};
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `regenerate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  cupola cognitiveservices account keys regenerate -n team-blue --key-name key2"
)]
pub struct Regenerate {
    #[command(flatten)]
    named: Named,
    /// The key to replace.
    #[arg(long, value_enum, ignore_case = true)]
    key_name: KeyName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeyName {
    #[value(name = "key1")]
    First,
    #[value(name = "key2")]
    Second,
}

impl Regenerate {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "/regenerateKey")?;
        let name = match self.key_name {
            KeyName::First => "Key1",
            KeyName::Second => "Key2",
        };
        let body = json!({"keyName": name});
        let keys = arm
            .change(Method::POST, &url, Some(&body), &Progress::hidden())
            .await;
        let keys = keys.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::value(keys.unwrap_or_default()))
    }
}
