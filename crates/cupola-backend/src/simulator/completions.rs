//! Texts that go on, whole or as a stream.

use super::body::Pieces;
use super::chat::usage;
use super::settings::UsageFault;
use super::text::Words;
use super::{Reply, Scene};
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(super) fn answer(scene: &Scene<'_>) -> Reply {
    #[derive(Deserialize)]
    struct Request<'a> {
        #[serde(borrow)]
        prompt: &'a RawValue,
    }
    let body = &scene.call.body;
    let asked = serde_json::from_slice::<Request<'_>>(body)
        .map_or(&body[..], |request| request.prompt.get().as_bytes());
    let words = Words::of(scene, asked);
    let none: [(); 0] = [];
    let usage = usage(scene, &words, &none);
    let mut pieces = Pieces::default();
    let choice = |index: u64, text: &str, finish_reason: Option<&str>| json!({ "index": index, "text": text, "logprobs": null, "finish_reason": finish_reason });
    let all = |text: &str, finish_reason: Option<&str>| -> Vec<Value> {
        (0..scene.call.n)
            .map(|index| choice(index, text, finish_reason))
            .collect()
    };
    if !scene.call.stream {
        let body = json!({ "object": "text_completion", "choices": all(&words.content.concat(), Some(words.finish_reason)) });
        pieces.push(
            scene.pace.due(words.content.len()),
            scene.with_usage(body, usage).to_string(),
        );
        if scene.rule.break_after.is_some() {
            pieces.cut_in_half();
        }
        return Reply {
            status: StatusCode::OK,
            events: false,
            pieces,
        };
    }
    let event = |body: &Value| format!("data: {body}\n\n");
    let stop = scene
        .rule
        .break_after
        .map_or(usize::MAX, |tokens| tokens as usize);
    for (at, word) in words.content.iter().enumerate().take(stop) {
        pieces.push(
            scene.pace.due(at),
            event(&json!({ "object": "text_completion", "choices": all(word, None) })),
        );
    }
    if stop <= words.content.len() {
        pieces.break_off(scene.pace.due(stop));
        return Reply {
            status: StatusCode::OK,
            events: true,
            pieces,
        };
    }
    let mut end =
        event(&json!({ "object": "text_completion", "choices": all("", Some(words.finish_reason)) }));
    if scene.rule.usage != Some(UsageFault::None) {
        let counted = event(&json!({ "object": "text_completion", "choices": [], "usage": usage }));
        end.push_str(&counted);
        if scene.rule.usage == Some(UsageFault::Twice) {
            end.push_str(&counted);
        }
    }
    end.push_str("data: [DONE]\n\n");
    pieces.push(scene.pace.due(words.content.len()), end);
    Reply {
        status: StatusCode::OK,
        events: true,
        pieces,
    }
}
