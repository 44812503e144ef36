//! A request of `/v2/chat`.

use super::{Object, call, document_text, documents, message, response_format, sampling};
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::head::{Head, shortened, wrong};
use crate::openai::said::arguments;
use crate::openai::{Invalid, Place};
use serde_json::value::RawValue;
use std::borrow::Cow;

const ONCE: [&str; 5] = ["model", "messages", "stream", "max_tokens", "tools"];

/// Turns it into a chat request in OpenAI's shape.
pub(super) fn request_to_chat(body: &[u8]) -> Result<Vec<u8>, Invalid> {
    let head = Head::read(body, &ONCE)?;
    let asked = &head.fields;
    let mut chat = Vec::new();
    chat.extend(head.text("model")?.map(|model| ("model", Json::Text(model))));
    chat.push(("messages", messages(&head)?));
    sampling(asked, &mut chat);
    tools(&head, &mut chat)?;
    response_format(asked, &mut chat)?;
    Ok(Json::Object(chat).bytes())
}

fn messages<'a>(head: &Head<'a>) -> Result<Json<'a>, Invalid> {
    let given = head.required("messages", "an array with at least one message")?;
    let given = items(given)
        .filter(|messages| !messages.is_empty())
        .ok_or_else(|| wrong("messages", given, "must be an array with at least one message"))?;
    let mut grounds = documents(&head.fields)?;
    let mut chat = Vec::with_capacity(given.len() + 1);
    for (index, raw) in given.into_iter().enumerate() {
        let at = At(index);
        let given = Fields::read(raw.get()).map_err(|_| at.wrong("role", raw, "must be in an object"))?;
        let role = given.text("role");
        // Models want what the system says once, and first.
        let system = role.as_deref() == Some("system");
        if let Some(grounds) = grounds.take_if(|_| !system) {
            chat.push(Json::Object(message("system", Json::text(grounds))));
        }
        chat.push(Json::Object(match role.as_deref() {
            Some("system") => {
                let mut text = at.text(&given)?.into_owned();
                if let Some(grounds) = grounds.take() {
                    text.push_str("\n\n");
                    text.push_str(&grounds);
                }
                message("system", Json::text(text))
            }
            Some("user") => message("user", at.user(&given)?),
            Some("assistant") => at.assistant(&given)?,
            Some("tool") => {
                let mut tool = message("tool", Json::Text(at.text(&given)?));
                let id = given
                    .text("tool_call_id")
                    .ok_or_else(|| at.refuse("tool_call_id", "must be the id of a call"))?;
                tool.push(("tool_call_id", Json::Text(id)));
                tool
            }
            _ => return Err(at.refuse("role", "must be one of system, user, assistant and tool")),
        }));
    }
    Ok(Json::Array(chat))
}

/// Which message.
#[derive(Clone, Copy)]
struct At(usize);

impl At {
    fn refuse(self, field: &'static str, rule: &str) -> Invalid {
        self.invalid(field, "null".to_owned(), rule)
    }

    fn wrong(self, field: &'static str, value: &RawValue, rule: &str) -> Invalid {
        self.invalid(field, shortened(value), rule)
    }

    fn invalid(self, field: &'static str, input: String, rule: &str) -> Invalid {
        Invalid::Value {
            place: Place {
                param: "messages",
                message: Some((self.0, field)),
            },
            input,
            message: format!("messages[{}].{field} {rule}.", self.0),
        }
    }

    /// Content that is text alone, documents among it.
    fn text<'a>(self, given: &Fields<'a>) -> Result<Cow<'a, str>, Invalid> {
        let content = given
            .get("content")
            .ok_or_else(|| self.refuse("content", "must be a string or an array of parts"))?;
        if let Some(text) = as_text(content) {
            return Ok(text);
        }
        let rule = "must be a string or an array of texts and documents";
        let refuse = || self.wrong("content", content, rule);
        let mut texts = Vec::new();
        for part in items(content).ok_or_else(refuse)? {
            let part = Fields::read(part.get()).map_err(|_| refuse())?;
            match part.text("type").as_deref() {
                Some("text") => texts.push(part.text("text").ok_or_else(refuse)?),
                Some("document") => texts.push(document_text(part.get("document").ok_or_else(refuse)?)),
                // What the model thought before says nothing now.
                Some("thinking") => {}
                _ => return Err(refuse()),
            }
        }
        match <[_; 1]>::try_from(texts) {
            Ok([text]) => Ok(text),
            Err(texts) => Ok(texts.join("\n").into()),
        }
    }

    /// Content of texts and pictures.
    fn user<'a>(self, given: &Fields<'a>) -> Result<Json<'a>, Invalid> {
        let content = given
            .get("content")
            .ok_or_else(|| self.refuse("content", "must be a string or an array of parts"))?;
        if as_text(content).is_some() {
            return Ok(Json::Raw(content));
        }
        let rule = "must be a string or an array of parts of type text, image_url or document";
        let refuse = || self.wrong("content", content, rule);
        let mut parts = Vec::new();
        for raw in items(content).ok_or_else(refuse)? {
            let part = Fields::read(raw.get()).map_err(|_| refuse())?;
            parts.push(match part.text("type").as_deref() {
                Some("text" | "image_url") => Json::Raw(raw),
                Some("document") => {
                    let text = document_text(part.get("document").ok_or_else(refuse)?);
                    Json::Object(vec![("type", Json::text("text")), ("text", Json::Text(text))])
                }
                _ => return Err(refuse()),
            });
        }
        Ok(Json::Array(parts))
    }

    fn assistant<'a>(self, given: &Fields<'a>) -> Result<Object<'a>, Invalid> {
        let content = match given.get("content") {
            Some(_) => Some(self.text(given)?),
            // What it planned is what it said before it called.
            None => given.text("tool_plan"),
        };
        let mut said = message("assistant", content.map_or(Json::Null, Json::Text));
        let Some(calls) = given.get("tool_calls").filter(|calls| calls.get() != "[]") else {
            return Ok(said);
        };
        let refuse = || self.wrong("tool_calls", calls, "must be an array of calls of functions");
        let mut read = Vec::new();
        for one in items(calls).ok_or_else(refuse)? {
            let one = Fields::read(one.get()).map_err(|_| refuse())?;
            let function = one
                .get("function")
                .and_then(|function| Fields::read(function.get()).ok())
                .ok_or_else(refuse)?;
            read.push(call(
                one.text("id").unwrap_or_default(),
                function.text("name").ok_or_else(refuse)?,
                function.get("arguments").map_or("{}".into(), arguments),
            ));
        }
        said.push(("tool_calls", Json::Array(read)));
        Ok(said)
    }
}

fn tools<'a>(head: &Head<'a>, chat: &mut Object<'a>) -> Result<(), Invalid> {
    let Some(tools) = head.value("tools").filter(|tools| tools.get() != "[]") else {
        return Ok(());
    };
    chat.push(("tools", Json::Raw(tools)));
    let (Some(choice), Some(value)) = (head.text("tool_choice")?, head.value("tool_choice")) else {
        return Ok(());
    };
    let said = match &*choice {
        "REQUIRED" | "required" => "required",
        "NONE" | "none" => "none",
        _ => {
            return Err(wrong(
                "tool_choice",
                value,
                "must be REQUIRED or NONE, or not there",
            ));
        }
    };
    chat.push(("tool_choice", Json::text(said)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        let chat = request_to_chat(body.as_bytes()).expect(body);
        assert_eq!(String::from_utf8(chat).expect("text"), expected, "{body}");
    }

    const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

    #[test]
    fn parameters_are_said_in_openais_words() {
        check(
            &format!(
                r#"{{"model":"command",{HI},"stream":false,"p":0.9,"k":5,"stop_sequences":["END"],"seed":7,"safety_mode":"OFF","temperature":0.1,"response_format":{{"type":"json_object","json_schema":{{"type":"object"}}}}}}"#
            ),
            &format!(
                r#"{{"model":"command",{HI},"stream":false,"temperature":0.1,"top_p":0.9,"top_k":5,"seed":7,"stop":["END"],"response_format":{{"type":"json_schema","json_schema":{{"name":"answer","schema":{{"type":"object"}}}}}}}}"#
            ),
        );
        check(
            &format!(
                r#"{{{HI},"tools":[{{"type":"function"}}],"tool_choice":"REQUIRED","stop_sequences":[]}}"#
            ),
            &format!(r#"{{{HI},"tools":[{{"type":"function"}}],"tool_choice":"required"}}"#),
        );
    }

    #[test]
    fn messages_are_said_in_openais_words() {
        check(
            r#"{"messages":[{"role":"system","content":[{"type":"text","text":"Be"},{"type":"text","text":"brief."}]},{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}],"citations":[]},{"role":"tool","tool_call_id":"c1","content":[{"type":"document","document":{"id":"d","data":"{\"a\":1}"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}]}"#,
            r#"{"messages":[{"role":"system","content":"Be\nbrief."},{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"{\"a\":1}","tool_call_id":"c1"},{"role":"assistant","content":"a"}]}"#,
        );
    }

    #[test]
    fn documents_stand_with_what_the_system_says() {
        let documents = r#""documents":["one",{"id":"2","data":{"title":"t","n":7}}]"#;
        let text = r"Answer by these documents:\n\nDocument 1\none\n\nDocument 2\ntitle: t\nn: 7";
        check(
            &format!(r#"{{{HI},{documents}}}"#),
            &format!(
                r#"{{"messages":[{{"role":"system","content":"{text}"}},{{"role":"user","content":"hi"}}]}}"#
            ),
        );
        check(
            &format!(
                r#"{{"messages":[{{"role":"system","content":"Be."}},{{"role":"user","content":"hi"}}],{documents}}}"#
            ),
            &format!(
                r#"{{"messages":[{{"role":"system","content":"Be.\n\n{text}"}},{{"role":"user","content":"hi"}}]}}"#
            ),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |body: &str, expected: &str| {
            let found = format!("{:?}", request_to_chat(body.as_bytes()).expect_err(body));
            assert!(found.contains(expected), "{body}: {found}");
        };
        refused("{}", "The request needs 'messages'");
        refused(r#"{"messages":[]}"#, "at least one message");
        refused(r#"{"messages":[7]}"#, "messages[0].role must be in an object");
        refused(
            r#"{"messages":[{"role":"USER","content":"x"}]}"#,
            "messages[0].role must be one of",
        );
        refused(r#"{"messages":[{"role":"user"}]}"#, "messages[0].content must be");
        refused(
            r#"{"messages":[{"role":"user","content":[{"type":"audio"}]}]}"#,
            "image_url or document",
        );
        refused(
            r#"{"messages":[{"role":"tool","content":"x"}]}"#,
            "messages[0].tool_call_id",
        );
        refused(
            r#"{"messages":[{"role":"assistant","tool_calls":[{}]}]}"#,
            "messages[0].tool_calls",
        );
        refused(
            &format!(r#"{{{HI},"tools":[1],"tool_choice":"auto"}}"#),
            "REQUIRED or NONE",
        );
        refused(
            &format!(r#"{{{HI},"response_format":{{"type":"xml"}}}}"#),
            "text or json_object",
        );
        refused(
            &format!(r#"{{{HI},"documents":7}}"#),
            "'documents' must be an array",
        );
        refused(&format!(r#"{{{HI},"model":7}}"#), "'model' must be a string");
    }
}
