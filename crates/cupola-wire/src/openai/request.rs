//! A chat request: the head fields that we decide by, borrowed from the body, and the few edits that a backend needs.

use super::edits::{Edits, place};
use super::extra::without;
use super::fields::{Fields, Name, as_text, elements, is_null};
use super::{Surface, head};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

// What a picture or a sound in a prompt may weigh, in tokens: its bytes say nothing about that.
const PART_TOKENS: u64 = 1024;
const SEEN_OR_HEARD: [&str; 6] = [
    "image_url",
    "image",
    "input_audio",
    "audio_url",
    "video_url",
    "file",
];
// The framing of a message in chat templates.
const MESSAGE_TOKENS: u64 = 8;
const BYTES_PER_TOKEN: u64 = 4;

/// What of a chat request decides what we do with it.
#[derive(Debug)]
pub struct ChatRequest<'a> {
    text: &'a str,
    model: Option<&'a RawValue>,
    stream_options: Option<&'a RawValue>,
    /// Is the answer streamed?
    pub stream: bool,
    /// Did the client ask for a usage chunk?
    pub include_usage: bool,
    /// `max_completion_tokens`, or the older `max_tokens`.
    pub max_tokens: Option<u64>,
    /// How many answers.
    pub n: u64,
    /// An estimate of the prompt, rounded up.
    pub prompt_tokens: u64,
    /// Keys that the Model Inference API does not define.
    pub extra: Vec<Cow<'a, str>>,
    security_context: bool,
}

/// Why a body is no chat request.
#[derive(Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not JSON, or not of the right shape; the message has the position.
    Malformed(String),
    /// Something required is not there.
    Missing {
        /// What.
        param: &'static str,
        /// A sentence.
        message: String,
    },
    /// A value breaks a rule.
    Value {
        /// Where it stands.
        place: Place,
        /// The value, as JSON.
        input: String,
        /// A sentence.
        message: String,
    },
}

/// Where a value stands: a parameter, or a field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The parameter.
    pub param: &'static str,
    /// The message and its field.
    pub message: Option<(usize, &'static str)>,
}

impl Invalid {
    /// A value that breaks a rule; the message is a sentence.
    pub(crate) fn wrong(place: Place, value: Option<&RawValue>, message: String) -> Self {
        Self::Value {
            place,
            input: value.map_or_else(|| "null".to_owned(), head::shortened),
            message,
        }
    }
}

impl<'a> ChatRequest<'a> {
    /// Reads the head fields and checks them by the rules of the surface.
    pub fn read(body: &'a [u8], surface: Surface, security_context: bool) -> Result<Self, Invalid> {
        let text = std::str::from_utf8(body).map_err(|error| {
            Invalid::Malformed(format!(
                "the body is not UTF-8 from byte {} on",
                error.valid_up_to()
            ))
        })?;
        let mut json = serde_json::Deserializer::from_str(text);
        let head = json
            .deserialize_map(HeadReader {
                surface,
                security_context,
            })
            .and_then(|head| json.end().map(|()| head))
            .map_err(|error| Invalid::Malformed(error.to_string()))?;
        head.check(text, surface, security_context)
    }

    /// The model that the client names.
    pub fn model(&self) -> Option<Cow<'a, str>> {
        self.model.and_then(as_text)
    }

    /// The body as a backend gets it, with usage switched on for streams; `None` where it can go as it came. Then where
    /// the value of `model` stands in it, for the backend to put its own name there.
    pub fn for_backend(&self) -> (Option<Vec<u8>>, Option<Range<usize>>) {
        let at = self.model.map(|model| place(self.text, model));
        if !self.stream || self.include_usage {
            return (None, at);
        }
        let mut edits = Edits::of(self.text);
        edits.include_usage(self.stream_options);
        let at = at.map(|at| edits.moved(at));
        (edits.apply(), at)
    }

    /// The body without the keys that the Model Inference API does not define.
    pub fn without_extra(&self) -> Vec<u8> {
        without(self.text, |name| is_extra(name, self.security_context))
    }
}

/// The head fields as they stand in the body.
#[derive(Default)]
struct Head<'a> {
    values: [Option<&'a RawValue>; KNOWN.len()],
    messages: Option<Messages>,
    /// What a model reads beside the messages, estimated.
    tokens: u64,
    extra: Vec<Cow<'a, str>>,
}

#[derive(Default)]
struct Messages {
    count: usize,
    tokens: u64,
    wrong: Option<Invalid>,
}

// The keys that we read or that the Model Inference API defines. `messages` is read on its own.
const KNOWN: [&str; 19] = [
    "model",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "response_format",
    "stop",
    "tools",
    "tool_choice",
    "seed",
    "modalities",
    "user_security_context",
    "logprobs",
    "user",
];
const MODEL: usize = 0;
const STREAM: usize = 1;
const STREAM_OPTIONS: usize = 2;
const MAX_TOKENS: usize = 3;
const MAX_COMPLETION_TOKENS: usize = 4;
const N: usize = 5;
const TEMPERATURE: usize = 6;
const TOP_P: usize = 7;
const FREQUENCY_PENALTY: usize = 8;
const PRESENCE_PENALTY: usize = 9;

// Of those, a model reads these beside the messages.
const READ: [&str; 2] = ["response_format", "tools"];
// Of the others, no model reads these; what we do not know, it may.
const UNREAD: [&str; 9] = [
    "audio",
    "function_call",
    "logit_bias",
    "metadata",
    "prompt_cache_key",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "verbosity",
];

fn is_extra(name: &str, security_context: bool) -> bool {
    match name {
        "stream_options" | "max_completion_tokens" | "n" | "logprobs" | "user" => true,
        "user_security_context" => !security_context,
        _ => name != "messages" && !KNOWN.contains(&name),
    }
}

struct HeadReader {
    surface: Surface,
    security_context: bool,
}

impl<'de> Visitor<'de> for HeadReader {
    type Value = Head<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut head = Head::default();
        while let Some(Name(name)) = map.next_key()? {
            if name == "messages" {
                let messages = map.next_value_seed(MessagesReader {
                    surface: self.surface,
                })?;
                if head.messages.replace(messages).is_some() {
                    return Err(A::Error::duplicate_field("messages"));
                }
                continue;
            }
            let value: &RawValue = map.next_value()?;
            let known = KNOWN.iter().position(|known| *known == name);
            let is_read = match known {
                Some(_) => READ.contains(&&*name),
                None => !UNREAD.contains(&&*name),
            };
            if is_read {
                head.tokens += tokens(value);
            }
            if let Some(at) = known {
                // A backend might read the other one of the two, and then our limits would be about nothing.
                if head.values[at].replace(value).is_some() {
                    return Err(A::Error::duplicate_field(KNOWN[at]));
                }
            }
            if self.surface == Surface::ModelInference && is_extra(&name, self.security_context) {
                head.extra.push(name);
            }
        }
        Ok(head)
    }
}

impl<'a> Head<'a> {
    fn check(
        mut self,
        text: &'a str,
        surface: Surface,
        security_context: bool,
    ) -> Result<ChatRequest<'a>, Invalid> {
        let messages = self
            .messages
            .take()
            .filter(|messages| messages.count > 0)
            .ok_or_else(|| Invalid::Missing {
                param: "messages",
                message: "The request needs 'messages', an array with at least one message.".to_owned(),
            })?;
        if let Some(wrong) = messages.wrong {
            return Err(wrong);
        }
        let highest_n = if surface == Surface::ModelInference {
            64
        } else {
            128
        };
        self.number(TEMPERATURE, 0.0, 2.0)?;
        self.number(TOP_P, 0.0, 1.0)?;
        self.number(FREQUENCY_PENALTY, -2.0, 2.0)?;
        self.number(PRESENCE_PENALTY, -2.0, 2.0)?;
        let lowest_tokens = u64::from(surface != Surface::ModelInference);
        let newer = self.whole(MAX_COMPLETION_TOKENS, lowest_tokens, u64::from(u32::MAX))?;
        let older = self.whole(MAX_TOKENS, lowest_tokens, u64::from(u32::MAX))?;
        Ok(ChatRequest {
            text,
            model: self.values[MODEL],
            stream_options: self.values[STREAM_OPTIONS],
            stream: self.truth(STREAM)?.unwrap_or(false),
            include_usage: self.include_usage()?,
            max_tokens: newer.or(older),
            n: self.whole(N, 1, highest_n)?.unwrap_or(1),
            prompt_tokens: messages.tokens + self.tokens,
            extra: self.extra,
            security_context,
        })
    }

    /// The value, where it is there and not `null`.
    fn value(&self, at: usize) -> Option<&'a RawValue> {
        self.values[at].filter(|value| !is_null(value))
    }

    fn number(&self, at: usize, lowest: f64, highest: f64) -> Result<(), Invalid> {
        let Some(value) = self.value(at) else {
            return Ok(());
        };
        match value.get().parse::<f64>() {
            Ok(number) if (lowest..=highest).contains(&number) => Ok(()),
            _ => Err(wrong(
                at,
                value,
                format!("must be a number from {lowest} to {highest}"),
            )),
        }
    }

    fn whole(&self, at: usize, lowest: u64, highest: u64) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.value(at) else {
            return Ok(None);
        };
        match value.get().parse::<u64>() {
            Ok(number) if (lowest..=highest).contains(&number) => Ok(Some(number)),
            _ => Err(wrong(
                at,
                value,
                format!("must be a whole number from {lowest} to {highest}"),
            )),
        }
    }

    fn truth(&self, at: usize) -> Result<Option<bool>, Invalid> {
        match self.value(at) {
            None => Ok(None),
            Some(value) => match value.get() {
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => Err(wrong(at, value, "must be true or false".to_owned())),
            },
        }
    }

    fn include_usage(&self) -> Result<bool, Invalid> {
        let Some(options) = self.value(STREAM_OPTIONS) else {
            return Ok(false);
        };
        let fields = Fields::read(options.get())
            .map_err(|_| wrong(STREAM_OPTIONS, options, "must be an object".to_owned()))?;
        // The last one counts, as it does for every backend that we know; the edit below replaces them all.
        let asked = fields.0.iter().rfind(|(name, _)| name.0 == "include_usage");
        Ok(asked.is_some_and(|(_, value)| value.get() == "true"))
    }
}

fn wrong(at: usize, value: &RawValue, rule: String) -> Invalid {
    Invalid::Value {
        place: Place {
            param: KNOWN[at],
            message: None,
        },
        input: head::shortened(value),
        message: format!("'{}' {rule}.", KNOWN[at]),
    }
}

struct MessagesReader {
    surface: Surface,
}

impl<'de> DeserializeSeed<'de> for MessagesReader {
    type Value = Messages;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Messages, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MessagesReader {
    type Value = Messages;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of messages")
    }

    fn visit_unit<E>(self) -> Result<Messages, E> {
        Ok(Messages::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Messages, A::Error> {
        let mut messages = Messages::default();
        while let Some(message) = items.next_element_seed(MessageReader)? {
            let weighed = message.weigh(messages.count, self.surface);
            messages.count += 1;
            match weighed {
                Ok(tokens) => messages.tokens += tokens,
                Err(wrong) => messages.wrong = messages.wrong.or(Some(wrong)),
            }
        }
        Ok(messages)
    }
}

struct MessageReader;

#[derive(Default)]
struct Message<'a> {
    role: Option<&'a RawValue>,
    content: Option<&'a RawValue>,
    /// What else a model reads of it, estimated.
    tokens: u64,
}

impl<'de> DeserializeSeed<'de> for MessageReader {
    type Value = Message<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Message<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MessageReader {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message<'de>, A::Error> {
        let mut message = Message::default();
        while let Some(Name(name)) = map.next_key()? {
            let value: &RawValue = map.next_value()?;
            match &*name {
                "role" => message.role = Some(value),
                "content" => message.content = Some(value),
                "tool_call_id" => {}
                _ => message.tokens += tokens(value),
            }
        }
        Ok(message)
    }
}

impl Message<'_> {
    /// Checks the message and estimates its tokens.
    fn weigh(&self, index: usize, surface: Surface) -> Result<u64, Invalid> {
        let refuse = |field: &'static str, value: Option<&RawValue>, rule: &str| Invalid::Value {
            place: Place {
                param: "messages",
                message: Some((index, field)),
            },
            input: value.map_or_else(|| "null".to_owned(), head::shortened),
            message: format!("messages[{index}].{field} {rule}."),
        };
        let role = self.role.and_then(as_text);
        let assistant = match role.as_deref() {
            Some("assistant") => true,
            Some("system" | "developer" | "user" | "tool") => false,
            Some("function") if surface != Surface::ModelInference => false,
            _ => {
                let rule = "must be one of system, developer, user, assistant and tool";
                return Err(refuse("role", self.role, rule));
            }
        };
        let content = self.content.filter(|content| !is_null(content));
        let content = match content.map(|content| (content, content.get().as_bytes()[0])) {
            Some((content, b'"')) => tokens_of(content.get().len() - 2),
            Some((content, b'[')) => parts(content).ok_or_else(|| {
                refuse(
                    "content",
                    None,
                    "must be a string or an array of objects with a type",
                )
            })?,
            None if assistant => 0,
            _ => {
                return Err(refuse(
                    "content",
                    self.content,
                    "must be a string or an array of parts",
                ));
            }
        };
        Ok(MESSAGE_TOKENS + content + self.tokens)
    }
}

/// The estimate of a value that a model reads as it stands.
fn tokens(value: &RawValue) -> u64 {
    if is_null(value) {
        0
    } else {
        tokens_of(value.get().len())
    }
}

fn tokens_of(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

/// The estimate of content that comes in parts; `None` where they are not objects.
fn parts(content: &RawValue) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Part<'a> {
        #[serde(borrow, rename = "type")]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        text: Option<&'a RawValue>,
    }
    let mut all = 0;
    let mut are_objects = true;
    let is_array = elements(content, |part| {
        match serde_json::from_str::<Part<'_>>(part.get()) {
            Ok(Part { text: Some(text), .. }) => all += tokens(text),
            Ok(Part { kind, .. }) if SEEN_OR_HEARD.contains(&&*kind) => all += PART_TOKENS,
            Ok(_) => all += tokens(part),
            Err(_) => are_objects = false,
        }
        are_objects
    });
    (is_array && are_objects).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

    fn read(body: &str, surface: Surface) -> Result<ChatRequest<'_>, Invalid> {
        ChatRequest::read(body.as_bytes(), surface, true)
    }

    fn refused(fields: &str) -> String {
        format!(
            "{:?}",
            read(&format!("{{{HI},{fields}}}"), Surface::ModelInference).expect_err(fields)
        )
    }

    #[test]
    fn the_head_is_read() {
        let body = format!(
            r#" {{"stream":true,"max_tokens":7,"n":null,"\u006dodel":"m",{HI},"stream_options":{{"include_usage":true}}}} "#
        );
        let request = read(&body, Surface::OpenAi).expect("a request");
        assert!(request.stream && request.include_usage && request.extra.is_empty());
        assert_eq!(
            (request.max_tokens, request.n, request.prompt_tokens),
            (Some(7), 1, 9)
        );
        assert!(request.model.is_some(), "a name may be written with escapes");
    }

    #[test]
    fn extra_parameters_are_found_on_the_model_inference_surface() {
        let body =
            format!(r#"{{{HI},"n":2,"stream_options":{{}},"user_security_context":{{}},"x\n":1,"seed":4}}"#);
        assert_eq!(
            read(&body, Surface::ModelInference).expect("a request").extra,
            ["n", "stream_options", "x\n"]
        );
        let older = ChatRequest::read(body.as_bytes(), Surface::ModelInference, false).expect("a request");
        assert_eq!(
            older.extra,
            ["n", "stream_options", "user_security_context", "x\n"]
        );
        assert_eq!(
            String::from_utf8(older.without_extra()).expect("text"),
            format!(r#"{{{HI},"seed":4}}"#)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |body: &str, expected: &str| {
            let found = format!("{:?}", read(body, Surface::ModelInference).expect_err(body));
            assert!(found.contains(expected), "{body}: {found}");
        };
        check("", "EOF while parsing");
        check("[1]", "expected a JSON object");
        check(r#"{"messages":[}"#, "line 1 column 14");
        check("{}", "at least one message");
        check(r#"{"messages":[]}"#, "at least one message");
        check(r#"{"messages":null}"#, "at least one message");
        check(r#"{"messages":"hi"}"#, "an array of messages");
        check(r#"{"messages":[7]}"#, "a message");
        check(
            r#"{"messages":[{"role":"wizard","content":"x"}]}"#,
            "messages[0].role must be",
        );
        check(r#"{"messages":[{"role":"user"}]}"#, "messages[0].content must be");
        check(
            r#"{"messages":[{"role":"user","content":7}]}"#,
            "messages[0].content must be",
        );
        check(
            r#"{"messages":[{"role":"user","content":[7]}]}"#,
            "messages[0].content must be",
        );
        check(&format!("{{{HI},{HI}}}"), "duplicate field `messages`");
        check(&format!(r#"{{{HI},"n":1,"n":2}}"#), "duplicate field `n`");
        check(&format!("{{{HI}}} x"), "trailing characters");
        assert!(ChatRequest::read(b"{\"a\":\"\xff\"}", Surface::OpenAi, true).is_err());
        assert!(refused(r#""temperature":3"#).contains("'temperature' must be a number from 0 to 2"));
        assert!(refused(r#""temperature":-0.1"#).contains("-0.1"));
        assert!(refused(r#""top_p":"x""#).contains("'top_p'"));
        assert!(refused(r#""frequency_penalty":-2.1"#).contains("from -2 to 2"));
        assert!(refused(r#""max_tokens":-1"#).contains("whole number from 0"));
        assert!(refused(r#""max_tokens":1.5"#).contains("whole number"));
        assert!(refused(r#""stream":"yes""#).contains("true or false"));
        assert!(refused(r#""stream_options":7"#).contains("an object"));
    }

    #[test]
    fn assistants_may_be_silent_and_content_may_come_in_parts() {
        let body = r#"{"messages":[{"role":"assistant","tool_calls":[1]},{"role":"user","content":[{"type":"text","text":"12345"},{"type":"image_url","image_url":{"url":"x"}}]}]}"#;
        let request = read(body, Surface::OpenAi).expect("a request");
        assert_eq!(request.prompt_tokens, 8 + 1 + 8 + 2 + PART_TOKENS);
    }

    #[test]
    fn all_that_a_model_reads_is_weighed() {
        let check = |message: &str, fields: &str, expected: u64| {
            let body = format!(r#"{{"messages":[{{"role":"user","content":""{message}}}]{fields}}}"#);
            let request = read(&body, Surface::OpenAi).expect("a request");
            assert_eq!(request.prompt_tokens, MESSAGE_TOKENS + expected, "{body}");
        };
        let long = format!("\"{}\"", "x".repeat(398));
        check("", "", 0);
        for field in [
            "reasoning_content",
            "refusal",
            "function_call",
            "name",
            "unheard_of",
        ] {
            check(&format!(r#","{field}":{long}"#), "", 100);
        }
        check(&format!(r#","tool_call_id":{long},"name":null"#), "", 0);
        for field in [
            "tools",
            "functions",
            "documents",
            "response_format",
            "prediction",
            "unheard_of",
        ] {
            check("", &format!(r#","{field}":{long}"#), 100);
        }
        for field in ["model", "user", "metadata", "logit_bias"] {
            check("", &format!(r#","{field}":{long}"#), 0);
        }
        let part = |part: &str| format!(r#","content":[{part}]"#);
        check(&part(&format!(r#"{{"type":"text","text":{long}}}"#)), "", 100);
        check(
            &part(&format!(r#"{{"type":"refusal","refusal":{long}}}"#)),
            "",
            108,
        );
        check(
            &part(&format!(r#"{{"type":"image_url","image_url":{long}}}"#)),
            "",
            PART_TOKENS,
        );
    }

    fn check_edit(fields: &str, expected: Option<&str>, model: Option<&str>) {
        let body = format!("{{{fields}{HI}}}");
        let request = read(&body, Surface::OpenAi).expect("a request");
        let (edited, at) = request.for_backend();
        let edited = edited.map(|body| String::from_utf8(body).expect("text"));
        assert_eq!(
            edited,
            expected.map(|fields| format!("{{{fields}{HI}}}")),
            "{fields}"
        );
        let text = edited.as_deref().unwrap_or(&body);
        assert_eq!(at.map(|at| &text[at]), model, "{fields}");
    }

    #[test]
    fn bodies_are_edited_by_splicing() {
        check_edit("", None, None);
        check_edit(r#""model":"a","#, None, Some(r#""a""#));
        check_edit(r#""x":{"model":"b"}, "model": null ,"#, None, Some("null"));
        check_edit(
            r#""stream":true,"model":"a","#,
            Some(r#""stream_options":{"include_usage":true},"stream":true,"model":"a","#),
            Some(r#""a""#),
        );
        check_edit(r#""stream":false,"#, None, None);
        check_edit(
            r#""stream":true,"stream_options":{"include_usage":true},"#,
            None,
            None,
        );
        check_edit(
            r#""stream":true,"stream_options":{"include_usage":false,"x":[1]},"model":"b","#,
            Some(r#""stream":true,"stream_options":{"include_usage":true,"x":[1]},"model":"b","#),
            Some(r#""b""#),
        );
        check_edit(
            r#""stream":true,"model":"b","stream_options":null,"#,
            Some(r#""stream":true,"model":"b","stream_options":{"include_usage":true},"#),
            Some(r#""b""#),
        );
    }
}
