//! A client that leaves after any frame, and a backend that dies after any frame. What counts as delivered is what the
//! gateway handed to the client's connection; the backend waits for a go-ahead before each frame, so that it is exact.

use crate::platform::{HI_STREAM, MODEL, Platform, SUBSCRIPTION, endpoint_id};
use crate::raw::{RawBackend, STREAM_HEAD, Then, ending, read_request, stream, word};
use cupola_core::ResourceId;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::time::timeout;

const FRAMES: usize = 50;
const PROMPT_TOKENS: u64 = 9;
const NOTICED_WITHIN: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(10);

const CHAT: &str = "/endpoints/eastus2/hello/chat/completions";
const MESSAGES: &str = "/accounts/lab/anthropic/v1/messages";
const RESPONSES: &str = "/accounts/lab/openai/v1/responses";
const MESSAGES_BODY: &str =
    r#"{"model":"chat","max_tokens":99,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
const RESPONSES_BODY: &str = r#"{"model":"chat","stream":true,"input":"hi"}"#;

/// What happened at the backend.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Asked,
    /// The gateway closed the connection in the middle of an answer.
    Closed,
    Ended,
}

/// A backend that sends a frame for each go-ahead.
struct Stepping {
    backend: RawBackend,
    go: Arc<Semaphore>,
    seen: Mutex<mpsc::UnboundedReceiver<Seen>>,
}

impl Stepping {
    async fn start() -> Self {
        let go = Arc::new(Semaphore::new(0));
        let (tell, seen) = mpsc::unbounded_channel();
        let shared = Arc::clone(&go);
        let backend = RawBackend::start(move |stream| step(stream, Arc::clone(&shared), tell.clone())).await;
        Self {
            backend,
            go,
            seen: Mutex::new(seen),
        }
    }

    async fn expect(&self, expected: Seen, within: Duration) {
        let seen = timeout(within, async { self.seen.lock().await.recv().await }).await;
        assert_eq!(seen.expect("it happens in time"), Some(expected));
    }
}

async fn step(mut stream: TcpStream, go: Arc<Semaphore>, tell: mpsc::UnboundedSender<Seen>) {
    if read_request(&mut stream).await.is_none() {
        return;
    }
    let _ = tell.send(Seen::Asked);
    stream.write_all(STREAM_HEAD.as_bytes()).await.unwrap();
    for frame in 0..=FRAMES {
        let mut byte = [0];
        tokio::select! {
            permit = go.acquire() => permit.unwrap().forget(),
            closed = stream.read(&mut byte) => {
                assert!(matches!(closed, Ok(0) | Err(_)), "a gateway says nothing in the middle of an answer");
                let _ = tell.send(Seen::Closed);
                return;
            }
        }
        let events = match frame {
            FRAMES => ending(PROMPT_TOKENS, FRAMES as u64),
            _ => word(&said(frame)),
        };
        stream.write_all(events.as_bytes()).await.unwrap();
    }
    let _ = tell.send(Seen::Ended);
}

fn said(frame: usize) -> String {
    format!("w{frame}.")
}

/// An endpoint that screens nothing, and an account that screens afterwards: a frame goes out when it comes, and waits for no
/// end of a word.
async fn lab(url: &str) -> Platform {
    let platform = Platform::start().await;
    platform.upstream(url).await;
    let unscreened = json!({
        "modelSettings": {"modelId": MODEL},
        "endpointState": "Online",
        "contentSafety": {"contentSafetyStatus": "Disabled"},
    });
    platform.put(endpoint_id("hello"), unscreened).await;
    platform
        .account("lab", ("lab-key", "lab-other"), &[("chat", MODEL)])
        .await;
    let account =
        ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", "lab");
    let policy = json!({"basePolicyName": "Microsoft.DefaultV2", "mode": "Asynchronous_filter"});
    platform
        .put(account.child("raiPolicies", "afterwards"), policy)
        .await;
    let deployment = json!({
        "model": {"format": "OpenAI", "name": "m", "version": "1"},
        "modelId": MODEL,
        "raiPolicyName": "afterwards",
    });
    platform
        .put(account.child("deployments", "chat"), deployment)
        .await;
    platform
}

/// Reads until this was said.
async fn hear(body: &mut Incoming, text: &str) {
    let mut heard = String::new();
    while !heard.contains(text) {
        let frame = timeout(SOON, body.frame())
            .await
            .expect("a frame in time")
            .unwrap()
            .unwrap();
        heard.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
    }
}

/// Asks, takes `frames` frames, one after the other, and leaves; or stays for all of them and the end.
async fn leave_after(platform: &Platform, backend: &Stepping, target: &str, body: &str, frames: usize) {
    let key = if target == CHAT { "primary-key" } else { "lab-key" };
    let headers = [("api-key", key)];
    let asking = platform.begin("POST", target, &headers, body.to_owned());
    tokio::pin!(asking);
    if frames == 0 {
        tokio::select! {
            _ = &mut asking => panic!("an answer without a frame"),
            () = backend.expect(Seen::Asked, SOON) => {}
        }
        return;
    }
    backend.go.add_permits(1);
    let mut response = asking.await;
    assert_eq!(response.status(), 200);
    backend.expect(Seen::Asked, SOON).await;
    hear(response.body_mut(), &said(0)).await;
    for frame in 1..frames.min(FRAMES) {
        backend.go.add_permits(1);
        hear(response.body_mut(), &said(frame)).await;
    }
    if frames > FRAMES {
        backend.go.add_permits(1);
        response.into_body().collect().await.expect("a whole answer");
    }
}

/// The bill, once it is what it should be, or when it has had its time.
async fn settled(platform: &Platform, expected: [u64; 5]) -> [u64; 5] {
    for _ in 0..200 {
        if platform.billed().await == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    platform.billed().await
}

/// Cuts at each of these places, with one bill over all of them: what is lost or doubled shows at once.
async fn check(target: &str, body: &str, prompt_tokens: u64, cuts: impl IntoIterator<Item = usize>) {
    let backend = Stepping::start().await;
    let platform = lab(backend.backend.url()).await;
    let mut expected = [0; 5];
    for frames in cuts {
        leave_after(&platform, &backend, target, body, frames).await;
        if frames > FRAMES {
            backend.expect(Seen::Ended, SOON).await;
        } else {
            backend.expect(Seen::Closed, NOTICED_WITHIN).await;
        }
        let prompt = if frames > FRAMES {
            PROMPT_TOKENS
        } else {
            prompt_tokens
        };
        if frames > 0 {
            expected[0] += prompt;
            expected[2] += frames.min(FRAMES) as u64;
            expected[4] += 1;
        }
        assert_eq!(
            settled(&platform, expected).await,
            expected,
            "{target} after {frames} frames"
        );
    }
    // Nothing comes after it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(platform.billed().await, expected);
}

#[tokio::test]
async fn a_client_pays_for_exactly_the_frames_that_went_to_it() {
    check(CHAT, HI_STREAM, PROMPT_TOKENS, 0..=FRAMES + 1).await;
}

#[tokio::test]
async fn messages_and_responses_are_cut_as_exactly() {
    let cuts = [0, 1, 2, 25, FRAMES, FRAMES + 1];
    check(MESSAGES, MESSAGES_BODY, PROMPT_TOKENS, cuts).await;
    check(RESPONSES, RESPONSES_BODY, PROMPT_TOKENS, cuts).await;
}

#[tokio::test]
async fn a_backend_that_dies_after_any_frame_is_paid_for_its_frames() {
    let platform = Platform::start().await;
    for frames in 0..=FRAMES {
        let events: String = (0..frames).map(|frame| word(&said(frame))).collect();
        let backend = RawBackend::saying(stream(events.as_bytes()), Then::Close).await;
        platform.upstream(backend.url()).await;
        let before = platform.billed().await;
        let reply = platform.chat(HI_STREAM).await;
        let after = platform.billed().await;
        let charged: Vec<u64> = before
            .iter()
            .zip(after)
            .map(|(before, after)| after - before)
            .collect();
        if frames == 0 {
            reply.expect(502);
            assert_eq!(charged, [0; 5]);
            continue;
        }
        assert_eq!(
            charged,
            [PROMPT_TOKENS, 0, frames as u64, 0, 1],
            "{frames} frames"
        );
        let reply = reply.expect(200);
        let events = reply.events();
        let last: Value = events[events.len() - 2].parse().unwrap();
        assert_eq!(last["choices"][0]["finish_reason"], "length");
        assert_eq!(last["usage"]["completion_tokens"], frames);
        assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
    }
}
