//! A gateway over a real socket, a scratch store, a clock that moves by hand.

use bytes::Bytes;
use cupola_backend::fleet::Fleet;
use cupola_core::catalog::{Catalog, CatalogModel, Sale, Task};
use cupola_core::money::Price;
use cupola_core::quota::Limits;
use cupola_core::rbac::Granted;
use cupola_core::usage::Meter;
use cupola_core::{Clock as _, ModelId, ResourceId, Secret, Timestamp};
use cupola_edge::Listener;
use cupola_gateway::{Gateway, GatewayDeps, GatewaySettings};
use cupola_identity::{Denial, Judge, Judging, Keyring, Permit, Right};
use cupola_store::audit::Event;
use cupola_store::bindings::{Backend, Binding};
use cupola_store::credentials::SealedKeys;
use cupola_store::{Period, Resource, Stamp, Store};
use cupola_testkit::{CountingEntropy, ManualClock};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;

pub(crate) const SUBSCRIPTION: &str = "3B0E0B8C-0000-4000-8000-000000000001";
pub(crate) const PRIMARY: &str = "primary-key";
pub(crate) const SECONDARY: &str = "secondary-key";
pub(crate) const MODEL: &str = "azureml://registries/cupola/models/Tiny-Chat";
pub(crate) const SERIES_MODEL: &str = "azureml://registries/cupola/models/Tiny-Series";
pub(crate) const VECTOR_MODEL: &str = "azureml://registries/cupola/models/Tiny-Vectors";
pub(crate) const PICTURE_MODEL: &str = "azureml://registries/cupola/models/Tiny-Pictures";
pub(crate) const GUARD_MODEL: &str = "azureml://registries/cupola/models/Tiny-Guard";
pub(crate) const HI: &str = r#"{"messages":[{"role":"user","content":"hi"}]}"#;
pub(crate) const HI_STREAM: &str = r#"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#;

pub(crate) struct Platform {
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) fleet: Fleet,
    pub(crate) gateway: Gateway,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tokens: Arc<Tokens>,
    address: SocketAddr,
    keyring: Arc<Keyring>,
    entropy: CountingEntropy,
    stop: watch::Sender<bool>,
}

/// Stands for who knows tokens and roles: a token is `eyJ0.PRINCIPAL.RIGHT`, and good for the right whose name has RIGHT in
/// it.
#[derive(Default)]
pub(crate) struct Tokens {
    /// What was asked: right and scope.
    pub(crate) asked: Mutex<Vec<(Right, String)>>,
}

impl Judge for Tokens {
    fn judge<'a>(&'a self, token: &'a str, right: Right, scope: &'a str, now: Timestamp) -> Judging<'a> {
        self.asked
            .lock()
            .expect("nobody panicked")
            .push((right, scope.to_owned()));
        let parts: Vec<&str> = token.split('.').collect();
        let principal = parts[1].to_owned();
        let expires_at = now + Duration::from_secs(3600);
        Box::pin(async move {
            match parts[2] {
                "forged" => Err(Denial::Unproven(
                    "the signature of the access token is wrong".to_owned(),
                )),
                "unknown" => Err(Denial::Unavailable),
                allowed if right.name().contains(allowed) => Ok(Permit {
                    principal,
                    expires_at,
                }),
                _ => Err(Denial::Forbidden {
                    principal,
                    expires_at,
                }),
            }
        })
    }
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        Self::with_settings(GatewaySettings::default()).await
    }

    pub(crate) async fn with_limits(tokens_per_minute: u32, requests_per_minute: u32) -> Self {
        let limits = Limits {
            tokens_per_minute,
            requests_per_minute,
        };
        Self::with_settings(GatewaySettings {
            limits,
            ..GatewaySettings::default()
        })
        .await
    }

    pub(crate) async fn with_settings(settings: GatewaySettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let (clock, fleet, entropy) = (
            ManualClock::default(),
            Fleet::default(),
            CountingEntropy::default(),
        );
        let keyring = Arc::new(Keyring::new([7; 32]));
        let tokens = Arc::new(Tokens::default());
        let deps = GatewayDeps {
            store: store.clone(),
            catalog: Arc::new(Catalog::new([
                model(MODEL, Task::ChatCompletion),
                model(GUARD_MODEL, Task::ChatCompletion),
                model(SERIES_MODEL, Task::Forecasting),
                model(VECTOR_MODEL, Task::Embedding),
                model(PICTURE_MODEL, Task::ImageGeneration),
            ])),
            keyring: Arc::clone(&keyring),
            tokens: Arc::clone(&tokens) as Arc<dyn Judge>,
            fleet: fleet.clone(),
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(entropy.clone()),
            base_domain: Some("models.example.com".to_owned()),
        };
        let gateway = Gateway::with_settings(deps, settings).await.expect("a gateway");
        let (stop, shutdown) = watch::channel(false);
        let address = serve(&gateway, shutdown);
        Self {
            store,
            clock,
            fleet,
            gateway,
            folder,
            address,
            keyring,
            tokens,
            entropy,
            stop,
        }
    }

    /// Binds the model, makes the endpoint `hello` in `eastus2`, and serves it.
    pub(crate) async fn hello(&self, backend: Backend) {
        self.bind(backend).await;
        self.endpoint("hello", "Succeeded", "Online").await;
    }

    pub(crate) async fn upstream(&self, url: &str) {
        self.hello(Backend::Upstream {
            url: url.to_owned(),
            dialect: None,
            api_version: None,
            model: Some("theirs".to_owned()),
            sealed_key: Some(self.keyring.seal(&Secret::new("upstream-key"), &self.entropy)),
            allow_private_network: true,
        })
        .await;
    }

    pub(crate) async fn bind(&self, backend: Backend) {
        self.bind_model(MODEL, backend).await;
    }

    pub(crate) async fn bind_model(&self, model: &str, backend: Backend) {
        let mut work = self.store.begin().await.expect("a change");
        let binding = Binding::of(model.parse().expect("a model id"), backend);
        work.bindings()
            .put(&Granted::to_platform("test"), &binding)
            .await
            .expect("bound");
        work.save().await.expect("saved");
        self.gateway.reload().await.expect("reloaded");
    }

    pub(crate) async fn endpoint(&self, name: &str, provisioning_state: &str, state: &str) {
        self.endpoint_with_keys(name, provisioning_state, state, (PRIMARY, SECONDARY))
            .await;
        self.gateway.reload().await.expect("reloaded");
    }

    /// Makes the subscription of every endpoint, or changes its state.
    pub(crate) async fn subscription(&self, state: &str) {
        let stamp = Stamp {
            by: "test".into(),
            by_type: "Application".into(),
            at: self.clock.now(),
        };
        let resource = Resource {
            properties: json!({ "state": state }),
            etag: "1".into(),
            ..Resource::new(ResourceId::subscription(SUBSCRIPTION), stamp)
        };
        let mut work = self.store.begin().await.expect("a change");
        let grant = Granted::to_platform("test");
        work.resources().put(&grant, &resource).await.expect("put");
        work.save().await.expect("saved");
        self.gateway.reload().await.expect("reloaded");
    }

    pub(crate) async fn endpoint_with_keys(
        &self,
        name: &str,
        provisioning: &str,
        state: &str,
        keys: (&str, &str),
    ) {
        let properties = json!({ "modelSettings": { "modelId": MODEL }, "endpointState": state });
        self.put_site(endpoint_id(name), properties, provisioning, Some(keys))
            .await;
    }

    /// Makes the endpoint `hello` again, taking keys, tokens, or both.
    pub(crate) async fn hello_with_auth_mode(&self, auth_mode: &str) {
        self.hello_with(json!({ "authMode": auth_mode })).await;
    }

    /// Makes the endpoint `hello` again, with more properties.
    pub(crate) async fn hello_with(&self, more: Value) {
        let properties = json!({ "modelSettings": { "modelId": MODEL }, "endpointState": "Online" });
        let keys = Some((PRIMARY, SECONDARY));
        self.put_site(endpoint_id("hello"), with(properties, more), "Succeeded", keys)
            .await;
        self.gateway.reload().await.expect("reloaded");
    }

    /// An endpoint of another model.
    pub(crate) async fn endpoint_of(&self, name: &str, model: &str) {
        let properties = json!({ "modelSettings": { "modelId": model }, "endpointState": "Online" });
        let keys = Some((PRIMARY, SECONDARY));
        self.put_site(endpoint_id(name), properties, "Succeeded", keys)
            .await;
        self.gateway.reload().await.expect("reloaded");
    }

    /// An account of this name with model deployments: name and model of each.
    pub(crate) async fn account(&self, name: &str, keys: (&str, &str), deployments: &[(&str, &str)]) {
        self.account_with(name, keys, deployments, json!({})).await;
    }

    /// The same, with more properties.
    pub(crate) async fn account_with(
        &self,
        name: &str,
        keys: (&str, &str),
        deployments: &[(&str, &str)],
        more: Value,
    ) {
        let id =
            ResourceId::group(SUBSCRIPTION, "rg").resource("Microsoft.CognitiveServices", "accounts", name);
        let properties =
            json!({ "customSubDomainName": name, "internalId": "i", "dateCreated": "2026-01-01" });
        self.put_site(id.clone(), with(properties, more), "Succeeded", Some(keys))
            .await;
        for (deployment, model) in deployments {
            let properties = json!({
                "model": { "format": "OpenAI", "name": "m", "version": "1" },
                "modelId": model,
            });
            let id = id.child("deployments", deployment);
            self.put_site(id, properties, "Succeeded", None).await;
        }
        self.gateway.reload().await.expect("reloaded");
    }

    /// A resource below a site: a policy, a blocklist, an item of one.
    pub(crate) async fn put(&self, id: ResourceId, properties: Value) {
        self.put_site(id, properties, "Succeeded", None).await;
        self.gateway.reload().await.expect("reloaded");
    }

    /// The sealed secret of a resource.
    pub(crate) async fn secret(&self, id: &ResourceId, secret: &str) {
        let sealed = self.keyring.seal(&Secret::new(secret), &self.entropy);
        let mut work = self.store.begin().await.expect("a change");
        let grant = Granted::to_platform("test");
        work.secrets()
            .put(&grant, id, &sealed, self.clock.now())
            .await
            .expect("put");
        work.save().await.expect("saved");
        self.gateway.reload().await.expect("reloaded");
    }

    /// What the content safety found, newest first.
    pub(crate) async fn findings(&self) -> Vec<Event> {
        self.gateway.drain().await;
        let mut reader = self.store.reader().await.expect("a reader");
        reader.audit().recent(10).await.expect("a record")
    }

    /// Saves a resource, and leaves it to the gateway to notice.
    pub(crate) async fn put_site(
        &self,
        id: ResourceId,
        properties: Value,
        provisioning: &str,
        keys: Option<(&str, &str)>,
    ) {
        let now = self.clock.now();
        let stamp = Stamp {
            by: "test".into(),
            by_type: "Application".into(),
            at: now,
        };
        let resource = Resource {
            location: Some("eastus2".into()),
            properties,
            sku: Some(json!({ "name": "Standard", "capacity": 200 })),
            provisioning_state: provisioning.to_owned(),
            etag: "1".into(),
            ..Resource::new(id.clone(), stamp)
        };
        let seal = |key: &str| self.keyring.seal(&Secret::new(key), &self.entropy);
        let sealed = keys.map(|(primary, secondary)| SealedKeys {
            primary: seal(primary),
            secondary: seal(secondary),
        });
        let mut work = self.store.begin().await.expect("a change");
        work.resources()
            .put(&Granted::to_platform("test"), &resource)
            .await
            .expect("put");
        if let Some(sealed) = &sealed {
            work.credentials().put(&id, sealed, now).await.expect("put");
        }
        work.save().await.expect("saved");
    }

    /// Chats with `hello` under its primary key.
    pub(crate) async fn chat(&self, body: &str) -> Reply {
        self.post("chat/completions", body, &[]).await
    }

    /// Chats with `hello` as OpenAI's clients do.
    pub(crate) async fn openai(&self, body: &str) -> Reply {
        self.post("v1/chat/completions", body, &[]).await
    }

    pub(crate) async fn post(&self, route: &str, body: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("authorization", "Bearer primary-key")];
        all.extend_from_slice(headers);
        self.send(
            "POST",
            &format!("/endpoints/eastus2/hello/{route}"),
            &all,
            body.to_owned(),
        )
        .await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Reply {
        let response = self.begin(method, target, headers, body).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).expect("text"),
        }
    }

    /// Sends a request on a connection of its own and waits for the head of the answer. The connection closes when the
    /// answer is dropped.
    pub(crate) async fn begin(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> http::Response<Incoming> {
        let stream = TcpStream::connect(self.address).await.expect("connected");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .expect("a handshake");
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(target);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "127.0.0.1");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        sender.send_request(request).await.expect("an answer")
    }

    /// Where it listens, for what no client library would send.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Quantities of the bill: prompt, cached prompt, completion, reasoning, requests.
    pub(crate) async fn billed(&self) -> [u64; 5] {
        self.store.ledger().drain().await;
        let mut reader = self.store.reader().await.expect("a reader");
        let lines = reader
            .bill(SUBSCRIPTION, Period::default())
            .await
            .expect("a bill");
        let counted = [
            Meter::PromptTokens,
            Meter::CachedPromptTokens,
            Meter::CompletionTokens,
            Meter::ReasoningTokens,
            Meter::Requests,
        ];
        counted.map(|meter| {
            lines
                .iter()
                .filter(|line| line.meter == meter)
                .map(|line| line.quantity)
                .sum()
        })
    }

    /// Waits until somebody was billed.
    pub(crate) async fn billed_soon(&self) -> [u64; 5] {
        for _ in 0..500 {
            let billed = self.billed().await;
            if billed[4] > 0 {
                return billed;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.billed().await
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    pub(crate) fn number(&self, name: &str) -> i64 {
        self.header(name).parse().unwrap_or(-1)
    }

    /// Asserts the status and gives the reply back.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(StatusCode::from_u16(status).is_ok());
        self
    }

    /// The payloads of a stream.
    pub(crate) fn events(&self) -> Vec<String> {
        assert_eq!(self.header("content-type"), "text/event-stream");
        let stream = self.text.strip_suffix("\n\n").expect("an empty line at the end");
        stream
            .split("\n\n")
            .map(|event| event.strip_prefix("data: ").expect("data").to_owned())
            .collect()
    }

    /// The text of all deltas.
    pub(crate) fn said(&self) -> String {
        let deltas = self
            .events()
            .into_iter()
            .filter_map(|event| serde_json::from_str::<Value>(&event).ok());
        deltas
            .filter_map(|chunk| {
                chunk["choices"][0]["delta"]["content"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect()
    }
}

fn with(mut properties: Value, more: Value) -> Value {
    if let (Value::Object(properties), Value::Object(more)) = (&mut properties, more) {
        properties.extend(more);
    }
    properties
}

pub(crate) fn endpoint_id(name: &str) -> ResourceId {
    ResourceId::group(SUBSCRIPTION, "rg")
        .resource("Microsoft.MachineLearningServices", "workspaces", "ws")
        .child("serverlessEndpoints", name)
}

pub(crate) fn engine(path: &Path) -> Backend {
    Backend::Engine {
        path: path.display().to_string(),
    }
}

pub(crate) fn simulator() -> Backend {
    Backend::Simulator {
        settings: serde_json::Map::new(),
    }
}

pub(crate) fn model_id() -> ModelId {
    MODEL.parse().expect("a model id")
}

fn model(id: &str, task: Task) -> CatalogModel {
    CatalogModel {
        id: id.parse().expect("a model id"),
        display_name: "Tiny Chat".into(),
        publisher: "Cupola".into(),
        version: "1".into(),
        task,
        license: "Apache-2.0".into(),
        description: String::new(),
        terms: String::new(),
        sale: Sale::Directly,
        deployment_regions: Vec::new(),
        fine_tuning_regions: Vec::new(),
        context_tokens: 512,
        prices: vec![
            (Meter::PromptTokens, Price(150_000)),
            (Meter::CompletionTokens, Price(600_000)),
        ],
        currency: "USD".into(),
        preview: false,
    }
}

/// Serves as the binary does: on threads of its own.
fn serve(gateway: &Gateway, shutdown: watch::Receiver<bool>) -> SocketAddr {
    let socket = cupola_edge::bind("127.0.0.1:0".parse().expect("an address"), "--listen").expect("a port");
    let address = socket.local_addr().expect("an address");
    let gateway = gateway.clone();
    std::thread::spawn(move || {
        let handler = move |request: Request<Incoming>, peer| {
            let gateway = gateway.clone();
            async move { gateway.handle(request, peer).await }
        };
        let listeners = [Listener { socket, tls: None }];
        cupola_edge::serve(&listeners, 1, &shutdown, Duration::from_millis(100), &handler)
    });
    address
}
