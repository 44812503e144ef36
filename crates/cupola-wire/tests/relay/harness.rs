//! A stream from a backend to a client, as the gateway relays it, without the gateway: for tests, and for fuzzing.

use cupola_wire::dialect::{Dialect, Reader};
use cupola_wire::openai::{Event, Heading, Renderer, Splitter, Surface, Tally, TextRenderer, Totals, Writer};
use cupola_wire::{anthropic, cohere, responses};
use serde::de::IgnoredAny;

const PROMPT_TOKENS: u64 = 7;

/// Whose clients read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    ModelInference,
    OpenAi,
    OpenAiWithUsage,
    Text,
    Messages,
    Responses,
    CohereEvents,
    CohereLines,
}

impl Client {
    pub(crate) const ALL: [Self; 8] = [
        Self::ModelInference,
        Self::OpenAi,
        Self::OpenAiWithUsage,
        Self::Text,
        Self::Messages,
        Self::Responses,
        Self::CohereEvents,
        Self::CohereLines,
    ];

    fn writer(self) -> Box<dyn Writer> {
        let heading = |surface| Heading {
            surface,
            id: "0123456789abcdef0123456789abcdef",
            created: 1_739_300_519,
            model: "m",
        };
        let (openai, cohere) = (heading(Surface::OpenAi), heading(Surface::Cohere));
        match self {
            Self::ModelInference => Box::new(Renderer::new(&heading(Surface::ModelInference), false)),
            Self::OpenAi => Box::new(Renderer::new(&openai, false)),
            Self::OpenAiWithUsage => Box::new(Renderer::new(&openai, true)),
            Self::Text => Box::new(TextRenderer::new(&openai, true)),
            Self::Messages => Box::new(anthropic::MessagesWriter::new(
                &heading(Surface::Anthropic),
                PROMPT_TOKENS,
            )),
            Self::Responses => Box::new(responses::ResponsesWriter::new(
                &openai,
                responses::Echo::read(b"{}"),
            )),
            Self::CohereEvents => Box::new(cohere::EventsWriter::new(&cohere)),
            Self::CohereLines => Box::new(cohere::LinesWriter::new(&cohere, b"{}")),
        }
    }
}

/// What went out, and what is charged for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Relayed {
    pub(crate) out: Vec<u8>,
    pub(crate) totals: Totals,
    /// Did it end as it should?
    pub(crate) whole: bool,
}

enum End {
    Complete,
    Failed(String),
}

/// Relays what a backend of this dialect sends in these pieces, and what is left when it hangs up.
pub(crate) fn relay<'a>(
    dialect: Dialect,
    client: Client,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Relayed {
    let (mut splitter, mut tally, mut reader) = (Splitter::default(), Tally::default(), dialect.reader());
    let (mut writer, mut out, mut end) = (client.writer(), Vec::new(), None);
    let mut take = |payload: &[u8]| {
        if end.is_none() {
            match Event::read(payload) {
                Event::Chunk(chunk) => {
                    tally.report(&chunk);
                    tally.deliver(chunk.said_tokens());
                    writer.chunk(&chunk, &mut out);
                }
                Event::Done => end = Some(End::Complete),
                Event::Failed(message) => end = Some(End::Failed(message)),
            }
        }
    };
    let mut each = |payload: &[u8]| match &mut reader {
        Some(reader) => Reader::event(&mut **reader, payload, &mut take),
        None => take(payload),
    };
    let fed = pieces
        .into_iter()
        .try_for_each(|piece| splitter.feed(piece, &mut each));
    if fed.is_ok() {
        splitter.finish(&mut each);
    }
    let end = match (end, fed) {
        (Some(end), _) => end,
        (None, Err(error)) => End::Failed(error.to_string()),
        (None, Ok(())) if tally.finished() => End::Complete,
        (None, Ok(())) => End::Failed("broke off".to_owned()),
    };
    let whole = matches!(end, End::Complete);
    let totals = tally.totals(PROMPT_TOKENS, whole || tally.finished());
    match end {
        End::Complete => writer.end(&totals, &mut out),
        End::Failed(message) => writer.break_off("BackendFailed", &message, &totals, &mut out),
    }
    Relayed { out, totals, whole }
}

/// Are these the frames that the client's parser expects? Says which is not.
pub(crate) fn check_frames(client: Client, out: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(out).map_err(|error| format!("no UTF-8: {error}"))?;
    if text.contains('\r') {
        return Err(format!("a line ends with CR: {text:?}"));
    }
    if client == Client::CohereLines {
        return text.lines().try_for_each(check_json);
    }
    let Some(events) = text.strip_suffix("\n\n") else {
        return Err(format!("no empty line at the end: {text:?}"));
    };
    for event in events.split("\n\n") {
        let data = match event.split_once('\n') {
            Some((name, data)) if name.starts_with("event: ") => data,
            Some(_) => return Err(format!("an event of two lines: {event:?}")),
            None => event,
        };
        match data.strip_prefix("data: ") {
            Some("[DONE]") => {}
            Some(data) => check_json(data)?,
            None => return Err(format!("no data: {event:?}")),
        }
    }
    Ok(())
}

fn check_json(line: &str) -> Result<(), String> {
    if line.contains('\n') {
        return Err(format!("more than a line: {line:?}"));
    }
    serde_json::from_str::<IgnoredAny>(line)
        .map(|_| ())
        .map_err(|error| format!("{error}: {line:?}"))
}
