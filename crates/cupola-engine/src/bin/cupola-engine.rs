//! The worker alone: for tests and measurements, and for whoever wants an engine without a platform around it.

use std::process::ExitCode;

use clap::Parser;
use cupola_engine::EngineArgs;

#[derive(Parser)]
#[command(name = "cupola-engine", about, version)]
struct Cli {
    #[command(flatten)]
    engine: EngineArgs,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match cupola_engine::run(Cli::parse().engine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
