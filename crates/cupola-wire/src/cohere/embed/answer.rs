//! Vectors, in as many encodings at once as the client asks for.

use super::EmbedRequest;
use crate::cohere::Version;
use crate::json::write_line;
use crate::openai::fields::write_text;
use crate::openai::{Broken, Completion, Encoding, Heading, Totals, Vectors, write_vector};

/// Reads a backend's answer in OpenAI's shape and writes it in Cohere's.
pub fn embed(
    body: &[u8],
    heading: &Heading<'_>,
    version: Version,
    request: &EmbedRequest<'_>,
) -> Result<Completion, Broken> {
    let vectors = Vectors::read(body, request.inputs())?;
    let reported = vectors.totals.map(|totals| totals.prompt);
    let prompt = reported.unwrap_or(request.prompt_tokens);
    let mut out = b"{\"id\":".to_vec();
    write_text(&mut out, heading.id);
    if let Some(texts) = request.texts {
        out.extend_from_slice(b",\"texts\":");
        write_line(&mut out, texts.get());
    }
    out.extend_from_slice(b",\"embeddings\":");
    if request.types.is_empty() {
        write_vectors(&vectors, Encoding::Float, &mut out)?;
    } else {
        for (at, encoding) in request.types.iter().enumerate() {
            out.push(if at == 0 { b'{' } else { b',' });
            write_text(&mut out, encoding.as_str());
            out.push(b':');
            write_vectors(&vectors, *encoding, &mut out)?;
        }
        out.push(b'}');
    }
    let kind = match request.types.is_empty() {
        true => "embeddings_floats",
        false => "embeddings_by_type",
    };
    let billed = match request.images() {
        0 => format!("\"input_tokens\":{prompt}"),
        images => format!("\"images\":{images}"),
    };
    let meta = format!(
        ",\"meta\":{{\"api_version\":{{\"version\":\"{}\"}},\"billed_units\":{{{billed}}}}},\"response_type\":\"{kind}\"}}",
        version.number()
    );
    out.extend_from_slice(meta.as_bytes());
    Ok(Completion {
        body: out,
        totals: Totals {
            prompt,
            ..Totals::default()
        },
        estimated: reported.is_none(),
    })
}

fn write_vectors(vectors: &Vectors<'_>, encoding: Encoding, out: &mut Vec<u8>) -> Result<(), Broken> {
    let mut vector = Vec::new();
    out.push(b'[');
    for (at, item) in vectors.items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_vector(item, encoding, &mut vector, out)?;
    }
    out.push(b']');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openai::Surface;

    const ANSWER: &[u8] =
        br#"{"data":[{"index":0,"embedding":[0.1,0.2,-0.3]}],"usage":{"prompt_tokens":3,"total_tokens":3}}"#;

    fn check(body: &str, version: Version, expected: &str) {
        let request = EmbedRequest::read(body.as_bytes(), version).expect(body);
        let heading = Heading {
            surface: Surface::Cohere,
            id: "e1",
            created: 5,
            model: "m",
        };
        let written = embed(ANSWER, &heading, version, &request).expect("an answer");
        assert_eq!(String::from_utf8(written.body).expect("text"), expected);
        assert_eq!((written.totals.prompt, written.estimated), (3, false));
        for broken in [&br#"{"data":[]}"#[..], br#"{"data":[{"embedding":[null]}]}"#] {
            assert!(embed(broken, &heading, version, &request).is_err());
        }
    }

    #[test]
    fn answers_have_the_types_that_were_asked_for() {
        check(
            r#"{"texts":["a"],"embedding_types":["float","int8"]}"#,
            Version::V2,
            r#"{"id":"e1","texts":["a"],"embeddings":{"float":[[0.1,0.2,-0.3]],"int8":[[42,85,-127]]},"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":3}},"response_type":"embeddings_by_type"}"#,
        );
        check(
            r#"{"texts":["a"]}"#,
            Version::V1,
            r#"{"id":"e1","texts":["a"],"embeddings":[[0.1,0.2,-0.3]],"meta":{"api_version":{"version":"1"},"billed_units":{"input_tokens":3}},"response_type":"embeddings_floats"}"#,
        );
        check(
            r#"{"images":["data:image/png;base64,AA=="],"embedding_types":["ubinary"]}"#,
            Version::V1,
            r#"{"id":"e1","embeddings":{"ubinary":[[192]]},"meta":{"api_version":{"version":"1"},"billed_units":{"images":1}},"response_type":"embeddings_by_type"}"#,
        );
    }
}
