//! A request for pictures.

use super::super::edits::place;
use super::super::fields::{Fields, as_text, is_null, write_field, write_text};
use super::super::head::{Head, wrong};
use super::super::{Invalid, Surface};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::ops::Range;

const PICTURES_MAX: u64 = 10;
const SIDE_PIXELS_MAX: u64 = 16_384;
const BYTES_PER_TOKEN: u64 = 4;

// What the Model Inference API defines, in the versions that have this route.
const DEFINED: [&str; 9] = [
    "prompt",
    "negative_prompt",
    "image_prompt",
    "size",
    "output_format",
    "quality",
    "n",
    "model",
    "seed",
];

/// What of an images request decides what we do with it.
#[derive(Debug)]
pub struct ImagesRequest<'a> {
    head: Head<'a>,
    surface: Surface,
    /// How many pictures are asked for.
    pub n: u64,
    /// An estimate of the prompt, rounded up.
    pub prompt_tokens: u64,
    /// Keys that the Model Inference API does not define.
    pub extra: Vec<Cow<'a, str>>,
    format: ImageFormat,
}

/// How the client gets its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageFormat {
    /// In the answer, or where the backend says; its choice.
    #[default]
    Any,
    /// Somewhere to fetch them from.
    Url,
    /// In the answer.
    Base64,
}

/// What of a request decides how its answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImagesWanted {
    /// How the client gets its pictures.
    pub format: ImageFormat,
    /// The estimate of the prompt.
    pub prompt_tokens: u64,
}

impl<'a> ImagesRequest<'a> {
    /// Reads the head fields and checks them by the rules of the surface.
    pub fn read(body: &'a [u8], surface: Surface) -> Result<Self, Invalid> {
        let head = Head::read(body, &DEFINED)?;
        let prompt = head.required("prompt", "a description of the picture")?;
        let prompt_bytes = head.text("prompt")?.unwrap_or_default().len() as u64;
        if prompt_bytes == 0 {
            return Err(wrong("prompt", prompt, "must not be empty"));
        }
        if let Some(stream) = head
            .value("stream")
            .filter(|_| head.truth("stream") != Ok(Some(false)))
        {
            return Err(wrong("stream", stream, "must be false: pictures come whole"));
        }
        if let Some(size) = head.value("size") {
            read_size(size).ok_or_else(|| wrong("size", size, "must be like \"1024x1024\""))?;
        }
        let known = surface == Surface::ModelInference;
        if known {
            one_of(&head, "output_format", &["png", "jpg"])?;
            one_of(&head, "quality", &["standard", "hd"])?;
        }
        let negative_bytes = head.text("negative_prompt")?.unwrap_or_default().len() as u64;
        Ok(Self {
            n: head.whole("n", 1, PICTURES_MAX)?.unwrap_or(1),
            prompt_tokens: (prompt_bytes + negative_bytes).div_ceil(BYTES_PER_TOKEN),
            extra: if known { head.extra(&DEFINED) } else { Vec::new() },
            format: match head.text("response_format")?.as_deref() {
                _ if known => ImageFormat::Base64,
                Some("b64_json") => ImageFormat::Base64,
                Some("url") => ImageFormat::Url,
                _ => ImageFormat::Any,
            },
            surface,
            head,
        })
    }

    /// The model that the client names.
    pub fn model(&self) -> Option<Cow<'a, str>> {
        self.head.raw("model").and_then(as_text)
    }

    /// What the answer has to be.
    pub fn wanted(&self) -> ImagesWanted {
        ImagesWanted {
            format: self.format,
            prompt_tokens: self.prompt_tokens,
        }
    }

    /// The body in OpenAI's shape; `None` where it came in it. Then where the value of `model` stands in it, for the
    /// backend to put its own name there.
    pub fn for_backend(&self) -> (Option<Vec<u8>>, Option<Range<usize>>) {
        if self.surface != Surface::ModelInference {
            let model = self.head.raw("model");
            return (None, model.map(|model| place(self.head.text, model)));
        }
        let mut out = b"{\"model\":".to_vec();
        let from = out.len();
        write_text(&mut out, self.model().as_deref().unwrap_or_default());
        let at = from..out.len();
        for (name, value) in self.head.fields.0.iter().filter(|(_, value)| !is_null(value)) {
            match &*name.0 {
                "model" | "response_format" => {}
                "size" => {
                    let (width, height) = read_size(value).flatten().unwrap_or((1024, 1024));
                    out.extend_from_slice(format!(",\"size\":\"{width}x{height}\"").as_bytes());
                }
                "output_format" if value.get() == "\"jpg\"" => {
                    out.extend_from_slice(b",\"output_format\":\"jpeg\"");
                }
                _ => {
                    out.push(b',');
                    write_field(&mut out, name, value);
                }
            }
        }
        // Their clients read pictures out of the answer.
        out.extend_from_slice(b",\"response_format\":\"b64_json\"}");
        (Some(out), Some(at))
    }

    /// The body without the keys that the Model Inference API does not define.
    pub fn without_extra(&self) -> Vec<u8> {
        self.head.without_extra(&DEFINED)
    }
}

pub(super) fn is_defined(name: &str) -> bool {
    DEFINED.contains(&name)
}

fn one_of(head: &Head<'_>, param: &'static str, allowed: &[&str]) -> Result<(), Invalid> {
    match (head.text(param)?, head.value(param)) {
        (Some(text), Some(value)) if !allowed.contains(&&*text) => Err(wrong(
            param,
            value,
            &format!("must be one of {}", allowed.join(", ")),
        )),
        _ => Ok(()),
    }
}

/// Width and height; `Some(None)` where the backend shall choose, `None` where it is no size.
fn read_size(size: &RawValue) -> Option<Option<(u64, u64)>> {
    let side = |text: &str| {
        let pixels = text.trim().parse::<u64>().ok()?;
        (1..=SIDE_PIXELS_MAX).contains(&pixels).then_some(pixels)
    };
    if let Some(text) = as_text(size) {
        if text == "auto" {
            return Some(None);
        }
        let (width, height) = text.split_once('x')?;
        return Some(Some((side(width)?, side(height)?)));
    }
    let fields = Fields::read(size.get()).ok()?;
    let get = |wanted: &str| {
        let (_, value) = fields.0.iter().find(|(name, _)| name.0 == wanted)?;
        side(value.get())
    };
    Some(Some((get("width")?, get("height")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(fields: &str, expected: &str) {
        let body = format!(r#"{{"prompt":"p",{fields}}}"#);
        let found = format!(
            "{:?}",
            ImagesRequest::read(body.as_bytes(), Surface::ModelInference).expect_err(fields)
        );
        assert!(found.contains(expected), "{fields}: {found}");
    }

    fn check(body: &str, surface: Surface, expected: Option<&str>, model: Option<&str>) {
        let request = ImagesRequest::read(body.as_bytes(), surface).expect(body);
        let (pivot, at) = request.for_backend();
        let pivot = pivot.map(|pivot| String::from_utf8(pivot).expect("text"));
        assert_eq!(pivot.as_deref(), expected);
        assert_eq!(at.map(|at| &pivot.as_deref().unwrap_or(body)[at]), model);
    }

    #[test]
    fn requests_meet_in_openais_shape() {
        check(
            r#"{"prompt":"a red kite","size":{"height":512,"width":1024},"n":1,"output_format":"jpg","quality":"hd","model":"d","seed":42,"negative_prompt":null}"#,
            Surface::ModelInference,
            Some(
                r#"{"model":"d","prompt":"a red kite","size":"1024x512","n":1,"output_format":"jpeg","quality":"hd","seed":42,"response_format":"b64_json"}"#,
            ),
            Some("\"d\""),
        );
        check(
            r#"{"prompt":"p","size":"auto","style":"vivid","model":"d"}"#,
            Surface::OpenAi,
            None,
            Some("\"d\""),
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        refused(r#""size":"big""#, "'size' must be like");
        refused(r#""size":"0x10""#, "'size' must be like");
        refused(r#""size":{"width":7}"#, "'size' must be like");
        refused(r#""n":11"#, "from 1 to 10");
        refused(r#""output_format":"webp""#, "one of png, jpg");
        refused(r#""quality":"best""#, "one of standard, hd");
        refused(r#""stream":true"#, "pictures come whole");
        refused(r#""prompt":"q""#, "duplicate field");
        for body in [r#"{"prompt":""}"#, r#"{"prompt":7}"#, "{}"] {
            assert!(
                ImagesRequest::read(body.as_bytes(), Surface::OpenAi).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn what_the_client_wants_back_is_known() {
        let wanted = |fields: &str, surface: Surface| {
            let body = format!(r#"{{"prompt":"12345"{fields}}}"#);
            let request = ImagesRequest::read(body.as_bytes(), surface).expect(fields);
            (
                request.wanted().format,
                request.wanted().prompt_tokens,
                request.extra.len(),
            )
        };
        let url = r#","response_format":"url""#;
        assert_eq!(wanted(url, Surface::OpenAi), (ImageFormat::Url, 2, 0));
        assert_eq!(wanted("", Surface::AzureOpenAi), (ImageFormat::Any, 2, 0));
        assert_eq!(wanted(url, Surface::ModelInference), (ImageFormat::Base64, 2, 1));
    }
}
