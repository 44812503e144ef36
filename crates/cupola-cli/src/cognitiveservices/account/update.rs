//! `update`: the tags, the domain or the kind of an account.

use clap::Args;
use http::Method;
use serde_json::{Map, Value, json};

use super::{COLUMNS, LIST, Named};
use crate::failure::Failure;
use crate::flat::{grouped, pairs};
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::Session;

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola cognitiveservices account update -n team-blue --tags cost=42 team=blue\n  \
    cupola cognitiveservices account update -n team-blue --custom-domain blue")]
pub struct Update {
    #[command(flatten)]
    named: Named,
    /// All tags, as key=value; none at all removes every tag.
    #[arg(long, num_args = 0.., value_name = "KEY=VALUE")]
    tags: Option<Vec<String>>,
    /// First part of its host name.
    #[arg(long)]
    custom_domain: Option<String>,
    /// AIServices or OpenAI.
    #[arg(long)]
    kind: Option<String>,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let mut body = Map::new();
        if let Some(tags) = &self.tags {
            body.insert("tags".into(), pairs(tags));
        }
        if let Some(kind) = self.kind {
            body.insert("kind".into(), kind.into());
        }
        if let Some(domain) = self.custom_domain {
            body.insert("properties".into(), json!({"customSubDomainName": domain}));
        }
        if body.is_empty() {
            return Err(
                Failure::usage("Nothing would change: use --tags, --custom-domain or --kind")
                    .hint("cupola cognitiveservices account update -n team-blue --tags cost=42"),
            );
        }
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "")?;
        let body = Value::Object(body);
        let made = arm
            .change(Method::PATCH, &url, Some(&body), &Progress::hidden())
            .await;
        let made = made.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(grouped(made.unwrap_or_default()), COLUMNS))
    }
}
