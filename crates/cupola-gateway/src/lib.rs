//! Data plane: inference routes, admission, metering.
//!
//! A request passes one straight function: endpoint, key, parse, reserve, dispatch, stream, settle and record, complete
//! (`infer`). What it needs to know stands in an immutable [`Snapshot`]; the store is asked for nothing on the way, and
//! told one thing: the usage. Responses that clients want kept, or go on from, are the exception (`kept`).

mod bill;
mod body;
mod catch_up;
mod count_tokens;
mod forecast;
mod forms;
mod infer;
mod info;
mod kept;
mod keys;
mod models;
mod observe;
mod passage;
mod place;
mod query;
mod refusal;
mod relay;
mod request_id;
mod route;
mod screening;
mod select;
mod snapshot;
mod tokens;
mod usage;

pub use observe::TraceSettings;
pub use snapshot::{Condition, Deployment, Model, Serves, Site, Snapshot};

use crate::kept::Keeper;
use crate::keys::Credential;
use crate::observe::{Exporter, Observer, Visit};
use crate::place::Place;
use crate::refusal::Refusal;
use crate::route::{Action, Address};
use crate::screening::Recorder;
use arc_swap::ArcSwap;
use bytes::Bytes;
use cupola_backend::fleet::Fleet;
use cupola_backend::{CertificateDer, Dialer, Timeouts};
use cupola_core::catalog::Catalog;
use cupola_core::quota::{Limits, SERVERLESS};
use cupola_core::{Clock, Entropy};
use cupola_edge::access_log::AccessLog;
use cupola_edge::metrics::Page;
use cupola_edge::{Body, BoxError, Peer};
use cupola_identity::{Judge, Keyring};
use cupola_store::responses::SiteBounds;
use cupola_store::{Store, StoreError};
use cupola_wire::openai::Surface;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

// After a failed reload; the snapshot at hand goes on serving.
const RELOAD_PAUSE: Duration = Duration::from_secs(1);
/// How many responses a site keeps unless somebody says otherwise. Ten thousand answers of the length that people read take
/// some fifty megabytes; long ones meet the second bound.
pub const KEPT_RESPONSES: SiteBounds = SiteBounds {
    count_max: 10_000,
    bytes_max: 1 << 30,
};
// A forecast keeps a core busy.
const FORECASTS_MAX: usize = 4;
// Two of the largest size are being read, or many small ones.
const FORECAST_BODIES_MIB_MAX: usize = 2 * (forecast::BODY_MIB_MAX as usize);
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-client-request-id");
// One id, under the names that clients of every surface read.
const REQUEST_IDS: [HeaderName; 3] = [
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-ms-request-id"),
    HeaderName::from_static("apim-request-id"),
];
// Where Anthropic's clients look for it.
const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// What the gateway stands on.
#[derive(Clone)]
pub struct GatewayDeps {
    /// Endpoints, keys and bindings; the ledger.
    pub store: Store,
    /// Facts and prices of models.
    pub catalog: Arc<Catalog>,
    /// Opens what is sealed, digests keys.
    pub keyring: Arc<Keyring>,
    /// Who knows tokens and roles.
    pub tokens: Arc<dyn Judge>,
    /// Where the workers are.
    pub fleet: Fleet,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Chance, for request ids.
    pub entropy: Arc<dyn Entropy>,
    /// With a base domain, endpoints have hosts of their own: `NAME.REGION.BASE`.
    pub base_domain: Option<String>,
}

/// Bounds, each with a default.
#[derive(Clone)]
pub struct GatewaySettings {
    /// What an endpoint may spend in a minute.
    pub limits: Limits,
    /// The largest request body.
    pub body_bytes_max: usize,
    /// How long a client may take to send a body.
    pub body_time_max: Duration,
    /// How long a backend may take for what.
    pub timeouts: Timeouts,
    /// How many responses each site keeps for its clients; of none, nothing is kept.
    pub kept_responses: SiteBounds,
    /// Takes a line for each request.
    pub access_log: Option<AccessLog>,
    /// Where traces go.
    pub traces: Option<TraceSettings>,
    /// Roots for upstreams, beside the platform's.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            limits: SERVERLESS,
            body_bytes_max: 4 << 20,
            body_time_max: Duration::from_secs(60),
            timeouts: Timeouts::default(),
            kept_responses: KEPT_RESPONSES,
            access_log: None,
            traces: None,
            extra_roots: Vec::new(),
        }
    }
}

/// The data plane. Cloning it shares it.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

struct Shared {
    deps: GatewayDeps,
    settings: GatewaySettings,
    dialer: Dialer,
    snapshot: ArcSwap<Snapshot>,
    /// How many changes of the store the snapshot knows.
    read_up_to: watch::Sender<u64>,
    /// `primary` and `secondary`, as the ledger has them.
    key_names: [Arc<str>; 2],
    /// What was decided about tokens a moment ago.
    verdicts: tokens::Verdicts,
    /// How many forecasts may be computed at once.
    forecasts: Semaphore,
    /// How much of their bodies may be in memory before that, in MiB.
    forecast_bodies: Semaphore,
    recorder: Recorder,
    keeper: Keeper,
    /// Who looks at what happens.
    observer: Arc<Observer>,
}

impl Gateway {
    /// A gateway with the published limits, its first snapshot loaded.
    pub async fn new(deps: GatewayDeps) -> Result<Self, StoreError> {
        Self::with_settings(deps, GatewaySettings::default()).await
    }

    /// A gateway with bounds of one's own.
    pub async fn with_settings(deps: GatewayDeps, settings: GatewaySettings) -> Result<Self, StoreError> {
        let dialer = Dialer::new(settings.timeouts, settings.extra_roots.clone());
        let snapshot = snapshot::load(&deps, settings.limits, &dialer, &Snapshot::default()).await?;
        let read_up_to = watch::Sender::new(snapshot.changes);
        let snapshot = ArcSwap::from_pointee(snapshot);
        let recorder = Recorder::start(deps.store.clone());
        let (keyring, entropy) = (Arc::clone(&deps.keyring), Arc::clone(&deps.entropy));
        let keeper = Keeper::start(deps.store.clone(), keyring, entropy, settings.kept_responses);
        let exporter = match &settings.traces {
            Some(traces) => Some(Exporter::start(traces).map_err(|why| StoreError::Other(why.into()))?),
            None => None,
        };
        let observer = Arc::new(Observer::new(&deps, settings.access_log.clone(), exporter));
        Ok(Self {
            shared: Arc::new(Shared {
                deps,
                settings,
                dialer,
                snapshot,
                read_up_to,
                key_names: ["primary".into(), "secondary".into()],
                verdicts: tokens::Verdicts::default(),
                forecasts: Semaphore::new(FORECASTS_MAX),
                forecast_bodies: Semaphore::new(FORECAST_BODIES_MIB_MAX),
                recorder,
                keeper,
                observer,
            }),
        })
    }

    /// Keeps the snapshot up to date until `stop` turns true. Changes that come while one is being read are read
    /// together with the next.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        let mut changes = self.shared.deps.store.changes();
        loop {
            changes.mark_unchanged();
            let pause = match self.reload().await {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(error = %error, "endpoints could not be read again; the last known ones go on serving");
                    Some(RELOAD_PAUSE)
                }
            };
            let woken = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    // Without a sender there is nothing left to follow.
                    None if changes.changed().await.is_err() => std::future::pending().await,
                    None => {}
                }
            };
            tokio::select! {
                () = woken => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Reads the endpoints again.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let shared = &*self.shared;
        let previous = shared.snapshot.load_full();
        let next = snapshot::load(&shared.deps, shared.settings.limits, &shared.dialer, &previous).await?;
        let read = next.changes;
        shared.snapshot.store(Arc::new(next));
        shared.read_up_to.send_modify(|count| *count = read.max(*count));
        Ok(())
    }

    /// Returns when what the content safety found so far is in the audit record, and responses are kept. Asked before the
    /// store is closed.
    pub async fn drain(&self) {
        self.shared.recorder.drain().await;
        self.shared.keeper.drain().await;
        if let Some(exporter) = &self.shared.observer.exporter {
            exporter.drain().await;
        }
    }

    /// What is served now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// Writes what is counted, for Prometheus.
    pub fn write_metrics(&self, page: &mut Page) {
        observe::write_metrics(&self.shared, page);
    }

    /// Is this request for the data plane, by its path or its host?
    pub fn claims(&self, head: &Parts) -> bool {
        Address::read(head, self.shared.deps.base_domain.as_deref()).is_some()
    }

    /// Answers a request. The body may come from anywhere.
    pub async fn handle<B>(&self, request: Request<B>, peer: Peer) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let (head, body) = request.into_parts();
        let id = request_id::new(self.shared.deps.clock.now(), &*self.shared.deps.entropy);
        let address = Address::read(&head, self.shared.deps.base_domain.as_deref());
        let bytes_in = body.size_hint().exact();
        let visit = self.shared.observer.begin(&id, peer, &head, bytes_in);
        let mut body = pin!(body);
        let answered = match &address {
            Some(address) => {
                visit.asks(address.route.surface, address.route.action);
                // The connection keeps the place of its future while an answer streams; what only finds the answer is let go.
                Box::pin(self.shared.answer(address, &head, body.as_mut(), &id, &visit)).await
            }
            None => Err(Refusal::no_route(Surface::ModelInference)),
        };
        // Whoever waits for a `100 Continue` sends nothing before it.
        if answered.is_err() && !head.headers.contains_key(http::header::EXPECT) {
            Box::pin(cupola_edge::discard(body)).await;
        }
        let mut response = answered.unwrap_or_else(|refusal| {
            visit.refused(refusal.status(), refusal.code());
            refusal.of_request(&id).into_response()
        });
        if let Ok(id) = HeaderValue::try_from(id) {
            let headers = response.headers_mut();
            headers.reserve(REQUEST_IDS.len() + 2);
            if address.is_some_and(|address| address.route.surface == Surface::Anthropic) {
                headers.insert(ANTHROPIC_REQUEST_ID, id.clone());
            }
            for name in REQUEST_IDS {
                headers.insert(name, id.clone());
            }
        }
        if let Some(id) = head.headers.get(&CLIENT_REQUEST_ID) {
            response.headers_mut().insert(CLIENT_REQUEST_ID, id.clone());
        }
        visit.answers(response)
    }
}

impl Shared {
    async fn answer<B>(
        &self,
        address: &Address<'_>,
        head: &Parts,
        body: B,
        id: &str,
        visit: &Arc<Visit>,
    ) -> Result<Response<Body>, Refusal>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        let surface = address.route.surface;
        let known = self.known();
        let (site, credential) = match self.admit(address, head, visit).await {
            Ok((site, credential)) if !catch_up::is_doubtful(&site, address.route.deployment) => {
                (site, credential)
            }
            doubtful if !self.catch_up(known).await => doubtful?,
            _ => self.admit(address, head, visit).await?,
        };
        visit.knows(&credential.name);
        let asked = infer::Asked {
            site: &site,
            credential,
            surface,
            deployment: address.route.deployment,
            head,
            id,
            visit,
        };
        match address.route.check(&head.method)? {
            Action::Info => info::answer(&site, surface, head),
            Action::Usage => usage::answer(self, &site, surface, head).await,
            Action::Models => models::list(&site),
            Action::Model(name) => models::get(&site, surface, name),
            Action::Infer(form) => infer::answer(self, &asked, form, body).await,
            Action::Responses(route) => kept::answer(self, &asked, route, body).await,
            Action::CountTokens => count_tokens::answer(self, &asked, body).await,
            Action::Forecast(_) if head.method == Method::GET => forecast::model_parameters(&asked),
            Action::Forecast(route) => forecast::answer(self, &asked, route, body).await,
        }
    }
    /// The site, and who asks it.
    async fn admit(
        &self,
        address: &Address<'_>,
        head: &Parts,
        visit: &Visit,
    ) -> Result<(Arc<Site>, Credential), Refusal> {
        let surface = address.route.surface;
        let snapshot = self.snapshot.load();
        let site = match &address.place {
            Place::Endpoint(name) => snapshot.endpoint(name.as_str()).cloned(),
            Place::Account(name) => snapshot.account(name.as_str()).cloned(),
            Place::Key => keys::site_of(self, &snapshot, &head.headers),
        };
        let site = site.ok_or_else(|| Refusal::no_such_site(surface, &address.place))?;
        drop(snapshot);
        visit.finds(&site);
        // Whoever has no key learns no more than that there is a site, which the 404 tells anyway.
        let credential = match keys::check(self, &site, &head.headers) {
            Some(credential) => credential,
            None => tokens::check(self, &site, head, &address.route).await?,
        };
        Ok((site, credential))
    }
}
