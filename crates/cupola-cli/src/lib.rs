//! The command line of people: the verbs, flags and output of `az`, spoken to a Cupola server.
//!
//! The binary adds `serve` and `engine`, reads the environment, and calls [`run`].

mod account;
mod activity;
mod ad;
mod arm;
mod az_setup;
mod bicep;
mod catalog;
mod chat;
mod cognitiveservices;
mod configure;
mod confirm;
mod defaults;
mod definition;
mod deployment;
mod edit;
mod env;
mod explain;
mod failure;
mod flat;
mod graph;
mod group;
#[cfg(test)]
mod help;
mod lock;
mod ml;
mod output;
mod progress;
mod provider;
mod query;
mod resource;
mod rest;
mod role;
mod session;
mod settings;
#[cfg(test)]
mod stories;
mod tag;
mod target;
mod token;
mod transport;
mod usage;
mod verbs;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

pub use bicep::run_as_bicep;
use failure::Failure;
use output::Answer;
pub use output::Globals;
use session::Session;

/// Declares the commands; each is a leaf or a branch, and both know their global flags.
macro_rules! commands {
    ($($(#[$help:meta])* $verb:ident($kind:ty)),+ $(,)?) => {
        /// What the command line can do, besides starting a server.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$help])* $verb($kind)),+
        }

        impl Command {
            fn globals(&self) -> &Globals {
                match self {
                    $(Self::$verb(entry) => &entry.globals),+
                }
            }

            async fn perform(self, session: &Session) -> Result<Answer, Failure> {
                match self {
                    $(Self::$verb(entry) => entry.own.run(session).await),+
                }
            }
        }
    };
}

commands! {
    /// Print the variables that point real clients to this server.
    Env(Leaf<env::Env>),
    /// Make the Azure CLI ready for this server, in one go.
    AzSetup(Leaf<az_setup::AzSetup>),
    /// Remember a resource group and a workspace for the next commands.
    Configure(Leaf<configure::Configure>),
    /// Workspaces, models, subscriptions to offers, serverless endpoints.
    Ml(Branch<ml::Command>),
    /// Foundry accounts: their keys and the models that they serve.
    #[command(name = "cognitiveservices")]
    CognitiveServices(Branch<cognitiveservices::Command>),
    /// Resource groups.
    Group(Branch<group::Command>),
    /// Templates, ARM JSON or Bicep: deploy, validate, what-if, history.
    Deployment(Branch<deployment::Command>),
    /// The Bicep compiler.
    Bicep(Branch<bicep::Command>),
    /// The subscriptions that you can see.
    Account(Branch<account::Command>),
    /// Who may do what, and where.
    Role(Branch<role::Command>),
    /// Users, applications and service principals.
    Ad(Branch<ad::Command>),
    /// Locks against deleting and changing.
    Lock(Branch<lock::Command>),
    /// Tags of anything that has an id.
    Tag(Branch<tag::Command>),
    /// Resources of every type.
    Resource(Branch<resource::Command>),
    /// The namespaces of resource types.
    Provider(Branch<provider::Command>),
    /// Make any request, with a token and without ceremony.
    Rest(Leaf<rest::Rest>),
    /// What was done, by whom, and what became of it.
    Activity(Branch<activity::Command>),
    /// The same, as the Azure CLI names it.
    Monitor(Branch<activity::Monitor>),
    /// Say why a request was refused, and what would allow it.
    Explain(Leaf<explain::Explain>),
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
    pub(crate) own: T,
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
    /// The present.
    pub now: jiff::Timestamp,
    /// The program that runs, if the system tells.
    pub executable: Option<PathBuf>,
}

/// Runs a command to its end: the answer on stdout, everything else on stderr, the exit codes of `az`.
pub fn run(command: Command, surroundings: Surroundings) -> ExitCode {
    let session = Session::new(surroundings, command.globals().clone());
    match answered(&session, command).and_then(|text| print(&text)) {
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

fn answered(session: &Session, command: Command) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("The command cannot start: {error}")))?;
    let answer = runtime.block_on(async {
        session.choose_subscription().await?;
        command.perform(session).await
    })?;
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
