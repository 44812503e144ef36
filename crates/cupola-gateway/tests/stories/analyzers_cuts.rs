//! However a backend cuts its answer and wherever the harm stands, an external analyzer's verdict is that of the whole, and
//! nothing of the harm goes out.

use crate::analyzers::{HARM, asking, known, small, verdict};
use crate::platform::Platform;
use cupola_testkit::{Answer, Ending, FakeUpstream, Received};
use serde_json::{Value, json};

const FILLER: &str = "The sun is high, the fields are gold, and é is a letter of its own. ";

/// What the request orders: the text before the harm and behind it, and how many characters a piece has.
fn ordered(received: &Received) -> (String, usize) {
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let order: Vec<usize> = body["messages"][0]["content"]
        .as_str()
        .unwrap()
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let filler = |characters: usize| -> String { FILLER.chars().cycle().take(characters).collect() };
    let text = match order[..] {
        [before, behind, _] => format!("{}{HARM}{}", filler(before), filler(behind)),
        _ => filler(order[0]),
    };
    (text, *order.last().unwrap())
}

fn answer(received: &Received) -> Answer {
    let (text, size) = ordered(received);
    let characters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = characters
        .chunks(size)
        .map(|piece| piece.iter().collect())
        .collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    if received.body.contains(r#""stream":true"#) {
        Answer::stream(&pieces, 9)
    } else {
        Answer::completion(&text, 9, 9)
    }
}

async fn platform() -> (Platform, FakeUpstream, FakeUpstream) {
    let upstream = FakeUpstream::start(answer).await.unwrap();
    let platform = Platform::with_limits(u32::MAX, u32::MAX).await;
    platform.upstream(upstream.url()).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, small()).await;
    asking(&platform, &["Completion"], json!({})).await;
    (platform, upstream, service)
}

fn order(numbers: &[usize], stream: bool) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    json!({"messages": [{"role": "user", "content": numbers.join(" ")}], "stream": stream}).to_string()
}

#[tokio::test]
async fn harm_is_cut_wherever_it_stands_and_however_it_comes() {
    let (platform, _upstream, _service) = platform().await;
    for before in [0, 1, 19, 20, 21, 150, 169, 170, 171, 199, 200, 201, 345] {
        for behind in [0, 1, 200] {
            let whole = platform
                .chat(&order(&[before, behind, 1], false))
                .await
                .expect(200);
            let whole = whole.json();
            assert_eq!(
                whole["choices"][0]["finish_reason"], "content_filter",
                "{before} {behind}"
            );
            for size in [1, 3, 7, 19, 64, 1000] {
                let order = [before, behind, size];
                let reply = platform.chat(&self::order(&order, true)).await.expect(200);
                let said = reply.said();
                let clean: String = FILLER.chars().cycle().take(before).collect();
                assert!(clean.starts_with(&said), "{order:?}: {said:?}");
                assert!(
                    reply.text.contains(r#""finish_reason":"content_filter""#),
                    "{order:?}: {}",
                    reply.text
                );
                assert!(!reply.text.contains(r#""finish_reason":"stop""#), "{order:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_clean_comes_whole_however_it_comes() {
    let (platform, _upstream, _service) = platform().await;
    for length in [0, 1, 19, 20, 21, 199, 200, 201, 370, 371, 555] {
        let text: String = FILLER.chars().cycle().take(length).collect();
        for size in [1, 7, 64, 1000] {
            let reply = platform.chat(&order(&[length, size], true)).await.expect(200);
            assert_eq!(reply.said(), text, "{length} in pieces of {size}");
            assert!(
                reply.text.contains(r#""finish_reason":"stop""#),
                "{length} {size}"
            );
            assert!(reply.text.trim_end().ends_with("[DONE]"));
        }
    }
}

#[tokio::test]
async fn choices_are_asked_about_each_by_itself() {
    let (before, clean) = (
        "All is well here. ".repeat(3),
        "The other one is fine. ".repeat(6),
    );
    let harmful = format!("{before}{HARM}{before}");
    let chunk = |choice: usize, delta: Value, reason: Option<&str>| {
        json!({"choices": [{"index": choice, "delta": delta, "finish_reason": reason}]}).to_string()
    };
    let mut events = Vec::new();
    let cut = |text: &str| -> Vec<String> { text.split_inclusive(' ').map(str::to_owned).collect() };
    let (first, second) = (cut(&harmful), cut(&clean));
    for place in 0..first.len().max(second.len()) {
        for (choice, words) in [(0, &first), (1, &second)] {
            if let Some(word) = words.get(place) {
                events.push(chunk(choice, json!({ "content": word }), None));
            }
        }
    }
    events.push(chunk(0, json!({}), Some("stop")));
    events.push(chunk(1, json!({}), Some("stop")));
    events.push("[DONE]".to_owned());
    let upstream = FakeUpstream::start(move |_| Answer::Events {
        events: events.clone(),
        gap: std::time::Duration::ZERO,
        ending: Ending::Clean,
    })
    .await
    .unwrap();
    let platform = Platform::start().await;
    platform.upstream(upstream.url()).await;
    let service = FakeUpstream::start(verdict).await.unwrap();
    known(&platform, &service, small()).await;
    asking(&platform, &["Completion"], json!({})).await;
    let body = json!({"messages": [{"role": "user", "content": "hi"}], "stream": true, "n": 2}).to_string();
    let reply = platform.openai(&body).await.expect(200);
    let (mut said, mut reasons) = ([String::new(), String::new()], [Vec::new(), Vec::new()]);
    for event in reply.events() {
        let Ok(event) = serde_json::from_str::<Value>(&event) else {
            continue;
        };
        for choice in event["choices"].as_array().into_iter().flatten() {
            let index = choice["index"].as_u64().unwrap() as usize;
            said[index].push_str(choice["delta"]["content"].as_str().unwrap_or_default());
            reasons[index].extend(choice["finish_reason"].as_str().map(str::to_owned));
        }
    }
    assert!(before.starts_with(&said[0]), "{}", said[0]);
    assert_eq!(said[1], clean);
    assert_eq!(
        reasons,
        [vec!["content_filter".to_owned()], vec!["stop".to_owned()]]
    );
}
