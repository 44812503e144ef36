//! The routes of a worker with an embedding model or a re-ranker.

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::engine::{EmbeddingEngine, Ready};
use super::frame::Cut;
use super::vector::normalized;
use super::wire::{self, Embed, Input};
use crate::ambient::Chance;
use crate::engine::EngineSettings;
use crate::http::{Answer, json_response, read, refusal};
use crate::problem::Problem;
use crate::rerank;
use crate::scheduler::Token;
use crate::serve::Service;
use crate::wire::to_json;

/// Texts longer than this, in bytes and together, are tokenised beside the connections' thread.
pub(crate) const TOKENIZE_INLINE_BYTES_MAX: usize = 32 << 10;

/// What every request sees.
pub(crate) struct EmbeddingWorker {
    pub(crate) engine: EmbeddingEngine,
    pub(crate) chance: Chance,
    pub(crate) served_name: String,
    pub(crate) slots: u32,
}

impl Service for EmbeddingWorker {
    fn run(&self, settings: &EngineSettings) -> anyhow::Result<()> {
        self.engine.run(settings)
    }

    fn close(&self) {
        self.engine.close();
    }

    async fn answer(&'static self, request: Request<Incoming>) -> Response<Answer> {
        let route = (request.method().clone(), request.uri().path());
        let answered = match (route.0, route.1) {
            (Method::GET, "/health") => return self.health(),
            (Method::POST, "/v1/embeddings") => self.embeddings(request.into_body()).await,
            (Method::POST, "/v1/rerank") => self.rerank(request.into_body()).await,
            (Method::POST, "/tokenize") => self.tokenize(request.into_body()).await,
            (_, "/health") => Err(Problem::MethodNotAllowed { allowed: "GET" }),
            (_, "/v1/embeddings" | "/v1/rerank" | "/tokenize") => {
                Err(Problem::MethodNotAllowed { allowed: "POST" })
            }
            (Method::POST, "/v1/chat/completions") => Err(Problem::WrongModel {
                message: "This model reads texts and writes none: it answers /v1/embeddings and /v1/rerank. Ask a \
                          chat model.",
            }),
            _ => Err(Problem::NoSuchRoute),
        };
        answered.map_or_else(|problem| refusal(&problem), json_response)
    }
}

impl EmbeddingWorker {
    fn health(&self) -> Response<Answer> {
        let Some(ready) = self.engine.ready() else {
            let mut loading = json_response(to_json(&json!({ "status": "loading" })));
            *loading.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return loading;
        };
        let task = if ready.model.scores_pairs() {
            "rerank"
        } else {
            "embedding"
        };
        json_response(to_json(&json!({
            "status": "ok",
            "model": self.served_name,
            "task": task,
            "dimensions": ready.model.dimensions(),
            "context": ready.context_tokens,
            "slots": self.slots,
            "busy": self.engine.busy(),
            "waiting": self.engine.waiting(),
        })))
    }

    fn ready(&'static self) -> Result<&'static Ready, Problem> {
        self.engine.ready().ok_or(Problem::NotReady {
            message: "The model is still loading.",
        })
    }

    async fn embeddings(&'static self, body: Incoming) -> Result<Vec<u8>, Problem> {
        let ready = self.ready()?;
        let request = Embed::parse(&read(body).await?)?;
        if ready.model.scores_pairs() {
            return Err(Problem::WrongModel {
                message: "This model is a re-ranker and gives no embeddings: it answers /v1/rerank.",
            });
        }
        let dimensions = request.dimensions.unwrap_or(ready.model.dimensions());
        if dimensions > ready.model.dimensions() {
            return Err(Problem::unsupported("dimensions", dimensions));
        }
        let texts = framed(ready, request.inputs, request.cut).await?;
        let tokens = count(&texts);
        let vectors = self.engine.encode(texts).await?;
        let vectors: Vec<Vec<f32>> = vectors
            .into_iter()
            .map(|vector| normalized(vector, dimensions))
            .collect();
        let id = self.chance.request_id();
        Ok(wire::answer(
            &id,
            &self.served_name,
            &vectors,
            request.encoding,
            tokens,
        ))
    }

    async fn rerank(&'static self, body: Incoming) -> Result<Vec<u8>, Problem> {
        let ready = self.ready()?;
        let request = rerank::wire::Rerank::parse(&read(body).await?)?;
        rerank::answer(self, ready, request).await
    }

    async fn tokenize(&'static self, body: Incoming) -> Result<Vec<u8>, Problem> {
        let ready = self.ready()?;
        let body: Value = serde_json::from_slice(&read(body).await?).map_err(|error| {
            Problem::invalid(None, format!("The request body is not a JSON object: {error}."))
        })?;
        let inputs = wire::inputs(body.get("input").cloned().unwrap_or_default())?;
        let texts = tokenized(ready, inputs).await?;
        let framed = texts
            .iter()
            .map(|text| ready.model.frame().single(text, usize::MAX, Cut::Nothing));
        // Without a limit, every text fits.
        let texts: Vec<Vec<Token>> = framed.flatten().collect();
        Ok(to_json(&json!({ "count": count(&texts) })))
    }
}

/// The tokens of each input, marked and within the context.
async fn framed(ready: &'static Ready, inputs: Vec<Input>, cut: Cut) -> Result<Vec<Vec<Token>>, Problem> {
    let limit = ready.context_tokens;
    let texts = tokenized(ready, inputs).await?.into_iter().enumerate();
    texts
        .map(|(index, text)| {
            let framed = ready.model.frame().single(&text, limit as usize, cut);
            framed.map_err(|long| Problem::input_too_long(index, long.tokens, limit))
        })
        .collect()
}

async fn tokenized(ready: &'static Ready, inputs: Vec<Input>) -> Result<Vec<Vec<Token>>, Problem> {
    let vocabulary = ready.model.vocabulary_size();
    let unknown = inputs.iter().enumerate().find_map(|(index, input)| match input {
        Input::Text(_) => None,
        Input::Tokens(tokens) => Some((index, *tokens.iter().find(|token| **token >= vocabulary)?)),
    });
    if let Some((index, token)) = unknown {
        let message = format!(
            "input[{index}] has the token {token} and this model's vocabulary ends before {vocabulary}. Tokens are \
             those of this model; send the text instead."
        );
        return Err(Problem::invalid(Some("input"), message));
    }
    let bytes = inputs.iter().map(|input| match input {
        Input::Text(text) => text.len(),
        Input::Tokens(_) => 0,
    });
    let inline = bytes.sum::<usize>() <= TOKENIZE_INLINE_BYTES_MAX;
    beside(inline, move || {
        let tokens = inputs.into_iter().map(|input| match input {
            Input::Text(text) => ready.model.tokenize(&text),
            Input::Tokens(tokens) => tokens
                .into_iter()
                .map(|token| Token::at(token as usize))
                .collect(),
        });
        tokens.collect()
    })
    .await
}

/// Runs here when it is quick, and beside the connections' thread when it is not.
pub(crate) async fn beside<T: Send + 'static>(
    inline: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    if inline {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::Failed {
            message: error.to_string(),
        })
}

/// Tokens of all texts.
pub(crate) fn count(texts: &[Vec<Token>]) -> usize {
    texts.iter().map(Vec::len).sum()
}
