//! What the gateway costs: CPU per request with governance on, against a direct call of the same upstream.
//!
//! Every part is a process of its own, so that the CPU of all its threads is its own too: the fake upstream, the gateway
//! (as the binary runs it: a thread with a runtime for requests, one for the store), a bare proxy that has the same server
//! and the same pool and governs nothing, and this process, which is the client.

#[path = "load.rs"]
mod load;
#[path = "parts.rs"]
mod parts;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARM_UP: Duration = Duration::from_millis(700);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["upstream"] => parts::upstream(),
        ["proxy", url] => parts::proxy(url),
        ["gateway", url, folder] => parts::gateway(url, std::path::Path::new(folder)),
        _ => measure(&Options::read(&words)),
    }
}

struct Options {
    time: Duration,
    connections: usize,
    rounds: usize,
    stream: bool,
}

impl Options {
    fn read(words: &[&str]) -> Self {
        let value = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1)?.parse::<u64>().ok()
        };
        Self {
            time: Duration::from_secs(value("--seconds").unwrap_or(5)),
            connections: value("--connections").unwrap_or(8) as usize,
            rounds: value("--rounds").unwrap_or(3) as usize,
            stream: words.contains(&"--stream"),
        }
    }
}

/// CPU per request in microseconds, and requests per second.
#[derive(Clone, Copy, Default)]
struct Cost {
    client: f64,
    between: f64,
    upstream: f64,
    rate: f64,
}

impl Cost {
    fn total(&self) -> f64 {
        self.client + self.between + self.upstream
    }
}

fn measure(options: &Options) {
    let folder = tempfile::Builder::new()
        .prefix("cupola-bench-")
        .tempdir()
        .expect("a folder");
    let folder = folder.path().display().to_string();
    let mut upstream = Part::start(&["upstream"]);
    let url = format!("http://{}/v1", upstream.address);
    let mut proxy = Part::start(&["proxy", &url]);
    let mut gateway = Part::start(&["gateway", &url, &folder]);
    println!(
        "{} connections, {} KB bodies, {} s a round, {} rounds, {}",
        options.connections,
        (parts::request_body(options.stream).len() + 512) / 1024,
        options.time.as_secs(),
        options.rounds,
        if options.stream {
            "streamed"
        } else {
            "not streamed"
        },
    );
    println!("CPU per request in microseconds:\n");
    println!(
        "{:<24}{:>9}{:>9}{:>10}{:>9}{:>10}",
        "", "client", "between", "upstream", "all", "req/s"
    );

    let (mut direct, mut bare, mut governed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        direct.push(round(options, None, &mut upstream));
        bare.push(round(options, Some(&mut proxy), &mut upstream));
        governed.push(round(options, Some(&mut gateway), &mut upstream));
    }
    let (direct, bare, governed) = (middle(direct), middle(bare), middle(governed));
    for (name, cost) in [
        ("direct", direct),
        ("bare proxy", bare),
        ("gateway, governed", governed),
    ] {
        println!(
            "{name:<24}{:>9.1}{:>9.1}{:>10.1}{:>9.1}{:>10.0}",
            cost.client,
            cost.between,
            cost.upstream,
            cost.total(),
            cost.rate
        );
    }
    println!();
    println!("gateway's own CPU per request: {:.1} us", governed.between);
    println!(
        "of it governance (above the bare proxy): {:.1} us",
        governed.between - bare.between
    );
    println!(
        "ratio, gateway / bare proxy: {:.2}",
        governed.between / bare.between
    );
    println!(
        "ratio, call through the gateway / direct call, all processes: {:.2}",
        governed.total() / direct.total()
    );
    println!("{}", gateway.ask("bill"));
}

/// The round in the middle, by the cost of what stands between.
fn middle(mut rounds: Vec<Cost>) -> Cost {
    rounds.sort_by(|a, b| a.total().total_cmp(&b.total()));
    rounds.get(rounds.len() / 2).copied().unwrap_or_default()
}

fn round(options: &Options, mut between: Option<&mut Part>, upstream: &mut Part) -> Cost {
    let address = between
        .as_ref()
        .map_or(&upstream.address, |part| &part.address)
        .clone();
    let path = if between.is_some() {
        parts::PATH
    } else {
        "/v1/chat/completions"
    };
    let request = load::request(path, &parts::request_body(options.stream), parts::KEY);
    load::run(&address, &request, options.connections, WARM_UP);
    let before = (
        load::own_cpu(),
        between.as_mut().map_or(0.0, |part| part.cpu()),
        upstream.cpu(),
    );
    let done = load::run(&address, &request, options.connections, options.time);
    let after = (
        load::own_cpu(),
        between.as_mut().map_or(0.0, |part| part.cpu()),
        upstream.cpu(),
    );
    let each = |before: f64, after: f64| (after - before) * 1e6 / done.requests as f64;
    Cost {
        client: each(before.0, after.0),
        between: each(before.1, after.1),
        upstream: each(before.2, after.2),
        rate: done.requests as f64 / done.time.as_secs_f64(),
    }
}

/// A process of ours that serves something.
struct Part {
    process: Child,
    address: String,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Part {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program's file"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a part starts");
        let questions = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut part = Self {
            process,
            address: String::new(),
            questions,
            answers,
        };
        part.address = part.line();
        part
    }

    /// Seconds of CPU that its threads have used.
    fn cpu(&mut self) -> f64 {
        self.ask("cpu").parse().expect("a number")
    }

    fn ask(&mut self, question: &str) -> String {
        writeln!(self.questions, "{question}").expect("the part listens");
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the part answers");
        line.trim().to_owned()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
