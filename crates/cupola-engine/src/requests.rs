//! What becomes of a request for text: a prompt, jobs for the engine, and an answer of their letters.

use std::sync::Arc;

use http::Response;

use crate::ambient::now;
use crate::answering::{Answering, Choice};
use crate::engine::Ready;
use crate::grammar::{Constraint, Grammar};
use crate::http::{Answer, Worker};
use crate::mailbox::mailbox;
use crate::problem::Problem;
use crate::sampling::SamplingParameters;
use crate::scheduler::{Job, Token, Told};
use crate::template::Conversation;
use crate::tools::{CallParser, reply_grammar};
use crate::wire::{Chat, Completion, Heading, Prompt, Sampling, Tokenize, parse_tokenize, to_json};

/// The sampling temperature when neither the request nor the model names one: the default of the Model Inference
/// specification.
const TEMPERATURE_DEFAULT: f32 = 0.7;

/// Texts longer than this, in bytes, are tokenised beside the connections' thread.
const TOKENIZE_INLINE_BYTES_MAX: usize = 32 << 10;

/// `POST /v1/chat/completions`.
pub(crate) async fn chat(
    worker: &'static Worker,
    ready: &'static Ready,
    body: &[u8],
) -> Result<Response<Answer>, Problem> {
    let chat = Chat::parse(body)?;
    let dialect = ready.model.dialect();
    let toolbox = chat.conversation.toolbox.clone();
    let grammar = reply_grammar(dialect, &toolbox, &chat.reply)?.map(Arc::new);
    let prompt = prompt(ready, chat.conversation).await?;
    let room = room(ready, prompt.len(), "messages")?;
    let wanted = Wanted {
        sampling: &chat.sampling,
        room,
        grammar: grammar.as_ref(),
        told: chat.logprobs.map(|top| Told {
            top: top.into(),
            prompt: false,
        }),
    };
    let mut jobs = Vec::new();
    let mut choices = Vec::new();
    for number in 0..chat.choices {
        let (job, receiver) = job(worker, ready, prompt.clone(), &wanted, number);
        jobs.push(job);
        let mut choice = Choice::new(receiver, chat.logprobs.is_some());
        choice.prompt_counts = number == 0;
        choice.parser = toolbox.is_open().then(|| CallParser::new(dialect, &toolbox));
        choices.push(choice);
    }
    let heading = enqueue(worker, jobs, true)?;
    Answering::new(worker, heading, choices, dialect)
        .answer(chat.stream, chat.include_usage)
        .await
}

/// `POST /v1/completions`.
pub(crate) async fn complete(
    worker: &'static Worker,
    ready: &'static Ready,
    body: &[u8],
) -> Result<Response<Answer>, Problem> {
    let completion = Completion::parse(body)?;
    let mut jobs = Vec::new();
    let mut choices = Vec::new();
    let told = completion.logprobs.map(|top| Told {
        top: top.into(),
        prompt: completion.echo,
    });
    for prompt in &completion.prompts {
        let tokens = raw_prompt(ready, prompt).await?;
        let wanted = Wanted {
            sampling: &completion.sampling,
            room: room(ready, tokens.len(), "prompt")?,
            grammar: None,
            told,
        };
        for number in 0..completion.choices {
            let (job, receiver) = job(worker, ready, tokens.clone(), &wanted, jobs.len() as u32);
            jobs.push(job);
            let mut choice = Choice::new(receiver, told.is_some());
            choice.prompt_counts = number == 0;
            choice.echo = completion.echo.then(|| match prompt {
                Prompt::Text(text) => text.clone(),
                Prompt::Tokens(_) => ready.model.shown(&tokens),
            });
            choices.push(choice);
        }
    }
    let heading = enqueue(worker, jobs, false)?;
    Answering::new(worker, heading, choices, ready.model.dialect())
        .answer(completion.stream, completion.include_usage)
        .await
}

/// `POST /tokenize`: the body of its answer.
pub(crate) async fn tokenize(ready: &'static Ready, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let count = match parse_tokenize(body)? {
        Tokenize::Conversation(conversation) => prompt(ready, conversation).await?.len(),
        Tokenize::Text(text) => aside(text.len(), move || Ok(ready.model.weigh(&text))).await?,
    };
    Ok(to_json(&serde_json::json!({ "count": count })))
}

/// What the jobs of one request share.
struct Wanted<'a> {
    sampling: &'a Sampling,
    room: u32,
    grammar: Option<&'a Arc<Grammar>>,
    told: Option<Told>,
}

fn job(
    worker: &Worker,
    ready: &Ready,
    prompt: Vec<Token>,
    wanted: &Wanted<'_>,
    number: u32,
) -> (Job, crate::mailbox::Receiver) {
    let (sender, receiver) = mailbox();
    let sampling = wanted.sampling;
    let stops = sampling
        .stops
        .iter()
        .cloned()
        .chain(ready.model.fallback_stop().map(str::to_owned));
    let job = Job {
        prompt,
        stops: stops.collect(),
        sampling: parameters(worker, ready, sampling, number),
        completion_tokens_max: sampling
            .completion_tokens_max
            .unwrap_or(wanted.room)
            .min(wanted.room),
        constraint: wanted
            .grammar
            .map(|grammar| Constraint::new(Arc::clone(grammar), ready.model.vocabulary())),
        told: wanted.told,
        mailbox: sender,
    };
    (job, receiver)
}

/// The parameters of one choice: with a seed, each choice has its own that follows from it.
fn parameters(worker: &Worker, ready: &Ready, sampling: &Sampling, number: u32) -> SamplingParameters {
    let mut bias: Vec<(Token, f32)> = sampling
        .logit_bias
        .iter()
        .map(|(token, bias)| (Token(*token), *bias))
        .collect();
    if sampling.ignore_end {
        let ends = ready.model.end_tokens().iter();
        bias.extend(ends.map(|token| (*token, f32::NEG_INFINITY)));
    }
    let seed = sampling.seed.map(|seed| seed.wrapping_add(number.into()));
    let advice = ready.model.advice();
    SamplingParameters {
        temperature: sampling
            .temperature
            .or(advice.temperature)
            .unwrap_or(TEMPERATURE_DEFAULT),
        top_p: sampling.top_p.or(advice.top_p).unwrap_or(1.0),
        min_p: sampling.min_p.or(advice.min_p).unwrap_or(0.0),
        top_k: sampling.top_k.or(advice.top_k).unwrap_or(0) as usize,
        frequency_penalty: sampling.frequency_penalty,
        presence_penalty: sampling.presence_penalty,
        bias,
        seed: seed.unwrap_or_else(|| worker.chance.seed()),
    }
}

fn enqueue(worker: &Worker, jobs: Vec<Job>, chat: bool) -> Result<Heading, Problem> {
    worker
        .engine
        .queue
        .push_all(jobs)
        .map_err(|refused| Problem::refused(refused, worker.queue_length_max))?;
    let kind = if chat { "chatcmpl" } else { "cmpl" };
    Ok(Heading {
        id: format!("{kind}-{}", worker.chance.request_id()),
        created: now().as_second(),
        model: worker.served_name.clone(),
        chat,
    })
}

async fn prompt(ready: &'static Ready, conversation: Conversation) -> Result<Vec<Token>, Problem> {
    // A message costs something even when it is empty: the markers around it. A definition is some text.
    let turns: usize = conversation
        .turns
        .iter()
        .map(|turn| turn.content.len() + 64)
        .sum();
    let bytes = turns + conversation.toolbox.tools.len() * 1024;
    aside(bytes, move || ready.model.prompt(&conversation, now())).await
}

async fn raw_prompt(ready: &'static Ready, prompt: &Prompt) -> Result<Vec<Token>, Problem> {
    match prompt {
        Prompt::Text(text) => {
            let text = text.clone();
            aside(text.len(), move || Ok(ready.model.raw_prompt(&text))).await
        }
        Prompt::Tokens(tokens) => {
            let known = 0..ready.model.tokens();
            match tokens.iter().find(|token| !known.contains(token)) {
                None => Ok(tokens.iter().map(|token| Token(*token)).collect()),
                Some(token) => Err(Problem::invalid(
                    Some("prompt"),
                    format!(
                        "The token {token} in prompt is not in the vocabulary; 0 to {} are.",
                        known.end - 1
                    ),
                )),
            }
        }
    }
}

/// Work on a text: here if it is short, on a thread of its own otherwise.
async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if bytes <= TOKENIZE_INLINE_BYTES_MAX {
        return work();
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| {
        Err(Problem::Failed {
            message: "The text could not be tokenised.".to_owned(),
        })
    })
}

/// How many tokens of completion the context has room for beside this prompt.
fn room(ready: &Ready, prompt_tokens: usize, parameter: &'static str) -> Result<u32, Problem> {
    let context_tokens = ready.context_tokens;
    let prompt = u32::try_from(prompt_tokens).unwrap_or(u32::MAX);
    match context_tokens.checked_sub(prompt) {
        Some(room) if room > 0 && prompt > 0 => Ok(room),
        Some(room) if room > 0 => Err(Problem::invalid(
            Some(parameter),
            format!("'{parameter}' has no text in it."),
        )),
        _ => Err(Problem::context_length_exceeded(
            parameter,
            prompt_tokens,
            context_tokens,
        )),
    }
}
