//! The worker, through its HTTP API, against llama.cpp's bare decode loop: same file, same threads, greedy, the same
//! number of tokens, in turns so that a busy machine disturbs both alike.
//!
//! Both are timed from before the prompt to after the last token. The bare loop starts from token numbers and throws
//! its text away; the worker also renders the chat template, tokenises, detokenises, writes JSON and streams it.

use std::io::{Read, Write};
use std::num::NonZeroU32;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use serde_json::{Value, json};

/// Sequences of the second measurement, and slots of the worker.
const STREAMS: usize = 8;

/// The least that the worker must reach of the bare loop, by streams.
const GOALS: [(usize, f64); 2] = [(1, 0.95), (STREAMS, 0.9)];

#[derive(Parser)]
#[command(
    name = "bench",
    about = "The engine worker against llama.cpp's bare decode loop"
)]
enum Cli {
    /// Measures (the default)
    #[command(name = "measure")]
    Measure(Measure),
    /// Runs the worker; the measurement starts itself in this way
    #[command(name = "worker")]
    Worker(cupola_engine::EngineArgs),
}

#[derive(clap::Args)]
struct Measure {
    /// The GGUF file
    model: PathBuf,
    /// Tokens that each stream generates
    #[arg(long, default_value_t = 256)]
    tokens: usize,
    /// Rounds, of which the median counts
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Threads that compute, on both sides [default: the worker's own]
    #[arg(long)]
    threads: Option<u32>,
}

fn main() -> anyhow::Result<()> {
    // `bench MODEL` is short for `bench measure MODEL`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments
        .get(1)
        .is_some_and(|first| first != "worker" && first != "measure" && first != "--help")
    {
        arguments.insert(1, "measure".into());
    }
    match Cli::parse_from(arguments) {
        Cli::Measure(measure) => measure.run(),
        Cli::Worker(args) => cupola_engine::run(args),
    }
}

impl Measure {
    fn run(&self) -> anyhow::Result<()> {
        let threads = self.threads.unwrap_or_else(cupola_engine::default_threads);
        let worker = Worker::start(&self.model, threads)?;
        let prompt_tokens = worker.prompt_tokens()?;
        let context_tokens = (prompt_tokens + self.tokens) as u32;
        ensure!(
            context_tokens <= worker.context()?,
            "{context_tokens} tokens do not fit the model's context; ask for fewer with --tokens"
        );
        let mut backend = LlamaBackend::init()?;
        backend.void_logs();
        let model = LlamaModel::load_from_file(&backend, &self.model, &LlamaModelParams::default())?;
        let mut bare = Bare::new(&backend, &model, threads, worker.context()?)?;

        println!(
            "{}: {prompt_tokens} prompt tokens, {} generated, {threads} threads, median of {} rounds",
            self.model.display(),
            self.tokens,
            self.rounds
        );
        // The first round finds cold caches, and is thrown away.
        for streams in [1, STREAMS] {
            bare.generate(streams, prompt_tokens, self.tokens)?;
            worker.generate(streams, self.tokens)?;
        }
        for (streams, goal) in GOALS {
            let rounds: anyhow::Result<Vec<Round>> = (0..self.rounds)
                .map(|_| self.round(streams, prompt_tokens, &mut bare, &worker))
                .collect();
            report(streams, goal, &rounds?);
        }
        Ok(())
    }

    fn round(
        &self,
        streams: usize,
        prompt_tokens: usize,
        bare: &mut Bare<'_>,
        worker: &Worker,
    ) -> anyhow::Result<Round> {
        let tokens = streams * self.tokens;
        let (own, other) = (std::process::id(), worker.process.id());
        let before = [cpu_ms(own)?, cpu_ms(other)?];
        let bare = rate(tokens, bare.generate(streams, prompt_tokens, self.tokens)?);
        let bare_cpu_ms = cpu_ms(own)? - before[0];
        let worker = rate(tokens, worker.generate(streams, self.tokens)?);
        let worker_cpu_ms = cpu_ms(other)? - before[1];
        Ok(Round {
            tokens,
            bare,
            worker,
            bare_cpu_ms,
            worker_cpu_ms,
        })
    }
}

/// One turn of each. Rates are in tokens per second.
struct Round {
    tokens: usize,
    bare: f64,
    worker: f64,
    bare_cpu_ms: f64,
    worker_cpu_ms: f64,
}

fn report(streams: usize, goal: f64, rounds: &[Round]) {
    let ratio = median(rounds.iter().map(|round| round.worker / round.bare));
    println!(
        "{streams} stream{}: bare loop {:7.0} tok/s, worker {:7.0} tok/s, ratio {ratio:.3} (goal {goal}) {}",
        if streams == 1 { " " } else { "s" },
        median(rounds.iter().map(|round| round.bare)),
        median(rounds.iter().map(|round| round.worker)),
        if ratio >= goal { "ok" } else { "MISSED" },
    );
    let tokens: usize = rounds.iter().map(|round| round.tokens).sum();
    let bare_us = rounds.iter().map(|round| round.bare_cpu_ms).sum::<f64>() * 1000.0 / tokens as f64;
    let worker_us = rounds.iter().map(|round| round.worker_cpu_ms).sum::<f64>() * 1000.0 / tokens as f64;
    println!(
        "           CPU per token: bare loop {bare_us:.0} us, worker {worker_us:.0} us, ratio {:.3}; on a busy \
         machine believe this one, with one thread",
        bare_us / worker_us
    );
}

/// Processor time that a process has used, its threads that have ended included; the kernel counts in 10 ms.
fn cpu_ms(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ").context("no name in stat")?;
    let ticks: u64 = after_name
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Ok(ticks as f64 * 10.0)
}

fn rate(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "a measurement is about real time")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// What llama.cpp does with nothing around it: decode, take the likeliest token, again.
struct Bare<'model> {
    context: LlamaContext<'model>,
    sampler: LlamaSampler,
    vocabulary: i32,
}

impl<'model> Bare<'model> {
    fn new(
        backend: &LlamaBackend,
        model: &'model LlamaModel,
        threads: u32,
        context: u32,
    ) -> anyhow::Result<Self> {
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context * STREAMS as u32))
            .with_n_seq_max(STREAMS as u32)
            .with_n_batch(512)
            .with_n_threads(threads as i32)
            .with_n_threads_batch(threads as i32);
        let context = model.new_context(backend, parameters)?;
        Ok(Self {
            context,
            sampler: LlamaSampler::greedy(),
            vocabulary: model.n_vocab(),
        })
    }

    fn generate(&mut self, streams: usize, prompt_tokens: usize, tokens: usize) -> anyhow::Result<Duration> {
        self.context.clear_kv_cache();
        let mut batch = LlamaBatch::new(512, 1);
        let mut last = vec![LlamaToken(0); streams];
        let began = stopwatch();
        for (stream, last) in last.iter_mut().enumerate() {
            batch.clear();
            for position in 0..prompt_tokens {
                let token = LlamaToken((position * 31 + stream * 7) as i32 % self.vocabulary);
                batch.add(
                    token,
                    position as i32,
                    &[stream as i32],
                    position + 1 == prompt_tokens,
                )?;
            }
            self.context.decode(&mut batch)?;
            *last = self.sampler.sample(&self.context, batch.n_tokens() - 1);
        }
        for position in prompt_tokens..prompt_tokens + tokens - 1 {
            batch.clear();
            for (stream, token) in last.iter().enumerate() {
                batch.add(*token, position as i32, &[stream as i32], true)?;
            }
            self.context.decode(&mut batch)?;
            for (row, token) in last.iter_mut().enumerate() {
                *token = self.sampler.sample(&self.context, row as i32);
            }
        }
        Ok(began.elapsed())
    }
}

/// A worker process.
struct Worker {
    process: Child,
    socket: PathBuf,
    _directory: tempfile::TempDir,
}

impl Worker {
    fn start(model: &Path, threads: u32) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let socket = directory.path().join("worker.sock");
        let process = Command::new(std::env::current_exe()?)
            .arg("worker")
            .arg("--model")
            .arg(model)
            .arg("--socket")
            .arg(&socket)
            .args([
                "--threads",
                &threads.to_string(),
                "--slots",
                &STREAMS.to_string(),
                "--exit-with-stdin",
            ])
            .stdin(Stdio::piped())
            .spawn()?;
        let mut worker = Self {
            process,
            socket,
            _directory: directory,
        };
        while worker.get_health().is_err() {
            ensure!(worker.process.try_wait()?.is_none(), "the worker did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(worker)
    }

    fn get_health(&self) -> anyhow::Result<Value> {
        let answer = self.exchange("GET /health HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n")?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "not ready");
        json_of(&answer)
    }

    fn context(&self) -> anyhow::Result<u32> {
        Ok(self.get_health()?["context"].as_u64().context("no context")? as u32)
    }

    fn prompt_tokens(&self) -> anyhow::Result<usize> {
        let answer = self.exchange(&post("/tokenize", &request(0, 1)))?;
        Ok(json_of(&answer)?["count"].as_u64().context("no count")? as usize)
    }

    /// Time that `streams` clients at once wait for all their answers.
    fn generate(&self, streams: usize, tokens: usize) -> anyhow::Result<Duration> {
        let requests: Vec<String> = (0..streams)
            .map(|stream| post("/v1/chat/completions", &request(stream, tokens)))
            .collect();
        let began = stopwatch();
        let answers = std::thread::scope(|scope| {
            let clients: Vec<_> = requests
                .iter()
                .map(|request| scope.spawn(|| self.exchange(request)))
                .collect();
            clients
                .into_iter()
                .map(|client| client.join().expect("a client"))
                .collect::<Vec<_>>()
        });
        let time = began.elapsed();
        for answer in answers {
            let answer = answer?;
            let expected = format!("\"completion_tokens\":{tokens},");
            ensure!(
                answer.contains(&expected) && answer.contains("[DONE]"),
                "an answer fell short: {answer}"
            );
        }
        Ok(time)
    }

    fn exchange(&self, request: &str) -> anyhow::Result<String> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::with_capacity(1 << 18);
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8(answer)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prompts of equal length that differ at their begin, so that no slot finds one in its cache.
fn request(stream: usize, tokens: usize) -> Value {
    static TURN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let turn = TURN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let letters = [turn / 26 % 26, turn % 26, stream].map(|index| char::from(b'a' + index as u8));
    let marker: String = letters.iter().flat_map(|letter| [*letter, ' ']).collect();
    json!({
        "messages": [{ "role": "user", "content": format!("{marker}Explain what a deployment is and how to call it.") }],
        "temperature": 0,
        "max_tokens": tokens,
        "ignore_eos": true,
        "stream": true,
        "stream_options": { "include_usage": true },
    })
}

fn post(path: &str, body: &Value) -> String {
    let body = body.to_string();
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn json_of(answer: &str) -> anyhow::Result<Value> {
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    Ok(serde_json::from_str(body)?)
}
