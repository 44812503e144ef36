//! `create`: a connection.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, described, url, with_secrets, written};
use crate::definition::{Definition, DefinitionFlags};
use crate::failure::Failure;
use crate::output::Answer;
use crate::progress::Progress;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml connection create -f connection.yml\n  \
    cupola ml connection create -n elsewhere --set type=serverless endpoint=https://elsewhere.contoso.test api_key=\"$KEY\"\n\n\
    connection.yml:\n  \
    name: elsewhere\n  \
    type: serverless\n  \
    endpoint: https://elsewhere.contoso.test\n  \
    api_key: KEY")]
pub struct Create {
    /// Name of the connection.
    #[arg(short = 'n', long)]
    name: Option<String>,
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    place: WorkspaceFlags,
    /// Show the secrets in the answer.
    #[arg(long)]
    populate_secrets: bool,
}

impl Create {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let definition = Definition::read(&self.definition, written::KNOWN)?;
        for key in &definition.unknown {
            session.warn(&format!("Unknown key '{key}' of a connection is ignored."));
        }
        let name = self
            .name
            .map_or_else(|| definition.text("name"), |name| Ok(Some(name)))?;
        let name = name.ok_or_else(|| {
            Failure::usage("The connection has no name: use -n, or 'name' in the file")
                .hint("cupola ml connection create -f connection.yml")
        })?;
        let mut properties = written::properties(&definition)?;
        written::complete(&mut properties)?;
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let url = url(&arm, &place, Some(&name), "");
        let body = json!({"properties": properties});
        let made = arm
            .change(Method::PUT, &url, Some(&body), &Progress::hidden())
            .await?;
        let made = if self.populate_secrets {
            with_secrets(&arm, &place, &name).await?
        } else {
            made.unwrap_or_default()
        };
        Ok(Answer::with_columns(described(&made), COLUMNS))
    }
}
