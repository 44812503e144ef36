//! `build`: a Bicep file to an ARM template.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::compiled;
use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;

/// The flags of `build`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    cupola bicep build main.bicep\n  \
    cupola bicep build main.bicep --stdout")]
pub struct Build {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
}

/// Which file: the Azure CLI writes it with a flag, the compiler without.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Input {
    /// The file.
    #[arg(value_name = "FILE")]
    path: Option<PathBuf>,
    /// The file.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    named: Option<PathBuf>,
}

/// Where the result goes: beside the file, unless something else is said.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Print the result.
    #[arg(long, conflicts_with_all = ["outdir", "outfile"])]
    stdout: bool,
    /// Folder for the result.
    #[arg(long, value_name = "DIR", conflicts_with = "outfile")]
    outdir: Option<PathBuf>,
    /// File for the result.
    #[arg(long, value_name = "FILE")]
    outfile: Option<PathBuf>,
    /// Modules are never fetched here; taken so that scripts go on.
    #[arg(long, hide = true)]
    no_restore: bool,
}

impl Build {
    pub(crate) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        self.perform(session)
    }

    pub(super) fn perform(self, session: &Session) -> Result<Answer, Failure> {
        let path = self.input.path()?;
        let template = compiled(session, &path)?;
        self.output.write(&path, "json", &template)
    }
}

impl Input {
    pub(super) fn path(self) -> Result<PathBuf, Failure> {
        self.path
            .or(self.named)
            .ok_or_else(|| Failure::usage("No file is named").hint("cupola bicep build main.bicep"))
    }
}

impl Output {
    pub(super) fn is_stdout(&self) -> bool {
        self.stdout
    }

    /// Prints or writes the result.
    pub(super) fn write(&self, source: &Path, extension: &str, result: &Value) -> Result<Answer, Failure> {
        let text = format!("{result:#}\n");
        if self.stdout {
            return Ok(Answer::Text(text));
        }
        let beside = source.with_extension(extension);
        let target = match (&self.outfile, &self.outdir) {
            (Some(file), _) => file.clone(),
            (None, Some(folder)) => folder.join(beside.file_name().unwrap_or_default()),
            (None, None) => beside,
        };
        std::fs::write(&target, text)
            .map_err(|error| Failure::new(format!("{} cannot be written: {error}", target.display())))?;
        Ok(Answer::Nothing)
    }
}
