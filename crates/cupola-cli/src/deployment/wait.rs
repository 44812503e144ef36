//! `wait`: until a deployment has come to a state.

use std::time::Duration;

use clap::Args;

use super::{Named, Place};
use crate::failure::{Exit, Failure};
use crate::output::Answer;
use crate::session::Session;

/// The flags of `wait`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola deployment group wait -n main --created")]
pub struct Wait<P: Args> {
    #[command(flatten)]
    named: Named<P>,
    #[command(flatten)]
    until: Until,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=600))]
    interval: u64,
    /// Seconds after which waiting is given up.
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=86400))]
    timeout: u64,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Until {
    /// Until it has succeeded.
    #[arg(long, visible_alias = "updated")]
    created: bool,
    /// Until it is gone.
    #[arg(long)]
    deleted: bool,
    /// Until it is there.
    #[arg(long)]
    exists: bool,
}

impl<P: Place> Wait<P> {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let arm = session.connect()?;
        let url = self.named.url(session, &arm, "")?;
        let _progress = session.progress(&format!("Waiting for '{}'", self.named.name));
        let looks = self.timeout.div_ceil(self.interval);
        for _ in 0..looks {
            let state = match arm.get(&url).await {
                Ok(found) => found["properties"]["provisioningState"]
                    .as_str()
                    .map(str::to_owned),
                Err(failure) if failure.exit == Exit::NotFound => None,
                Err(failure) => return Err(failure),
            };
            match state.as_deref() {
                None if self.until.deleted => return Ok(Answer::Nothing),
                Some(_) if self.until.exists => return Ok(Answer::Nothing),
                Some("Succeeded") if self.until.created => return Ok(Answer::Nothing),
                Some(ended @ ("Failed" | "Canceled")) if self.until.created => {
                    return Err(Failure::new(format!(
                        "The deployment '{}' ended as {ended}",
                        self.named.name
                    ))
                    .hint(format!(
                        "cupola deployment group show -n {} --query properties.error",
                        self.named.name
                    )));
                }
                _ => tokio::time::sleep(Duration::from_secs(self.interval)).await,
            }
        }
        Err(Failure::new(format!(
            "Waiting for '{}' was given up after {} seconds",
            self.named.name, self.timeout
        )))
    }
}
