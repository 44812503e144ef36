//! `build-params`: a .bicepparam file to an ARM parameter file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::build::{Input, Output};
use super::{compiled, compiled_parameters};
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `build-params`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  cupola bicep build-params main.bicepparam --stdout")]
pub struct BuildParams {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Bicep file whose template goes with the values; default: the one that the file uses.
    #[arg(long, value_name = "FILE")]
    bicep_file: Option<PathBuf>,
}

impl BuildParams {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        self.perform(session)
    }

    pub(super) fn perform(self, session: &Session) -> Result<Answer, Failure> {
        let path = self.input.path()?;
        let (mut template, parameters) = compiled_parameters(session, &path)?;
        if let Some(other) = &self.bicep_file {
            template = compiled(session, other)?;
        }
        if self.output.is_stdout() {
            // What the Azure CLI reads: both texts in one object, as texts.
            let both = json!({
                "parametersJson": format!("{parameters:#}"),
                "templateJson": format!("{template:#}"),
            });
            return Ok(Answer::Text(both.to_string() + "\n"));
        }
        self.output.write(&path, "parameters.json", &parameters)
    }
}
