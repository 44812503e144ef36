//! One worker process: started, looked at, drained.

use crate::NodeSettings;
use crate::probe;
use crate::supervision::{Phase, Wanted};
use cupola_backend::fleet::Worker;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A ready worker that answers nothing for this long is ended.
const SILENT_MS: u64 = 15_000;
/// A model that takes longer than this to load is not going to.
const LOAD_MAX_MS: u64 = 600_000;
const HEALTH_EVERY_MS: u64 = 2_000;
const LAST_WORDS: usize = 8;

#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    socket: PathBuf,
    path: String,
    context_tokens: u32,
    ready: bool,
    started_ms: u64,
    answered_ms: u64,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    pub(crate) fn start(settings: &NodeSettings, wanted: &Wanted, now_ms: u64) -> std::io::Result<Self> {
        std::fs::create_dir_all(&settings.sockets)?;
        let socket = settings
            .sockets
            .join(format!("{:08x}-{now_ms:x}.sock", fingerprint(&wanted.model)));
        let _ = std::fs::remove_file(&socket);
        let mut command = Command::new(&settings.program);
        command
            .arg("engine")
            .arg("--model")
            .arg(&wanted.path)
            .arg("--socket")
            .arg(&socket)
            .arg("--served-name")
            .arg(&wanted.served_name)
            .arg("--slots")
            .arg(settings.slots.to_string())
            // The worker reads its stdin to the end: when this process dies, however it dies, the worker ends too.
            .arg("--exit-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(threads) = settings.threads {
            command.arg("--threads").arg(threads.to_string());
        }
        let mut child = command.spawn()?;
        let said = Arc::new(Mutex::new(VecDeque::with_capacity(LAST_WORDS)));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen(stderr, Arc::clone(&said), wanted.model.clone()));
        }
        Ok(Self {
            child,
            socket,
            path: wanted.path.clone(),
            context_tokens: 0,
            ready: false,
            started_ms: now_ms,
            answered_ms: now_ms,
            said,
        })
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn is_starting(&self) -> bool {
        !self.ready
    }

    pub(crate) fn as_worker(&self) -> Worker {
        if self.ready {
            Worker::Ready {
                socket: self.socket.clone(),
                context_tokens: self.context_tokens,
            }
        } else {
            Worker::Starting
        }
    }

    pub(crate) async fn look(&mut self, now_ms: u64) -> Phase {
        match self.child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => {
                // The last words travel through a pipe and may arrive just after the exit.
                tokio::time::sleep(Duration::from_millis(20)).await;
                return Phase::Exited(self.last_words(&status.to_string()));
            }
            Err(error) => return Phase::Exited(error.to_string()),
        }
        let due = !self.ready || now_ms.saturating_sub(self.answered_ms) >= HEALTH_EVERY_MS;
        if due && let Some(health) = probe::health(&self.socket).await {
            self.ready = true;
            self.answered_ms = now_ms;
            self.context_tokens = health.context;
        }
        let patience = if self.ready { SILENT_MS } else { LOAD_MAX_MS };
        let since = if self.ready {
            self.answered_ms
        } else {
            self.started_ms
        };
        if now_ms.saturating_sub(since) > patience {
            return Phase::Silent;
        }
        Phase::of(self.ready)
    }

    /// Asks the process to finish, waits for `patience`, and ends it.
    pub(crate) async fn drain(mut self, patience: Duration) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
        }
        if tokio::time::timeout(patience, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
        let _ = std::fs::remove_file(&self.socket);
    }

    fn last_words(&self, status: &str) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let words: Vec<&str> = said.iter().map(String::as_str).collect();
        if words.is_empty() {
            format!("it exited with {status}")
        } else {
            words.join(" | ")
        }
    }
}

async fn listen(stderr: tokio::process::ChildStderr, said: Arc<Mutex<VecDeque<String>>>, model: String) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!(model.id = %model, "worker: {line}");
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == LAST_WORDS {
            said.pop_front();
        }
        said.push_back(line.chars().take(300).collect());
    }
}

// FNV-1a: only to keep the file names short and apart.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
