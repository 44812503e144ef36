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

use crate::ambient::{Chance, now};
use crate::engine::{Engine, EngineSettings, Ready};
use crate::mailbox::{Letter, Outcome, Receiver, mailbox};
use crate::problem::Problem;
use crate::sampling::SamplingParameters;
use crate::scheduler::{Job, Token};
use crate::serve::Service;
use crate::template::Turn;
use crate::wire::{Chat, EventWriter, Heading, parse_tokenize, to_json};

/// The largest request body, in bytes.
const BODY_BYTES_MAX: usize = 4 << 20;

/// Conversations longer than this, in bytes, are tokenised beside the connections' thread.
const TOKENIZE_INLINE_BYTES_MAX: usize = 32 << 10;

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
        (Method::POST, "/tokenize") => tokenize(worker, request.into_body()).await,
        (Method::POST, "/v1/embeddings" | "/v1/rerank") => Err(Problem::WrongModel {
            message: "This model writes text and gives no embeddings. Ask an embedding model, such as all-MiniLM-L6-v2.",
        }),
        (_, "/health") => Err(Problem::MethodNotAllowed { allowed: "GET" }),
        (_, "/v1/chat/completions" | "/tokenize") => Err(Problem::MethodNotAllowed { allowed: "POST" }),
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
    let turns = parse_tokenize(&read(body).await?)?;
    let prompt = prompt(ready, turns).await?;
    Ok(json_response(to_json(&json!({ "tokens": prompt.len() }))))
}

async fn chat(worker: &'static Worker, body: Incoming) -> Result<Response<Answer>, Problem> {
    let ready = ready(worker)?;
    let mut chat = Chat::parse(&read(body).await?)?;
    let prompt = prompt(ready, std::mem::take(&mut chat.turns)).await?;
    let room = room(ready, prompt.len())?;

    let (sender, receiver) = mailbox();
    let (stream, include_usage) = (chat.stream, chat.include_usage);
    let completion_tokens_max = chat.completion_tokens_max.unwrap_or(room).min(room);
    let stops = std::mem::take(&mut chat.stops)
        .into_iter()
        .chain(ready.model.fallback_stop().map(str::to_owned));
    let job = Job {
        prompt,
        stops: stops.collect(),
        sampling: sampling(worker, ready, chat),
        completion_tokens_max,
        mailbox: sender,
    };
    worker
        .engine
        .queue
        .push(job)
        .map_err(|refused| Problem::refused(refused, worker.queue_length_max))?;

    let heading = Heading {
        id: worker.chance.completion_id(),
        created: now().as_second(),
        model: worker.served_name.clone(),
    };
    if stream {
        streamed(&heading, receiver, include_usage).await
    } else {
        whole(&heading, receiver).await
    }
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

async fn prompt(ready: &'static Ready, turns: Vec<Turn>) -> Result<Vec<Token>, Problem> {
    // A message costs something even when it is empty: the markers around it.
    let bytes: usize = turns.iter().map(|turn| turn.content.len() + 64).sum();
    if bytes <= TOKENIZE_INLINE_BYTES_MAX {
        return ready.model.prompt(&turns, now());
    }
    let tokenized = tokio::task::spawn_blocking(move || ready.model.prompt(&turns, now())).await;
    tokenized.unwrap_or_else(|_| {
        Err(Problem::Failed {
            message: "The messages could not be tokenised.".to_owned(),
        })
    })
}

/// How many tokens of completion the context has room for beside this prompt.
fn room(ready: &Ready, prompt_tokens: usize) -> Result<u32, Problem> {
    let context_tokens = ready.context_tokens;
    let prompt = u32::try_from(prompt_tokens).unwrap_or(u32::MAX);
    match context_tokens.checked_sub(prompt) {
        Some(room) if room > 0 && prompt > 0 => Ok(room),
        Some(room) if room > 0 => Err(Problem::invalid(Some("messages"), "The messages are empty.")),
        _ => Err(Problem::context_length_exceeded(prompt_tokens, context_tokens)),
    }
}

fn sampling(worker: &Worker, ready: &Ready, chat: Chat) -> SamplingParameters {
    let mut bias: Vec<(Token, f32)> = chat
        .logit_bias
        .into_iter()
        .map(|(token, bias)| (Token(token), bias))
        .collect();
    if chat.ignore_end {
        bias.extend(
            ready
                .model
                .end_tokens()
                .iter()
                .map(|token| (*token, f32::NEG_INFINITY)),
        );
    }
    SamplingParameters {
        temperature: chat.temperature,
        top_p: chat.top_p,
        frequency_penalty: chat.frequency_penalty,
        presence_penalty: chat.presence_penalty,
        bias,
        seed: chat.seed.unwrap_or_else(|| worker.chance.seed()),
    }
}

async fn whole(heading: &Heading, mut receiver: Receiver) -> Result<Response<Answer>, Problem> {
    let mut content = String::new();
    loop {
        let letter = receiver.next().await;
        content.push_str(&letter.text);
        match letter.outcome {
            None => {}
            Some(Outcome::Finished { reason, usage }) => {
                return Ok(json_response(heading.whole(&content, reason, usage)));
            }
            Some(Outcome::Failed { message }) => return Err(Problem::Failed { message }),
        }
    }
}

/// Answers when the first text is there: what fails before that still gets a status of its own.
async fn streamed(
    heading: &Heading,
    mut receiver: Receiver,
    include_usage: bool,
) -> Result<Response<Answer>, Problem> {
    let first = receiver.next().await;
    if let Letter {
        text,
        outcome: Some(Outcome::Failed { message }),
    } = &first
        && text.is_empty()
    {
        return Err(Problem::Failed {
            message: message.clone(),
        });
    }
    let writer = heading.stream(include_usage);
    let mut response = Response::new(Answer::Events(EventStream {
        writer,
        receiver,
        first: Some(first),
        ended: false,
    }));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
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
    Events(EventStream),
}

/// A completion as server-sent events, written as its letters come. Dropping it cancels the request.
pub(crate) struct EventStream {
    writer: EventWriter,
    receiver: Receiver,
    first: Option<Letter>,
    ended: bool,
}

impl EventStream {
    fn poll_events(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let mut events = Vec::new();
        let letter = match self.first.take() {
            Some(first) => {
                self.writer.role(&mut events);
                first
            }
            None => std::task::ready!(self.receiver.poll_letter(context)),
        };
        self.write(letter, &mut events);
        Poll::Ready(Some(events.into()))
    }

    fn write(&mut self, letter: Letter, events: &mut Vec<u8>) {
        if !letter.text.is_empty() {
            self.writer.content(events, &letter.text);
        }
        self.ended = letter.outcome.is_some();
        match letter.outcome {
            None => {}
            Some(Outcome::Finished { reason, usage }) => self.writer.end(events, reason, usage),
            Some(Outcome::Failed { message }) => self.writer.failure(events, &Problem::Failed { message }),
        }
    }
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
            Self::Events(events) => events.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
