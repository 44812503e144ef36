//! `update`: some of a connection.

use clap::Args;
use http::Method;
use serde_json::json;

use super::{COLUMNS, LIST, described, url, written};
use crate::definition::{Definition, DefinitionFlags};
use crate::failure::Failure;
use crate::output::Answer;
use crate::output::table::cell;
use crate::progress::Progress;
use crate::session::{Session, WorkspaceFlags};

/// The flags of `update`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola ml connection update -n elsewhere --set endpoint=https://moved.contoso.test\n  \
    cupola ml connection update -n elsewhere --set api_key=\"$KEY\"")]
pub struct Update {
    /// Name of the connection.
    #[arg(short = 'n', long)]
    name: String,
    #[command(flatten)]
    definition: DefinitionFlags,
    #[command(flatten)]
    place: WorkspaceFlags,
}

impl Update {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let definition = Definition::read(&self.definition, written::KNOWN)?;
        let mut properties = written::properties(&definition)?;
        if properties.is_empty() {
            return Err(Failure::usage("Nothing would change: use --set, or a file")
                .hint("cupola ml connection update -n elsewhere --set endpoint=URL"));
        }
        let arm = session.connect()?;
        let place = session.place(&self.place, &arm)?;
        let url = url(&arm, &place, Some(&self.name), "");
        // The wire wants to be told how one signs in, even where that stays as it is.
        if !properties.contains_key("authType") {
            let found = arm.get(&url).await;
            let found = found.map_err(|failure| failure.hint_when_missing(LIST))?;
            properties.insert("authType".into(), cell(&found["properties"]["authType"]).into());
        }
        let body = json!({"properties": properties});
        let made = arm
            .change(Method::PATCH, &url, Some(&body), &Progress::hidden())
            .await;
        let made = made.map_err(|failure| failure.hint_when_missing(LIST))?;
        Ok(Answer::with_columns(
            described(&made.unwrap_or_default()),
            COLUMNS,
        ))
    }
}
