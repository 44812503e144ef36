//! Pictures on their way to the client.

use super::super::fields::{Fields, Name, elements, is_null, write_field, write_text};
use super::super::{Broken, Completion, Heading, Surface, Totals, tokens};
use super::{ImageFormat, ImagesWanted};
use serde_json::value::RawValue;

/// Reads a backend's answer in OpenAI's shape and writes it in the surface's. Every picture in it counts.
pub fn images(body: &[u8], heading: &Heading<'_>, wanted: &ImagesWanted) -> Result<Completion, Broken> {
    let text = std::str::from_utf8(body).map_err(|_| Broken("it is not UTF-8".to_owned()))?;
    let fields = Fields::read(text).map_err(|error| Broken(error.to_string()))?;
    let find = |wanted: &str| {
        let found = fields
            .0
            .iter()
            .find(|(name, value)| name.0 == wanted && !is_null(value));
        found.map(|(_, value)| *value)
    };
    let pictures = pictures(find("data"))?;
    let totals = totals(find("usage"), pictures.len() as u64, wanted);
    let mut out = Vec::with_capacity(body.len() + 256);
    if heading.surface == Surface::ModelInference {
        out.extend_from_slice(b"{\"id\":");
        write_text(&mut out, heading.id);
        out.extend_from_slice(
            format!(
                ",\"object\":\"image.generation\",\"created\":{},\"model\":",
                heading.created
            )
            .as_bytes(),
        );
        write_text(&mut out, heading.model);
        out.extend_from_slice(b",\"data\":[");
        separated(&pictures, &mut out, |picture, out| picture.model_inference(out))?;
        out.extend_from_slice(
            format!("],\"usage\":{{\"image_generations\":{}}}}}", pictures.len()).as_bytes(),
        );
    } else {
        out.extend_from_slice(format!("{{\"created\":{},\"data\":[", heading.created).as_bytes());
        separated(&pictures, &mut out, |picture, out| {
            picture.openai(wanted.format, out);
            Ok(())
        })?;
        out.push(b']');
        for (name, value) in &fields.0 {
            if !matches!(&*name.0, "created" | "data") && is_believed(&name.0, value) {
                out.push(b',');
                write_field(&mut out, name, value);
            }
        }
        out.push(b'}');
    }
    Ok(Completion {
        body: out,
        totals,
        estimated: false,
    })
}

#[derive(Debug, Default)]
struct Picture<'a> {
    base64: Option<&'a str>,
    url: Option<&'a str>,
    rest: Vec<(Name<'a>, &'a RawValue)>,
}

fn pictures(data: Option<&RawValue>) -> Result<Vec<Picture<'_>>, Broken> {
    let mut pictures = Vec::new();
    let whole = data.is_some_and(|data| {
        elements(data, |item| {
            let read = picture(item);
            let good = read.is_some();
            pictures.extend(read);
            good
        })
    });
    match whole && !pictures.is_empty() {
        true => Ok(pictures),
        false => Err(Broken("it has no pictures".to_owned())),
    }
}

fn picture(item: &RawValue) -> Option<Picture<'_>> {
    let mut picture = Picture::default();
    for (name, value) in Fields::read(item.get()).ok()?.0 {
        let text = || Some(value.get()).filter(|text| text.starts_with('"'));
        match &*name.0 {
            "b64_json" => picture.base64 = text(),
            "url" => picture.url = text(),
            _ => picture.rest.push((name, value)),
        }
    }
    (picture.base64.is_some() || picture.url.is_some()).then_some(picture)
}

impl Picture<'_> {
    fn model_inference(&self, out: &mut Vec<u8>) -> Result<(), Broken> {
        let data = self
            .url
            .and_then(|url| url.strip_prefix("\"data:")?.split_once(";base64,"));
        out.extend_from_slice(b"{\"image\":");
        match (self.base64, data) {
            (Some(base64), _) => out.extend_from_slice(base64.as_bytes()),
            (None, Some((_, base64))) => {
                out.push(b'"');
                out.extend_from_slice(base64.as_bytes());
            }
            (None, None) => {
                let why = "its pictures are elsewhere, and this API has them in the answer";
                return Err(Broken(why.to_owned()));
            }
        }
        for (name, value) in self
            .rest
            .iter()
            .filter(|(name, value)| name.0 == "seed" && !is_null(value))
        {
            out.push(b',');
            write_field(out, name, value);
        }
        out.push(b'}');
        Ok(())
    }

    fn openai(&self, format: ImageFormat, out: &mut Vec<u8>) {
        match (self.base64, self.url) {
            // A URL that has the picture in it is one, too.
            (Some(base64), None) if format == ImageFormat::Url => {
                out.extend_from_slice(b"{\"url\":\"data:");
                out.extend_from_slice(kind(base64).as_bytes());
                out.extend_from_slice(b";base64,");
                out.extend_from_slice(base64.strip_prefix('"').unwrap_or_default().as_bytes());
            }
            (Some(base64), _) => {
                out.extend_from_slice(b"{\"b64_json\":");
                out.extend_from_slice(base64.as_bytes());
            }
            (None, url) => {
                out.extend_from_slice(b"{\"url\":");
                out.extend_from_slice(url.unwrap_or("\"\"").as_bytes());
            }
        }
        for (name, value) in &self.rest {
            out.push(b',');
            write_field(out, name, value);
        }
        out.push(b'}');
    }
}

/// The media type of a picture, by its first bytes.
fn kind(base64: &str) -> &'static str {
    match base64.get(1..5) {
        Some("/9j/") => "image/jpeg",
        Some("UklG") => "image/webp",
        _ => "image/png",
    }
}

fn separated<'p, 'a>(
    pictures: &'p [Picture<'a>],
    out: &mut Vec<u8>,
    mut each: impl FnMut(&'p Picture<'a>, &mut Vec<u8>) -> Result<(), Broken>,
) -> Result<(), Broken> {
    for (at, picture) in pictures.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        each(picture, out)?;
    }
    Ok(())
}

/// What was used: the newer models of OpenAI count tokens, the others pictures alone.
fn totals(usage: Option<&RawValue>, pictures: u64, wanted: &ImagesWanted) -> Totals {
    let usage = usage.and_then(|usage| Fields::read(usage.get()).ok());
    let said = |name: &str| usage.as_ref()?.get(name).and_then(tokens);
    Totals {
        prompt: said("input_tokens").unwrap_or(wanted.prompt_tokens),
        completion: said("output_tokens").unwrap_or(0),
        images: pictures,
        ..Totals::default()
    }
}

/// Does a field say nothing that is not charged? The client is not told of counts that cannot be.
fn is_believed(name: &str, value: &RawValue) -> bool {
    if name != "usage" || is_null(value) {
        return true;
    }
    Fields::read(value.get()).is_ok_and(|usage| {
        let mut counts = ["input_tokens", "output_tokens"].into_iter();
        counts.all(|name| usage.get(name).is_none_or(|count| tokens(count).is_some()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(body: &str, surface: Surface, format: ImageFormat) -> Result<(String, Totals), Broken> {
        let heading = Heading {
            surface,
            id: "b0d8",
            created: 5,
            model: "m",
        };
        let wanted = ImagesWanted {
            format,
            prompt_tokens: 9,
        };
        let written = images(body.as_bytes(), &heading, &wanted)?;
        Ok((String::from_utf8(written.body).expect("text"), written.totals))
    }

    fn check(body: &str, surface: Surface, format: ImageFormat, expected: &str) {
        assert_eq!(write(body, surface, format).expect(body).0, expected);
    }

    const ONE: &str =
        r#"{"created":1,"data":[{"b64_json":"iVBORw0KGgo=","revised_prompt":"r","seed":42}],"size":"1x1"}"#;

    #[test]
    fn pictures_come_in_the_shape_of_the_surface() {
        check(
            ONE,
            Surface::ModelInference,
            ImageFormat::Base64,
            r#"{"id":"b0d8","object":"image.generation","created":5,"model":"m","data":[{"image":"iVBORw0KGgo=","seed":42}],"usage":{"image_generations":1}}"#,
        );
        check(
            ONE,
            Surface::OpenAi,
            ImageFormat::Any,
            r#"{"created":5,"data":[{"b64_json":"iVBORw0KGgo=","revised_prompt":"r","seed":42}],"size":"1x1"}"#,
        );
        check(
            r#"{"data":[{"b64_json":"/9j/4AAQ"},{"url":"https://a.example/b.png"}]}"#,
            Surface::OpenAi,
            ImageFormat::Url,
            r#"{"created":5,"data":[{"url":"data:image/jpeg;base64,/9j/4AAQ"},{"url":"https://a.example/b.png"}]}"#,
        );
        check(
            r#"{"data":[{"url":"data:image/png;base64,iVBORw0KGgo="}]}"#,
            Surface::ModelInference,
            ImageFormat::Base64,
            r#"{"id":"b0d8","object":"image.generation","created":5,"model":"m","data":[{"image":"iVBORw0KGgo="}],"usage":{"image_generations":1}}"#,
        );
    }

    #[test]
    fn pictures_are_counted() {
        let (_, totals) = write(ONE, Surface::OpenAi, ImageFormat::Any).expect("an answer");
        assert_eq!((totals.images, totals.prompt, totals.completion), (1, 9, 0));
        assert_eq!(totals.usage().images, 1);
        let body =
            r#"{"data":[{"b64_json":"a"},{"b64_json":"b"}],"usage":{"input_tokens":3,"output_tokens":4}}"#;
        let (_, totals) = write(body, Surface::OpenAi, ImageFormat::Any).expect("an answer");
        assert_eq!((totals.images, totals.prompt, totals.completion), (2, 3, 4));
    }

    #[test]
    fn counts_that_cannot_be_are_neither_charged_nor_told() {
        for odd in ["-1", "1.5", "10000000000000", "\"7\""] {
            let body = format!(
                r#"{{"data":[{{"b64_json":"a"}}],"usage":{{"input_tokens":3,"output_tokens":{odd}}},"size":"1x1"}}"#
            );
            let (text, totals) = write(&body, Surface::OpenAi, ImageFormat::Any).expect("an answer");
            assert_eq!((totals.images, totals.prompt, totals.completion), (1, 3, 0));
            assert_eq!(
                text, r#"{"created":5,"data":[{"b64_json":"a"}],"size":"1x1"}"#,
                "{odd}"
            );
            let body = body.replace("input_tokens\":3", &format!("input_tokens\":{odd}"));
            let (_, totals) = write(&body, Surface::OpenAi, ImageFormat::Any).expect("an answer");
            assert_eq!((totals.prompt, totals.completion), (9, 0), "{odd}");
        }
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for body in [
            "",
            "{}",
            r#"{"data":[]}"#,
            r#"{"data":[7]}"#,
            r#"{"data":[{}]}"#,
            r#"{"data":[{"url":null}]}"#,
            r#"{"data":[{"url":"https://a.example/b.png"}]}"#,
        ] {
            assert!(
                write(body, Surface::ModelInference, ImageFormat::Base64).is_err(),
                "{body}"
            );
        }
    }
}
