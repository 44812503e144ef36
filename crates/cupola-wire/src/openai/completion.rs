//! A whole answer: the backend's, under our heading, with usage that adds up.

use super::chunk::{is_said, spoken_bytes};
use super::fields::{Fields, Name, write_value};
use super::{Delivered, Heading, Totals, Whole};

const OBJECT: &str = "chat.completion";

/// An answer for the client.
#[derive(Debug)]
pub struct Completion {
    /// The JSON.
    pub body: Vec<u8>,
    /// What it used.
    pub totals: Totals,
    /// Did the backend report no usage, so that it is estimated?
    pub estimated: bool,
}

/// The backend's answer is not what was asked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the backend's answer cannot be read: {0}")]
pub struct Broken(pub String);

/// Reads a completion and writes it under the heading. `prompt_tokens` stands in where the backend reports no usage.
pub fn completion(body: &[u8], heading: &Heading<'_>, prompt_tokens: u64) -> Result<Completion, Broken> {
    written(body, heading, OBJECT, prompt_tokens)
}

/// The same of one that was read.
pub fn completion_of(
    answer: &Whole<'_>,
    heading: &Heading<'_>,
    prompt_tokens: u64,
) -> Result<Completion, Broken> {
    written_of(answer, heading, OBJECT, prompt_tokens)
}

/// The same for whatever has choices.
pub(super) fn written(
    body: &[u8],
    heading: &Heading<'_>,
    object: &str,
    prompt_tokens: u64,
) -> Result<Completion, Broken> {
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let fields = Fields::read(text).map_err(|error| Broken(error.to_string()))?;
    let fields = fields.0.into_iter().map(|(name, value)| (name, value.get()));
    let fields: Vec<_> = fields.collect();
    write(&fields, body.len(), heading, object, prompt_tokens)
}

/// The same of one that was read.
pub(super) fn written_of(
    answer: &Whole<'_>,
    heading: &Heading<'_>,
    object: &str,
    prompt_tokens: u64,
) -> Result<Completion, Broken> {
    let body = answer.bytes();
    match &answer.fields {
        Some(fields) => write(fields, body.len(), heading, object, prompt_tokens),
        None => written(body, heading, object, prompt_tokens),
    }
}

fn write(
    fields: &[(Name<'_>, &str)],
    body_bytes: usize,
    heading: &Heading<'_>,
    object: &str,
    prompt_tokens: u64,
) -> Result<Completion, Broken> {
    let field = |wanted: &str| {
        let named = |(name, value): &&(Name<'_>, &str)| name.0 == wanted && *value != "null";
        fields.iter().rfind(named).map(|(_, value)| *value)
    };
    let Some(choices) = field("choices").filter(|choices| choices.starts_with('[')) else {
        return Err(Broken("it has no choices".to_owned()));
    };
    let reported = field("usage").and_then(Totals::read);
    let totals = match reported {
        Some(totals) => totals,
        None => Totals {
            prompt: prompt_tokens,
            completion: words(choices)?,
            ..Totals::default()
        },
    };
    let mut out = Vec::with_capacity(body_bytes + 128);
    heading.write(&mut out, object);
    for (name, value) in fields {
        if !matches!(&*name.0, "id" | "object" | "created" | "model" | "usage") {
            out.push(b',');
            write_value(&mut out, name, value);
        }
    }
    out.extend_from_slice(b",\"usage\":");
    match field("usage").filter(|usage| reported.is_some() && adds_up(usage, &totals)) {
        Some(usage) => out.extend_from_slice(usage.as_bytes()),
        None => totals.write(&mut out),
    }
    out.push(b'}');
    Ok(Completion {
        body: out,
        totals,
        estimated: reported.is_none(),
    })
}

/// Usage that adds up goes out as it came, with whatever else it says.
fn adds_up(usage: &str, totals: &Totals) -> bool {
    #[derive(serde::Deserialize)]
    struct Sum {
        prompt_tokens: u64,
        completion_tokens: u64,
        total_tokens: u64,
    }
    serde_json::from_str::<Sum>(usage).is_ok_and(|sum| {
        sum.prompt_tokens == totals.prompt
            && sum.completion_tokens == totals.completion
            && sum.total_tokens == totals.prompt + totals.completion
    })
}

/// An estimate of the tokens of all choices, from the size of what the model said.
fn words(choices: &str) -> Result<u64, Broken> {
    #[derive(serde::Deserialize)]
    struct Choice<'a> {
        #[serde(borrow)]
        message: Option<Fields<'a>>,
        #[serde(borrow)]
        text: Option<&'a serde_json::value::RawValue>,
    }
    let choices: Vec<Choice<'_>> =
        serde_json::from_str(choices).map_err(|error| Broken(error.to_string()))?;
    let mut delivered = Delivered::default();
    for choice in &choices {
        if let Some(text) = choice.text {
            delivered.whole(spoken_bytes("content", text));
        }
        let message = choice.message.iter().flat_map(|message| &message.0);
        for (name, value) in message.filter(|(name, _)| is_said(&name.0)) {
            delivered.whole(spoken_bytes(&name.0, value));
        }
    }
    Ok(delivered.tokens)
}

#[cfg(test)]
mod tests {
    use super::super::Surface;
    use super::*;

    fn check(body: &str, expected: &str, estimated: bool) {
        let heading = Heading {
            surface: Surface::ModelInference,
            id: "i",
            created: 5,
            model: "m",
        };
        let written = completion(body.as_bytes(), &heading, 10).expect(body);
        assert_eq!(
            String::from_utf8(written.body).expect("text"),
            format!(r#"{{"id":"i","object":"chat.completion","created":5,"model":"m",{expected}}}"#)
        );
        assert_eq!(written.estimated, estimated);
    }

    #[test]
    fn answers_get_our_heading_and_keep_the_rest() {
        let choices = r#""choices":[{"index":0,"message":{"role":"assistant","content":"12345","x":null},"finish_reason":"stop"}]"#;
        let usage = r#""usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"y":1}"#;
        check(
            &format!(r#"{{"id":"u","model":"u",{usage},{choices},"z": [1, 2]}}"#),
            &format!(r#"{choices},"z":[1, 2],{usage}"#),
            false,
        );
        check(
            &format!(r#"{{{choices}}}"#),
            &format!(r#"{choices},"usage":{{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}"#),
            true,
        );
        check(
            &format!(r#"{{{choices},"usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":9}}}}"#),
            &format!(r#"{choices},"usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#),
            false,
        );
    }

    #[test]
    fn everything_that_is_said_is_estimated() {
        let check = |choice: &str, expected: u64| {
            assert_eq!(words(&format!("[{choice}]")), Ok(expected), "{choice}");
        };
        check(r#"{"message":{"role":"assistant","content":"12345678"}}"#, 2);
        check(r#"{"text":"12345678"}"#, 2);
        check(
            r#"{"message":{"content":[{"type":"text","text":"1234"},{"type":"text","text":"5678"}]}}"#,
            2,
        );
        check(
            r#"{"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"12345678"}}]}}"#,
            2,
        );
        check(
            r#"{"message":{"function_call":{"name":"f","arguments":"12345678"}}}"#,
            2,
        );
        check(r#"{"message":{"content":"\u5929\u5929\u5929\u5929"}}"#, 3);
        check(
            r#"{"message":{"content":"1234","reasoning_content":"5678"}},{"message":{"refusal":"9"}}"#,
            3,
        );
        check(
            r#"{"message":{"content":null,"tool_calls":null,"refusal":null},"text":null}"#,
            0,
        );
    }

    #[test]
    fn usage_that_cannot_be_is_estimated() {
        let choices = r#""choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]"#;
        let usage =
            r#""usage":{"prompt_tokens":5,"completion_tokens":10000000000000,"total_tokens":10000000000005}"#;
        check(
            &format!(r#"{{{choices},{usage}}}"#),
            &format!(r#"{choices},"usage":{{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}"#),
            true,
        );
        // Clients read whole numbers.
        let usage = r#""usage":{"prompt_tokens":5.0,"completion_tokens":2,"total_tokens":7}"#;
        check(
            &format!(r#"{{{choices},{usage}}}"#),
            &format!(r#"{choices},"usage":{{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}"#),
            false,
        );
    }

    #[test]
    fn what_is_no_completion_is_refused() {
        let heading = Heading {
            surface: Surface::OpenAi,
            id: "i",
            created: 5,
            model: "m",
        };
        for body in [
            "",
            "[]",
            "{}",
            r#"{"choices":null}"#,
            r#"{"choices":{}}"#,
            "<html>",
        ] {
            assert!(completion(body.as_bytes(), &heading, 1).is_err(), "{body}");
        }
    }
}
