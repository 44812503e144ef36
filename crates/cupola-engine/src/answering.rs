//! Answers out of the letters of their choices: whole, or as a stream.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Response;

use crate::http::{Answer, Worker, event_response, json_response};
use crate::mailbox::{FinishReason, Letter, Outcome, Receiver, TokenLogprob, Usage};
use crate::problem::Problem;
use crate::tools::{CallParser, Dialect, Part};
use crate::wire::{CallBody, ChatChoice, EventWriter, Heading, TextChoice};

/// One of the completions that a request asked for, while it comes in.
pub(crate) struct Choice {
    receiver: Receiver,
    /// Whether its tokens are told.
    told: bool,
    /// Whether its prompt counts: the completions of one prompt share it.
    pub(crate) prompt_counts: bool,
    /// Finds the calls in the text.
    pub(crate) parser: Option<CallParser>,
    /// What the text begins with.
    pub(crate) echo: Option<String>,
    /// Tokens that belong to text that is not decided yet.
    untold: Vec<TokenLogprob>,
    calls: usize,
    /// Characters that were streamed.
    offset: usize,
    end: Option<FinishReason>,
}

/// What came of a letter.
enum Piece {
    Text(String, Option<Vec<TokenLogprob>>),
    Call(CallBody),
    Failed(String),
}

impl Choice {
    pub(crate) fn new(receiver: Receiver, told: bool) -> Self {
        Self {
            receiver,
            told,
            prompt_counts: true,
            parser: None,
            echo: None,
            untold: Vec::new(),
            calls: 0,
            offset: 0,
            end: None,
        }
    }

    /// The pieces of a letter, in order. The end is noted in `end`.
    fn read(&mut self, letter: Letter, new_id: &dyn Fn() -> String, usage: &mut Usage) -> VecDeque<Piece> {
        let mut pieces = VecDeque::new();
        self.untold.extend(letter.tokens);
        let mut text = self.echo.take().unwrap_or_default();
        text.push_str(&letter.text);
        match &mut self.parser {
            None => self.tell(text, &mut pieces),
            Some(parser) => {
                parser.push(&text);
                if matches!(letter.outcome, Some(Outcome::Finished { .. })) {
                    parser.finish();
                }
                while let Some(part) = self.parser.as_mut().and_then(CallParser::next) {
                    match part {
                        Part::Text(text) => self.tell(text, &mut pieces),
                        Part::Call { name, arguments } => {
                            // The tokens of a call are no text.
                            self.untold.clear();
                            pieces.push_back(Piece::Call(CallBody::new(new_id(), name, arguments)));
                        }
                    }
                }
            }
        }
        match letter.outcome {
            None => {}
            Some(Outcome::Failed { message }) => {
                self.end = Some(FinishReason::Stop);
                pieces.push_back(Piece::Failed(message));
            }
            Some(Outcome::Finished { reason, usage: mine }) => {
                if !self.untold.is_empty() && self.parser.as_ref().is_none_or(|parser| parser.calls() == 0) {
                    self.tell(String::new(), &mut pieces);
                }
                self.end = Some(self.reason(reason));
                self.count(mine, usage);
            }
        }
        pieces
    }

    fn tell(&mut self, text: String, pieces: &mut VecDeque<Piece>) {
        if text.is_empty() && self.untold.is_empty() {
            return;
        }
        let tokens = self.told.then(|| std::mem::take(&mut self.untold));
        pieces.push_back(Piece::Text(text, tokens));
    }

    fn reason(&self, reason: FinishReason) -> FinishReason {
        let calls = self.parser.as_ref().map_or(0, CallParser::calls);
        match reason {
            FinishReason::Stop if calls > 0 => FinishReason::ToolCalls,
            other => other,
        }
    }

    fn count(&self, mine: Usage, all: &mut Usage) {
        all.completion_tokens += mine.completion_tokens;
        if self.prompt_counts {
            all.prompt_tokens += mine.prompt_tokens;
            all.cached_tokens += mine.cached_tokens;
        }
    }
}

/// An answer that is on its way.
pub(crate) struct Answering {
    worker: &'static Worker,
    heading: Heading,
    choices: Vec<Choice>,
    dialect: Dialect,
    usage: Usage,
}

impl Answering {
    pub(crate) fn new(
        worker: &'static Worker,
        heading: Heading,
        choices: Vec<Choice>,
        dialect: Dialect,
    ) -> Self {
        let usage = Usage {
            prompt_tokens: 0,
            cached_tokens: 0,
            completion_tokens: 0,
        };
        Self {
            worker,
            heading,
            choices,
            dialect,
            usage,
        }
    }

    pub(crate) async fn answer(self, stream: bool, include_usage: bool) -> Result<Response<Answer>, Problem> {
        if stream {
            self.streamed(include_usage).await
        } else {
            self.whole().await
        }
    }

    async fn whole(mut self) -> Result<Response<Answer>, Problem> {
        let (worker, dialect) = (self.worker, self.dialect);
        let new_id = || dialect.id(&worker.chance.request_id());
        let mut chats = Vec::new();
        for choice in &mut self.choices {
            let mut chat = ChatChoice {
                content: String::new(),
                calls: Vec::new(),
                reason: FinishReason::Stop,
                logprobs: choice.told.then(Vec::new),
            };
            while choice.end.is_none() {
                let letter = choice.receiver.next().await;
                for piece in choice.read(letter, &new_id, &mut self.usage) {
                    match piece {
                        Piece::Text(text, tokens) => {
                            chat.content.push_str(&text);
                            if let Some(all) = &mut chat.logprobs {
                                all.extend(tokens.unwrap_or_default());
                            }
                        }
                        Piece::Call(call) => chat.calls.push(call),
                        Piece::Failed(message) => return Err(Problem::Failed { message }),
                    }
                }
            }
            chat.reason = choice.end.unwrap_or(FinishReason::Stop);
            chats.push(chat);
        }
        if self.heading.chat {
            return Ok(json_response(self.heading.chat(&chats, self.usage)));
        }
        let texts: Vec<TextChoice> = chats
            .into_iter()
            .map(|chat| TextChoice {
                text: chat.content,
                reason: chat.reason,
                logprobs: chat.logprobs,
            })
            .collect();
        Ok(json_response(self.heading.text(&texts, self.usage)))
    }

    /// Answers when the first text is there: what fails before that still gets a status of its own.
    async fn streamed(mut self, include_usage: bool) -> Result<Response<Answer>, Problem> {
        let (index, letter) = std::future::poll_fn(|context| self.poll_any(context)).await;
        if let Letter {
            text,
            outcome: Some(Outcome::Failed { message }),
            ..
        } = &letter
            && text.is_empty()
        {
            return Err(Problem::Failed {
                message: message.clone(),
            });
        }
        let writer = self.heading.stream(include_usage);
        let mut events = Vec::new();
        for index in 0..self.choices.len() {
            writer.role(&mut events, index);
        }
        let mut stream = EventStream {
            writer,
            answering: self,
            waiting: events,
            ended: false,
        };
        stream.write(index, letter);
        Ok(event_response(stream))
    }

    /// A letter of any choice that goes on.
    fn poll_any(&mut self, context: &mut Context<'_>) -> Poll<(usize, Letter)> {
        for (index, choice) in self.choices.iter_mut().enumerate() {
            if choice.end.is_none()
                && let Poll::Ready(letter) = choice.receiver.poll_letter(context)
            {
                return Poll::Ready((index, letter));
            }
        }
        Poll::Pending
    }
}

/// A completion as server-sent events, written as its letters come. Dropping it cancels the request.
pub(crate) struct EventStream {
    writer: EventWriter,
    answering: Answering,
    /// Events that were written and not sent.
    waiting: Vec<u8>,
    ended: bool,
}

impl EventStream {
    pub(crate) fn is_ended(&self) -> bool {
        self.ended && self.waiting.is_empty()
    }

    pub(crate) fn poll_events(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while !self.ended {
            match self.answering.poll_any(context) {
                Poll::Ready((index, letter)) => self.write(index, letter),
                Poll::Pending => break,
            }
        }
        if !self.waiting.is_empty() {
            return Poll::Ready(Some(std::mem::take(&mut self.waiting).into()));
        }
        if self.ended {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }

    fn write(&mut self, index: usize, letter: Letter) {
        let (worker, dialect) = (self.answering.worker, self.answering.dialect);
        let new_id = || dialect.id(&worker.chance.request_id());
        let Some(choice) = self.answering.choices.get_mut(index) else {
            return;
        };
        for piece in choice.read(letter, &new_id, &mut self.answering.usage) {
            match piece {
                Piece::Text(text, tokens) => {
                    let tokens = tokens.as_deref();
                    self.writer
                        .content(&mut self.waiting, index, &text, tokens, &mut choice.offset);
                }
                Piece::Call(call) => {
                    self.writer.call(&mut self.waiting, index, choice.calls, &call);
                    choice.calls += 1;
                }
                Piece::Failed(message) => {
                    self.writer
                        .failure(&mut self.waiting, &Problem::Failed { message });
                    self.ended = true;
                    return;
                }
            }
        }
        if let Some(reason) = choice.end {
            self.writer.end_choice(&mut self.waiting, index, reason);
        }
        if self.answering.choices.iter().all(|choice| choice.end.is_some()) {
            self.writer.end(&mut self.waiting, self.answering.usage);
            self.ended = true;
        }
    }
}
