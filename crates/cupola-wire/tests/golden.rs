//! Translations, as files. `golden/SHAPE/NAME.KIND.json` (or `.sse`) is what comes in and `NAME.KIND.expected.json` what
//! must come out. Where the expected file is missing it is written, and the test fails so that somebody looks at it.

use cupola_wire::cohere::Version;
use cupola_wire::dialect::{Reader, Untranslatable};
use cupola_wire::openai::{Broken, Event, Heading, Invalid, Splitter, Surface, Tally, Totals, Writer};
use cupola_wire::{anthropic, cohere, openai, rerank, responses};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const HEADING: Heading<'static> = Heading {
    surface: Surface::Anthropic,
    id: "1",
    created: 1_739_300_519,
    model: "m1",
};

/// Where a backend reports none.
fn totals() -> Totals {
    Totals {
        prompt: 9,
        completion: 5,
        ..Totals::default()
    }
}

fn pretty(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).expect("what comes out is JSON");
    let mut text = serde_json::to_string_pretty(&value).expect("JSON");
    text.push('\n');
    text
}

fn refused(refusal: &Invalid) -> String {
    let (status, code, body) = cupola_wire::openai::invalid(Surface::OpenAi, refusal);
    pretty(
        json!({ "refused": status, "code": code, "body": body })
            .to_string()
            .as_bytes(),
    )
}

fn unsaid(refusal: &Untranslatable) -> String {
    pretty(
        json!({ "param": refusal.param, "message": refusal.message })
            .to_string()
            .as_bytes(),
    )
}

/// The stream of a backend in OpenAI's shape, written for a surface.
fn write(mut writer: impl Writer, stream: &[u8]) -> String {
    let (mut out, mut tally, mut over) = (Vec::new(), Tally::default(), false);
    let each = |payload: &[u8]| match Event::read(payload) {
        Event::Chunk(chunk) => {
            tally.report(&chunk);
            writer.chunk(&chunk, &mut out);
        }
        Event::Done => {
            over = true;
            writer.end(&tally.usage().unwrap_or_else(totals), &mut out);
        }
        Event::Failed(why) => {
            over = true;
            writer.break_off("BackendFailed", &why, &totals(), &mut out);
        }
    };
    cut(stream, each);
    assert!(over, "the stream has no end");
    String::from_utf8(out).expect("text")
}

fn read(mut reader: impl Reader, stream: &[u8]) -> String {
    let mut out = String::new();
    let mut each = |chunk: &[u8]| {
        out.push_str(&format!(
            "data: {}\n\n",
            std::str::from_utf8(chunk).expect("text")
        ));
    };
    cut(stream, |payload| reader.event(payload, &mut each));
    out
}

/// Streams come in pieces that end anywhere, in the middle of characters too.
fn cut(stream: &[u8], mut each: impl FnMut(&[u8])) {
    let mut splitter = Splitter::default();
    for piece in stream.chunks(7) {
        splitter.feed(piece, &mut each).expect("short events");
    }
}

fn of_anthropic(kind: &str, given: &[u8]) -> String {
    match kind {
        "request_to_chat" => {
            anthropic::request_to_chat(given).map_or_else(|why| refused(&why), |body| pretty(&body))
        }
        "request_from_chat" => anthropic::request_from_chat(given, "claude")
            .map_or_else(|why| unsaid(&why), |body| pretty(&body)),
        "answer_from_chat" => {
            let totals = totals_of(given);
            pretty(&anthropic::answer_from_chat(given, &HEADING, &totals).expect("an answer"))
        }
        "answer_to_chat" => pretty(&anthropic::answer_to_chat(given).expect("an answer")),
        "stream_from_chat" => write(anthropic::MessagesWriter::new(&HEADING, 9), given),
        "stream_to_chat" => read(anthropic::MessagesReader::default(), given),
        other => panic!("what is {other}?"),
    }
}

fn of_responses(kind: &str, given: &[u8], path: &Path) -> String {
    let part = |name: &str| {
        let whole: Value = serde_json::from_slice(given).expect("JSON");
        whole.get(name).map(|part| part.to_string().into_bytes())
    };
    match kind {
        "request_to_chat" => {
            let request = part("request").expect("a request");
            responses::request_to_chat(&request, part("previous").as_deref())
                .map_or_else(|why| refused(&why), |body| pretty(&body))
        }
        "answer_from_chat" => {
            let (request, answer) = (
                part("request").expect("a request"),
                part("answer").expect("an answer"),
            );
            let echo = responses::Echo::read(&request);
            let totals = totals_of(&answer);
            pretty(&responses::answer_from_chat(&answer, &HEADING, &totals, &echo).expect("an answer"))
        }
        "context" => {
            let turns: Value = serde_json::from_slice(given).expect("JSON");
            let kept: Vec<Vec<u8>> = turns.as_array().into_iter().flatten().map(keep).collect();
            pretty(&responses::context(kept.iter().map(Vec::as_slice)).expect("a conversation"))
        }
        "stream_from_chat" => {
            let request = fs::read(path.with_extension("request.json")).unwrap_or_default();
            write(
                responses::ResponsesWriter::new(&HEADING, responses::Echo::read(&request)),
                given,
            )
        }
        other => panic!("what is {other}?"),
    }
}

fn keep(turn: &Value) -> Vec<u8> {
    let part = |name: &str| turn[name].to_string().into_bytes();
    responses::kept(&part("request"), &part("response")).expect("kept")
}

/// A request and what a backend answered: what the backend was asked, and what the client gets.
fn exchange(asked: Result<Vec<u8>, String>, answered: impl FnOnce() -> Result<Vec<u8>, Broken>) -> String {
    let asked = match asked {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let asked: Value = serde_json::from_slice(&asked).expect("what is asked is JSON");
    let answered = match answered() {
        Ok(body) => serde_json::from_slice(&body).expect("what is answered is JSON"),
        Err(broken) => json!({ "broken": broken.to_string() }),
    };
    pretty(
        json!({ "asked": asked, "answered": answered })
            .to_string()
            .as_bytes(),
    )
}

fn of_cohere(kind: &str, given: &[u8]) -> String {
    let (kind, version) = match kind.rsplit_once('_') {
        Some((kind, "v1")) => (kind, Version::V1),
        Some((kind, "v2")) => (kind, Version::V2),
        _ => (kind, Version::V2),
    };
    let heading = Heading {
        surface: Surface::Cohere,
        id: "c1",
        ..HEADING
    };
    let unsaid_or =
        |said: Result<Vec<u8>, Untranslatable>| said.map_or_else(|why| unsaid(&why), |body| pretty(&body));
    let part = |name: &str| {
        let whole: Value = serde_json::from_slice(given).expect("JSON");
        whole[name].to_string().into_bytes()
    };
    match kind {
        "chat" => {
            let (request, answer) = (part("request"), part("answer"));
            exchange(
                cohere::request_to_chat(&request, version).map_err(|why| refused(&why)),
                || cohere::answer_from_chat(&answer, &heading, &totals_of(&answer), version, &request),
            )
        }
        "embed" => {
            let (request, answer) = (part("request"), part("answer"));
            let request = cohere::EmbedRequest::read(&request, version).expect("a request");
            exchange(Ok(request.for_backend().0), || {
                cohere::embed(&answer, &heading, version, &request).map(|written| written.body)
            })
        }
        "rerank" => {
            let (request, answer) = (part("request"), part("answer"));
            let request = rerank::RerankRequest::read(&request).expect("a request");
            exchange(Ok(request.for_backend().0), || {
                rerank::rerank(&answer, &heading, version, &request).map(|written| written.body)
            })
        }
        "stream_from_chat" if version == Version::V1 => {
            write(cohere::LinesWriter::new(&heading, br#"{"message":"hi"}"#), given)
        }
        "stream_from_chat" => write(cohere::EventsWriter::new(&heading), given),
        "stream_to_chat" => read(cohere::ChatReader::default(), given),
        "request_from_chat" => unsaid_or(cohere::request_from_chat(given, "command")),
        "answer_to_chat" => pretty(&cohere::answer_to_chat(given).expect("an answer")),
        "embed_request_from_openai" => unsaid_or(cohere::embed_request_from_openai(given, "embed")),
        "embed_answer_to_openai" => pretty(&cohere::embed_answer_to_openai(given).expect("an answer")),
        other => panic!("what is {other}?"),
    }
}

fn of_openai(kind: &str, given: &[u8]) -> String {
    let whole: Value = serde_json::from_slice(given).unwrap_or_default();
    let surface = match whole["surface"].as_str() {
        Some("model-inference") => Surface::ModelInference,
        Some("azure-openai") => Surface::AzureOpenAi,
        _ => Surface::OpenAi,
    };
    let heading = Heading {
        surface,
        id: "0123456789abcdef0123456789abcdef",
        ..HEADING
    };
    let (request, answer) = (whole["request"].to_string(), whole["answer"].to_string());
    let (request, answer) = (request.as_bytes(), answer.as_bytes());
    let edited = |edited: Option<Vec<u8>>| Ok(edited.unwrap_or_else(|| request.to_vec()));
    match kind {
        "embeddings" => match openai::EmbeddingsRequest::read(request, surface) {
            Err(why) => refused(&why),
            Ok(read) => exchange(edited(read.for_backend(true).0), || {
                openai::embeddings(answer, &heading, &read.wanted()).map(|written| written.body)
            }),
        },
        "image_embeddings" => {
            let read = openai::EmbeddingsRequest::read_pictures(request, surface).expect("a request");
            exchange(edited(read.for_backend(true).0), || {
                openai::embeddings(answer, &heading, &read.wanted()).map(|written| written.body)
            })
        }
        "images" => {
            let read = openai::ImagesRequest::read(request, surface).expect("a request");
            exchange(edited(read.for_backend().0), || {
                openai::images(answer, &heading, &read.wanted()).map(|written| written.body)
            })
        }
        "text" => {
            let read = openai::TextRequest::read(request).expect("a request");
            exchange(edited(read.for_backend().0), || {
                openai::text_completion(answer, &heading, read.prompt_tokens).map(|written| written.body)
            })
        }
        "text_by_chat" => exchange(
            openai::text_request_to_chat(request).map_err(|why| unsaid(&why)),
            || {
                let text = openai::text_answer_from_chat(answer)?;
                openai::text_completion(&text, &heading, 1).map(|written| written.body)
            },
        ),
        "text_stream" => write(openai::TextRenderer::new(&heading, true), given),
        "images_to_model_inference" => openai::images_request_to_model_inference(given, "m")
            .map_or_else(|why| unsaid(&why), |body| pretty(&body)),
        "images_from_model_inference" => {
            pretty(&openai::images_answer_from_model_inference(given).expect("an answer"))
        }
        other => panic!("what is {other}?"),
    }
}

fn totals_of(answer: &[u8]) -> Totals {
    let answer: Value = serde_json::from_slice(answer).expect("JSON");
    Totals::read(&answer["usage"].to_string()).unwrap_or_else(totals)
}

fn cases(shape: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(shape);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            !name.contains(".expected.") && !name.ends_with(".request.json")
        })
        .collect();
    paths.sort();
    paths
}

fn check(shape: &str, turned: impl Fn(&str, &[u8], &Path) -> String) {
    let cases = cases(shape);
    assert!(cases.len() > 10, "there are {} cases of {shape}", cases.len());
    let mut wrong = Vec::new();
    for path in cases {
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name")
            .to_owned();
        let (_, kind) = name.split_once('.').expect("NAME.KIND");
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .expect("an extension");
        let expected = path.with_file_name(format!("{name}.expected.{extension}"));
        let found = turned(kind, &fs::read(&path).expect("the case"), &path);
        match fs::read_to_string(&expected) {
            Ok(text) if text == found => {}
            Ok(_) => wrong.push(format!("{name} comes out as\n{found}")),
            Err(_) => {
                fs::write(&expected, &found).expect("the expected file");
                wrong.push(format!("{name} was not expected; look at what was written"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn messages_come_out_as_they_should() {
    check("anthropic", |kind, given, _| of_anthropic(kind, given));
}

#[test]
fn responses_come_out_as_they_should() {
    check("responses", of_responses);
}

#[test]
fn coheres_shapes_come_out_as_they_should() {
    check("cohere", |kind, given, _| of_cohere(kind, given));
}

#[test]
fn openais_other_shapes_come_out_as_they_should() {
    check("openai", |kind, given, _| of_openai(kind, given));
}
