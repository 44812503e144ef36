//! A platform for stories: a scratch store, a clock that stands still, chance that counts, and clients.

use crate::jobs::Runner;
use crate::{Control, ControlDeps, ControlSettings, FirstStartReport, first_start};
use bytes::Bytes;
use cupola_backend::fleet::{Fleet, Worker};
use cupola_core::address::Addresses;
use cupola_core::catalog::{Catalog, CatalogModel, Offer, Sale, Task};
use cupola_core::money::Price;
use cupola_core::rbac::{Granted, Principal, RoleAssignment};
use cupola_core::usage::Meter;
use cupola_core::{Entropy as _, ModelId, Secret, Timestamp, chance};
use cupola_edge::Peer;
use cupola_identity::{Keyring, SigningKey, digest_secret};
use cupola_store::access::{SealedSigningKey, StoredSecret};
use cupola_store::audit::Entry;
use cupola_store::{Resource, Store};
use cupola_testkit::{CountingEntropy, ManualClock};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

pub(crate) const HOST: &str = "arm.test:8443";
pub(crate) const ORIGIN: &str = "https://arm.test:8443";
pub(crate) const DIRECT: &str = "azureml://registries/cupola/models/tiny-chat";
pub(crate) const PARTNER: &str = "azureml://registries/azureml-cohere/models/Cohere-command-r-08-2024";
/// Sold by the same offer as `PARTNER`.
pub(crate) const SIBLING: &str = "azureml://registries/azureml-cohere/models/Cohere-command-r-plus";
/// Offered in another country only.
pub(crate) const FOREIGN: &str = "azureml://registries/azureml-nttdata/models/tsuzumi-7b";
const ROOT: [u8; 32] = [7; 32];

pub(crate) struct Platform {
    pub(crate) control: Control,
    pub(crate) deps: ControlDeps,
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
    pub(crate) fleet: Fleet,
    pub(crate) report: FirstStartReport,
    pub(crate) folder: tempfile::TempDir,
    runner: Runner,
}

/// Somebody with a token, or without one.
pub(crate) struct Client<'a> {
    platform: &'a Platform,
    pub(crate) token: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        Self::start_with(ControlSettings::default()).await
    }

    pub(crate) async fn start_with(settings: ControlSettings) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("cupola.db"))
            .await
            .expect("a store");
        let (clock, entropy, fleet) = (
            ManualClock::default(),
            CountingEntropy::default(),
            Fleet::default(),
        );
        let deps = ControlDeps {
            store: store.clone(),
            catalog: Arc::new(catalog()),
            keyring: Arc::new(Keyring::new(ROOT)),
            fleet: fleet.clone(),
            addresses: Addresses {
                https: ORIGIN.into(),
                http: None,
                base_domain: None,
            },
            clock: Arc::new(clock.clone()),
            entropy: Arc::new(entropy.clone()),
            settings,
        };
        give_signing_key(&store).await;
        let report = first_start(&deps, None).await.expect("a first start");
        let control = Control::new(deps.clone()).await.expect("a control plane");
        let runner = Runner::new(&control);
        Self {
            control,
            deps,
            store,
            clock,
            fleet,
            report,
            folder,
            runner,
        }
    }

    pub(crate) fn anonymous(&self) -> Client<'_> {
        Client {
            platform: self,
            token: None,
        }
    }

    pub(crate) fn with_token(&self, token: &str) -> Client<'_> {
        Client {
            platform: self,
            token: Some(token.to_owned()),
        }
    }

    /// The administrator that the first start made.
    pub(crate) async fn admin(&self) -> Client<'_> {
        let id = self
            .store
            .reader()
            .await
            .expect("a reader")
            .access()
            .principal(&self.report.client_id)
            .await;
        let principal = id.expect("read").expect("there");
        self.with_token(&self.token_of(&principal, ORIGIN))
    }

    pub(crate) fn token_of(&self, principal: &Principal, audience: &str) -> String {
        let now = cupola_core::Clock::now(&self.clock);
        let token = self
            .control
            .issuer()
            .issue(principal, audience, now, &*self.deps.entropy);
        token.expect("a token").expose().to_owned()
    }

    /// A new service principal with a secret and these roles.
    pub(crate) async fn principal(&self, name: &str, secret: &str, roles: &[(&str, &str)]) -> Principal {
        let grant = Granted::to_platform("test");
        let id = || chance::uuid(&*self.deps.entropy);
        let principal = Principal {
            id: id(),
            app_id: Some(id()),
            display_name: name.to_owned(),
            kind: "Application",
        };
        let mut work = self.store.begin().await.expect("a unit of work");
        work.access()
            .put_principal(&grant, &principal)
            .await
            .expect("put");
        let digest = digest_secret(&self.deps.keyring, &Secret::new(secret));
        let stored = StoredSecret {
            id: id(),
            digest,
            expires_at: None,
            ..StoredSecret::default()
        };
        work.access()
            .add_secret(&grant, &principal.id, &stored)
            .await
            .expect("added");
        for (role, scope) in roles {
            let role = crate::roles::built_in()
                .iter()
                .find(|known| known.name == *role)
                .expect("a role");
            let held = RoleAssignment {
                id: id(),
                scope: (*scope).to_owned(),
                role: role.id.clone(),
                principal: principal.id.clone(),
                principal_type: "ServicePrincipal".to_owned(),
                created_at: Timestamp::UNIX_EPOCH,
            };
            work.access().assign(&grant, &held).await.expect("assigned");
        }
        work.save().await.expect("saved");
        principal
    }

    /// Somebody who holds these roles.
    pub(crate) async fn someone(&self, roles: &[(&str, &str)]) -> Client<'_> {
        let principal = self.principal("Someone", "secret", roles).await;
        self.with_token(&self.token_of(&principal, ORIGIN))
    }

    pub(crate) fn subscription(&self) -> String {
        format!("/subscriptions/{}", self.report.subscription_id)
    }

    pub(crate) fn group(&self) -> String {
        format!("{}/resourceGroups/cupola", self.subscription())
    }

    pub(crate) fn workspace(&self) -> String {
        format!(
            "{}/providers/Microsoft.MachineLearningServices/workspaces/hello-project",
            self.group()
        )
    }

    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("{}/serverlessEndpoints/{name}", self.workspace())
    }

    pub(crate) fn marketplace(&self, name: &str) -> String {
        format!("{}/marketplaceSubscriptions/{name}", self.workspace())
    }

    /// One turn of the job runner.
    pub(crate) async fn work(&mut self) {
        self.runner.turn().await.expect("a turn");
    }

    /// Forgets what the runner knows, as a crash does.
    pub(crate) fn restart_runner(&mut self) {
        self.runner = Runner::new(&self.control);
    }

    pub(crate) fn observe(&self, model: &str, worker: Worker) {
        let model: ModelId = model.parse().expect("a model id");
        self.fleet.observe(HashMap::from([(model.folded(), worker)]));
    }

    /// Binds models to the simulator.
    pub(crate) async fn simulate(&self, models: &[&str]) {
        for model in models {
            let put = self
                .admin()
                .await
                .put(&binding(model), json!({"properties": {"kind": "simulator"}}))
                .await;
            assert!(put.status.is_success(), "{put:?}");
        }
    }

    /// Binds the demo model to a file.
    pub(crate) async fn bind_engine(&self) {
        let path = self.folder.path().join("model.gguf");
        std::fs::write(&path, b"GGUF\x03").expect("written");
        let body = json!({"properties": {"kind": "engine", "path": path}});
        self.admin().await.put(&binding(DIRECT), body).await.is(201);
    }

    /// An endpoint that is online.
    pub(crate) async fn deployed(&mut self, name: &str, model: &str) {
        self.admin()
            .await
            .put(&self.endpoint(name), endpoint_body(model))
            .await
            .is(201);
        self.work().await;
        let seen = self.admin().await.get(&self.endpoint(name)).await;
        assert_eq!(seen.body["properties"]["endpointState"], "Online", "{seen:?}");
    }

    pub(crate) async fn audit(&self) -> Vec<Entry> {
        self.store
            .reader()
            .await
            .expect("a reader")
            .audit()
            .latest(1000)
            .await
            .expect("read")
    }

    pub(crate) async fn stored(&self, id: &str) -> Option<Resource> {
        let id = cupola_core::ResourceId::parse(id).expect("an id");
        self.store
            .reader()
            .await
            .expect("a reader")
            .resources()
            .find(&id)
            .await
            .expect("read")
    }
}

pub(crate) fn endpoint_body(model: &str) -> Value {
    json!({
        "properties": {"modelSettings": {"modelId": model}},
        "sku": {"name": "Consumption"},
        "location": "eastus2",
    })
}

pub(crate) fn binding(model: &str) -> String {
    let id: ModelId = model.parse().expect("a model id");
    format!(
        "/providers/Cupola.Catalog/registries/{}/bindings/{}",
        id.registry(),
        id.model()
    )
}

impl Client<'_> {
    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.send("GET", path, None, &[]).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Seen {
        self.send("PUT", path, Some(body.to_string()), &[]).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Seen {
        self.send("PATCH", path, Some(body.to_string()), &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Seen {
        self.send("POST", path, Some(body.to_string()), &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Seen {
        self.send("DELETE", path, None, &[]).await
    }

    /// Sends a request; a path without a query gets an api-version, and a full URL loses its host.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let path = path.strip_prefix(ORIGIN).unwrap_or(path);
        let path = if path.contains('?') {
            path.to_owned()
        } else {
            format!("{path}?api-version=2024-10-01")
        };
        let asked = path.clone();
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", HOST);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body.unwrap_or_default())))
            .expect("a request");
        let peer = Peer {
            secure: true,
            address: ([10, 0, 0, 9], 5000).into(),
        };
        let seen = Seen::read(self.platform.control.handle(request, peer).await).await;
        super::contract::judge(method, &asked, &seen);
        super::description::judge(method, &asked, &seen);
        seen
    }
}

impl Seen {
    pub(crate) async fn read(response: http::Response<cupola_edge::Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Self {
            status: parts.status,
            headers: parts.headers,
            text,
            body,
        }
    }

    /// Asserts the status and gives itself back.
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// `400 UserError ModelNotBound`, or `201`.
    pub(crate) fn summary(&self) -> String {
        let error = &self.body["error"];
        let mut inner = error["additionalInfo"]
            .as_array()
            .into_iter()
            .flatten()
            .last()
            .map(|info| &info["info"]["value"]);
        let mut words = vec![self.status.as_u16().to_string()];
        words.extend(error["code"].as_str().map(str::to_owned));
        let mut reason = None;
        while let Some(code) = inner.and_then(|inner| inner["code"].as_str()) {
            reason = Some(code.to_owned());
            inner = inner.map(|inner| &inner["innerError"]);
        }
        words.extend(reason);
        words.join(" ")
    }

    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.body["value"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item["name"].as_str())
            .collect()
    }
}

// Making a key takes a moment; one is enough for all tests.
async fn give_signing_key(store: &Store) {
    static KEY: OnceLock<SealedSigningKey> = OnceLock::new();
    let key = KEY.get_or_init(|| {
        let entropy = CountingEntropy::default();
        entropy.fill(&mut [0; 64]);
        let key = SigningKey::generate(&entropy).expect("a key");
        let sealed = key.seal(&Keyring::new(ROOT), &entropy).expect("sealed");
        SealedSigningKey {
            id: key.id,
            sealed,
            created_at: Timestamp::UNIX_EPOCH,
            retired_at: None,
        }
    });
    let mut work = store.begin().await.expect("a unit of work");
    work.access()
        .rotate_signing_key(&Granted::to_platform("test"), key)
        .await
        .expect("kept");
    work.save().await.expect("saved");
}

fn catalog() -> Catalog {
    let offer = |id: &str, country: &str| {
        Sale::Partner(Offer {
            publisher_id: "cohere".into(),
            offer_id: format!("{id}-offer"),
            plan_id: format!("{id}-plan"),
            countries: vec![country.parse().expect("a country")],
        })
    };
    let model = |id: &str, sale: Sale, regions: &[&str]| CatalogModel {
        id: id.parse().expect("a model id"),
        display_name: "A model".into(),
        publisher: "Somebody".into(),
        version: "3".into(),
        task: Task::ChatCompletion,
        license: "Apache-2.0".into(),
        description: "Answers.".into(),
        terms: String::new(),
        sale,
        deployment_regions: regions
            .iter()
            .map(|region| region.parse().expect("a region"))
            .collect(),
        fine_tuning_regions: Vec::new(),
        context_tokens: 4096,
        prices: vec![(Meter::PromptTokens, Price(150_000))],
        currency: "USD".into(),
        preview: false,
    };
    Catalog::new([
        model(DIRECT, Sale::Directly, &[]),
        model(PARTNER, offer("command-r", "US"), &["eastus2", "westus"]),
        model(SIBLING, offer("command-r", "US"), &[]),
        model(FOREIGN, offer("tsuzumi", "JP"), &[]),
    ])
}
