//! `create`: deploy a template.

use clap::Args;
use http::Method;
use serde_json::{Value, json};

use super::template::Source;
use super::{COLUMNS, Place, described, url, what_if};
use crate::confirm::confirm;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola deployment group create -g cupola --template-file main.bicep --parameters name=hello\n  \
    cupola deployment group create -g cupola -f endpoint.json -p @values.json --confirm-with-what-if\n  \
    cupola deployment group create -g cupola -f main.bicep --query properties.outputs.uri.value -o tsv")]
pub struct Create<P: Args> {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    place: P,
    /// Show what would change, and ask before it does.
    #[arg(short = 'c', long)]
    confirm_with_what_if: bool,
    /// Show what would change, and change nothing, as `what-if` does.
    #[arg(short = 'w', long, conflicts_with = "confirm_with_what_if")]
    what_if: bool,
    /// Deploy again when this fails: the last deployment that succeeded, or the one that is named.
    #[arg(long, num_args = 0..=1, default_missing_value = "", value_name = "NAME")]
    rollback_on_error: Option<String>,
    /// Do not wait for the end.
    #[arg(long)]
    no_wait: bool,
    /// Answer yes to what --confirm-with-what-if asks.
    #[arg(short = 'y', long)]
    yes: bool,
}

impl<P: Place> Create<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let ready = self.source.read(session, &self.place)?;
        let arm = session.connect()?;
        let scope = self.place.spot().scope(session, &arm)?;
        if self.what_if {
            let changes = what_if::ask(session, &arm, &scope, &ready).await?;
            return Ok(what_if::answer(session, &changes, false));
        }
        if self.confirm_with_what_if {
            let changes = what_if::ask(session, &arm, &scope, &ready).await?;
            eprint!("{}", what_if::drawn(&changes, session.stderr_paint()));
            confirm(session, self.yes, "Deploy this?")?;
        }
        // As az does: everything that can be known to be wrong is told before anything is begun.
        let validate = url(&arm, &scope, &ready.name, "/validate");
        arm.post_text(&validate, ready.body(&[])).await?;
        let progress = session.progress(&format!("Deploying '{}'", ready.name));
        let target = url(&arm, &scope, &ready.name, "");
        let begun = arm
            .begin_text(Method::PUT, &target, ready.body(&self.fallback()))
            .await?;
        if self.no_wait {
            return Ok(Answer::Nothing);
        }
        let deployment = arm.finish(begun, &progress).await?;
        drop(progress);
        Ok(Answer::with_columns(
            described(deployment.unwrap_or_default()),
            COLUMNS,
        ))
    }

    fn fallback(&self) -> Vec<(&'static str, Value)> {
        self.rollback_on_error
            .as_deref()
            .map(|name| {
                let wanted = match name {
                    "" => json!({"type": "LastSuccessful"}),
                    name => json!({"type": "SpecificDeployment", "deploymentName": name}),
                };
                ("onErrorDeployment", wanted)
            })
            .into_iter()
            .collect()
    }
}
