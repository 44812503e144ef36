//! The command line of people: the verbs, flags and output of `az`, spoken to a Cupola server.
//!
//! The binary adds `serve` and `engine`, reads the environment, and calls [`run`].

mod account;
mod arm;
mod catalog;
mod chat;
mod configure;
mod confirm;
mod defaults;
mod definition;
mod env;
mod failure;
mod group;
#[cfg(test)]
mod help;
mod ml;
mod output;
mod progress;
mod query;
mod session;
mod settings;
#[cfg(test)]
mod stories;
mod token;
mod transport;
mod usage;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use failure::Failure;
use output::Answer;
pub use output::Globals;
use session::Session;

/// What the command line can do, besides starting a server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the variables that point real clients to this server.
    Env(Leaf<env::Env>),
    /// Remember a resource group and a workspace for the next commands.
    Configure(Leaf<configure::Configure>),
    /// Workspaces, models, subscriptions to offers, serverless endpoints.
    Ml(Branch<ml::Command>),
    /// Resource groups.
    Group(Branch<group::Command>),
    /// The subscriptions that you can see.
    Account(Branch<account::Command>),
    /// Every model that is offered here, and what serves it.
    Catalog(Branch<catalog::Command>),
    /// What was used and what it costs: a row for each endpoint and meter.
    Usage(Leaf<usage::Usage>),
    /// Talk to a serverless endpoint.
    Chat(Leaf<chat::Chat>),
}

/// A command with its own flags and those of every command.
#[derive(Debug, Args)]
pub struct Leaf<T: Args> {
    #[command(flatten)]
    pub(crate) own: T,
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) globals: Globals,
}

/// A group of commands, below which every command takes the flags of every command.
#[derive(Debug, Args)]
pub struct Branch<T: Subcommand> {
    #[command(subcommand)]
    pub(crate) command: T,
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) globals: Globals,
}

/// What the process runs in. Only the binary looks; everything here is told.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
    /// The data directory when `CUPOLA_DATA_DIR` is not set.
    pub default_data_dir: PathBuf,
    /// Whether somebody looks at stdout.
    pub stdout_is_terminal: bool,
    /// Whether somebody looks at stderr.
    pub stderr_is_terminal: bool,
    /// Whether somebody types.
    pub stdin_is_terminal: bool,
}

/// Runs a command to its end: the answer on stdout, everything else on stderr, the exit codes of `az`.
pub fn run(command: Command, surroundings: Surroundings) -> ExitCode {
    let (globals, task) = command.split();
    let session = Session::new(surroundings, globals);
    match answered(&session, task).and_then(|text| print(&text)) {
        Ok(()) => {
            eprint!("{}", session.afterword());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprint!("{}", failure.render(session.stderr_paint()));
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn answered(session: &Session, task: Task) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The command cannot start: {error}")))?;
    let answer = runtime.block_on(task.perform(session))?;
    output::render(&answer, &session.globals, session.stdout_paint())
}

// A reader that has seen enough, such as head, is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("The answer cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

enum Task {
    Env(env::Env),
    Configure(configure::Configure),
    Ml(ml::Command),
    Group(group::Command),
    Account(account::Command),
    Catalog(catalog::Command),
    Usage(usage::Usage),
    Chat(chat::Chat),
}

impl Command {
    fn split(self) -> (Globals, Task) {
        match self {
            Self::Env(leaf) => (leaf.globals, Task::Env(leaf.own)),
            Self::Configure(leaf) => (leaf.globals, Task::Configure(leaf.own)),
            Self::Ml(branch) => (branch.globals, Task::Ml(branch.command)),
            Self::Group(branch) => (branch.globals, Task::Group(branch.command)),
            Self::Account(branch) => (branch.globals, Task::Account(branch.command)),
            Self::Catalog(branch) => (branch.globals, Task::Catalog(branch.command)),
            Self::Usage(leaf) => (leaf.globals, Task::Usage(leaf.own)),
            Self::Chat(leaf) => (leaf.globals, Task::Chat(leaf.own)),
        }
    }
}

impl Task {
    async fn perform(self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Env(env) => env.run(session),
            Self::Configure(configure) => configure.run(session),
            Self::Ml(command) => command.run(session).await,
            Self::Group(command) => command.run(session).await,
            Self::Account(command) => command.run(session).await,
            Self::Catalog(command) => command.run(session).await,
            Self::Usage(usage) => usage.run(session).await,
            Self::Chat(chat) => chat.run(session).await,
        }
    }
}
