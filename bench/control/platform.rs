//! A control plane on a scratch directory, with a store that can be filled quickly.

use bytes::Bytes;
use cupola_backend::fleet::Fleet;
use cupola_control::{Control, ControlDeps, ControlSettings, FirstStart, FirstStartReport, first_start_as};
use cupola_core::address::Addresses;
use cupola_core::catalog::Catalog;
use cupola_core::rbac::Granted;
use cupola_core::{Clock, Entropy, ResourceId, Timestamp};
use cupola_edge::Peer;
use cupola_identity::Keyring;
use cupola_store::credentials::SealedKeys;
use cupola_store::{Resource, Store};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

pub(crate) const MODEL: &str = "azureml://registries/cupola/models/tiny-chat";
const ORIGIN: &str = "https://arm.test";
// One commit for so many resources, or filling would take longer than measuring.
const BATCH: usize = 2000;

#[derive(Debug)]
struct TrueClock;

impl Clock for TrueClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark is a program of its own: it makes its clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Numbers that do not repeat; nothing here is a secret.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut word = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(0x9e37_79b9);
            // Three rounds of xorshift, so that ids do not come in order.
            for _ in 0..3 {
                word ^= word << 13;
                word ^= word >> 7;
                word ^= word << 17;
            }
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) struct Platform {
    control: Control,
    deps: ControlDeps,
    report: FirstStartReport,
    token: String,
    _folder: tempfile::TempDir,
}

pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) text: String,
    location: Option<String>,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("cupola-bench-")
            .tempdir()
            .expect("a folder");
        let deps = ControlDeps {
            store: Store::open(&folder.path().join("cupola.db"))
                .await
                .expect("a store"),
            catalog: Arc::new(Catalog::new(cupola_catalog::built_in())),
            keyring: Arc::new(Keyring::new([7; 32])),
            fleet: Fleet::default(),
            addresses: Addresses {
                https: ORIGIN.to_owned(),
                http: None,
                base_domain: None,
            },
            clock: Arc::new(TrueClock),
            entropy: Arc::new(Counting::default()),
            settings: ControlSettings::default(),
        };
        let report = first_start_as(&deps, None, &FirstStart::default())
            .await
            .expect("a first start");
        let control = Control::new(deps.clone()).await.expect("a control plane");
        let mut platform = Self {
            control,
            deps,
            report,
            token: String::new(),
            _folder: folder,
        };
        platform.token = platform.sign_in().await;
        let binding = "/providers/Cupola.Catalog/registries/cupola/bindings/tiny-chat";
        let bound = platform
            .send(
                "PUT",
                binding,
                Some(&json!({"properties": {"kind": "simulator"}})),
            )
            .await;
        assert!(bound.status.is_success(), "{}", bound.text);
        platform
    }

    async fn sign_in(&self) -> String {
        let mut reader = self.deps.store.reader().await.expect("a reader");
        let principal = reader
            .access()
            .principal(&self.report.client_id)
            .await
            .expect("read")
            .expect("there");
        let now = self.deps.clock.now();
        let token = self
            .control
            .issuer()
            .issue(&principal, ORIGIN, now, &*self.deps.entropy);
        token.expect("a token").expose().to_owned()
    }

    pub(crate) fn group(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}",
            self.report.subscription_id, self.report.resource_group
        )
    }

    pub(crate) fn workspace(&self) -> String {
        let (group, workspace) = (self.group(), &self.report.workspace);
        format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}")
    }

    /// Endpoints that are online, written past the front door: making them one by one is what is measured later.
    pub(crate) async fn fill(&self, count: usize) {
        let first = format!("{}/serverlessEndpoints/filled-000000", self.workspace());
        let body = json!({"location": "eastus2", "properties": {"modelSettings": {"modelId": MODEL}}});
        let made = self.send("PUT", &first, Some(&body)).await;
        assert!(made.status.is_success(), "{}", made.text);
        let (pattern, keys) = self.made(&first).await;
        let grant = Granted::to_platform("bench");
        for batch in (1..count).collect::<Vec<_>>().chunks(BATCH) {
            let mut work = self.deps.store.begin().await.expect("a unit of work");
            for at in batch {
                let id = format!("{}/serverlessEndpoints/filled-{at:06}", self.workspace());
                let id = ResourceId::parse(&id).expect("an id");
                work.credentials()
                    .put(&id, &keys, self.deps.clock.now())
                    .await
                    .expect("keys");
                let resource = Resource {
                    id,
                    provisioning_state: "Succeeded".to_owned(),
                    ..pattern.clone()
                };
                work.resources().put(&grant, &resource).await.expect("put");
            }
            work.save().await.expect("saved");
        }
    }

    async fn made(&self, path: &str) -> (Resource, SealedKeys) {
        let id = ResourceId::parse(path).expect("an id");
        let mut reader = self.deps.store.reader().await.expect("a reader");
        let resource = reader.resources().find(&id).await.expect("read").expect("there");
        let keys = reader
            .credentials()
            .find(&id)
            .await
            .expect("read")
            .expect("there");
        (resource, keys)
    }

    /// One request after another, each timed; every one must succeed.
    pub(crate) async fn timed(
        &self,
        requests: usize,
        request: impl Fn(usize) -> (&'static str, String, Option<Value>),
    ) -> super::Times {
        let mut times = Vec::with_capacity(requests);
        for at in 0..requests {
            let (method, path, body) = request(at);
            let begun = Instant::now();
            let seen = self.send(method, &path, body.as_ref()).await;
            times.push(begun.elapsed());
            assert!(
                seen.status.is_success(),
                "{method} {path}: {} {}",
                seen.status,
                seen.text
            );
        }
        super::Times(times)
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        let path = path.strip_prefix(ORIGIN).unwrap_or(path);
        let join = if path.contains('?') { '&' } else { '?' };
        let path = if path.contains("api-version") {
            path.to_owned()
        } else {
            format!("{path}{join}api-version=2024-10-01")
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "arm.test")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(Full::new(Bytes::from(
                body.map(Value::to_string).unwrap_or_default(),
            )))
            .expect("a request");
        let peer = Peer {
            secure: true,
            address: ([127, 0, 0, 1], 5000).into(),
        };
        let response = self.control.handle(request, peer).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Seen {
            status: parts.status,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            location: parts
                .headers
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
        }
    }

    /// The job runner, as the server runs it.
    pub(crate) fn run_jobs(&self) -> tokio::task::JoinHandle<()> {
        let control = self.control.clone();
        tokio::spawn(async move {
            let (_keep, shutdown) = watch::channel(false);
            control.run_jobs(shutdown).await;
        })
    }

    /// Waits for the end of a deployment and says how it ended.
    pub(crate) async fn until_done(&self, deployment: &str) -> String {
        loop {
            let seen = self.send("GET", deployment, None).await;
            let body: Value = serde_json::from_str(&seen.text).unwrap_or_default();
            let state = body["properties"]["provisioningState"]
                .as_str()
                .unwrap_or_default();
            if ["Succeeded", "Failed", "Canceled"].contains(&state) {
                return format!(
                    "{state}{}",
                    body["properties"]["error"]
                        .as_object()
                        .map_or(String::new(), |error| format!(" {error:?}"))
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What-if to its end; the number of changes.
    pub(crate) async fn what_if(&self, deployment: &str, body: &Value) -> usize {
        let mut seen = self
            .send("POST", &format!("{deployment}/whatIf"), Some(body))
            .await;
        while seen.status == StatusCode::ACCEPTED {
            let location = seen.location.clone().expect("where to ask");
            seen = self.send("GET", &location, None).await;
        }
        assert!(seen.status.is_success(), "{}", seen.text);
        let body: Value = serde_json::from_str(&seen.text).expect("JSON");
        body["properties"]["changes"].as_array().map_or(0, Vec::len)
    }
}
