//! The embedded engine: a worker process on llama.cpp that speaks OpenAI-shaped HTTP on a socket.
//!
//! A request goes through this crate from top to bottom: `serve` accepts its connection, `http` checks it and
//! turns the conversation into a prompt, `queue` holds it until a slot is free, `scheduler` computes it together
//! with the others, and a `mailbox` carries the text back to the connection. One thread computes, another one
//! speaks HTTP, and only `llama` knows llama.cpp.
//!
//! # What it answers
//!
//! | route | answer |
//! |---|---|
//! | `GET /health` | 200 `{"status":"ok","model","context","slots","busy","waiting"}` once the model is loaded; 503 `{"status":"loading"}` before |
//! | `POST /v1/chat/completions` | an OpenAI completion, or its chunks with `"stream":true` |
//! | `POST /v1/completions` | the older text completion, with `echo` and its own shape of log-probabilities |
//! | `POST /tokenize` | `{"count":N}` for `{"messages":[...]}`, with tools if it has any: exactly what the chat will count as its prompt; or for `{"content":"..."}` |
//!
//! A file with an embedding model or a re-ranker makes another worker, of `embed`, with routes of its own:
//!
//! | route | answer |
//! |---|---|
//! | `GET /health` | as above, and `"task":"embedding"` or `"rerank"`, `"dimensions"` |
//! | `POST /v1/embeddings` | OpenAI's vectors, of length 1 |
//! | `POST /v1/rerank` | documents by relevance to a query, and whether a cross-encoder or likeness says so |
//! | `POST /tokenize` | `{"count":N}` for `{"input":...}` |
//!
//! `usage` counts every token of the prompt, the template's included, and every sampled token but the one that ends
//! the turn; a completion counts at least 1. A delta may carry several tokens where the model is faster than a few
//! hundred a second. A stream that fails midway ends with `data: {"error":...}` and without `[DONE]`.
//!
//! Tools are given to the model's chat template, or described in its system message where the template knows none;
//! calls are read in the forms of Hermes, Llama 3 and Mistral. Calls that are required and formats of answers are held
//! to a grammar over bytes (`grammar`), which a schema either becomes or is refused for, with the place. What people
//! write is never read as a control token.
//!
//! Beyond OpenAI: `min_p` and `top_k`; `"ignore_eos":true` goes on past the end of the turn, for measurements. What a
//! request does not say of sampling, the file's `general.sampling.*` says; else the temperature is 0.7 and nothing is left out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};

use crate::ambient::Chance;
use crate::embed::engine::EmbeddingEngine;
use crate::embed::http::EmbeddingWorker;
use crate::engine::{Engine, EngineSettings};
use crate::http::Worker;
use crate::llama::purpose::{self, Purpose};
use crate::serve::{Ending, Endpoint, Service};

mod adapter;
mod ambient;
mod answering;
mod embed;
mod engine;
mod gguf;
mod grammar;
mod http;
mod llama;
mod mailbox;
mod problem;
mod processor;
mod queue;
mod requests;
mod rerank;
mod sampling;
mod scheduler;
mod serve;
mod template;
mod text;
mod tools;
mod wire;

pub use adapter::Adapter;
pub use processor::check_processor;

/// Serves one model over HTTP on a unix socket or on loopback.
#[derive(Debug, Clone, clap::Args)]
pub struct EngineArgs {
    /// The model: a GGUF file, or a directory with exactly one
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub model: PathBuf,

    /// Unix socket to listen on; made with mode 0600 and removed at the end
    #[arg(
        long,
        value_name = "PATH",
        required_unless_present = "listen",
        conflicts_with = "listen"
    )]
    pub socket: Option<PathBuf>,

    /// Loopback address to listen on instead, for example 127.0.0.1:8081
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// Requests that are computed at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub slots: u32,

    /// Context of each slot, in tokens [default: what the model was trained on, at most 8192]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=4_194_304))]
    pub context: Option<u32>,

    /// Threads that compute [default: one less than the cores this process may use]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=512))]
    pub threads: Option<u32>,

    /// The name that answers give for the model [default: the file's name without .gguf]
    #[arg(long, value_name = "NAME")]
    pub served_name: Option<String>,

    /// A LoRA adapter to apply to the model: a GGUF file, and how strongly
    #[arg(long, value_name = "FILE[:SCALE]")]
    pub lora: Vec<Adapter>,

    /// Requests that may wait for a slot; more are answered 503 at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub queue: usize,

    /// Seconds that running requests get to finish after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub drain_seconds: u32,

    /// End when standard input ends, so that a supervisor that is killed leaves no orphan
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// Runs the worker until SIGTERM, SIGINT or, with `exit_with_stdin`, the end of standard input.
///
/// Blocks; builds the runtime it needs. An error says what to change about the arguments, the model or the machine.
pub fn run(args: EngineArgs) -> anyhow::Result<()> {
    check_processor().map_err(|refusal| anyhow!(refusal))?;
    let endpoint = endpoint(&args)?;
    let settings = settings(&args)?;
    gguf::check(&settings.model_file)?;
    let served_name = args.served_name.unwrap_or_else(|| name_of(&settings.model_file));
    let ending = Ending {
        drain: Duration::from_secs(args.drain_seconds.into()),
        exit_with_stdin: args.exit_with_stdin,
    };
    match purpose::of(&settings.model_file) {
        Purpose::Chat => {
            let worker = Worker {
                engine: Engine::new(settings.queue_length_max),
                chance: Chance::new(),
                served_name,
                slots: settings.slots,
                queue_length_max: settings.queue_length_max,
            };
            serve_until_told(worker, settings, endpoint, ending)
        }
        Purpose::Encode(pooling) => {
            ensure!(
                settings.adapter.is_none(),
                "--lora applies to models that write text, and {} is an embedding model",
                settings.model_file.display()
            );
            let worker = EmbeddingWorker {
                engine: EmbeddingEngine::new(pooling, settings.queue_length_max),
                chance: Chance::new(),
                served_name,
                slots: settings.slots,
            };
            serve_until_told(worker, settings, endpoint, ending)
        }
    }
}

fn serve_until_told(
    service: impl Service,
    settings: EngineSettings,
    endpoint: Endpoint,
    ending: Ending,
) -> anyhow::Result<()> {
    // Connections and the engine thread use it until the process ends.
    let service = &*Box::leak(Box::new(service));
    // One thread speaks HTTP, so that the others compute.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime of the worker cannot be built")?;
    runtime.block_on(serve::serve(service, settings, endpoint, ending))
}

fn endpoint(args: &EngineArgs) -> anyhow::Result<Endpoint> {
    match (&args.socket, args.listen) {
        (Some(path), None) => Ok(Endpoint::Socket(path.clone())),
        (None, Some(address)) => {
            ensure!(
                address.ip().is_loopback(),
                "the worker has no keys and no limits, so it listens on loopback only, not on {address}"
            );
            Ok(Endpoint::Loopback(address))
        }
        _ => Err(anyhow!("name either a socket or a loopback address to listen on")),
    }
}

fn settings(args: &EngineArgs) -> anyhow::Result<EngineSettings> {
    Ok(EngineSettings {
        model_file: gguf::find(&args.model)?,
        slots: args.slots,
        context_tokens: args.context,
        threads: args.threads.unwrap_or_else(default_threads),
        queue_length_max: args.queue,
        adapter: adapter::checked(args.lora.clone())?,
    })
}

/// Threads that compute when nobody says: the cores that this process may use, less one for everything else.
///
/// The threads of a decode step meet several hundred times per token and wait for each other spinning. When another
/// program takes the core of one of them, all of them stand still until it runs again: with two threads beside two
/// busy programs on two cores, a model that makes 2000 tokens a second made less than one.
pub fn default_threads() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    cores.saturating_sub(1).max(1)
}

fn name_of(model_file: &Path) -> String {
    model_file
        .file_stem()
        .map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
}
