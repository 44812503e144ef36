//! `cupola bicep`: the compiler, as a command and for `--template-file x.bicep`.

mod build;
mod build_params;
mod files;
mod standalone;

use std::path::Path;

use cupola_bicep::{Diagnostic, Level};
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Answer;
use crate::session::Session;
use crate::verbs::verbs;

use build::Build;
use build_params::BuildParams;
pub use standalone::run_as_bicep;

verbs! {
    /// Compile a Bicep file to an ARM template.
    Build(Build),
    /// Compile a .bicepparam file to an ARM parameter file.
    BuildParams(BuildParams),
    /// Print the version of the language that is understood.
    Version(Version),
}

/// The flags of `version`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  cupola bicep version")]
pub struct Version {}

impl Version {
    pub(crate) async fn run(self, _session: &Session) -> Result<Answer, Failure> {
        Ok(Answer::Text(version_line() + "\n"))
    }
}

/// The line of `bicep --version`, which the Azure CLI reads.
fn version_line() -> String {
    format!(
        "Bicep CLI version {} (cupola {})",
        cupola_bicep::VERSION,
        env!("CARGO_PKG_VERSION")
    )
}

/// Is this file compiled before it is sent?
pub(crate) fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("bicep"))
}

/// The ARM template of a Bicep file; what the compiler has to say goes to stderr.
pub(crate) fn compiled(session: &Session, path: &Path) -> Result<Value, Failure> {
    let (folder, name) = files::split(path)?;
    let disk = files::Disk::new(folder, session);
    let outcome = cupola_bicep::compile(&name, &disk);
    told(session, path, &outcome.diagnostics, outcome.template)
}

/// The template that a .bicepparam file names, and its parameter file.
pub(crate) fn compiled_parameters(session: &Session, path: &Path) -> Result<(Value, Value), Failure> {
    let (folder, name) = files::split(path)?;
    let disk = files::Disk::new(folder, session);
    let outcome = cupola_bicep::compile_parameters(&name, &disk);
    let both = outcome.template.zip(outcome.parameters);
    told(session, path, &outcome.diagnostics, both)
}

// The compiler speaks of files from where it began; people know them from where they are.
fn placed(path: &Path, diagnostic: &Diagnostic) -> Diagnostic {
    let folder = path.parent().unwrap_or(Path::new(""));
    Diagnostic {
        path: folder.join(&diagnostic.path).display().to_string(),
        ..diagnostic.clone()
    }
}

// Errors stop; warnings are said and forgotten.
fn told<T>(
    session: &Session,
    path: &Path,
    diagnostics: &[Diagnostic],
    made: Option<T>,
) -> Result<T, Failure> {
    let errors = diagnostics.iter().filter(|one| one.level == Level::Error).count();
    for diagnostic in diagnostics {
        if diagnostic.level == Level::Error || !session.globals.only_show_errors {
            eprintln!("{}", placed(path, diagnostic));
        }
    }
    match made {
        Some(made) if errors == 0 => Ok(made),
        _ => Err(Failure::new(format!(
            "{} does not compile: {errors} error{}",
            path.display(),
            if errors == 1 { "" } else { "s" }
        ))),
    }
}
