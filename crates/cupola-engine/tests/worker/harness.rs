//! A worker process on the demo model, and a client that sees every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The demo chat model that is part of the repository.
pub(crate) fn demo_model() -> PathBuf {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/tiny-chat/tiny-chat.gguf");
    assert!(
        model.is_file(),
        "{} is part of the repository and should be there",
        model.display()
    );
    model
}

/// A running worker; killed when dropped.
pub(crate) struct Worker {
    pub(crate) process: Child,
    directory: TempDir,
}

impl Worker {
    /// Starts a worker on the demo model and waits until it is ready.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_on(&demo_model(), arguments)
    }

    pub(crate) fn start_on(model: &Path, arguments: &[&str]) -> Self {
        let worker = Self::launch_in(scratch(), model, arguments);
        worker.wait_until_ready();
        worker
    }

    /// Starts a worker on the demo model and does not wait.
    pub(crate) fn launch(arguments: &[&str]) -> Self {
        Self::launch_in(scratch(), &demo_model(), arguments)
    }

    pub(crate) fn launch_in(directory: TempDir, model: &Path, arguments: &[&str]) -> Self {
        let process = command(model)
            .arg("--socket")
            .arg(directory.path().join("worker.sock"))
            .args(["--served-name", "tiny-chat"])
            // Several workers share the machine here, and threads of ggml that wait for each other do so spinning.
            .args(["--threads", "1"])
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        Self { process, directory }
    }

    pub(crate) fn wait_until_ready(&self) {
        eventually("the worker is ready", || {
            self.try_connect()
                .is_some_and(|mut connection| connection.get("/health").status == 200)
        });
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("worker.sock")
    }

    pub(crate) fn try_connect(&self) -> Option<Connection> {
        let stream = UnixStream::connect(self.socket()).ok()?;
        // A worker that hangs fails its test instead of the whole run.
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a read timeout");
        Some(Connection {
            reader: BufReader::new(stream),
        })
    }

    pub(crate) fn connect(&self) -> Connection {
        self.try_connect().expect("the worker accepts connections")
    }

    /// A chat on a connection of its own.
    pub(crate) fn chat(&self, request: Value) -> Answer {
        self.connect().post("/v1/chat/completions", &request)
    }

    pub(crate) fn health(&self) -> Value {
        self.connect().get("/health").json()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.process.id().to_string())
            .status();
        assert!(status.expect("kill runs").success());
    }

    pub(crate) fn exit_within(&mut self, limit: Duration) -> ExitStatus {
        let mut status = None;
        eventually_within(limit, "the worker exits", || {
            status = self.process.try_wait().expect("its status is known");
            status.is_some()
        });
        status.expect("it has exited")
    }

    /// Kills the worker as a crash would and keeps what it left behind.
    pub(crate) fn crash(mut self) -> TempDir {
        let _ = self.process.kill();
        let _ = self.process.wait();
        std::mem::replace(&mut self.directory, scratch())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

/// The worker's command line up to the model.
pub(crate) fn command(model: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cupola-engine"));
    command.arg("--model").arg(model);
    command
}

/// Runs a worker that is expected to refuse and gives what it says.
pub(crate) fn refusal(command: &mut Command) -> String {
    let output = command.output().expect("the worker starts");
    assert!(!output.status.success(), "it should refuse");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn eventually(what: &str, holds: impl FnMut() -> bool) {
    eventually_within(Duration::from_secs(30), what, holds);
}

pub(crate) fn eventually_within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) {
    let pause = Duration::from_millis(5);
    for _ in 0..limit.as_millis() / pause.as_millis() {
        if holds() {
            return;
        }
        std::thread::sleep(pause);
    }
    panic!("waited {limit:?} in vain until {what}");
}

/// A chat request with one user message and the given fields.
pub(crate) fn ask(content: &str, fields: Value) -> Value {
    let mut request = json!({ "messages": [{ "role": "user", "content": content }], "temperature": 0 });
    let fields = fields.as_object().expect("fields are an object").clone();
    request
        .as_object_mut()
        .expect("a request is an object")
        .extend(fields);
    request
}

/// One keep-alive connection.
pub(crate) struct Connection {
    reader: BufReader<UnixStream>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head as it came, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    pub(crate) fn content(&self) -> String {
        let content = &self.json()["choices"][0]["message"]["content"];
        content
            .as_str()
            .unwrap_or_else(|| panic!("no content in {}", self.body))
            .to_owned()
    }

    pub(crate) fn finish_reason(&self) -> String {
        self.json()["choices"][0]["finish_reason"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn usage(&self, name: &str) -> u64 {
        let usage = &self.json()["usage"];
        let count = usage.get(name).unwrap_or(&usage["prompt_tokens_details"][name]);
        count.as_u64().unwrap_or_else(|| panic!("no {name} in {usage}"))
    }

    /// The events of a stream, without `data: `. Checks the framing on the way.
    pub(crate) fn events(&self) -> Vec<&str> {
        let events = self
            .body
            .strip_suffix("\n\n")
            .expect("the last event ends with an empty line");
        let event = |event: &'_ str| event.find("data: ") == Some(0) && !event.contains('\n');
        assert!(
            events.split("\n\n").all(event),
            "every event is one line of data: {events:?}"
        );
        events
            .split("\n\n")
            .map(|event| &event["data: ".len()..])
            .collect()
    }

    /// The text of a stream.
    pub(crate) fn streamed_content(&self) -> String {
        let events = self.events();
        let json = events.iter().filter(|event| **event != "[DONE]").map(|event| {
            serde_json::from_str::<Value>(event).unwrap_or_else(|error| panic!("{error} in {event}"))
        });
        json.filter_map(|chunk| {
            chunk["choices"][0]["delta"]["content"]
                .as_str()
                .map(str::to_owned)
        })
        .collect()
    }
}

impl Connection {
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: worker\r\n\r\n"))
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send_post(path, &body.to_string());
        self.read_answer()
    }

    pub(crate) fn exchange(&mut self, request: &str) -> Answer {
        self.send(request);
        self.read_answer()
    }

    pub(crate) fn send_post(&mut self, path: &str, body: &str) {
        let length = body.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nhost: worker\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
    }

    pub(crate) fn send(&mut self, request: &str) {
        self.reader
            .get_mut()
            .write_all(request.as_bytes())
            .expect("the worker reads");
    }

    pub(crate) fn read_answer(&mut self) -> Answer {
        let head = self.read_head();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .expect("a status line");
        let mut body = Vec::new();
        if head.contains("transfer-encoding: chunked") {
            while self.read_chunk(&mut body) {}
        } else {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            body.resize(
                length
                    .and_then(|length| length.trim().parse().ok())
                    .expect("a content length"),
                0,
            );
            self.reader.read_exact(&mut body).expect("the whole body");
        }
        Answer {
            status,
            head,
            body: String::from_utf8(body).expect("text"),
        }
    }

    pub(crate) fn read_head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.reader.read_line(&mut head).expect("a head");
            assert!(read > 0, "the worker closed the connection after {head:?}");
        }
        head.to_ascii_lowercase()
    }

    /// Reads a chunk of a chunked body; false after the last one.
    pub(crate) fn read_chunk(&mut self, body: &mut Vec<u8>) -> bool {
        let mut size = String::new();
        self.reader.read_line(&mut size).expect("a chunk size");
        let size =
            usize::from_str_radix(size.trim(), 16).unwrap_or_else(|_| panic!("a chunk size, not {size:?}"));
        let begin = body.len();
        body.resize(begin + size + 2, 0);
        self.reader.read_exact(&mut body[begin..]).expect("a whole chunk");
        body.truncate(begin + size);
        size > 0
    }

    /// True once the worker has closed this connection.
    pub(crate) fn is_cut(&mut self) -> bool {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).is_ok()
    }
}
