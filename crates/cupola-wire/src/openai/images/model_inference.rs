//! Azure's Model Inference API as what a backend speaks.

use super::super::Broken;
use super::super::fields::{Fields, Name, elements, is_null, write_field, write_text};
use super::request::is_defined;
use crate::dialect::Untranslatable;

// The API wants a size; it is the one that every model has.
const SIZE_DEFAULT: &[u8] = b",\"size\":\"1024x1024\"";

/// The request, in OpenAI's shape, as that API defines it. What it does not define would be refused there, and says only
/// how a picture is delivered.
pub fn images_request_to_model_inference(body: &[u8], model: &str) -> Result<Vec<u8>, Untranslatable> {
    let refuse = |param: &str, message: &str| Untranslatable {
        param: param.to_owned(),
        message: message.to_owned(),
    };
    let fields = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .ok_or_else(|| refuse("prompt", "The request must be a JSON object."))?;
    let mut out = b"{\"model\":".to_vec();
    write_text(&mut out, model);
    let mut has_size = false;
    let defined = fields
        .0
        .iter()
        .filter(|(name, value)| is_defined(&name.0) && !is_null(value));
    for (name, value) in defined {
        match (&*name.0, value.get()) {
            ("model", _) | ("size" | "quality", "\"auto\"") => {}
            ("output_format", "\"jpeg\"") => out.extend_from_slice(b",\"output_format\":\"jpg\""),
            ("output_format", "\"webp\"") => {
                let message =
                    "The model's server makes no pictures in 'webp'; 'output_format' can be 'png' or 'jpeg'.";
                return Err(refuse("output_format", message));
            }
            (known, _) => {
                has_size |= known == "size";
                out.push(b',');
                write_field(&mut out, name, value);
            }
        }
    }
    if !has_size {
        out.extend_from_slice(SIZE_DEFAULT);
    }
    out.push(b'}');
    Ok(out)
}

/// Is the request one that servers of OpenAI's shape can understand? A picture to begin with has a route of its own there,
/// and would be forgotten.
pub fn images_request_is_openais(body: &[u8]) -> Result<(), Untranslatable> {
    let fields = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Fields::read(text).ok())
        .unwrap_or_default();
    match fields.get("image_prompt") {
        None => Ok(()),
        Some(_) => Err(Untranslatable {
            param: "image_prompt".to_owned(),
            message: "The model's server makes pictures from a text alone; leave 'image_prompt' away."
                .to_owned(),
        }),
    }
}

/// An answer of that API in OpenAI's shape.
pub fn images_answer_from_model_inference(body: &[u8]) -> Result<Vec<u8>, Broken> {
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let fields = Fields::read(text).map_err(|error| Broken(error.to_string()))?;
    let mut out = b"{\"data\":[".to_vec();
    let mut first = true;
    let whole = fields
        .0
        .iter()
        .find(|(name, _)| name.0 == "data")
        .is_some_and(|(_, data)| {
            elements(data, |item| {
                let Ok(picture) = Fields::read(item.get()) else {
                    return false;
                };
                out.extend_from_slice(if std::mem::take(&mut first) { b"{" } else { b",{" });
                for (at, (name, value)) in picture.0.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    match &*name.0 {
                        "image" => write_field(&mut out, &Name("b64_json".into()), value),
                        _ => write_field(&mut out, name, value),
                    }
                }
                out.push(b'}');
                true
            })
        });
    out.extend_from_slice(b"]}");
    match whole {
        true => Ok(out),
        false => Err(Broken("it has no pictures".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_said_in_its_words() {
        let check = |body: &str, expected: &str| {
            let said = images_request_to_model_inference(body.as_bytes(), "m").expect(body);
            assert_eq!(String::from_utf8(said).expect("text"), expected);
        };
        check(
            r#"{"prompt":"p","model":"d","size":"512x512","output_format":"jpeg","quality":"auto","user":"u","response_format":"url","n":2,"image_prompt":{"image":"i"}}"#,
            r#"{"model":"m","prompt":"p","size":"512x512","output_format":"jpg","n":2,"image_prompt":{"image":"i"}}"#,
        );
        check(
            r#"{"prompt":"p","size":"auto"}"#,
            r#"{"model":"m","prompt":"p","size":"1024x1024"}"#,
        );
        let refused = images_request_to_model_inference(br#"{"prompt":"p","output_format":"webp"}"#, "m");
        assert_eq!(refused.expect_err("webp").param, "output_format");
        assert!(images_request_to_model_inference(b"[]", "m").is_err());
        assert_eq!(
            images_request_is_openais(br#"{"prompt":"p","image_prompt":null}"#),
            Ok(())
        );
        let refused = images_request_is_openais(br#"{"prompt":"p","image_prompt":{"image":"i"}}"#);
        assert_eq!(refused.expect_err("a picture").param, "image_prompt");
    }

    #[test]
    fn answers_are_turned_back() {
        let check = |body: &str, expected: Option<&str>| {
            let turned = images_answer_from_model_inference(body.as_bytes());
            let turned = turned.ok().map(|turned| String::from_utf8(turned).expect("text"));
            assert_eq!(turned.as_deref(), expected, "{body}");
        };
        check(
            r#"{"id":"b0d8","data":[{"image":"iVBORw0KGgo=","seed":42},{"image":"a"}],"usage":{"image_generations":2}}"#,
            Some(r#"{"data":[{"b64_json":"iVBORw0KGgo=","seed":42},{"b64_json":"a"}]}"#),
        );
        check("{}", None);
        check(r#"{"data":[7]}"#, None);
        check("", None);
    }
}
