//! Deterministic answers, plainly labelled: the same messages give the same words, in whatever form they are asked for.

use crate::Call;
use crate::answer::{Answer, AnswerBody};
use crate::error::BackendError;
use bytes::Bytes;
use cupola_wire::Dialect;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

const LABEL: [&str; 5] = ["[simulated]", " No", " model", " was", " asked."];
const WORDS: [&str; 16] = [
    " The",
    " answer",
    " stands",
    " here",
    " only",
    " to",
    " show",
    " that",
    " requests",
    " arrive",
    " and",
    " replies",
    " return,",
    " token",
    " by",
    " token.",
];
const TOKENS_MIN: u64 = 24;
const TOKENS_SPREAD: u64 = 40;

/// Answers without a model.
#[derive(Debug, Clone, Copy)]
pub struct Simulator {
    /// Time to the first token, in milliseconds.
    pub latency_ms: u32,
    /// Zero: as fast as it goes.
    pub tokens_per_second: u32,
}

/// Pieces of an answer, each at its time.
#[derive(Debug)]
pub(crate) struct Simulated {
    pieces: VecDeque<(Duration, Bytes)>,
    start: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Simulator {
    pub(crate) async fn infer(&self, call: &Call<'_>) -> Result<Answer, BackendError> {
        let words = Words::of(&call.body, call.max_tokens);
        let pieces = if call.stream {
            self.events(&words, call)
        } else {
            self.whole(&words, call)
        };
        let simulated = Simulated {
            pieces,
            start: Instant::now(),
            sleep: None,
        };
        Ok(Answer {
            status: StatusCode::OK,
            dialect: Dialect::OpenAi,
            events: call.stream,
            retry_after_s: None,
            body: AnswerBody::simulated(simulated),
        })
    }

    fn whole(&self, words: &Words, call: &Call<'_>) -> VecDeque<(Duration, Bytes)> {
        let message = json!({ "role": "assistant", "content": words.tokens.concat() });
        let choices: Vec<_> = (0..call.n)
            .map(|index| {
                json!({ "index": index, "message": message, "finish_reason": words.finish_reason, "logprobs": null })
            })
            .collect();
        let body = json!({ "choices": choices, "usage": usage(words, call) });
        VecDeque::from([(self.due(words.tokens.len()), Bytes::from(body.to_string()))])
    }

    fn events(&self, words: &Words, call: &Call<'_>) -> VecDeque<(Duration, Bytes)> {
        let mut pieces = VecDeque::new();
        let all = |delta: &serde_json::Value, finish_reason: Option<&str>| -> String {
            (0..call.n)
                .map(|index| {
                    let choice = json!({ "index": index, "delta": delta, "finish_reason": finish_reason });
                    format!("data: {}\n\n", json!({ "choices": [choice] }))
                })
                .collect()
        };
        pieces.push_back((
            self.due(0),
            all(&json!({ "role": "assistant", "content": "" }), None),
        ));
        for (at, word) in words.tokens.iter().enumerate() {
            pieces.push_back((self.due(at), all(&json!({ "content": word }), None)));
        }
        let usage = json!({ "choices": [], "usage": usage(words, call) });
        let end = format!(
            "{}data: {usage}\n\ndata: [DONE]\n\n",
            all(&json!({}), Some(words.finish_reason))
        );
        pieces.push_back((self.due(words.tokens.len()), end));
        together(pieces)
    }

    /// When the token at this place is ready.
    fn due(&self, at: usize) -> Duration {
        let pace = match self.tokens_per_second {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(at as f64 / f64::from(rate)),
        };
        Duration::from_millis(u64::from(self.latency_ms)) + pace
    }
}

/// Joins pieces that are due at the same time.
fn together(pieces: VecDeque<(Duration, String)>) -> VecDeque<(Duration, Bytes)> {
    let mut joined: VecDeque<(Duration, String)> = VecDeque::new();
    for (due, piece) in pieces {
        match joined.back_mut() {
            Some((last, text)) if *last == due => text.push_str(&piece),
            _ => joined.push_back((due, piece)),
        }
    }
    joined
        .into_iter()
        .map(|(due, text)| (due, Bytes::from(text)))
        .collect()
}

fn usage(words: &Words, call: &Call<'_>) -> serde_json::Value {
    let prompt = call.prompt_tokens;
    let completion = words.tokens.len() as u64 * call.n;
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion })
}

struct Words {
    tokens: Vec<&'static str>,
    finish_reason: &'static str,
}

impl Words {
    fn of(body: &[u8], max_tokens: Option<u64>) -> Self {
        #[derive(Deserialize)]
        struct Request<'a> {
            #[serde(borrow)]
            messages: &'a RawValue,
        }
        // The messages alone decide, so that a stream says the same as an answer that is not one.
        let mut state = match serde_json::from_slice::<Request<'_>>(body) {
            Ok(request) => fnv(request.messages.get().as_bytes()),
            Err(_) => fnv(body),
        };
        let length = TOKENS_MIN + state % TOKENS_SPREAD;
        let bound = max_tokens.unwrap_or(u64::MAX);
        let mut tokens: Vec<&'static str> = LABEL.to_vec();
        while (tokens.len() as u64) < length {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            tokens.push(WORDS[(state >> 60) as usize]);
        }
        tokens.truncate(usize::try_from(bound).unwrap_or(usize::MAX));
        Self {
            finish_reason: if bound < length { "length" } else { "stop" },
            tokens,
        }
    }
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

impl Simulated {
    pub(crate) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some((due, _)) = self.pieces.front() else {
            return Poll::Ready(None);
        };
        if !due.is_zero() {
            let at = self.start + *due;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        Poll::Ready(self.pieces.pop_front().map(|(_, piece)| piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::Operation;

    const BODY: &[u8] = br#"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#;

    async fn answer(stream: bool, max_tokens: Option<u64>) -> String {
        let simulator = Simulator {
            latency_ms: 0,
            tokens_per_second: 0,
        };
        let call = Call {
            operation: Operation::Chat,
            model_at: None,
            native: None,
            affinity: 0,
            body: Bytes::from_static(BODY),
            stream,
            request_id: "r",
            prompt_tokens: 9,
            max_tokens,
            n: 1,
        };
        let answer = simulator.infer(&call).await.expect("an answer");
        assert_eq!((answer.status, answer.events), (StatusCode::OK, stream));
        String::from_utf8(answer.body.collect(1 << 20).await.expect("a body").to_vec()).expect("text")
    }

    #[tokio::test]
    async fn answers_are_labelled_and_the_same_every_time() {
        let whole = answer(false, None).await;
        assert!(
            whole.contains("[simulated] No model was asked.") && whole.contains(r#""finish_reason":"stop""#)
        );
        assert_eq!(whole, answer(false, None).await);
        let stream = answer(true, None).await;
        assert!(stream.contains(r#""content":"[simulated]""#) && stream.ends_with("data: [DONE]\n\n"));
    }

    #[tokio::test]
    async fn the_bound_is_kept() {
        let whole = answer(false, Some(2)).await;
        assert!(
            whole.contains(r#""content":"[simulated] No""#) && whole.contains(r#""finish_reason":"length""#)
        );
        assert!(whole.contains(r#""completion_tokens":2"#));
    }

    #[tokio::test(start_paused = true)]
    async fn time_passes_as_it_was_set() {
        let simulator = Simulator {
            latency_ms: 500,
            tokens_per_second: 10,
        };
        let call = Call {
            operation: Operation::Chat,
            model_at: None,
            native: None,
            affinity: 0,
            body: Bytes::from_static(BODY),
            stream: true,
            request_id: "r",
            prompt_tokens: 9,
            max_tokens: Some(5),
            n: 1,
        };
        let start = Instant::now();
        let mut body = simulator.infer(&call).await.expect("an answer").body;
        let mut times = Vec::new();
        while body.data().await.is_some() {
            times.push(start.elapsed().as_millis());
        }
        assert_eq!(times, [500, 600, 700, 800, 900, 1000]);
    }
}
