//! The processes of the measurement: upstream and gateway.

use bytes::Bytes;
use cupola_backend::fleet::Fleet;
use cupola_core::catalog::{Catalog, CatalogModel, Sale, Task};
use cupola_core::money::Price;
use cupola_core::quota::Limits;
use cupola_core::rbac::Granted;
use cupola_core::usage::Meter;
use cupola_core::{Clock, Entropy, ResourceId, Secret, Timestamp};
use cupola_edge::{Body, Listener, Peer, full};
use cupola_gateway::{Gateway, GatewayDeps, GatewaySettings};
use cupola_identity::{Denial, Judge, Judging, Keyring, Right};
use cupola_store::bindings::{Backend, Binding};
use cupola_store::credentials::SealedKeys;
use cupola_store::{Period, Resource, Stamp, Store};
use http::{HeaderValue, Request, Response, header};
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use std::future::Future;
use std::io::BufRead as _;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;

pub(crate) const PATH: &str = "/endpoints/eastus2/hello/v1/chat/completions";
pub(crate) const KEY: &str = "0123456789abcdefghijklmnopqrstuv";
const MODEL: &str = "azureml://registries/cupola/models/bench";
const SUBSCRIPTION: &str = "00000000-0000-4000-8000-000000000001";
// With the first, the last and the usage, a stream has 100 chunks.
const WORDS: usize = 97;
/// In a request's body: begin the stream and let it stand.
const HOLD: &str = "hold the stream open";

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

/// Begins a stream that does not end by itself.
pub(crate) fn held_body() -> String {
    json!({
        "model": "hello",
        "messages": [{ "role": "user", "content": HOLD }],
        "max_tokens": 64,
        "stream": true,
    })
    .to_string()
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
            if streamed {
                let held = body.windows(HOLD.len()).any(|part| part == HOLD.as_bytes());
                return response(Events::of(events, held).boxed_unsync(), "text/event-stream");
            }
            answer(whole, "application/json")
        }
    });
}

/// The gateway as the binary runs it, with limits that the measurement does not meet.
pub(crate) fn gateway(url: &str, folder: &Path, sync: &str) {
    let background = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let background = background.expect("a runtime");
    let (gateway, store) = background.block_on(prepared(url, folder, sync));
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
            of(Meter::Requests).to_string()
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

/// The measurement sends keys.
struct KeysAlone;

impl Judge for KeysAlone {
    fn judge<'a>(&'a self, _token: &'a str, _right: Right, _scope: &'a str, _now: Timestamp) -> Judging<'a> {
        Box::pin(async { Err(Denial::Unavailable) })
    }
}

async fn prepared(url: &str, folder: &Path, sync: &str) -> (Gateway, Store) {
    let store = Store::open_with(&folder.join("cupola.db"), sync.parse().expect("a mode"))
        .await
        .expect("a store");
    let keyring = Arc::new(Keyring::new([7; 32]));
    endpoint(&store, &keyring, url).await;
    let deps = GatewayDeps {
        store: store.clone(),
        catalog: Arc::new(Catalog::new([model()])),
        keyring,
        tokens: Arc::new(KeysAlone),
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
        dialect: None,
        api_version: None,
        model: Some("bench".into()),
        sealed_key: Some(seal()),
        allow_private_network: true,
    };
    let grant = Granted::to_platform("bench");
    let mut work = store.begin().await.expect("a change");
    work.bindings()
        .put(&grant, &Binding::of(MODEL.parse().expect("an id"), backend))
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

fn stream() -> Arc<[Bytes]> {
    let event = |chunk: serde_json::Value| Bytes::from(format!("data: {chunk}\n\n"));
    let chunk = |delta: serde_json::Value, reason: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        event(json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice],
        }))
    };
    let mut events = vec![chunk(json!({ "role": "assistant", "content": "" }), None)];
    events.resize(1 + WORDS, chunk(json!({ "content": " word" }), None));
    events.push(chunk(json!({}), Some("stop")));
    let usage = json!({ "prompt_tokens": 200, "completion_tokens": WORDS, "total_tokens": 200 + WORDS });
    events.push(event(json!({ "choices": [], "usage": usage })));
    events.push(Bytes::from_static(b"data: [DONE]\n\n"));
    events.into()
}

/// A stream of events, each a frame of its own, as a model's server sends them.
struct Events {
    events: Arc<[Bytes]>,
    next: usize,
    /// How many are sent; after fewer than all, nothing more happens.
    count: usize,
}

impl Events {
    fn of(events: Arc<[Bytes]>, held: bool) -> Self {
        let count = if held { 2 } else { events.len() };
        Self {
            events,
            next: 0,
            count,
        }
    }
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = cupola_edge::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.next == self.count && self.count < self.events.len() {
            return Poll::Pending;
        }
        let event = self.events.get(self.next).cloned();
        self.next += 1;
        Poll::Ready(event.map(|event| Ok(Frame::data(event))))
    }
}

fn answer(content: Bytes, kind: &'static str) -> Response<Body> {
    response(full(content), kind)
}

fn response(body: Body, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
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
    for _question in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", bill());
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
