//! A request of `/v1/chat`: one message, and what was said before.

use super::{Object, call, documents, message, response_format, sampling};
use crate::json::Json;
use crate::openai::Invalid;
use crate::openai::fields::{Fields, items};
use crate::openai::head::{Head, wrong};
use crate::openai::said::arguments;
use serde_json::value::RawValue;
use std::borrow::Cow;

const ONCE: [&str; 6] = [
    "model",
    "message",
    "chat_history",
    "stream",
    "max_tokens",
    "tools",
];

// What runs at Cohere's: a search of the web, or for what to search.
const ELSEWHERE: [(&str, &str); 2] = [("connectors", "[]"), ("search_queries_only", "false")];

/// Turns it into a chat request in OpenAI's shape.
pub(super) fn request_to_chat(body: &[u8]) -> Result<Vec<u8>, Invalid> {
    let head = Head::read(body, &ONCE)?;
    for (param, nothing) in ELSEWHERE {
        if let Some(value) = head.value(param).filter(|value| value.get() != nothing) {
            return Err(wrong(param, value, "is for what runs at Cohere's; leave it away"));
        }
    }
    let mut chat = Vec::new();
    chat.extend(head.text("model")?.map(|model| ("model", Json::Text(model))));
    chat.push(("messages", messages(&head)?));
    sampling(&head.fields, &mut chat);
    if let Some(tools) = head.value("tools").filter(|tools| tools.get() != "[]") {
        let rule = "must be an array of tools with a name each";
        let said: Option<Vec<_>> = items(tools).and_then(|tools| tools.into_iter().map(tool).collect());
        chat.push((
            "tools",
            Json::Array(said.ok_or_else(|| wrong("tools", tools, rule))?),
        ));
    }
    response_format(&head.fields, &mut chat)?;
    Ok(Json::Object(chat).bytes())
}

fn messages<'a>(head: &Head<'a>) -> Result<Json<'a>, Invalid> {
    let mut chat = Vec::new();
    let preamble = head.text("preamble")?.filter(|text| !text.is_empty());
    let system = match (preamble, documents(&head.fields)?) {
        (Some(preamble), Some(documents)) => Some(format!("{preamble}\n\n{documents}").into()),
        (preamble, documents) => preamble.or(documents.map(Cow::Owned)),
    };
    chat.extend(system.map(|text| Json::Object(message("system", Json::Text(text)))));
    let mut calls = Calls::default();
    if let Some(history) = head.value("chat_history") {
        let rule = "must be an array of messages with a role: USER, CHATBOT, SYSTEM or TOOL";
        let refuse = || wrong("chat_history", history, rule);
        for said in items(history).ok_or_else(refuse)? {
            let said = Fields::read(said.get()).map_err(|_| refuse())?;
            let text = || said.text("message").map_or(Json::text(""), Json::Text);
            match said.text("role").as_deref() {
                Some("USER" | "User" | "user") => chat.push(Json::Object(message("user", text()))),
                Some("SYSTEM" | "System" | "system") => chat.push(Json::Object(message("system", text()))),
                Some("CHATBOT" | "Chatbot" | "chatbot") => {
                    let mut answer = message("assistant", text());
                    if let Some(made) = said.get("tool_calls").filter(|made| made.get() != "[]") {
                        answer.push(("tool_calls", calls.made(made).ok_or_else(refuse)?));
                    }
                    chat.push(Json::Object(answer));
                }
                Some("TOOL" | "Tool" | "tool") => {
                    let results = said.get("tool_results").ok_or_else(refuse)?;
                    calls.answered(results, &mut chat).ok_or_else(refuse)?;
                }
                _ => return Err(refuse()),
            }
        }
    }
    // With results of tools the message is empty: it was said before.
    let now = head.text("message")?;
    let results = head.value("tool_results").filter(|results| results.get() != "[]");
    match (now, results) {
        (None, None) => {
            head.required("message", "what the user says")?;
        }
        (now, results) => {
            let now = now.filter(|text| results.is_none() || !text.is_empty());
            chat.extend(now.map(|text| Json::Object(message("user", Json::Text(text)))));
            if let Some(results) = results {
                let rule = "must be an array of results with a 'call' and 'outputs' each";
                calls
                    .answered(results, &mut chat)
                    .ok_or_else(|| wrong("tool_results", results, rule))?;
            }
        }
    }
    Ok(Json::Array(chat))
}

/// Calls have no ids in this version; they are answered in their order.
#[derive(Default)]
struct Calls {
    count: usize,
    open: Vec<String>,
}

impl Calls {
    /// What the model called.
    fn made<'a>(&mut self, made: &'a RawValue) -> Option<Json<'a>> {
        self.open.clear();
        let made: Option<Vec<_>> = items(made)?.into_iter().map(|one| self.open(one)).collect();
        Some(Json::Array(made?))
    }

    fn open<'a>(&mut self, one: &'a RawValue) -> Option<Json<'a>> {
        let one = Fields::read(one.get()).ok()?;
        let id = format!("call_{}", self.count);
        self.count += 1;
        self.open.push(id.clone());
        let parameters = one.get("parameters").map_or("{}".into(), arguments);
        Some(call(id, one.text("name")?, parameters))
    }

    /// What came of it. A client that sends the results alone means that the model called what they answer.
    fn answered<'a>(&mut self, results: &'a RawValue, chat: &mut Vec<Json<'a>>) -> Option<()> {
        let mut read = Vec::new();
        for result in items(results)? {
            read.push(Fields::read(result.get()).ok()?);
        }
        if self.open.len() != read.len() {
            self.open.clear();
            let made: Option<Vec<_>> = read.iter().map(|result| self.open(result.get("call")?)).collect();
            let mut answer = message("assistant", Json::Null);
            answer.push(("tool_calls", Json::Array(made?)));
            chat.push(Json::Object(answer));
        }
        for (result, id) in read.iter().zip(std::mem::take(&mut self.open)) {
            let outputs = result.get("outputs")?;
            let mut tool = message("tool", Json::Text(arguments(outputs)));
            tool.push(("tool_call_id", Json::text(id)));
            chat.push(Json::Object(tool));
        }
        Some(())
    }
}

/// A tool: its parameters are named one by one, with types of Python or of JSON.
fn tool(raw: &RawValue) -> Option<Json<'_>> {
    let fields = Fields::read(raw.get()).ok()?;
    let mut function: Object<'_> = vec![("name", Json::Text(fields.text("name")?))];
    function.extend(
        fields
            .get("description")
            .map(|text| ("description", Json::Raw(text))),
    );
    if let Some(parameters) = fields.get("parameter_definitions") {
        let (mut properties, mut required) = (b"{".to_vec(), Vec::new());
        for (name, definition) in Fields::read(parameters.get()).ok()?.0 {
            let definition = Fields::read(definition.get()).ok()?;
            if definition
                .get("required")
                .is_some_and(|required| required.get() == "true")
            {
                required.push(Json::text(name.0.clone().into_owned()));
            }
            let mut property = vec![(
                "type",
                Json::text(json_type(&definition.text("type").unwrap_or_default())),
            )];
            property.extend(
                definition
                    .get("description")
                    .map(|text| ("description", Json::Raw(text))),
            );
            if properties.len() > 1 {
                properties.push(b',');
            }
            Json::Text(name.0).write(&mut properties);
            properties.push(b':');
            Json::Object(property).write(&mut properties);
        }
        properties.push(b'}');
        let schema = vec![
            ("type", Json::text("object")),
            ("properties", Json::Line(properties)),
            ("required", Json::Array(required)),
        ];
        function.push(("parameters", Json::Object(schema)));
    }
    Some(Json::Object(vec![
        ("type", Json::text("function")),
        ("function", Json::Object(function)),
    ]))
}

fn json_type(name: &str) -> &'static str {
    let outer = name.split(['[', '(']).next().unwrap_or_default();
    match outer.to_ascii_lowercase().as_str() {
        "int" | "integer" => "integer",
        "float" | "number" => "number",
        "bool" | "boolean" => "boolean",
        "list" | "array" | "tuple" | "set" => "array",
        "dict" | "object" => "object",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        let chat = request_to_chat(body.as_bytes()).expect(body);
        assert_eq!(String::from_utf8(chat).expect("text"), expected, "{body}");
    }

    #[test]
    fn what_was_said_becomes_messages() {
        check(
            r#"{"message":"q\n","preamble":"Be brief.","chat_history":[{"role":"USER","message":"a"},{"role":"CHATBOT","message":"b"}],"stream":true,"p":0.5,"conversation_id":"x"}"#,
            r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"q\n"}],"stream":true,"top_p":0.5}"#,
        );
        check(
            r#"{"message":"q","preamble":"Be.","documents":[{"title":"t","snippet":"s"}],"response_format":{"type":"json_object","schema":{}}}"#,
            r#"{"messages":[{"role":"system","content":"Be.\n\nAnswer by these documents:\n\nDocument 1\ntitle: t\nsnippet: s"},{"role":"user","content":"q"}],"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{}}}}"#,
        );
    }

    #[test]
    fn tools_are_called_and_answered() {
        let tools = r#""tools":[{"name":"f","description":"d","parameter_definitions":{"day":{"description":"x","type":"str","required":true},"n":{"type":"List[int]"}}}]"#;
        let said = r#""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"day":{"type":"string","description":"x"},"n":{"type":"array"}},"required":["day"]}}}]"#;
        let result = r#"{"call":{"name":"f","parameters":{"day":"mon"}},"outputs":[{"a":1}]}"#;
        let called = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"call_0","type":"function","function":{"name":"f","arguments":"{\"day\":\"mon\"}"}}]},{"role":"tool","content":"[{\"a\":1}]","tool_call_id":"call_0"}"#;
        check(
            &format!(r#"{{"message":"q",{tools},"tool_results":[{result}]}}"#),
            &format!(r#"{{"messages":[{{"role":"user","content":"q"}},{called}],{said}}}"#),
        );
        // The model's own call stands in the history, so that it is not made up.
        let chatbot =
            r#"{"role":"CHATBOT","message":"","tool_calls":[{"name":"f","parameters":{"day":"mon"}}]}"#;
        check(
            &format!(
                r#"{{"message":"","chat_history":[{{"role":"USER","message":"q"}},{chatbot}],"tool_results":[{result}]}}"#
            ),
            &format!(
                r#"{{"messages":[{{"role":"user","content":"q"}},{}]}}"#,
                called.replace(":null", r#":"""#)
            ),
        );
        check(
            &format!(
                r#"{{"message":"r","chat_history":[{{"role":"USER","message":"q"}},{chatbot},{{"role":"TOOL","tool_results":[{result}]}}]}}"#
            ),
            &format!(
                r#"{{"messages":[{{"role":"user","content":"q"}},{},{{"role":"user","content":"r"}}]}}"#,
                called.replace(":null", r#":"""#)
            ),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |body: &str, expected: &str| {
            let found = format!("{:?}", request_to_chat(body.as_bytes()).expect_err(body));
            assert!(found.contains(expected), "{body}: {found}");
        };
        refused("{}", "The request needs 'message'");
        refused(r#"{"message":7}"#, "'message' must be a string");
        refused(
            r#"{"message":"q","chat_history":[{"role":"ME"}]}"#,
            "USER, CHATBOT",
        );
        refused(r#"{"message":"q","chat_history":7}"#, "USER, CHATBOT");
        refused(
            r#"{"message":"q","connectors":[{"id":"web-search"}]}"#,
            "'connectors' is for what runs",
        );
        refused(r#"{"message":"q","tools":[{}]}"#, "with a name each");
        refused(
            r#"{"message":"q","tool_results":[{"call":{}}]}"#,
            "'tool_results' must be",
        );
    }
}
