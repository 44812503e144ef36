//! The access log: a line of JSON for each request, written by a thread of its own. Requests do not wait for it: what comes
//! faster than it can be written is counted and left out.

use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

// A second of what one machine answers, at a kilobyte each.
const LINES_MAX: usize = 16 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;
// So long after it was moved away, another file is begun.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// Standard output.
    Stdout,
    /// A file, which is appended to and may be moved away at any time.
    File(PathBuf),
}

impl std::str::FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("it is empty; give a file, or - for standard output".to_owned()),
            "-" => Ok(Self::Stdout),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

/// Takes lines. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct AccessLog(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: SyncSender<Note>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Note {
    Line(Vec<u8>),
    Drain(SyncSender<()>),
}

impl AccessLog {
    /// Opens the sink and begins. It ends when the last clone is gone.
    pub fn start(sink: &Sink) -> io::Result<Self> {
        let target = match sink {
            Sink::Stdout => Target::Stdout,
            Sink::File(path) => Target::open(path)?,
        };
        Self::with_target(target, LINES_MAX)
    }

    fn with_target(target: Target, lines_max: usize) -> io::Result<Self> {
        let (queue, lines) = sync_channel(lines_max);
        let lost = Arc::new(AtomicU64::new(0));
        let lost_here = Arc::clone(&lost);
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write_all(&lines, target, &lost_here))?;
        Ok(Self(Arc::new(Shared { queue, lost })))
    }

    /// Queues a line, or counts it as lost.
    pub fn write(&self, line: &impl Serialize) {
        let Ok(mut text) = serde_json::to_vec(line) else {
            return lose(&self.0.lost, 1);
        };
        text.push(b'\n');
        if self.0.queue.try_send(Note::Line(text)).is_err() {
            lose(&self.0.lost, 1);
        }
    }

    /// How many lines were lost.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }

    /// Returns when what was queued before is written, or when that takes too long. It blocks.
    pub fn drain(&self) {
        let (done, drained) = sync_channel(1);
        if self.0.queue.send(Note::Drain(done)).is_ok() {
            // Whoever waits longer is told nothing new.
            let _ = drained.recv_timeout(DRAIN_MAX);
        }
    }
}

fn lose(lost: &AtomicU64, lines: u64) {
    let before = lost.fetch_add(lines, Relaxed);
    // Each of them would fill the log as it fills the queue.
    if (before + lines).ilog2() != before.checked_ilog2().unwrap_or(u32::MAX) {
        tracing::warn!(lost = before + lines, "lines of the access log are lost");
    }
}

enum Target {
    Stdout,
    File {
        path: PathBuf,
        file: File,
    },
    #[cfg(test)]
    Stuck(Receiver<()>),
}

impl Target {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).mode(0o600).open(path)?;
        Ok(Self::File {
            path: path.to_owned(),
            file,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
            Self::File { file, .. } => file.write_all(bytes),
            #[cfg(test)]
            Self::Stuck(gate) => {
                let _ = gate.recv();
                Ok(())
            }
        }
    }

    /// Begins another file where somebody moved this one away.
    fn follow(&mut self) {
        let Self::File { path, file } = self else { return };
        let is_there = match (std::fs::metadata(&path), file.metadata()) {
            (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
            _ => false,
        };
        if is_there {
            return;
        }
        match Self::open(path) {
            Ok(next) => *self = next,
            Err(error) => tracing::warn!(error = %error, "the file of the access log cannot be begun again"),
        }
    }
}

fn write_all(lines: &Receiver<Note>, mut target: Target, lost: &AtomicU64) {
    let mut buffer = Vec::with_capacity(BUFFER_BYTES);
    loop {
        let mut drained = None;
        let mut count = 0;
        let mut next = match lines.recv_timeout(LOOK_EVERY) {
            Ok(note) => Some(note),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // What waits goes out with one write.
        while let Some(note) = next {
            match note {
                Note::Line(line) => {
                    buffer.extend_from_slice(&line);
                    count += 1;
                }
                Note::Drain(done) => drained = Some(done),
            }
            next = match lines.try_recv() {
                Ok(note) if buffer.len() < BUFFER_BYTES && drained.is_none() => Some(note),
                Ok(note) => {
                    // Taken out already, so it goes along.
                    if let Note::Line(line) = note {
                        buffer.extend_from_slice(&line);
                        count += 1;
                    }
                    None
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
            };
        }
        target.follow();
        if count > 0
            && let Err(error) = target.write(&buffer)
        {
            tracing::debug!(error = %error, "the access log cannot be written");
            lose(lost, count);
        }
        buffer.clear();
        if let Some(done) = drained {
            // Who asked may have gone.
            let _ = done.try_send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(path: &Path) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(path).expect("a file");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    #[test]
    fn lines_are_written_in_their_order_also_when_the_file_is_moved_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("access.log");
        let log = AccessLog::start(&Sink::File(path.clone())).expect("a log");
        for number in 0..1000 {
            log.write(&json!({ "number": number }));
        }
        log.drain();
        let found = lines(&path);
        assert_eq!(found.len(), 1000);
        assert!(found.iter().enumerate().all(|(at, line)| line["number"] == at));
        let moved = folder.path().join("access.log.1");
        std::fs::rename(&path, &moved).expect("moved");
        log.write(&json!({ "number": "next" }));
        log.drain();
        assert_eq!(lines(&path), [json!({ "number": "next" })]);
        assert_eq!((lines(&moved).len(), log.lost()), (1000, 0));
    }

    #[test]
    fn what_comes_too_fast_is_counted_and_nobody_waits() {
        let (open, gate) = sync_channel(0);
        let log = AccessLog::with_target(Target::Stuck(gate), 4).expect("a log");
        for number in 0..100 {
            log.write(&number);
        }
        // Four wait; the thread may have taken some before, with one write.
        assert!((80..=96).contains(&log.lost()), "{}", log.lost());
        drop(open);
        log.drain();
    }

    #[test]
    fn a_sink_is_a_file_or_standard_output() {
        assert_eq!("-".parse(), Ok(Sink::Stdout));
        assert_eq!("/x/y".parse(), Ok(Sink::File("/x/y".into())));
        assert!("".parse::<Sink>().is_err());
    }
}
