//! Vectors of a server that speaks Cohere's version 2.

use crate::dialect::Untranslatable;
use crate::json::Json;
use crate::openai::fields::{Fields, as_text, items};
use crate::openai::{Broken, tokens};
use serde_json::value::RawValue;

/// A request for vectors of texts, in OpenAI's shape, as that server gets it.
pub fn embed_request_from_openai(body: &[u8], model: &str) -> Result<Vec<u8>, Untranslatable> {
    let asked = read(body)?;
    let input = asked
        .get("input")
        .ok_or_else(|| refuse("input", "'input' has to be texts"))?;
    let texts = match as_text(input) {
        Some(_) => vec![input],
        None => items(input).unwrap_or_default(),
    };
    if texts.is_empty() || texts.iter().any(|text| as_text(text).is_none()) {
        return Err(refuse("input", "'input' has to be texts, not tokens"));
    }
    let texts = Json::Array(texts.into_iter().map(Json::Raw).collect());
    Ok(request(&asked, model, ("texts", texts), "search_document"))
}

/// A request for vectors of pictures, in the shape of the Model Inference API, as that server gets it.
pub fn image_embed_request_from_openai(body: &[u8], model: &str) -> Result<Vec<u8>, Untranslatable> {
    let asked = read(body)?;
    let input = asked.get("input").and_then(items).unwrap_or_default();
    let mut pictures = Vec::with_capacity(input.len());
    for item in input {
        let item = Fields::read(item.get()).unwrap_or_default();
        let image = item
            .get("image")
            .ok_or_else(|| refuse("input", "'input' has to be pictures"))?;
        pictures.push((image, item.get("text")));
    }
    // What its older models take: one picture, and nothing beside it.
    if let [(image, None)] = pictures[..] {
        let images = Json::Array(vec![Json::Raw(image)]);
        return Ok(request(&asked, model, ("images", images), "image"));
    }
    let inputs = pictures.into_iter().map(|(image, text)| {
        let url = Json::Object(vec![("url", Json::Raw(image))]);
        let mut content = vec![Json::Object(vec![
            ("type", Json::text("image_url")),
            ("image_url", url),
        ])];
        content.extend(
            text.map(|text| Json::Object(vec![("type", Json::text("text")), ("text", Json::Raw(text))])),
        );
        Json::Object(vec![("content", Json::Array(content))])
    });
    let inputs = Json::Array(inputs.collect());
    Ok(request(&asked, model, ("inputs", inputs), "search_document"))
}

/// An answer of that server in OpenAI's shape.
pub fn embed_answer_to_openai(body: &[u8]) -> Result<Vec<u8>, Broken> {
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let answer = Fields::read(text).map_err(|error| Broken(error.to_string()))?;
    let object = |value: &'_ RawValue| Fields::read(value.get()).ok().map(|_| ());
    let vectors = answer
        .get("embeddings")
        .ok_or_else(|| Broken("it has no embeddings".to_owned()))?;
    // The older answer has the lists themselves.
    let floats = match object(vectors) {
        Some(()) => Fields::read(vectors.get())
            .ok()
            .and_then(|types| types.get("float")),
        None => Some(vectors),
    };
    let vectors = floats
        .and_then(items)
        .ok_or_else(|| Broken("it has no embeddings as floats".to_owned()))?;
    let data = vectors.into_iter().zip(0..).map(|(vector, index)| {
        Json::Object(vec![
            ("object", Json::text("embedding")),
            ("index", Json::Number(index)),
            ("embedding", Json::Raw(vector)),
        ])
    });
    let mut fields = vec![
        ("object", Json::text("list")),
        ("data", Json::Array(data.collect())),
    ];
    if let Some(tokens) = billed(&answer) {
        let usage = vec![
            ("prompt_tokens", Json::Number(tokens)),
            ("total_tokens", Json::Number(tokens)),
        ];
        fields.push(("usage", Json::Object(usage)));
    }
    Ok(Json::Object(fields).bytes())
}

/// The tokens that the server charges for; pictures have their own unit, and count as what the server calls their tokens.
/// `None` where a count makes no sense: the others are not all of it.
fn billed(answer: &Fields<'_>) -> Option<u64> {
    let meta = Fields::read(answer.get("meta")?.get()).ok()?;
    let billed = Fields::read(meta.get("billed_units")?.get()).ok()?;
    let said = ["input_tokens", "image_tokens"].map(|name| billed.get(name).map(tokens));
    let counts: Option<Vec<u64>> = said.into_iter().flatten().collect();
    counts?.into_iter().reduce(|one, other| one + other)
}

fn request<'a>(
    asked: &Fields<'a>,
    model: &'a str,
    inputs: (&'static str, Json<'a>),
    input_type: &'static str,
) -> Vec<u8> {
    let input_type = match asked.text("input_type").as_deref() {
        Some("query") => "search_query",
        Some("document") => "search_document",
        Some("text") if inputs.0 == "texts" => "clustering",
        _ => input_type,
    };
    let mut fields = vec![
        ("model", Json::text(model)),
        inputs,
        ("input_type", Json::text(input_type)),
        ("embedding_types", Json::Array(vec![Json::text("float")])),
    ];
    fields.extend(
        asked
            .get("dimensions")
            .map(|count| ("output_dimension", Json::Raw(count))),
    );
    fields.extend(asked.get("truncate").map(|how| ("truncate", Json::Raw(how))));
    Json::Object(fields).bytes()
}

fn read(body: &[u8]) -> Result<Fields<'_>, Untranslatable> {
    std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| refuse("input", "the request has to be a JSON object"))
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

    #[test]
    fn texts_are_asked_for() {
        let check = |body: &str, expected: Option<&str>| {
            let said = embed_request_from_openai(body.as_bytes(), "m").ok();
            let said = said.map(|said| String::from_utf8(said).expect("text"));
            assert_eq!(said.as_deref(), expected, "{body}");
        };
        check(
            r#"{"input":["a","b"],"input_type":"query","dimensions":4,"encoding_format":"float","user":"u"}"#,
            Some(
                r#"{"model":"m","texts":["a","b"],"input_type":"search_query","embedding_types":["float"],"output_dimension":4}"#,
            ),
        );
        check(
            r#"{"input":"a","truncate":"START"}"#,
            Some(
                r#"{"model":"m","texts":["a"],"input_type":"search_document","embedding_types":["float"],"truncate":"START"}"#,
            ),
        );
        check(r#"{"input":[1,2]}"#, None);
        check(r#"{"input":[]}"#, None);
        check("{}", None);
        check("[]", None);
    }

    #[test]
    fn pictures_are_asked_for() {
        let check = |body: &str, expected: Option<&str>| {
            let said = image_embed_request_from_openai(body.as_bytes(), "m").ok();
            let said = said.map(|said| String::from_utf8(said).expect("text"));
            assert_eq!(said.as_deref(), expected, "{body}");
        };
        check(
            r#"{"input":[{"image":"u"}],"input_type":"text"}"#,
            Some(r#"{"model":"m","images":["u"],"input_type":"image","embedding_types":["float"]}"#),
        );
        check(
            r#"{"input":[{"image":"u","text":"a cat"},{"image":"v"}]}"#,
            Some(
                r#"{"model":"m","inputs":[{"content":[{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"a cat"}]},{"content":[{"type":"image_url","image_url":{"url":"v"}}]}],"input_type":"search_document","embedding_types":["float"]}"#,
            ),
        );
        check(r#"{"input":["a"]}"#, None);
    }

    #[test]
    fn answers_are_turned_back() {
        let check = |body: &str, expected: Option<&str>| {
            let turned = embed_answer_to_openai(body.as_bytes()).ok();
            let turned = turned.map(|turned| String::from_utf8(turned).expect("text"));
            assert_eq!(turned.as_deref(), expected, "{body}");
        };
        let data = r#"[{"object":"embedding","index":0,"embedding":[0.1,2e-1]}]"#;
        check(
            r#"{"id":"e1","embeddings":{"float":[[0.1,2e-1]]},"texts":["a"],"meta":{"billed_units":{"input_tokens":3.0}}}"#,
            Some(&format!(
                r#"{{"object":"list","data":{data},"usage":{{"prompt_tokens":3,"total_tokens":3}}}}"#
            )),
        );
        check(
            r#"{"embeddings":[[0.1,2e-1]],"meta":{"billed_units":{"images":1}}}"#,
            Some(&format!(r#"{{"object":"list","data":{data}}}"#)),
        );
        for odd in ["-5", "1.5", "1e13", "\"5\""] {
            check(
                &format!(
                    r#"{{"embeddings":[[0.1,2e-1]],"meta":{{"billed_units":{{"input_tokens":{odd},"image_tokens":3}}}}}}"#
                ),
                Some(&format!(r#"{{"object":"list","data":{data}}}"#)),
            );
        }
        check(r#"{"embeddings":{"int8":[[1]]}}"#, None);
        check("{}", None);
        check("", None);
    }
}
