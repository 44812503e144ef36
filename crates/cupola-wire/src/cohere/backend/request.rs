//! A chat request in OpenAI's shape, as that server gets it.

use crate::dialect::Untranslatable;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::said::arguments;
use serde_json::value::RawValue;
use std::borrow::Cow;

type Object<'a> = Vec<(&'static str, Json<'a>)>;

// What is said in other words. The newer of two names for one thing stands first, and counts.
const WORDS: [(&str, &str); 9] = [
    ("stream", "stream"),
    ("max_completion_tokens", "max_tokens"),
    ("max_tokens", "max_tokens"),
    ("temperature", "temperature"),
    ("top_p", "p"),
    ("top_k", "k"),
    ("seed", "seed"),
    ("frequency_penalty", "frequency_penalty"),
    ("presence_penalty", "presence_penalty"),
];

/// Turns it. What that server has no word for and what only tunes the answer is left away.
pub fn request_from_chat(body: &[u8], model: &str) -> Result<Vec<u8>, Untranslatable> {
    let asked = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| refuse("messages", "the request has to be a JSON object"))?;
    if asked.get("n").is_some_and(|n| n.get() != "1") {
        return Err(refuse("n", "'n' has to be 1"));
    }
    let mut said: Object<'_> = vec![("model", Json::text(model)), ("messages", messages(&asked)?)];
    for (ours, theirs) in WORDS {
        if let Some(value) = asked
            .get(ours)
            .filter(|_| said.iter().all(|(name, _)| *name != theirs))
        {
            said.push((theirs, Json::Raw(value)));
        }
    }
    if let Some(stop) = asked.get("stop") {
        let sequences = match as_text(stop) {
            Some(_) => Json::Array(vec![Json::Raw(stop)]),
            None => Json::Raw(stop),
        };
        said.push(("stop_sequences", sequences));
    }
    tools(&asked, &mut said)?;
    response_format(&asked, &mut said)?;
    Ok(Json::Object(said).bytes())
}

fn messages<'a>(asked: &Fields<'a>) -> Result<Json<'a>, Untranslatable> {
    let given = asked.get("messages").and_then(items).unwrap_or_default();
    let mut said = Vec::with_capacity(given.len());
    for (index, message) in given.into_iter().enumerate() {
        let refuse = |why: &str| refuse(&format!("messages[{index}]"), why);
        let message = Fields::read(message.get()).map_err(|_| refuse("every message has to be an object"))?;
        let content = message.get("content");
        said.push(Json::Object(match message.text("role").as_deref() {
            Some("system" | "developer") => with_content("system", content.map(text)),
            Some("user") => with_content("user", Some(user(content).map_err(|why| refuse(&why))?)),
            Some("assistant") => assistant(&message, content),
            Some("tool" | "function") => {
                let mut result = with_content("tool", content.map(text));
                let id = message.text("tool_call_id").or_else(|| message.text("name"));
                result.push(("tool_call_id", Json::Text(id.unwrap_or_default())));
                result
            }
            _ => return Err(refuse("there is no such role")),
        }));
    }
    Ok(Json::Array(said))
}

fn with_content<'a>(role: &'static str, content: Option<Json<'a>>) -> Object<'a> {
    let mut message = vec![("role", Json::text(role))];
    message.extend(content.map(|content| ("content", content)));
    message
}

/// Content that is text alone.
fn text(content: &RawValue) -> Json<'_> {
    if as_text(content).is_some() {
        return Json::Raw(content);
    }
    let part = |part: &'_ RawValue| {
        let text = Fields::read(part.get()).ok()?.text("text")?;
        Some(text.into_owned())
    };
    let texts: Vec<_> = items(content)
        .unwrap_or_default()
        .into_iter()
        .filter_map(part)
        .collect();
    Json::text(texts.join("\n"))
}

fn user(content: Option<&RawValue>) -> Result<Json<'_>, String> {
    let Some(content) = content.filter(|content| as_text(content).is_none()) else {
        return Ok(content.map_or(Json::text(""), Json::Raw));
    };
    let mut parts = Vec::new();
    for raw in items(content).unwrap_or_default() {
        let part = Fields::read(raw.get()).unwrap_or_default();
        let kind = part.text("type").unwrap_or_default();
        match &*kind {
            "text" | "image_url" => parts.push(Json::Raw(raw)),
            kind => return Err(format!("it reads no '{}'", cupola_core::name::printable(kind))),
        }
    }
    Ok(Json::Array(parts))
}

fn assistant<'a>(message: &Fields<'a>, content: Option<&'a RawValue>) -> Object<'a> {
    let calls = message.get("tool_calls").and_then(items).unwrap_or_default();
    // What it says before it calls is its plan.
    let content = content
        .map(text)
        .filter(|content| !matches!(content, Json::Raw(raw) if raw.get() == "\"\""));
    let mut said = match (calls.is_empty(), content) {
        (false, Some(plan)) => vec![("role", Json::text("assistant")), ("tool_plan", plan)],
        (true, None) => with_content("assistant", Some(Json::text(""))),
        (_, content) => with_content("assistant", content),
    };
    let read = |call: &'a RawValue| {
        let call = Fields::read(call.get()).ok()?;
        let function = Fields::read(call.get("function")?.get()).ok()?;
        let function = vec![
            ("name", Json::Text(function.text("name")?)),
            (
                "arguments",
                Json::Text(function.get("arguments").map_or(Cow::Borrowed("{}"), arguments)),
            ),
        ];
        Some(Json::Object(vec![
            ("id", Json::Text(call.text("id").unwrap_or_default())),
            ("type", Json::text("function")),
            ("function", Json::Object(function)),
        ]))
    };
    if !calls.is_empty() {
        said.push((
            "tool_calls",
            Json::Array(calls.into_iter().filter_map(read).collect()),
        ));
    }
    said
}

/// The tools. One that has to be called is the only one there is, because the server has no other way to say so.
fn tools<'a>(asked: &Fields<'a>, said: &mut Object<'a>) -> Result<(), Untranslatable> {
    let Some(tools) = asked.get("tools") else {
        return Ok(());
    };
    let Some(choice) = asked.get("tool_choice") else {
        said.push(("tools", Json::Raw(tools)));
        return Ok(());
    };
    let choice_text = as_text(choice);
    let word = match choice_text.as_deref() {
        Some("none") => Some("NONE"),
        Some("required") => Some("REQUIRED"),
        Some(_) => None,
        None => {
            let name = |value: &RawValue| {
                let function = Fields::read(value.get()).ok()?.get("function")?;
                Some(Fields::read(function.get()).ok()?.text("name")?.into_owned())
            };
            let wanted = name(choice);
            let only = items(tools).unwrap_or_default();
            let only: Vec<_> = only
                .into_iter()
                .filter(|tool| wanted.is_some() && name(tool) == wanted)
                .collect();
            if only.is_empty() {
                return Err(refuse("tool_choice", "'tool_choice' has to name one of 'tools'"));
            }
            said.push(("tools", Json::Array(only.into_iter().map(Json::Raw).collect())));
            said.push(("tool_choice", Json::text("REQUIRED")));
            return Ok(());
        }
    };
    said.push(("tools", Json::Raw(tools)));
    said.extend(word.map(|word| ("tool_choice", Json::text(word))));
    Ok(())
}

fn response_format<'a>(asked: &Fields<'a>, said: &mut Object<'a>) -> Result<(), Untranslatable> {
    let format = asked.get("response_format");
    let Some(format) = format.and_then(|format| Fields::read(format.get()).ok()) else {
        return Ok(());
    };
    let schema = match format.text("type").as_deref() {
        Some("json_object") => None,
        Some("json_schema") => {
            let schema = format
                .get("json_schema")
                .and_then(|named| Fields::read(named.get()).ok()?.get("schema"));
            Some(schema.ok_or_else(|| refuse("response_format", "'response_format' has to have a schema"))?)
        }
        _ => return Ok(()),
    };
    let mut theirs = vec![("type", Json::text("json_object"))];
    theirs.extend(schema.map(|schema| ("json_schema", Json::Raw(schema))));
    said.push(("response_format", Json::Object(theirs)));
    Ok(())
}

fn refuse(param: &str, why: &str) -> Untranslatable {
    Untranslatable {
        param: param.to_owned(),
        message: format!("The model is behind a server that speaks 'cohere', so {why}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &str) {
        let said = request_from_chat(body.as_bytes(), "command").expect(body);
        assert_eq!(String::from_utf8(said).expect("text"), expected, "{body}");
    }

    const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;

    #[test]
    fn parameters_are_said_in_its_words() {
        check(
            &format!(
                r#"{{"model":"d",{HI},"stream":true,"stream_options":{{"include_usage":true}},"max_tokens":5,"max_completion_tokens":7,"top_p":0.9,"stop":"END","n":1,"logprobs":true,"user":"u","response_format":{{"type":"json_schema","json_schema":{{"name":"x","schema":{{"a":1}}}}}}}}"#
            ),
            &format!(
                r#"{{"model":"command",{HI},"stream":true,"max_tokens":7,"p":0.9,"stop_sequences":["END"],"response_format":{{"type":"json_object","json_schema":{{"a":1}}}}}}"#
            ),
        );
        let tools = r#""tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]"#;
        check(
            &format!(r#"{{{HI},{tools},"tool_choice":"auto","stop":["a"]}}"#),
            &format!(r#"{{"model":"command",{HI},"stop_sequences":["a"],{tools}}}"#),
        );
        check(
            &format!(r#"{{{HI},{tools},"tool_choice":{{"type":"function","function":{{"name":"g"}}}}}}"#),
            &format!(
                r#"{{"model":"command",{HI},"tools":[{{"type":"function","function":{{"name":"g"}}}}],"tool_choice":"REQUIRED"}}"#
            ),
        );
    }

    #[test]
    fn messages_are_said_in_its_words() {
        check(
            r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"Be"},{"type":"text","text":"brief."}]},{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":{"a":1}}}]},{"role":"tool","tool_call_id":"c1","content":"7"},{"role":"assistant","content":""}]}"#,
            r#"{"model":"command","messages":[{"role":"system","content":"Be\nbrief."},{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]},{"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","content":"7","tool_call_id":"c1"},{"role":"assistant","content":""}]}"#,
        );
    }

    #[test]
    fn what_it_cannot_do_is_refused() {
        let refused = |body: &str, param: &str| {
            let refused = request_from_chat(body.as_bytes(), "m").expect_err(body);
            assert_eq!(refused.param, param, "{refused}");
        };
        refused("[]", "messages");
        refused(&format!(r#"{{{HI},"n":2}}"#), "n");
        refused(
            r#"{"messages":[{"role":"user","content":[{"type":"input_audio"}]}]}"#,
            "messages[0]",
        );
        refused(r#"{"messages":[{"role":"wizard","content":"x"}]}"#, "messages[0]");
        refused(
            &format!(r#"{{{HI},"tools":[],"tool_choice":{{"type":"function","function":{{"name":"f"}}}}}}"#),
            "tool_choice",
        );
        refused(
            &format!(r#"{{{HI},"response_format":{{"type":"json_schema"}}}}"#),
            "response_format",
        );
    }
}
