//! The processes of the measurement: upstream, bare proxy, gateway.

use crate::load::own_cpu;
use bytes::Bytes;
use cupola_backend::fleet::Fleet;
use cupola_backend::{Call, Dialer, Target, Timeouts, Upstream};
use cupola_core::catalog::{Catalog, CatalogModel, Sale, Task};
use cupola_core::money::Price;
use cupola_core::quota::Limits;
use cupola_core::rbac::Granted;
use cupola_core::usage::Meter;
use cupola_core::{Clock, Entropy, ResourceId, Secret, Timestamp};
use cupola_edge::{Body, Listener, Peer, full};
use cupola_gateway::{Gateway, GatewayDeps, GatewaySettings};
use cupola_identity::Keyring;
use cupola_store::bindings::{Backend, Binding};
use cupola_store::credentials::SealedKeys;
use cupola_store::{Period, Resource, Stamp, Store};
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use std::future::Future;
use std::io::BufRead as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub(crate) const PATH: &str = "/endpoints/eastus2/hello/v1/chat/completions";
pub(crate) const KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const MODEL: &str = "azureml://registries/cupola/models/bench";
const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";
const WORDS: usize = 60;

/// About a kilobyte, as a client sends it.
pub(crate) fn request_body(stream: bool) -> String {
    let text = "What does a request cost on its way through the gateway? ".repeat(15);
    let mut body = json!({
        "model": "hello",
        "messages": [{ "role": "system", "content": "Answer briefly." }, { "role": "user", "content": text }],
        "temperature": 0.7,
        "max_tokens": 64,
    });
    if stream {
        body["stream"] = true.into();
    }
    body.to_string()
}

/// Answers at once: a completion of a kilobyte, or the same words as a stream.
pub(crate) fn upstream() {
    let whole = completion();
    let events = stream();
    serve(move |request: Request<Incoming>, _peer: Peer| {
        let (whole, events) = (whole.clone(), events.clone());
        async move {
            let streamed = request
                .headers()
                .get(header::ACCEPT)
                .is_some_and(|accept| accept == "text/event-stream");
            let body = request
                .into_body()
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default();
            // A direct call says it in the body alone.
            let streamed = streamed || body.windows(13).any(|part| part == b"\"stream\":true");
            let (content, kind) = if streamed {
                (events, "text/event-stream")
            } else {
                (whole, "application/json")
            };
            answer(content, kind)
        }
    });
}

/// The same server, the same pool, and nothing between.
pub(crate) fn proxy(url: &str) {
    let dialer = Dialer::new(Timeouts::default(), Vec::new());
    let upstream = Upstream::new(url, true, "bench", None, dialer).expect("an upstream");
    let target = Arc::new(Target::Upstream(upstream));
    serve(move |request: Request<Incoming>, _peer: Peer| {
        let target = Arc::clone(&target);
        async move {
            let body = request
                .into_body()
                .collect()
                .await
                .map(|body| body.to_bytes())
                .unwrap_or_default();
            let stream = body.windows(13).any(|part| part == b"\"stream\":true");
            let call = Call {
                operation: cupola_core::Operation::Chat,
                model_at: None,
                native: None,
                affinity: 0,
                body,
                stream,
                request_id: "r",
                prompt_tokens: 1,
                max_tokens: None,
                n: 1,
            };
            let answered = target.infer(call).await.expect("an answer");
            let kind = if stream {
                "text/event-stream"
            } else {
                "application/json"
            };
            answer(answered.body.collect(1 << 20).await.expect("a body"), kind)
        }
    });
}

/// The gateway as the binary runs it, with limits that the measurement does not meet.
pub(crate) fn gateway(url: &str, folder: &Path) {
    let background = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let background = background.expect("a runtime");
    let (gateway, store) = background.block_on(prepared(url, folder));
    let bill = move || {
        background.block_on(async {
            store.ledger().drain().await;
            let mut reader = store.reader().await.expect("a reader");
            let lines = reader
                .bill(SUBSCRIPTION, Period::default())
                .await
                .expect("a bill");
            let of = |meter| {
                lines
                    .iter()
                    .find(|line| line.meter == meter)
                    .map_or(0, |line| line.quantity)
            };
            format!(
                "the ledger has {} requests, {} prompt tokens",
                of(Meter::Requests),
                of(Meter::PromptTokens)
            )
        })
    };
    serve_and(
        move |request: Request<Incoming>, peer: Peer| {
            let gateway = gateway.clone();
            async move {
                let (head, body) = request.into_parts();
                assert!(gateway.claims(&head));
                gateway.handle(Request::from_parts(head, body), peer).await
            }
        },
        bill,
    );
}

async fn prepared(url: &str, folder: &Path) -> (Gateway, Store) {
    let store = Store::open(&folder.join("cupola.db")).await.expect("a store");
    let keyring = Arc::new(Keyring::new([7; 32]));
    endpoint(&store, &keyring, url).await;
    let deps = GatewayDeps {
        store: store.clone(),
        catalog: Arc::new(Catalog::new([model()])),
        keyring,
        fleet: Fleet::default(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        base_domain: None,
    };
    let limits = Limits {
        tokens_per_minute: u32::MAX,
        requests_per_minute: u32::MAX,
    };
    let settings = GatewaySettings {
        limits,
        ..GatewaySettings::default()
    };
    (
        Gateway::with_settings(deps, settings).await.expect("a gateway"),
        store,
    )
}

async fn endpoint(store: &Store, keyring: &Keyring, url: &str) {
    let now = SystemClock.now();
    let stamp = Stamp {
        by: "bench".into(),
        by_type: "Application".into(),
        at: now,
    };
    let id = ResourceId::group(SUBSCRIPTION, "rg")
        .resource("Microsoft.MachineLearningServices", "workspaces", "bench")
        .child("serverlessEndpoints", "hello");
    let resource = Resource {
        location: Some("eastus2".into()),
        properties: json!({ "modelSettings": { "modelId": MODEL }, "endpointState": "Online" }),
        etag: "1".into(),
        ..Resource::new(id.clone(), stamp)
    };
    let seal = || keyring.seal(&Secret::new(KEY), &SystemEntropy);
    let backend = Backend::Upstream {
        url: url.to_owned(),
        model: Some("bench".into()),
        sealed_key: Some(seal()),
        allow_private_network: true,
    };
    let grant = Granted::to_platform("bench");
    let mut work = store.begin().await.expect("a change");
    work.bindings()
        .put(
            &grant,
            &Binding {
                model: MODEL.parse().expect("an id"),
                backend,
            },
        )
        .await
        .expect("bound");
    work.resources().put(&grant, &resource).await.expect("put");
    work.credentials()
        .put(
            &id,
            &SealedKeys {
                primary: seal(),
                secondary: seal(),
            },
            now,
        )
        .await
        .expect("put");
    work.save().await.expect("saved");
}

fn model() -> CatalogModel {
    CatalogModel {
        id: MODEL.parse().expect("an id"),
        display_name: "Bench".into(),
        publisher: "Cupola".into(),
        version: "1".into(),
        task: Task::ChatCompletion,
        license: "Apache-2.0".into(),
        description: String::new(),
        terms: String::new(),
        sale: Sale::Directly,
        deployment_regions: Vec::new(),
        fine_tuning_regions: Vec::new(),
        context_tokens: 8192,
        prices: Meter::ALL
            .into_iter()
            .map(|meter| (meter, Price(150_000)))
            .collect(),
        currency: "USD".into(),
        preview: false,
    }
}

fn completion() -> Bytes {
    let text = " word".repeat(WORDS * 3);
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "bench",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 200, "completion_tokens": WORDS * 3, "total_tokens": 200 + WORDS * 3 },
    })
    .to_string()
    .into()
}

fn stream() -> Bytes {
    let chunk = |delta: serde_json::Value, reason: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        let chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice],
        });
        format!("data: {chunk}\n\n")
    };
    let mut text = chunk(json!({ "role": "assistant", "content": "" }), None);
    for _ in 0..WORDS {
        text.push_str(&chunk(json!({ "content": " word" }), None));
    }
    text.push_str(&chunk(json!({}), Some("stop")));
    let usage = json!({ "prompt_tokens": 200, "completion_tokens": WORDS, "total_tokens": 200 + WORDS });
    text.push_str(&format!(
        "data: {}\n\ndata: [DONE]\n\n",
        json!({ "choices": [], "usage": usage })
    ));
    text.into()
}

fn answer(content: Bytes, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(full(content));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn serve<H, F>(handler: H)
where
    H: Fn(Request<Incoming>, Peer) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + 'static,
{
    serve_and(handler, String::new);
}

/// Serves on one thread, and answers the questions of the measurement until its end of the pipe closes.
fn serve_and<H, F>(handler: H, bill: impl Fn() -> String)
where
    H: Fn(Request<Incoming>, Peer) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Body>> + 'static,
{
    let socket = cupola_edge::bind("127.0.0.1:0".parse().expect("an address"), "").expect("a port");
    println!("{}", socket.local_addr().expect("an address"));
    let (stop, shutdown) = watch::channel(false);
    let serving = std::thread::spawn(move || {
        cupola_edge::serve(
            &[Listener { socket, tls: None }],
            1,
            &shutdown,
            Duration::ZERO,
            &handler,
        )
    });
    for question in std::io::stdin().lock().lines().map_while(Result::ok) {
        match question.as_str() {
            "cpu" => println!("{}", own_cpu()),
            _ => println!("{}", bill()),
        }
    }
    stop.send_replace(true);
    let _ = serving.join();
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "a measurement has the present")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}
