//! Bytes as they are, in both directions: a backend that writes what a story says, and requests that no client library
//! would send.

use crate::platform::Platform;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

/// What a good backend says.
pub(crate) const FINE: &str = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;

/// A backend whose every byte is the story's.
pub(crate) struct RawBackend {
    url: String,
    task: JoinHandle<()>,
}

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Close,
    Stay,
}

impl RawBackend {
    /// Runs the script for every connection.
    pub(crate) async fn start<F>(script: impl Fn(TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(script(stream));
            }
        });
        Self { url, task }
    }

    /// Gives these bytes to the first request, and a good answer to each that follows.
    pub(crate) async fn saying(first: Vec<u8>, then: Then) -> Self {
        let (first, count) = (Arc::new(first), Arc::new(AtomicUsize::new(0)));
        Self::start(move |mut stream| {
            let (first, count) = (Arc::clone(&first), Arc::clone(&count));
            async move {
                while read_request(&mut stream).await.is_some() {
                    if count.fetch_add(1, Ordering::SeqCst) > 0 {
                        if stream.write_all(&whole(FINE.as_bytes())).await.is_err() {
                            return;
                        }
                        continue;
                    }
                    if stream.write_all(&first).await.is_err() || then == Then::Close {
                        return;
                    }
                }
            }
        })
        .await
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for RawBackend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request, head and body; `None` when the connection is over.
pub(crate) async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut piece).await.ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let announced = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, value)| value.trim().parse().unwrap());
        if body.len() >= announced {
            return Some(text.into_owned());
        }
    }
}

/// A whole answer in JSON.
pub(crate) fn whole(body: &[u8]) -> Vec<u8> {
    sized(body, body.len())
}

/// An answer in JSON that says it has so many bytes.
pub(crate) fn sized(body: &[u8], length: usize) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// The head of a stream that ends with its connection.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

/// A stream that ends with its connection.
pub(crate) fn stream(events: &[u8]) -> Vec<u8> {
    [STREAM_HEAD.as_bytes(), events].concat()
}

/// The event of a chunk that says a word.
pub(crate) fn word(text: &str) -> String {
    let chunk = serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] });
    format!("data: {chunk}\n\n")
}

/// The last events of a stream: a finish reason, usage, the end.
pub(crate) fn ending(prompt_tokens: u64, completion_tokens: u64) -> String {
    format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n\
         data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{prompt_tokens},\"completion_tokens\":{completion_tokens}}}}}\n\n\
         data: [DONE]\n\n"
    )
}

/// Sends bytes to the gateway and gives back what it says until it closes; the sending side stays open.
pub(crate) async fn converse(platform: &Platform, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(platform.address()).await.unwrap();
    // Who is refused in the middle may find the connection closed.
    let _ = stream.write_all(request).await;
    read_answer(stream).await
}

/// What comes until the gateway closes the connection.
pub(crate) async fn read_answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = async {
        let mut piece = [0; 4096];
        while let Ok(length) = stream.read(&mut piece).await {
            if length == 0 {
                return;
            }
            answer.extend_from_slice(&piece[..length]);
        }
    };
    tokio::time::timeout(ANSWER_TIME_MAX, read)
        .await
        .expect("the gateway closes the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer; 0 where there is none.
pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    status.map_or(0, |status| status.parse().unwrap())
}
