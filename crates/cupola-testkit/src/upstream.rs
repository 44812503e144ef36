//! A fake upstream: answers as the test says, remembers what it was asked, and can fail at any point.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::collections::VecDeque;
use std::future::Future as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

const BREAK_PAUSE: Duration = Duration::from_millis(20);

/// A request as the upstream saw it.
#[derive(Debug, Clone)]
pub struct Received {
    /// Path and query.
    pub target: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as text.
    pub body: String,
}

/// What the upstream does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A whole answer in JSON.
    Json {
        /// The status.
        status: u16,
        /// `Retry-After`, if any.
        retry_after: Option<&'static str>,
        /// The body.
        body: String,
    },
    /// A stream of events.
    Events {
        /// Payloads; `data: ` and the empty line are added.
        events: Vec<String>,
        /// The pause before each.
        gap: Duration,
        /// What comes after them.
        ending: Ending,
    },
    /// Closes the connection without a byte.
    Close,
    /// Never answers.
    Silence,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Clean,
    /// The connection breaks.
    Break,
    /// Nothing more ever comes.
    Hang,
}

impl Answer {
    /// A completion with this text and usage.
    pub fn completion(text: &str, prompt_tokens: u64, completion_tokens: u64) -> Self {
        let body = serde_json::json!({
            "id": "upstream-1", "object": "chat.completion", "created": 1, "model": "upstream-model",
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            },
        });
        Self::Json {
            status: 200,
            retry_after: None,
            body: body.to_string(),
        }
    }

    /// A failure with this status and body.
    pub fn failure(status: u16, body: &str) -> Self {
        Self::Json {
            status,
            retry_after: None,
            body: body.to_owned(),
        }
    }

    /// A stream of these words, with usage in a chunk of its own, as OpenAI sends it.
    pub fn stream(words: &[&str], prompt_tokens: u64) -> Self {
        let chunk = |delta: serde_json::Value, finish_reason: Option<&str>| {
            serde_json::json!({
                "id": "upstream-1", "object": "chat.completion.chunk", "created": 1, "model": "upstream-model",
                "choices": [{ "index": 0, "delta": delta, "finish_reason": finish_reason }],
            })
            .to_string()
        };
        let mut events = vec![chunk(
            serde_json::json!({ "role": "assistant", "content": "" }),
            None,
        )];
        events.extend(
            words
                .iter()
                .map(|word| chunk(serde_json::json!({ "content": word }), None)),
        );
        events.push(chunk(serde_json::json!({}), Some("stop")));
        let completion_tokens = words.len() as u64;
        events.push(
            serde_json::json!({
                "choices": [],
                "usage": {
                    "prompt_tokens": prompt_tokens,
                    "completion_tokens": completion_tokens,
                    "total_tokens": prompt_tokens + completion_tokens,
                },
            })
            .to_string(),
        );
        events.push("[DONE]".to_owned());
        Self::Events {
            events,
            gap: Duration::ZERO,
            ending: Ending::Clean,
        }
    }

    /// The same stream, but only its first events, and then this ending.
    #[must_use]
    pub fn cut(self, after: usize, end: Ending) -> Self {
        match self {
            Self::Events { mut events, gap, .. } => {
                events.truncate(after);
                Self::Events {
                    events,
                    gap,
                    ending: end,
                }
            }
            other => other,
        }
    }

    /// The same stream with a pause before each event.
    #[must_use]
    pub fn every(self, pause: Duration) -> Self {
        match self {
            Self::Events { events, ending, .. } => Self::Events {
                events,
                gap: pause,
                ending,
            },
            other => other,
        }
    }
}

/// A server of somebody else's.
#[derive(Debug)]
pub struct FakeUpstream {
    url: String,
    log: Arc<Log>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Log {
    received: Mutex<Vec<Received>>,
    cancelled: AtomicUsize,
}

impl FakeUpstream {
    /// Listens on a loopback port and answers as `answer` says.
    pub async fn start(
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let log = Arc::new(Log::default());
        let (answer, shared): (Arc<Answering>, _) = (Arc::new(answer), Arc::clone(&log));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(converse(stream, Arc::clone(&answer), Arc::clone(&shared)));
            }
        });
        Ok(Self { url, log, task })
    }

    /// Listens on a unix socket, as a worker does.
    pub async fn start_unix(
        socket: &Path,
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = UnixListener::bind(socket)?;
        let log = Arc::new(Log::default());
        let (answer, shared): (Arc<Answering>, _) = (Arc::new(answer), Arc::clone(&log));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answer), Arc::clone(&shared)));
            }
        });
        Ok(Self {
            url: format!("unix:{}", socket.display()),
            log,
            task,
        })
    }

    /// The base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was asked so far.
    pub fn received(&self) -> Vec<Received> {
        self.log
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many streams were given up by the client before their end.
    pub fn cancelled(&self) -> usize {
        self.log.cancelled.load(Ordering::SeqCst)
    }
}

impl Drop for FakeUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Answering = dyn Fn(&Received) -> Answer + Send + Sync;

#[derive(Debug, thiserror::Error)]
#[error("the fake upstream breaks the connection")]
struct Broken;

async fn converse<S>(stream: S, answer: Arc<Answering>, log: Arc<Log>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
            let received = Received {
                target: head.uri.to_string(),
                headers: head.headers,
                body: String::from_utf8_lossy(&body).into_owned(),
            };
            let answer = answer(&received);
            log.received
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(received);
            respond(answer, log).await
        }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(answer: Answer, log: Arc<Log>) -> Result<Response<Reply>, Broken> {
    match answer {
        Answer::Close => Err(Broken),
        Answer::Silence => std::future::pending().await,
        Answer::Json {
            status,
            retry_after,
            body,
        } => {
            let mut response = Response::new(Reply::Whole(Full::new(body.into())));
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            if let Some(seconds) = retry_after {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
            }
            Ok(response)
        }
        Answer::Events { events, gap, ending } => {
            let events = events
                .into_iter()
                .map(|event| format!("data: {event}\n\n").into())
                .collect();
            let stream = EventStream {
                events,
                gap,
                ending,
                sleep: None,
                ended: false,
                log,
            };
            let mut response = Response::new(Reply::Events(stream));
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("text/event-stream"),
            );
            Ok(response)
        }
    }
}

enum Reply {
    Whole(Full<Bytes>),
    Events(EventStream),
}

struct EventStream {
    events: VecDeque<Bytes>,
    gap: Duration,
    ending: Ending,
    sleep: Option<Pin<Box<Sleep>>>,
    ended: bool,
    log: Arc<Log>,
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole)
                .poll_frame(context)
                .map_err(|never| match never {}),
            Self::Events(stream) => stream.poll_event(context),
        }
    }
}

impl EventStream {
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        // Before it breaks, what was sent has to be out, or nobody could tell how far it came.
        let gap = if self.events.is_empty() && self.ending == Ending::Break {
            BREAK_PAUSE
        } else {
            self.gap
        };
        if !(gap.is_zero() || self.events.is_empty() && self.ending != Ending::Break) {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(gap)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        match (self.events.pop_front(), self.ending) {
            (Some(event), _) => Poll::Ready(Some(Ok(Frame::data(event)))),
            (None, Ending::Hang) => Poll::Pending,
            (None, Ending::Clean) => {
                self.ended = true;
                Poll::Ready(None)
            }
            (None, Ending::Break) => {
                self.ended = true;
                Poll::Ready(Some(Err(Broken)))
            }
        }
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        if !self.ended {
            self.log.cancelled.fetch_add(1, Ordering::SeqCst);
        }
    }
}
