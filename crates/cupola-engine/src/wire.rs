//! The JSON that the worker speaks: OpenAI's chat completions, as far as this engine goes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::mailbox::{FinishReason, Usage};
use crate::problem::Problem;
use crate::template::{Role, Turn};

/// The sampling temperature when the request names none: the default of the Model Inference specification.
const TEMPERATURE_DEFAULT: f64 = 0.7;

/// Stop strings of one request. They are searched after every token, on the thread that computes for everybody.
const STOPS_MAX: usize = 16;

/// Entries of `logit_bias`, which are added for every token, on that thread too.
const BIASES_MAX: usize = 1024;

/// A chat request, checked.
#[derive(Debug, PartialEq)]
pub(crate) struct Chat {
    pub(crate) turns: Vec<Turn>,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
    pub(crate) temperature: f32,
    pub(crate) top_p: f32,
    pub(crate) frequency_penalty: f32,
    pub(crate) presence_penalty: f32,
    /// Token numbers and what to add to their logits.
    pub(crate) logit_bias: Vec<(i32, f32)>,
    pub(crate) seed: Option<u64>,
    pub(crate) stops: Vec<String>,
    /// `None` is as much as the context holds.
    pub(crate) completion_tokens_max: Option<u32>,
    /// Goes on past the end of the turn, for measurements of equal length.
    pub(crate) ignore_end: bool,
}

impl Chat {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Problem> {
        let body: ChatBody<'_> = parse(body)?;
        body.refuse_unsupported()?;
        Ok(Self {
            turns: turns(body.messages)?,
            stream: body.stream.unwrap_or(false),
            include_usage: body
                .stream_options
                .and_then(|options| options.include_usage)
                .unwrap_or(false),
            temperature: within("temperature", body.temperature, TEMPERATURE_DEFAULT, 0.0, 2.0)?,
            top_p: within("top_p", body.top_p, 1.0, 0.0, 1.0)?,
            frequency_penalty: within("frequency_penalty", body.frequency_penalty, 0.0, -2.0, 2.0)?,
            presence_penalty: within("presence_penalty", body.presence_penalty, 0.0, -2.0, 2.0)?,
            logit_bias: biases(body.logit_bias)?,
            seed: body.seed.map(|seed| seed as u64),
            stops: stops(body.stop)?,
            completion_tokens_max: completion_tokens_max(body.max_completion_tokens, body.max_tokens)?,
            ignore_end: body.ignore_eos.unwrap_or(false),
        })
    }
}

/// The conversation of a `/tokenize` request.
pub(crate) fn parse_tokenize(body: &[u8]) -> Result<Vec<Turn>, Problem> {
    #[derive(Deserialize)]
    struct TokenizeBody<'a> {
        #[serde(borrow)]
        messages: Option<Vec<MessageBody<'a>>>,
    }
    let body: TokenizeBody<'_> = parse(body)?;
    turns(body.messages)
}

/// Absent and `null` are the same everywhere; keys that are not here are ignored, as OpenAI does.
#[derive(Deserialize)]
struct ChatBody<'a> {
    #[serde(borrow)]
    messages: Option<Vec<MessageBody<'a>>>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    frequency_penalty: Option<f64>,
    presence_penalty: Option<f64>,
    logit_bias: Option<HashMap<Cow<'a, str>, f64>>,
    seed: Option<i64>,
    stop: Option<Stop>,
    max_tokens: Option<i64>,
    max_completion_tokens: Option<i64>,
    ignore_eos: Option<bool>,
    // Known, and not supported yet beyond the value that asks for nothing.
    n: Option<i64>,
    logprobs: Option<bool>,
    top_logprobs: Option<i64>,
    modalities: Option<Vec<Cow<'a, str>>>,
    response_format: Option<ResponseFormat<'a>>,
    tools: Option<Vec<IgnoredAny>>,
    tool_choice: Option<Value>,
}

#[derive(Deserialize)]
struct MessageBody<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: Option<ContentBody<'a>>,
    tool_calls: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "content must be a string or an array of parts")]
enum ContentBody<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Parts(#[serde(borrow)] Vec<PartBody<'a>>),
}

#[derive(Deserialize)]
struct PartBody<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct ResponseFormat<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "stop must be a string or an array of strings")]
enum Stop {
    One(String),
    Several(Vec<String>),
}

impl ChatBody<'_> {
    fn refuse_unsupported(&self) -> Result<(), Problem> {
        if let Some(n) = self.n.filter(|n| *n != 1) {
            return Err(Problem::unsupported("n", n));
        }
        if self.logprobs == Some(true) {
            return Err(Problem::unsupported("logprobs", true));
        }
        if let Some(count) = self.top_logprobs.filter(|count| *count != 0) {
            return Err(Problem::unsupported("top_logprobs", count));
        }
        if let Some(modalities) = self
            .modalities
            .as_deref()
            .filter(|modalities| *modalities != ["text"])
        {
            return Err(Problem::unsupported("modalities", modalities));
        }
        if let Some(format) = self
            .response_format
            .as_ref()
            .filter(|format| format.kind != "text")
        {
            return Err(Problem::unsupported("response_format", &*format.kind));
        }
        if self.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            return Err(Problem::unsupported("tools", "function"));
        }
        if let Some(choice) = self
            .tool_choice
            .as_ref()
            .filter(|choice| *choice != "none" && *choice != "auto")
        {
            return Err(Problem::unsupported("tool_choice", choice));
        }
        Ok(())
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::invalid(None, format!("The request body is not valid: {error}.")))
}

fn turns(messages: Option<Vec<MessageBody<'_>>>) -> Result<Vec<Turn>, Problem> {
    let messages = messages.filter(|messages| !messages.is_empty()).ok_or_else(|| {
        Problem::invalid(
            Some("messages"),
            "The request needs 'messages': an array with at least one message.",
        )
    })?;
    messages
        .into_iter()
        .enumerate()
        .map(|(index, message)| turn(index, message))
        .collect()
}

fn turn(index: usize, message: MessageBody<'_>) -> Result<Turn, Problem> {
    let role = match &*message.role {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => return Err(Problem::unsupported("messages", &*message.role)),
        other => {
            let problem = format!(
                "The role '{other}' of messages[{index}] is not known; \
                 system, developer, user and assistant are."
            );
            return Err(Problem::invalid(Some("messages"), problem));
        }
    };
    if message.tool_calls.is_some_and(|calls| !calls.is_empty()) {
        return Err(Problem::unsupported("messages", "tool_calls"));
    }
    let content = match message.content {
        Some(ContentBody::Text(text)) => text.into_owned(),
        Some(ContentBody::Parts(parts)) => joined(index, parts)?,
        None if role == Role::Assistant => String::new(),
        None => {
            let problem = format!("messages[{index}] has no content.");
            return Err(Problem::invalid(Some("messages"), problem));
        }
    };
    Ok(Turn { role, content })
}

/// The text of an array of parts, one after the other.
fn joined(index: usize, parts: Vec<PartBody<'_>>) -> Result<String, Problem> {
    let mut content = String::new();
    for part in parts {
        match (&*part.kind, part.text) {
            ("text", Some(text)) => content.push_str(&text),
            ("image_url" | "audio_url" | "input_audio" | "audio_input" | "file" | "video_url", _) => {
                return Err(Problem::unsupported("messages", &*part.kind));
            }
            ("text", None) => {
                let problem = format!("A part of messages[{index}] has the type text and no text.");
                return Err(Problem::invalid(Some("messages"), problem));
            }
            (other, _) => {
                let problem = format!("The part type '{other}' of messages[{index}] is not known; text is.");
                return Err(Problem::invalid(Some("messages"), problem));
            }
        }
    }
    Ok(content)
}

fn within(
    name: &'static str,
    value: Option<f64>,
    default: f64,
    lowest: f64,
    highest: f64,
) -> Result<f32, Problem> {
    let value = value.unwrap_or(default);
    if (lowest..=highest).contains(&value) {
        Ok(value as f32)
    } else {
        Err(Problem::unsupported(name, value))
    }
}

fn stops(stop: Option<Stop>) -> Result<Vec<String>, Problem> {
    let stops = match stop {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop],
        Some(Stop::Several(stops)) => stops,
    };
    if stops.len() > STOPS_MAX {
        let problem = format!("stop has {} strings; at most {STOPS_MAX} are taken.", stops.len());
        return Err(Problem::invalid(Some("stop"), problem));
    }
    Ok(stops)
}

fn biases(biases: Option<HashMap<Cow<'_, str>, f64>>) -> Result<Vec<(i32, f32)>, Problem> {
    let biases = biases.unwrap_or_default();
    if biases.len() > BIASES_MAX {
        let problem = format!(
            "logit_bias has {} entries; at most {BIASES_MAX} are taken.",
            biases.len()
        );
        return Err(Problem::invalid(Some("logit_bias"), problem));
    }
    let mut parsed = Vec::new();
    for (token, bias) in biases {
        let token = token.parse().map_err(|_| {
            let problem = format!("'{token}' in logit_bias is not a token number.");
            Problem::invalid(Some("logit_bias"), problem)
        })?;
        parsed.push((token, within("logit_bias", Some(bias), 0.0, -100.0, 100.0)?));
    }
    Ok(parsed)
}

fn completion_tokens_max(newer: Option<i64>, older: Option<i64>) -> Result<Option<u32>, Problem> {
    let name = if newer.is_some() {
        "max_completion_tokens"
    } else {
        "max_tokens"
    };
    match newer.or(older) {
        Some(count) if count < 1 => Err(Problem::invalid(
            Some(name),
            format!("{name} is {count}; it must be at least 1."),
        )),
        // More than any context has is as good as no limit.
        count => Ok(count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))),
    }
}

/// What every answer to one request repeats.
pub(crate) struct Heading {
    /// `chatcmpl-` and 32 hexadecimal digits.
    pub(crate) id: String,
    /// Unix seconds.
    pub(crate) created: i64,
    pub(crate) model: String,
}

impl Heading {
    /// The answer that is not streamed.
    pub(crate) fn whole(&self, content: &str, reason: FinishReason, usage: Usage) -> Vec<u8> {
        #[derive(Serialize)]
        struct Completion<'a> {
            id: &'a str,
            object: &'static str,
            created: i64,
            model: &'a str,
            choices: [Choice<'a>; 1],
            usage: UsageBody,
        }
        #[derive(Serialize)]
        struct Choice<'a> {
            index: u32,
            message: Message<'a>,
            finish_reason: &'static str,
            logprobs: Option<()>,
        }
        #[derive(Serialize)]
        struct Message<'a> {
            role: &'static str,
            content: &'a str,
        }
        let message = Message {
            role: "assistant",
            content,
        };
        to_json(&Completion {
            id: &self.id,
            object: "chat.completion",
            created: self.created,
            model: &self.model,
            choices: [Choice {
                index: 0,
                message,
                finish_reason: finish_reason(reason),
                logprobs: None,
            }],
            usage: UsageBody::from(usage),
        })
    }

    /// The writer of this answer's stream.
    pub(crate) fn stream(&self, include_usage: bool) -> EventWriter {
        let mut head = b"data: ".to_vec();
        head.extend(to_json(&json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        })));
        // The chunks differ only in what follows these four.
        head.pop();
        head.extend_from_slice(b",\"choices\":[");
        EventWriter { head, include_usage }
    }
}

/// Writes the events of a stream in their canonical form: `data: `, one line of JSON, an empty line.
pub(crate) struct EventWriter {
    head: Vec<u8>,
    include_usage: bool,
}

impl EventWriter {
    pub(crate) fn role(&self, events: &mut Vec<u8>) {
        self.choice(events, br#"{"role":"assistant","content":""}"#, "null");
    }

    pub(crate) fn content(&self, events: &mut Vec<u8>, text: &str) {
        let mut delta = Vec::with_capacity(text.len() + 16);
        delta.extend_from_slice(br#"{"content":"#);
        delta.extend_from_slice(&to_json(&text));
        delta.push(b'}');
        self.choice(events, &delta, "null");
    }

    /// The last chunk with a choice, the usage if it was asked for, and `[DONE]`.
    pub(crate) fn end(&self, events: &mut Vec<u8>, reason: FinishReason, usage: Usage) {
        self.choice(events, b"{}", &format!("\"{}\"", finish_reason(reason)));
        if self.include_usage {
            events.extend_from_slice(&self.head);
            events.extend_from_slice(b"],\"usage\":");
            events.extend_from_slice(&to_json(&UsageBody::from(usage)));
            events.extend_from_slice(b"}\n\n");
        }
        events.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// A failure after the first byte: all that can still be said. No `[DONE]` follows, so nobody takes the
    /// completion for whole.
    pub(crate) fn failure(&self, events: &mut Vec<u8>, problem: &Problem) {
        events.extend_from_slice(b"data: ");
        events.extend_from_slice(&problem.body());
        events.extend_from_slice(b"\n\n");
    }

    fn choice(&self, events: &mut Vec<u8>, delta: &[u8], finish_reason: &str) {
        events.reserve(self.head.len() + delta.len() + 64);
        events.extend_from_slice(&self.head);
        events.extend_from_slice(br#"{"index":0,"delta":"#);
        events.extend_from_slice(delta);
        let written = write!(events, ",\"finish_reason\":{finish_reason}}}]}}\n\n");
        debug_assert!(written.is_ok(), "a vector takes every write");
    }
}

fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
    }
}

#[derive(Serialize)]
struct UsageBody {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: PromptTokensDetails,
}

#[derive(Serialize)]
struct PromptTokensDetails {
    cached_tokens: u32,
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
            total_tokens: usage.prompt_tokens + usage.completion_tokens,
            prompt_tokens_details: PromptTokensDetails {
                cached_tokens: usage.cached_tokens,
            },
        }
    }
}

/// JSON of something that has only string keys and cannot fail to be written.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(body: &str) -> Result<Chat, String> {
        Chat::parse(body.as_bytes()).map_err(|problem| {
            format!(
                "{} {}",
                problem.status().as_u16(),
                String::from_utf8_lossy(&problem.body())
            )
        })
    }

    /// Adds the fields to a request that is otherwise good and expects its refusal to contain all of `expected`.
    fn check_refusal(fields: &str, expected: &[&str]) {
        let refusal = chat(&format!(
            r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#
        ));
        let refusal = refusal.expect_err("it should be refused");
        assert!(expected.iter().all(|part| refusal.contains(part)), "{refusal}");
    }

    #[test]
    fn the_smallest_request_gets_the_defaults() {
        let chat =
            chat(r#"{"messages":[{"role":"user","content":"hi"}],"stop":null,"tools":null,"model":null}"#);
        assert_eq!(
            chat,
            Ok(Chat {
                turns: vec![Turn {
                    role: Role::User,
                    content: "hi".to_owned()
                }],
                stream: false,
                include_usage: false,
                temperature: 0.7,
                top_p: 1.0,
                frequency_penalty: 0.0,
                presence_penalty: 0.0,
                logit_bias: Vec::new(),
                seed: None,
                stops: Vec::new(),
                completion_tokens_max: None,
                ignore_end: false,
            })
        );
    }

    #[test]
    fn messages_come_in_all_their_shapes() {
        let chat = chat(
            r#"{"messages":[{"content":"Be \"kind\".","role":"developer"},{"role":"assistant"},
               {"role":"user","content":[{"type":"text","text":"one "},{"text":"two","type":"text"}]}],
               "stop":["a","b"],"max_tokens":5,"max_completion_tokens":7,"seed":-1,"unknown":{"x":1}}"#,
        )
        .expect("it is good");
        let contents: Vec<&str> = chat.turns.iter().map(|turn| turn.content.as_str()).collect();
        assert_eq!(contents, ["Be \"kind\".", "", "one two"]);
        assert_eq!(chat.turns[0].role, Role::System);
        assert_eq!(
            (chat.stops.len(), chat.completion_tokens_max, chat.seed),
            (2, Some(7), Some(u64::MAX))
        );
    }

    #[test]
    fn a_request_that_cannot_be_read_is_a_400() {
        let check = |body: &str, expected: &str| {
            let refusal = chat(body).expect_err("it should be refused");
            assert!(
                refusal.starts_with("400 ") && refusal.contains(expected),
                "{refusal}"
            );
        };
        check("{", "not valid");
        check("[]", "not valid");
        check("{}", "needs 'messages'");
        check(r#"{"messages":[]}"#, "needs 'messages'");
        check(r#"{"messages":[{"role":"user"}]}"#, "messages[0] has no content");
        check(
            r#"{"messages":[{"role":"wizard","content":"hi"}]}"#,
            "The role 'wizard' of messages[0]",
        );
        check(
            r#"{"messages":[{"role":"user","content":7}]}"#,
            "a string or an array of parts",
        );
        check(
            r#"{"messages":[{"role":"user","content":[{"type":"smell"}]}]}"#,
            "part type 'smell'",
        );
        check(
            r#"{"messages":[{"role":"user","content":"hi"}],"max_tokens":0}"#,
            "at least 1",
        );
        check(
            r#"{"messages":[{"role":"user","content":"hi"}],"temperature":"hot"}"#,
            "invalid type",
        );
        check(
            r#"{"messages":[{"role":"user","content":"hi"}],"logit_bias":{"x":1}}"#,
            "not a token number",
        );
    }

    #[test]
    fn what_is_known_and_not_supported_is_a_flat_422() {
        check_refusal(
            r#""n":2"#,
            &[
                "422 ",
                r#""code":"parameter_not_supported""#,
                r#""loc":["body","n"],"input":2"#,
            ],
        );
        check_refusal(r#""logprobs":true"#, &["422 ", r#"["body","logprobs"]"#]);
        check_refusal(
            r#""modalities":["text","audio"]"#,
            &["422 ", r#""input":["text","audio"]"#],
        );
        check_refusal(
            r#""response_format":{"type":"json_object"}"#,
            &["422 ", r#""input":"json_object""#],
        );
        check_refusal(
            r#""tools":[{"type":"function","function":{"name":"f"}}]"#,
            &["422 ", r#"["body","tools"]"#],
        );
        check_refusal(
            r#""tool_choice":"required""#,
            &["422 ", r#"["body","tool_choice"]"#],
        );
        check_refusal(r#""temperature":2.5"#, &["422 ", r#""input":2.5"#]);
        check_refusal(r#""top_p":-1"#, &["422 ", r#"["body","top_p"]"#]);
        let image =
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}"#;
        assert!(
            chat(image)
                .expect_err("no eyes")
                .contains(r#""input":"image_url""#)
        );
    }

    #[test]
    fn values_that_ask_for_nothing_special_are_welcome() {
        let fields = r#""n":1,"logprobs":false,"modalities":["text"],"response_format":{"type":"text"},"tools":[],"tool_choice":"auto""#;
        assert!(
            chat(&format!(
                r#"{{"messages":[{{"role":"user","content":"hi"}}],{fields}}}"#
            ))
            .is_ok()
        );
    }

    #[test]
    fn the_stream_has_its_canonical_form() {
        let heading = Heading {
            id: "chatcmpl-1".to_owned(),
            created: 5,
            model: "m".to_owned(),
        };
        let writer = heading.stream(true);
        let mut events = Vec::new();
        writer.role(&mut events);
        writer.content(&mut events, "a \"b\"\n");
        let usage = Usage {
            prompt_tokens: 3,
            cached_tokens: 2,
            completion_tokens: 4,
        };
        writer.end(&mut events, FinishReason::Stop, usage);
        let head = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":["#;
        let expected = [
            &format!(
                r#"{head}{{"index":0,"delta":{{"role":"assistant","content":""}},"finish_reason":null}}]}}"#
            ),
            &format!(r#"{head}{{"index":0,"delta":{{"content":"a \"b\"\n"}},"finish_reason":null}}]}}"#),
            &format!(r#"{head}{{"index":0,"delta":{{}},"finish_reason":"stop"}}]}}"#),
            &format!(
                r#"{head}],"usage":{{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{{"cached_tokens":2}}}}}}"#
            ),
            "data: [DONE]",
            "",
        ];
        assert_eq!(String::from_utf8_lossy(&events), expected.join("\n\n"));
    }
}
