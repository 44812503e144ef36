//! Vectors on their way to the client.

use super::super::fields::write_text;
use super::super::{Broken, Completion, Heading, Surface, Totals};
use super::vectors::{Vectors, as_list, read_floats};
use super::{Encoding, Wanted};
use serde_json::value::RawValue;

/// Reads a backend's answer in OpenAI's shape and writes it as the client wants it, under the heading. Lists and base64
/// that come as they are wanted are copied; everything else is made from the numbers.
pub fn embeddings(body: &[u8], heading: &Heading<'_>, wanted: &Wanted) -> Result<Completion, Broken> {
    let vectors = Vectors::read(body, wanted.inputs)?;
    // Nothing is generated here, whatever a backend says.
    let totals = vectors.totals.unwrap_or(Totals {
        prompt: wanted.prompt_tokens,
        ..Totals::default()
    });
    let mut out = Vec::with_capacity(body.len() + 128);
    out.push(b'{');
    if heading.surface == Surface::ModelInference {
        out.extend_from_slice(b"\"id\":");
        write_text(&mut out, heading.id);
        out.push(b',');
    }
    out.extend_from_slice(b"\"object\":\"list\",\"model\":");
    write_text(&mut out, heading.model);
    out.extend_from_slice(b",\"data\":[");
    let mut vector = Vec::new();
    for (index, item) in vectors.items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let opening = format!("{{\"object\":\"embedding\",\"index\":{index},\"embedding\":");
        out.extend_from_slice(opening.as_bytes());
        write_vector(item, wanted.encoding, &mut vector, &mut out)?;
        out.push(b'}');
    }
    let count = totals.prompt;
    let usage = format!("],\"usage\":{{\"prompt_tokens\":{count},\"total_tokens\":{count}}}}}");
    out.extend_from_slice(usage.as_bytes());
    Ok(Completion {
        body: out,
        totals,
        estimated: vectors.totals.is_none(),
    })
}

/// Writes a vector, by means of `vector` where it has to be read.
pub(crate) fn write_vector(
    item: &RawValue,
    encoding: Encoding,
    vector: &mut Vec<f32>,
    out: &mut Vec<u8>,
) -> Result<(), Broken> {
    let list = match encoding {
        Encoding::Float => as_list(item)?,
        _ => None,
    };
    match list {
        Some(list) => out.extend_from_slice(list.as_bytes()),
        None => {
            read_floats(item, vector)?;
            encoding.write(vector, out);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"id":"u","object":"list","created":1,"model":"u","data":[{"object":"embedding","index":1,"embedding":[0.1, 2E-1]},{"index":0,"embedding":"zczMPc3MTD4="}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":3}}"#;

    fn write(body: &str, surface: Surface, encoding: Encoding) -> Result<(String, Completion), Broken> {
        let heading = Heading {
            surface,
            id: "i",
            created: 5,
            model: "m",
        };
        let wanted = Wanted {
            encoding,
            inputs: 2,
            prompt_tokens: 9,
        };
        let written = embeddings(body.as_bytes(), &heading, &wanted)?;
        Ok((String::from_utf8(written.body.clone()).expect("text"), written))
    }

    fn check(surface: Surface, encoding: Encoding, expected: &str) {
        let (body, written) = write(ANSWER, surface, encoding).expect("an answer");
        assert_eq!(body, expected);
        assert_eq!(
            (
                written.totals.prompt,
                written.totals.completion,
                written.estimated
            ),
            (3, 0, false)
        );
    }

    #[test]
    fn answers_come_in_the_encoding_that_was_asked_for() {
        check(
            Surface::ModelInference,
            Encoding::Float,
            r#"{"id":"i","object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2]},{"object":"embedding","index":1,"embedding":[0.1, 2E-1]}],"usage":{"prompt_tokens":3,"total_tokens":3}}"#,
        );
        check(
            Surface::OpenAi,
            Encoding::Base64,
            r#"{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"zczMPc3MTD4="},{"object":"embedding","index":1,"embedding":"zczMPc3MTD4="}],"usage":{"prompt_tokens":3,"total_tokens":3}}"#,
        );
        check(
            Surface::OpenAi,
            Encoding::Int8,
            r#"{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[64,127]},{"object":"embedding","index":1,"embedding":[64,127]}],"usage":{"prompt_tokens":3,"total_tokens":3}}"#,
        );
    }

    #[test]
    fn usage_is_estimated_where_the_backend_reports_none() {
        let body = r#"{"data":[{"embedding":[1]},{"embedding":[2]}]}"#;
        let (text, written) = write(body, Surface::OpenAi, Encoding::Float).expect("an answer");
        assert!(written.estimated && written.totals.prompt == 9);
        assert!(text.ends_with(r#""usage":{"prompt_tokens":9,"total_tokens":9}}"#));
    }

    #[test]
    fn usage_is_the_prompt_or_else_the_total() {
        let check = |usage: &str, expected: (u64, bool)| {
            let body = format!(r#"{{"data":[{{"embedding":[1]}},{{"embedding":[2]}}],"usage":{usage}}}"#);
            let (_, written) = write(&body, Surface::OpenAi, Encoding::Float).expect("an answer");
            assert_eq!((written.totals.prompt, written.estimated), expected, "{usage}");
        };
        check(r#"{"prompt_tokens":3}"#, (3, false));
        check(r#"{"total_tokens":4}"#, (4, false));
        check(r#"{"prompt_tokens":-3,"total_tokens":4.0}"#, (4, false));
        check(r#"{"prompt_tokens":10000000000000}"#, (9, true));
        check(r#"{"prompt_tokens":-3}"#, (9, true));
        check("7", (9, true));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"data":[{"embedding":[1]}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":null}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":"!"}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":["x"]}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":[null]}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":[[1]]}]}"#,
        ] {
            assert!(write(body, Surface::OpenAi, Encoding::Float).is_err(), "{body}");
        }
    }
}
