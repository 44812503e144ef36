//! The worker's routes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use serde_json::json;

use crate::ambient::Chance;
use crate::answering::EventStream;
use crate::engine::{Engine, EngineSettings, Ready};
use crate::problem::Problem;
use crate::requests;
use crate::serve::Service;
use crate::wire::to_json;

/// The largest request body, in bytes.
const BODY_BYTES_MAX: usize = 4 << 20;

/// What every request sees.
pub(crate) struct Worker {
    pub(crate) engine: Engine,
    pub(crate) chance: Chance,
    pub(crate) served_name: String,
    pub(crate) slots: u32,
    pub(crate) queue_length_max: usize,
}

impl Service for Worker {
    fn run(&self, settings: &EngineSettings) -> anyhow::Result<()> {
        self.engine.run(settings)
    }

    fn close(&self) {
        self.engine.close();
    }

    async fn answer(&'static self, request: Request<Incoming>) -> Response<Answer> {
        answer(self, request).await
    }
}

async fn answer(worker: &'static Worker, request: Request<Incoming>) -> Response<Answer> {
    let route = (request.method().clone(), request.uri().path());
    let answered = match (route.0, route.1) {
        (Method::GET, "/health") => health(worker),
        (Method::POST, "/v1/chat/completions") => chat(worker, request.into_body()).await,
        (Method::POST, "/v1/completions") => complete(worker, request.into_body()).await,
        (Method::POST, "/tokenize") => tokenize(worker, request.into_body()).await,
        (Method::POST, "/v1/embeddings" | "/v1/rerank") => Err(Problem::WrongModel {
            message: "This model writes text and gives no embeddings. Ask an embedding model, such as all-MiniLM-L6-v2.",
        }),
        (_, "/health") => Err(Problem::MethodNotAllowed { allowed: "GET" }),
        (_, "/v1/chat/completions" | "/v1/completions" | "/tokenize") => {
            Err(Problem::MethodNotAllowed { allowed: "POST" })
        }
        _ => Err(Problem::NoSuchRoute),
    };
    answered.unwrap_or_else(|problem| refusal(&problem))
}

fn health(worker: &Worker) -> Result<Response<Answer>, Problem> {
    let Some(ready) = worker.engine.ready() else {
        let mut loading = json_response(to_json(&json!({ "status": "loading" })));
        *loading.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return Ok(loading);
    };
    Ok(json_response(to_json(&json!({
        "status": "ok",
        "model": worker.served_name,
        "context": ready.context_tokens,
        "slots": worker.slots,
        "busy": worker.engine.busy(),
        "waiting": worker.engine.queue.len(),
    }))))
}

async fn tokenize(worker: &'static Worker, body: Incoming) -> Result<Response<Answer>, Problem> {
    let ready = ready(worker)?;
    Ok(json_response(
        requests::tokenize(ready, &read(body).await?).await?,
    ))
}

async fn chat(worker: &'static Worker, body: Incoming) -> Result<Response<Answer>, Problem> {
    let ready = ready(worker)?;
    requests::chat(worker, ready, &read(body).await?).await
}

async fn complete(worker: &'static Worker, body: Incoming) -> Result<Response<Answer>, Problem> {
    let ready = ready(worker)?;
    requests::complete(worker, ready, &read(body).await?).await
}

fn ready(worker: &'static Worker) -> Result<&'static Ready, Problem> {
    worker.engine.ready().ok_or(Problem::NotReady {
        message: "The model is still loading.",
    })
}

/// The body of a request, within bounds.
pub(crate) async fn read(body: Incoming) -> Result<Bytes, Problem> {
    let too_large = Problem::BodyTooLarge {
        limit_bytes: BODY_BYTES_MAX,
    };
    // A length that is announced is refused before it is sent.
    if body.size_hint().lower() > BODY_BYTES_MAX as u64 {
        return Err(too_large);
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large),
        Err(_) => Err(Problem::invalid(None, "The request body broke off.")),
    }
}

pub(crate) fn refusal(problem: &Problem) -> Response<Answer> {
    let mut response = json_response(problem.body());
    *response.status_mut() = problem.status();
    if let Some((name, value)) = problem.header() {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The response of a stream.
pub(crate) fn event_response(stream: EventStream) -> Response<Answer> {
    let mut response = Response::new(Answer::Events(Box::new(stream)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The response of a whole answer.
pub(crate) fn json_response(body: Vec<u8>) -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(Full::from(body)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The body of an answer.
pub(crate) enum Answer {
    Whole(Full<Bytes>),
    Events(Box<EventStream>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(context),
            Self::Events(events) => events
                .poll_events(context)
                .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Events(events) => events.is_ended(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
