//! Requests of every inference route from strangers, and answers from backends that may be anything: whatever the bytes,
//! reading ends in bounded time and memory, and what is made of them is JSON again.
#![no_main]

use cupola_core::operation::Operation;
use cupola_wire::Dialect;
use cupola_wire::cohere::{self, Version};
use cupola_wire::openai::{self, Encoding, Heading, Surface, Wanted};
use cupola_wire::rerank::{self, RerankRequest};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

const SURFACES: [Surface; 3] = [Surface::ModelInference, Surface::OpenAi, Surface::AzureOpenAi];

fn json(body: &[u8]) {
    serde_json::from_slice::<IgnoredAny>(body).expect("what is written is JSON");
}

fn asked(body: Option<Vec<u8>>, at: Option<std::ops::Range<usize>>, given: &[u8]) {
    let body = body.unwrap_or_else(|| given.to_vec());
    json(&body);
    if let Some(at) = at {
        json(&body[at]);
    }
}

fuzz_target!(|data: &[u8]| {
    // A request and a backend's answer, so that one can be written by the other.
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let request = parts.next().unwrap_or_default();
    let answer = parts.next().unwrap_or(request);
    for surface in SURFACES {
        let heading = Heading { surface, id: "0123456789abcdef0123456789abcdef", created: 5, model: "m" };
        if let Ok(read) = openai::ChatRequest::read(request, surface, true) {
            let (body, at) = read.for_backend();
            asked(body, at, request);
            json(&read.without_extra());
        }
        if let Ok(read) = openai::EmbeddingsRequest::read(request, surface) {
            let (body, at) = read.for_backend(true);
            asked(body, at, request);
            json(&read.without_extra());
            for encoding in Encoding::ALL {
                let wanted = Wanted { encoding, ..read.wanted() };
                if let Ok(written) = openai::embeddings(answer, &heading, &wanted) {
                    json(&written.body);
                }
            }
        }
        if let Ok(read) = openai::EmbeddingsRequest::read_pictures(request, surface) {
            let (body, at) = read.for_backend(true);
            asked(body, at, request);
        }
        if let Ok(read) = openai::ImagesRequest::read(request, surface) {
            let (body, at) = read.for_backend();
            asked(body, at, request);
            if let Ok(written) = openai::images(answer, &heading, &read.wanted()) {
                json(&written.body);
            }
        }
        if let Ok(written) = openai::text_completion(answer, &heading, 1) {
            json(&written.body);
        }
    }
    let heading = Heading { surface: Surface::Cohere, id: "c", created: 5, model: "m" };
    if let Ok(read) = openai::TextRequest::read(request) {
        let (body, at) = read.for_backend();
        asked(body, at, request);
    }
    if let Ok(text) = openai::text_answer_from_chat(answer) {
        json(&text);
    }
    if let Ok(chat) = openai::text_request_to_chat(request) {
        json(&chat);
    }
    if let Ok(read) = RerankRequest::read(request) {
        let (body, at) = read.for_backend();
        asked(Some(body), Some(at), request);
        assert!(read.search_units > 0 && read.prompt_tokens > 0);
        if let Ok(written) = rerank::rerank(answer, &heading, Version::V2, &read) {
            json(&written.body);
        }
    }
    for version in [Version::V1, Version::V2] {
        if let Ok(chat) = cohere::request_to_chat(request, version) {
            json(&chat);
        }
        if let Ok(written) = cohere::answer_from_chat(answer, &heading, &openai::Totals::default(), version, request) {
            json(&written);
        }
        if let Ok(read) = cohere::EmbedRequest::read(request, version) {
            let (body, at) = read.for_backend();
            asked(Some(body), Some(at), request);
            if let Ok(written) = cohere::embed(answer, &heading, version, &read) {
                json(&written.body);
            }
        }
    }
    for dialect in Dialect::ALL {
        for operation in Operation::ALL {
            if let Ok(Some(body)) = dialect.request(operation, request, "m") {
                json(&body);
            }
            if let Ok(Some(body)) = dialect.answer(operation, answer) {
                json(&body);
            }
        }
        if let Some(mut reader) = dialect.reader() {
            for payload in data.split(|byte| *byte == b'\n') {
                reader.event(payload, &mut |chunk| {
                    if chunk != b"[DONE]" {
                        json(chunk);
                    }
                });
            }
        }
    }
});
