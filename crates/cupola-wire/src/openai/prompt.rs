//! What a request in OpenAI's shape says to the model: for who screens it.

use super::fields::{Fields, as_text, elements};
use super::voices::voices;
use serde_json::value::RawValue;

/// Gives every text of a request: whether nobody in the conversation wrote it (a tool's answer, a document), and the text.
/// Texts are borrowed where they have no escapes. What cannot be read says nothing; its form refused it before.
pub fn prompt_texts(body: &[u8], mut each: impl FnMut(bool, &str)) {
    let Some(fields) = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
    else {
        return;
    };
    for (name, value) in &fields.0 {
        match &*name.0 {
            "messages" => {
                elements(value, |message| {
                    if let Ok(message) = Fields::read(message.get()) {
                        let role = message.text("role").unwrap_or_default();
                        let is_document = matches!(&*role, "tool" | "function");
                        voices(&message, &mut |_, text| each(is_document, text));
                    }
                    true
                });
            }
            // Negative prompts say what a picture shall not show, and are looked at none the less.
            "prompt" | "negative_prompt" | "suffix" => one_or_many(value, &mut |text| each(false, text)),
            "documents" => {
                elements(value, |document| {
                    match as_text(document) {
                        Some(text) => each(true, &text),
                        None => each(true, document.get()),
                    }
                    true
                });
            }
            _ => {}
        }
    }
}

/// A text, or the texts of an array; token numbers are none.
fn one_or_many(value: &RawValue, each: &mut impl FnMut(&str)) {
    if let Some(text) = as_text(value) {
        return each(&text);
    }
    if value.get().starts_with('[') {
        elements(value, |item| {
            if let Some(text) = as_text(item) {
                each(&text);
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(bool, &str)]) {
        let mut found = Vec::new();
        prompt_texts(body.as_bytes(), |is_document, text| {
            found.push((is_document, text.to_owned()))
        });
        let found: Vec<_> = found
            .iter()
            .map(|(is_document, text)| (*is_document, text.as_str()))
            .collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn all_that_is_said_to_the_model_is_found() {
        check(
            r#"{"messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b\n"},{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"c"}]},
                {"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":"d"}}]},{"role":"tool","content":"e"}],
                "documents":["f",{"text":"g"}],"model":"m"}"#,
            &[
                (false, "a"),
                (false, "b\n"),
                (false, "c"),
                (false, "d"),
                (true, "e"),
                (true, "f"),
                (true, r#"{"text":"g"}"#),
            ],
        );
        check(r#"{"prompt":"a","suffix":"b"}"#, &[(false, "a"), (false, "b")]);
        check(r#"{"prompt":["a","b"]}"#, &[(false, "a"), (false, "b")]);
        check(r#"{"prompt":[1,2]}"#, &[]);
        check("[]", &[]);
    }
}
