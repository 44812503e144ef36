//! The control plane: what it stands on, and its two doors, requests and jobs.

use crate::deployments::Runs;
use crate::dispatch;
use crate::jobs;
use crate::meters::Meters;
use crate::sign_in::{self, Outbound};
use crate::signing;
use bytes::Bytes;
use cupola_backend::fetch::Fetcher;
use cupola_backend::fleet::Fleet;
use cupola_core::address::Addresses;
use cupola_core::catalog::Catalog;
use cupola_core::{Clock, Entropy, Timestamp};
use cupola_edge::access_log::AccessLog;
use cupola_edge::metrics::Page;
use cupola_edge::{Body, BoxError, Peer};
use cupola_identity::{Issuer, IssuerError, Keyring, KeyringError};
use cupola_store::{Group, Store, StoreError};
use http::{Request, Response};
use std::sync::Arc;
use tokio::sync::watch;

/// What the control plane stands on.
#[derive(Clone)]
pub struct ControlDeps {
    /// Where intent is kept.
    pub store: Store,
    /// Which models there are.
    pub catalog: Arc<Catalog>,
    /// Seals keys.
    pub keyring: Arc<Keyring>,
    /// What the node observes of its workers.
    pub fleet: Fleet,
    /// Where this server is reached.
    pub addresses: Addresses,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// How it behaves.
    pub settings: ControlSettings,
}

/// How the control plane behaves.
#[derive(Debug, Clone, Default)]
pub struct ControlSettings {
    /// The cloud service's own limits: one deployment of a model in a workspace.
    pub strict: bool,
    /// Takes a line for each request.
    pub access_log: Option<AccessLog>,
}

/// Why the control plane cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The store failed.
    #[error("the control plane could not read the store")]
    Store(#[from] StoreError),
    /// The keys that sign tokens cannot be read.
    #[error("the keys that sign access tokens cannot be read; is this the key file of this data directory?")]
    Keys(#[from] IssuerError),
    /// What was sealed with another key cannot be read.
    #[error("the store cannot be unsealed")]
    WrongKey(#[source] KeyringError),
    /// `first_start` did not run.
    #[error("the store has no tenant; run first_start before Control::new")]
    NoTenant,
}

/// The control plane. Cloning it shares it.
#[derive(Clone)]
pub struct Control(Arc<Inner>, Store);

struct Inner {
    deps: ControlDeps,
    issuer: Issuer,
    sign_in: sign_in::State,
    tenant: String,
    region: String,
    runs: Runs,
    meters: Meters,
}

impl Control {
    /// The control plane of a store in which `first_start` made a tenant. Makes the key that signs tokens where there is
    /// none.
    pub async fn new(deps: ControlDeps) -> Result<Self, ControlError> {
        Self::with_outbound(deps, Arc::new(Fetcher::default())).await
    }

    /// The same, with another way out to the issuers of others.
    pub(crate) async fn with_outbound(
        deps: ControlDeps,
        outbound: Arc<dyn Outbound>,
    ) -> Result<Self, ControlError> {
        let mut reader = deps.store.reader().await?;
        let tenant = reader
            .access()
            .fact("tenant")
            .await?
            .ok_or(ControlError::NoTenant)?;
        let region = reader
            .access()
            .fact("region")
            .await?
            .unwrap_or_else(|| "eastus2".to_owned());
        drop(reader);
        let issuer = signing::issuer(&deps, &tenant).await?;
        let store = deps.store.clone();
        let inner = Inner {
            deps,
            issuer,
            sign_in: sign_in::State::new(outbound),
            tenant,
            region,
            runs: Runs::default(),
            meters: Meters::default(),
        };
        Ok(Self(Arc::new(inner), store))
    }

    /// The same control plane, whose changes are parts of a group.
    pub(crate) fn within(&self, group: &Group) -> Self {
        Self(self.0.clone(), group.store())
    }

    /// Answers a request.
    pub async fn handle<B>(&self, request: Request<B>, peer: Peer) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BoxError>,
    {
        dispatch::handle(self, request, peer).await
    }

    /// Does the work that requests left, until `shutdown` turns true. It may be killed at any instant and started anew.
    pub async fn run_jobs(&self, shutdown: watch::Receiver<bool>) {
        jobs::run(self, shutdown).await;
    }

    /// Signs tokens with a new key from now on; tokens of the key before it stay good until they expire.
    pub async fn rotate_signing_key(&self) -> Result<(), ControlError> {
        let key = signing::make(&self.0.deps).await?;
        self.0.issuer.rotate(key, self.now());
        Ok(())
    }

    /// Who signs and verifies access tokens, for the gateway's endpoints that take them.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// Writes what is counted, for Prometheus.
    pub fn write_metrics(&self, page: &mut Page) {
        self.0.meters.write(page);
    }

    pub(crate) fn access_log(&self) -> Option<&AccessLog> {
        self.0.deps.settings.access_log.as_ref()
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.0.meters
    }

    pub(crate) fn deps(&self) -> &ControlDeps {
        &self.0.deps
    }

    pub(crate) fn sign_in(&self) -> &sign_in::State {
        &self.0.sign_in
    }

    pub(crate) fn store(&self) -> &Store {
        &self.1
    }

    /// What is remembered of deployments while they run.
    pub(crate) fn runs(&self) -> &Runs {
        &self.0.runs
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.0.deps.catalog
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.deps.keyring
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        &self.0.deps.fleet
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        &self.0.deps.addresses
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.deps.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.deps.entropy
    }

    pub(crate) fn strict(&self) -> bool {
        self.0.deps.settings.strict
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// The region of this server, the one that first start chose.
    pub(crate) fn region(&self) -> &str {
        &self.0.region
    }
}
