//! The program under the name `bicep`, which is how the Azure CLI calls its compiler.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::{Build, BuildParams, version_line};
use crate::failure::Failure;
use crate::output::{Answer, Globals};
use crate::session::Session;
use crate::{Surroundings, print};

/// Bicep: a language for ARM templates.
#[derive(Debug, Parser)]
#[command(
    name = "bicep",
    disable_version_flag = true,
    disable_help_subcommand = true,
    max_term_width = 110
)]
struct Line {
    /// Print the version.
    #[arg(short = 'v', long)]
    version: bool,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compile a Bicep file to an ARM template.
    Build(Build),
    /// Compile a .bicepparam file to an ARM parameter file.
    BuildParams(BuildParams),
}

/// Behaves as the Bicep CLI: results on stdout or in files, remarks on stderr, exit code 1 on errors.
pub fn run_as_bicep(arguments: impl IntoIterator<Item = OsString>, surroundings: Surroundings) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 1 } else { 0 });
        }
    };
    match answered(line, surroundings).and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::FAILURE
        }
    }
}

fn answered(line: Line, surroundings: Surroundings) -> Result<String, Failure> {
    let session = Session::new(surroundings, Globals::default());
    let answer = match line.verb {
        _ if line.version => return Ok(version_line() + "\n"),
        Some(Verb::Build(build)) => build.perform(&session)?,
        Some(Verb::BuildParams(build)) => build.perform(&session)?,
        None => return Ok(Line::command().render_help().to_string()),
    };
    Ok(match answer {
        Answer::Text(text) => text,
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn run(words: &[&str]) -> Result<String, String> {
        let line = Line::try_parse_from([&["bicep"], words].concat()).map_err(|error| error.to_string())?;
        let surroundings = Surroundings {
            environment: BTreeMap::new(),
            default_data_dir: "nowhere".into(),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdin_is_terminal: false,
            now: jiff::Timestamp::UNIX_EPOCH,
            executable: None,
        };
        answered(line, surroundings).map_err(|failure| failure.message)
    }

    #[test]
    fn it_answers_as_the_compiler_that_the_azure_cli_knows() {
        let version = run(&["--version"]).expect("a version");
        assert!(version.starts_with("Bicep CLI version 0."), "{version}");
        assert!(version.ends_with(")\n"), "{version}");
        assert!(run(&[]).expect("help").contains("build-params"));
        assert!(run(&["decompile"]).is_err());
    }

    #[test]
    fn a_file_is_compiled_beside_itself_or_to_stdout() {
        let dir = tempfile::tempdir().expect("a directory");
        let source = dir.path().join("main.bicep");
        let file = source.to_str().expect("text");
        std::fs::write(
            &source,
            "param name string\noutput hello string = 'Hello ${name}'\n",
        )
        .expect("writes");
        let text = run(&["build", file, "--stdout"]).expect("compiles");
        let template: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(template["outputs"]["hello"]["type"], "string");
        assert_eq!(run(&["build", file]), Ok(String::new()));
        let beside = std::fs::read_to_string(dir.path().join("main.json")).expect("is there");
        assert_eq!(beside, text);
        assert_eq!(
            run(&["build", file, "--outdir", dir.path().to_str().expect("text")]),
            Ok(String::new())
        );

        let values = dir.path().join("main.bicepparam");
        std::fs::write(&values, "using 'main.bicep'\nparam name = 'Ada'\n").expect("writes");
        let text = run(&["build-params", values.to_str().expect("text"), "--stdout"]).expect("compiles");
        let both: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let parameters: serde_json::Value =
            serde_json::from_str(both["parametersJson"].as_str().expect("text")).expect("JSON");
        assert_eq!(parameters["parameters"]["name"]["value"], "Ada");
        assert!(both["templateJson"].as_str().expect("text").contains("\"hello\""));
    }

    #[test]
    fn errors_are_counted_and_nothing_is_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let source = dir.path().join("main.bicep");
        let file = source.to_str().expect("text");
        std::fs::write(&source, "output x string = nope\n").expect("writes");
        let failure = run(&["build", file]).expect_err("fails");
        assert!(
            failure.ends_with("main.bicep does not compile: 1 error"),
            "{failure}"
        );
        assert!(!dir.path().join("main.json").exists());
        assert!(run(&["build", "nowhere.bicep"]).is_err());
    }
}
