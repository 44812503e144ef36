//! `get-credentials`: both keys.

use clap::Args;
use serde_json::{Value, json};

use super::{LIST, url};
use crate::arm::Arm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::{Place, Session, WorkspaceFlags};

/// The flags of `get-credentials`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml serverless-endpoint get-credentials -n hello\n  \
    KEY=$(cupola ml serverless-endpoint get-credentials -n hello --query primaryKey -o tsv)")]
pub struct GetCredentials {
    /// Name of the endpoint.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    place: WorkspaceFlags,
}

impl GetCredentials {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        Ok(Answer::value(keys(&arm, &place, &self.name).await?))
    }
}

/// Both keys of an endpoint: `{"primaryKey", "secondaryKey"}`.
pub(crate) async fn keys(arm: &Arm, place: &Place, name: &str) -> Result<Value, Failure> {
    let keys = arm.post(&url(arm, place, Some(name), Some("listKeys"))).await;
    keys.map(|keys| only_keys(&keys))
        .map_err(|failure| failure.hint_when_missing(LIST))
}

/// The two keys, whatever else the server adds.
pub(crate) fn only_keys(answer: &Value) -> Value {
    json!({"primaryKey": answer["primaryKey"], "secondaryKey": answer["secondaryKey"]})
}
