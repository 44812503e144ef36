//! One binary: the server, the engine worker that it supervises, and the command line.
//!
//! This crate alone reads the environment and makes the clock and the source of chance.

mod ambient;
mod client_file;
mod data_dir;
mod greeting;
mod observe;
mod serve;
mod settings;

use clap::{Parser, Subcommand};
use cupola_core::Clock as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

// The allocator of the standard library gives memory back slowly and takes a lock across threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Models as a service on your own machines.
#[derive(Debug, Parser)]
#[command(name = "cupola", version, propagate_version = true, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the server: control plane, gateway and node in one process.
    Serve(Box<settings::Flags>),
    /// Runs an engine worker on one model; `cupola serve` starts these by itself.
    Engine(cupola_engine::EngineArgs),
    #[command(flatten)]
    Client(cupola_cli::Command),
}

fn main() -> ExitCode {
    if let Err(reason) = cupola_engine::check_processor() {
        eprintln!("ERROR: {reason}");
        return ExitCode::FAILURE;
    }
    // A link of that name is what the Azure CLI finds on PATH when it wants its compiler.
    if is_called("bicep") {
        return cupola_cli::run_as_bicep(std::env::args_os(), surroundings());
    }
    match Arguments::parse().command {
        Command::Serve(flags) => report(serve::run(&flags, &ambient::environment())),
        Command::Engine(arguments) => report(cupola_engine::run(arguments)),
        Command::Client(command) => cupola_cli::run(command, surroundings()),
    }
}

fn is_called(name: &str) -> bool {
    let program = std::env::args_os().next().map(PathBuf::from);
    program
        .as_deref()
        .and_then(Path::file_stem)
        .is_some_and(|stem| stem == name)
}

fn report(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ERROR: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn surroundings() -> cupola_cli::Surroundings {
    let environment = ambient::environment();
    cupola_cli::Surroundings {
        default_data_dir: default_data_dir(&environment),
        environment,
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        now: ambient::SystemClock.now(),
        executable: std::env::current_exe().ok(),
    }
}

/// `$XDG_DATA_HOME/cupola`, else `~/.local/share/cupola`, else `./cupola-data`.
fn default_data_dir(environment: &ambient::Environment) -> PathBuf {
    let set = |name: &str| {
        environment
            .get(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("cupola-data"), |base| base.join("cupola"))
}
