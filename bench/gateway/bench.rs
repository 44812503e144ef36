//! What the gateway costs, governance on, against nginx as a plain proxy and against a direct call, all in one run on the
//! same cores, before the same upstream.
//!
//! Every part is a process of its own, so that the CPU of all its threads is its own too: the fake upstream, the gateway
//! (as the binary runs it: a thread with a runtime for requests, one for the store), once for each way to sync the ledger,
//! nginx with one worker, and this process, which is the client. Rounds take turns, so that a noisy minute hits all.

#[path = "load.rs"]
mod load;
#[path = "nginx.rs"]
mod nginx;
#[path = "parts.rs"]
mod parts;

use load::{Done, Until};
use nginx::Nginx;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARM_UP: Duration = Duration::from_millis(500);
const STREAMS_HELD: usize = 1000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["upstream"] => parts::upstream(),
        ["gateway", url, folder, sync] => parts::gateway(url, Path::new(folder), sync),
        ["instructions", folder, sync, form, count] => {
            let count = count.parse().expect("a number of requests");
            instructions(folder, sync, *form == "streamed", count);
        }
        _ => measure(&Options::read(&words)),
    }
}

struct Options {
    time: Duration,
    connections: usize,
    rounds: usize,
}

impl Options {
    fn read(words: &[&str]) -> Self {
        let value = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1)?.parse::<u64>().ok()
        };
        Self {
            time: Duration::from_secs(value("--seconds").unwrap_or(3)),
            connections: value("--connections").unwrap_or(8) as usize,
            rounds: value("--rounds").unwrap_or(3) as usize,
        }
    }
}

/// Somewhere to send requests to.
struct Place<'a> {
    name: &'a str,
    address: String,
    path: &'a str,
    /// The process that stands between; none for a direct call.
    process: Option<u32>,
    /// Answers it gave.
    answered: u64,
}

/// A round, or the middle of several.
#[derive(Clone, Copy, Default)]
struct Cost {
    cpu_us: f64,
    rate: f64,
    p50_us: f64,
    p99_us: f64,
    first_us: f64,
}

fn measure(options: &Options) {
    let folder = tempfile::Builder::new()
        .prefix("cupola-bench-")
        .tempdir()
        .expect("a folder");
    let below = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).expect("made");
        path.display().to_string()
    };
    let upstream = Part::start(&["upstream"]);
    let url = format!("http://{}/v1", upstream.address);
    let plain = match Nginx::start(&upstream.address, folder.path()) {
        Ok(plain) => plain,
        Err(why) => return eprintln!("{why}"),
    };
    let mut interval = Part::start(&["gateway", &url, &below("interval"), "interval"]);
    let mut answer = Part::start(&["gateway", &url, &below("answer"), "answer"]);
    let place = |name, address: &str, path, process| Place {
        name,
        address: address.to_owned(),
        path,
        process,
        answered: 0,
    };
    let direct = "/v1/chat/completions";
    let mut places = [
        place("direct", &upstream.address, direct, None),
        place("nginx", &plain.address, direct, Some(plain.id())),
        place(
            "cupola, interval",
            &interval.address,
            parts::PATH,
            Some(interval.id()),
        ),
        place("cupola, answer", &answer.address, parts::PATH, Some(answer.id())),
    ];
    let idle: Vec<f64> = places
        .iter()
        .map(|place| place.process.map_or(0.0, nginx::resident_mib))
        .collect();
    for streamed in [false, true] {
        let mut rounds: [Vec<Cost>; 4] = Default::default();
        for _ in 0..options.rounds {
            for (place, rounds) in places.iter_mut().zip(&mut rounds) {
                rounds.push(round(options, place, streamed));
            }
        }
        show(options, streamed, &places, &rounds.map(|rounds| middle(&rounds)));
    }
    for (place, part) in places[2..].iter().zip([&mut interval, &mut answer]) {
        let recorded = part.ask("bill");
        let verdict = if recorded == place.answered.to_string() {
            "equal"
        } else {
            "NOT EQUAL"
        };
        println!(
            "{}: {} answered, {recorded} in the ledger: {verdict}",
            place.name, place.answered
        );
    }
    println!("\nresident memory in MiB        idle   {STREAMS_HELD} open streams");
    let request = |path| load::request(path, &parts::held_body(), parts::KEY);
    for (place, idle) in places.iter().zip(idle) {
        let Some(process) = place.process else { continue };
        let held = load::hold(&place.address, &request(place.path), STREAMS_HELD, || {
            nginx::resident_mib(process)
        });
        println!("{:<26}{idle:>8.1}{held:>20.1}", place.name);
    }
}

fn show(options: &Options, streamed: bool, places: &[Place<'_>], costs: &[Cost]) {
    println!(
        "{}, bodies of {} bytes, {} rounds of {} s",
        if streamed {
            "streamed, 100 chunks"
        } else {
            "not streamed"
        },
        parts::request_body(streamed).len(),
        options.rounds,
        options.time.as_secs(),
    );
    println!(
        "{:<20}{:>12}{:>9}{:>10}{:>12}{:>12}{:>14}",
        "", "CPU us/req", "x nginx", "req/s", "added p50", "added p99", "added TTFT"
    );
    let (direct, plain) = (costs[0], costs[1]);
    for (place, cost) in places.iter().zip(costs).skip(1) {
        println!(
            "{:<20}{:>12.1}{:>9.2}{:>10.0}{:>12.0}{:>12.0}{:>14.0}",
            place.name,
            cost.cpu_us,
            cost.cpu_us / plain.cpu_us,
            cost.rate,
            cost.p50_us - direct.p50_us,
            cost.p99_us - direct.p99_us,
            cost.first_us - direct.first_us,
        );
    }
    println!(
        "direct: {:.0} req/s, p50 {:.0}, p99 {:.0}, first byte {:.0} us; CPU at {} connections, times at 1, in us\n",
        direct.rate, direct.p50_us, direct.p99_us, direct.first_us, options.connections
    );
}

/// The middle of each number by itself: one bad second does not spoil the others.
fn middle(rounds: &[Cost]) -> Cost {
    let of = |number: fn(&Cost) -> f64| {
        let mut all: Vec<f64> = rounds.iter().map(number).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        cpu_us: of(|cost| cost.cpu_us),
        rate: of(|cost| cost.rate),
        p50_us: of(|cost| cost.p50_us),
        p99_us: of(|cost| cost.p99_us),
        first_us: of(|cost| cost.first_us),
    }
}

fn round(options: &Options, place: &mut Place<'_>, streamed: bool) -> Cost {
    let request = load::request(place.path, &parts::request_body(streamed), parts::KEY);
    let mut run = |connections, time| -> Done {
        let done = load::run(&place.address, &request, connections, Until::Time(time));
        place.answered += done.requests;
        done
    };
    run(options.connections, WARM_UP);
    let cpu = || place.process.map_or(0.0, nginx::cpu);
    let before = cpu();
    let many = run(options.connections, options.time);
    // What is folded a moment later is a cost of these requests too.
    std::thread::sleep(Duration::from_millis(700));
    let cpu_us = (cpu() - before) * 1e6 / many.requests as f64;
    let mut one = run(1, options.time);
    Cost {
        cpu_us,
        rate: many.requests as f64 / many.time.as_secs_f64(),
        p50_us: quantile_us(&mut one.whole, 0.5),
        p99_us: quantile_us(&mut one.whole, 0.99),
        first_us: quantile_us(&mut one.first, 0.5),
    }
}

fn quantile_us(times: &mut [Duration], part: f64) -> f64 {
    times.sort_unstable();
    let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// Counts the instructions of the gateway's process for a request, with valgrind's callgrind.
fn instructions(folder: &str, sync: &str, streamed: bool, count: u64) {
    let upstream = Part::start(&["upstream"]);
    let url = format!("http://{}/v1", upstream.address);
    let own = std::env::current_exe().expect("this program's file");
    let file = format!("{folder}/callgrind.{sync}.{streamed}");
    let store = format!("{folder}/{sync}.{streamed}");
    std::fs::create_dir_all(&store).expect("made");
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--instr-atstart=yes"])
        .arg(format!("--callgrind-out-file={file}"))
        .arg(own)
        .args(["gateway", &url, &store, sync]);
    let gateway = Part::spawn(command);
    let request = load::request(parts::PATH, &parts::request_body(streamed), parts::KEY);
    let run = |count| load::run(&gateway.address, &request, 1, Until::Requests(count));
    let control = |option: &str| {
        let done = Command::new("callgrind_control")
            .args([option, &gateway.id().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "callgrind_control {option}"
        );
    };
    run(300);
    // The fold of the warm-up is not of these requests.
    std::thread::sleep(Duration::from_secs(4));
    control("-z");
    run(count);
    std::thread::sleep(Duration::from_secs(4));
    control("-d");
    let dump = std::fs::read_to_string(format!("{file}.1")).expect("a dump");
    let total = dump
        .lines()
        .filter_map(|line| line.strip_prefix("totals:").or(line.strip_prefix("summary:")))
        .find_map(|total| total.trim().parse::<u64>().ok());
    let each = total.map_or(0, |total| total / count);
    let form = if streamed { "streamed" } else { "not streamed" };
    println!("{form:<14} ledger-sync {sync:<10} {each:>9} instructions a request   ({file}.1)");
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
        let mut command = Command::new(std::env::current_exe().expect("this program's file"));
        command.args(arguments);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut process = command
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

    fn id(&self) -> u32 {
        self.process.id()
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
