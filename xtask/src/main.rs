//! `cargo xtask ci`: the whole gate, here and in CI.
//!
//! A step that passes takes one line; one that fails shows everything it said. All steps run, so that one run tells all
//! that is wrong, and the closing lines of the test runners stand at the end.

mod gate;
mod steps;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask ci [--only NAME]... [--list]

  --only NAME   run this step only; may be repeated
  --list        name the steps and what each runs";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem:#}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool> {
    if arguments.next().as_deref() != Some("ci") {
        bail!("{USAGE}");
    }
    let steps = steps::all();
    let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
    let mut only: Vec<String> = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => {
                for step in &steps {
                    println!("{:<9} {}", step.name, step.what);
                }
                return Ok(true);
            }
            "--only" => match arguments.next() {
                Some(name) if names.contains(&name.as_str()) => only.push(name),
                _ => bail!("--only takes one of: {}", names.join(", ")),
            },
            _ => bail!("{USAGE}"),
        }
    }
    let chosen: Vec<_> = steps
        .into_iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
        .collect();
    gate::run(&chosen)
}
