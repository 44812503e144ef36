//! What is served, as it stood when it was read: immutable, swapped as a whole, read without a lock.

use crate::GatewayDeps;
use cupola_backend::{Dialer, Engine, Simulator, Target, Upstream};
use cupola_core::catalog::{Catalog, CatalogModel, Task};
use cupola_core::name::fold;
use cupola_core::quota::{Book, Limits};
use cupola_core::usage::Meter;
use cupola_core::{ModelId, Secret};
use cupola_store::bindings::Backend;
use cupola_store::credentials::SealedKeys;
use cupola_store::resources::{Below, Resources};
use cupola_store::{PriceList, Resource, StoreError};
use cupola_wire::arm::{ENDPOINT_TYPE, EndpointProperties, EndpointState};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const PAGE: u32 = 500;
const SUBSCRIPTION_TYPE: &str = "Microsoft.Resources/subscriptions";
// What a model without a known context is taken to hold; it only bounds estimates.
const CONTEXT_TOKENS: u32 = 4096;

/// Every served endpoint, by `region/name`.
#[derive(Debug, Default)]
pub struct Snapshot {
    endpoints: HashMap<String, Arc<Endpoint>>,
}

/// An endpoint, ready to answer or to say why it does not.
#[derive(Debug)]
pub struct Endpoint {
    /// As people wrote it.
    pub name: String,
    /// Its resource id.
    pub id: Arc<str>,
    /// The subscription that pays, folded.
    pub subscription: Arc<str>,
    /// What it serves.
    pub model: Model,
    /// Does it answer?
    pub condition: Condition,
    /// What it may spend in a minute.
    pub limits: Limits,
    /// What it has spent in this minute; it outlives snapshots.
    pub book: Arc<Book>,
    /// What its meters cost now.
    pub prices: Arc<PriceList>,
    /// What really infers, or why nothing does.
    pub(crate) target: Result<Arc<Target>, String>,
    keys: Option<Keys>,
}

/// What is known of a model.
#[derive(Debug, Clone)]
pub struct Model {
    /// `azureml://registries/R/models/M`
    pub id: Arc<str>,
    /// Its name in the catalog.
    pub name: String,
    /// Who made it.
    pub publisher: String,
    /// What it is for.
    pub task: Task,
    /// The version that is served.
    pub version: String,
    /// Tokens of prompt and completion together.
    pub context_tokens: u32,
}

/// Does an endpoint answer?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Yes.
    Online,
    /// Soon.
    Creating,
    /// It lost its marketplace subscription.
    Suspended,
    /// It never will.
    Failed,
    /// Its subscription was cancelled.
    Disabled,
}

#[derive(Debug)]
struct Keys {
    sealed: SealedKeys,
    digests: [[u8; 32]; 2],
}

impl Snapshot {
    /// The endpoint of this folded `region/name`.
    pub fn find(&self, key: &str) -> Option<Arc<Endpoint>> {
        self.endpoints.get(key).cloned()
    }

    /// How many endpoints there are.
    pub fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }
}

impl Endpoint {
    /// Digests of both keys; empty while there are none.
    pub(crate) fn key_digests(&self) -> &[[u8; 32]] {
        self.keys.as_ref().map_or(&[], |keys| &keys.digests)
    }
}

/// Reads what is served. Books, and digests of keys that did not change, come from the previous snapshot.
pub(crate) async fn load(
    deps: &GatewayDeps,
    limits: Limits,
    dialer: &Dialer,
    previous: &Snapshot,
) -> Result<Snapshot, StoreError> {
    let mut reader = deps.store.reader().await?;
    let bindings = reader.bindings().list().await?;
    let backends: HashMap<String, &Backend> = bindings
        .iter()
        .map(|binding| (binding.model.folded(), &binding.backend))
        .collect();
    let mut loader = Loader {
        disabled: disabled(reader.resources()).await?,
        deps,
        limits,
        dialer,
        previous,
        backends,
        served: HashMap::new(),
    };
    let mut next = Snapshot::default();
    let mut after: Option<String> = None;
    loop {
        let page = reader
            .resources()
            .list(Below::Type(ENDPOINT_TYPE), after.as_deref(), PAGE)
            .await?;
        after = page.last().map(|resource| resource.id.folded());
        for resource in &page {
            let keys = reader.credentials().find(&resource.id).await?;
            if let Some((key, endpoint)) = loader.endpoint(resource, keys) {
                next.endpoints.insert(key, Arc::new(endpoint));
            }
        }
        if page.len() < PAGE as usize {
            return Ok(next);
        }
    }
}

// A cancelled subscription serves nothing. Who asks an endpoint pays nothing for that: it is decided here.
async fn disabled(mut resources: Resources<'_>) -> Result<HashSet<String>, StoreError> {
    let mut found = HashSet::new();
    let mut after: Option<String> = None;
    loop {
        let page = resources
            .list(Below::Type(SUBSCRIPTION_TYPE), after.as_deref(), PAGE)
            .await?;
        after = page.last().map(|last| last.id.folded());
        let cancelled = page.iter().filter(|one| one.properties["state"] == "Disabled");
        found.extend(cancelled.map(|one| fold(one.id.name())));
        if page.len() < PAGE as usize {
            return Ok(found);
        }
    }
}

struct Loader<'a> {
    deps: &'a GatewayDeps,
    limits: Limits,
    dialer: &'a Dialer,
    previous: &'a Snapshot,
    backends: HashMap<String, &'a Backend>,
    /// Subscriptions, folded.
    disabled: HashSet<String>,
    /// What was made so far, by model: endpoints of one model share it.
    served: HashMap<String, Served>,
}

#[derive(Clone)]
struct Served {
    model: Model,
    prices: Arc<PriceList>,
    target: Result<Arc<Target>, String>,
}

impl Loader<'_> {
    fn endpoint(&mut self, resource: &Resource, keys: Option<SealedKeys>) -> Option<(String, Endpoint)> {
        let properties: EndpointProperties = match serde_json::from_value(resource.properties.clone()) {
            Ok(properties) => properties,
            Err(error) => {
                tracing::error!(endpoint = %resource.id, error = %error, "an endpoint is stored in a form that cannot be read");
                return None;
            }
        };
        let subscription = fold(resource.id.subscription.as_deref()?);
        let condition = match condition(&resource.provisioning_state, properties.endpoint_state)? {
            _ if self.disabled.contains(&subscription) => Condition::Disabled,
            condition => condition,
        };
        let model: ModelId = properties.model_settings.model_id.parse().ok()?;
        let key = format!(
            "{}/{}",
            fold(resource.location.as_deref()?),
            fold(resource.id.name())
        );
        let before = self
            .previous
            .endpoints
            .get(&key)
            .filter(|before| *before.id == *resource.id.to_string());
        let Served {
            model,
            prices,
            target,
        } = self
            .served
            .entry(model.folded())
            .or_insert_with_key(|folded| {
                let backend = self.backends.get(folded).copied();
                serve(self.deps, self.dialer, &model, backend)
            })
            .clone();
        Some((
            key,
            Endpoint {
                name: resource.id.name().to_owned(),
                id: before.map_or_else(|| resource.id.to_string().into(), |before| Arc::clone(&before.id)),
                subscription: subscription.into(),
                model,
                condition,
                limits: self.limits,
                book: before.map(|before| Arc::clone(&before.book)).unwrap_or_default(),
                prices,
                target,
                keys: keys.and_then(|sealed| self.keys(sealed, before)),
            },
        ))
    }

    fn keys(&self, sealed: SealedKeys, before: Option<&Arc<Endpoint>>) -> Option<Keys> {
        let known = before
            .and_then(|before| before.keys.as_ref())
            .filter(|known| known.sealed == sealed);
        if let Some(known) = known {
            return Some(Keys {
                digests: known.digests,
                sealed,
            });
        }
        let digest = |sealed: &str| {
            let key = self.deps.keyring.open(sealed).inspect_err(|error| {
                tracing::error!(error = %error, "a key of an endpoint cannot be opened");
            });
            key.map(|key: Secret| self.deps.keyring.digest(key.expose().as_bytes()))
                .ok()
        };
        Some(Keys {
            digests: [digest(&sealed.primary)?, digest(&sealed.secondary)?],
            sealed,
        })
    }
}

/// Does it answer? `None` for what is as good as gone.
fn condition(provisioning_state: &str, state: EndpointState) -> Option<Condition> {
    match (provisioning_state, state) {
        ("Deleting", _) | (_, EndpointState::Deleting) => None,
        ("Failed" | "Canceled", _) | (_, EndpointState::CreationFailed | EndpointState::DeletionFailed) => {
            Some(Condition::Failed)
        }
        (_, EndpointState::Suspended) => Some(Condition::Suspended),
        ("Succeeded", EndpointState::Online) => Some(Condition::Online),
        _ => Some(Condition::Creating),
    }
}

fn serve(deps: &GatewayDeps, dialer: &Dialer, id: &ModelId, backend: Option<&Backend>) -> Served {
    let known = deps.catalog.find(id);
    let target = match (known, backend) {
        (None, _) => Err(format!("The model {id} is no longer in the catalog.")),
        (_, None) => Err(format!(
            "The model {id} is bound to no backend; the operator binds it with 'cupola catalog bind {id}'."
        )),
        (Some(_), Some(backend)) => target(deps, dialer, id, backend)
            .map(Arc::new)
            .inspect_err(|reason| {
                tracing::error!(model.id = %id, reason, "the binding of a model cannot be used");
            }),
    };
    Served {
        model: facts(id, known),
        prices: Arc::new(prices(&deps.catalog, id)),
        target,
    }
}

fn target(deps: &GatewayDeps, dialer: &Dialer, id: &ModelId, backend: &Backend) -> Result<Target, String> {
    match backend {
        Backend::Engine { .. } => Ok(Target::Engine(Engine::new(
            id.clone(),
            deps.fleet.clone(),
            dialer.clone(),
        ))),
        Backend::Upstream {
            url,
            model,
            sealed_key,
            allow_private_network,
        } => {
            let key = match sealed_key {
                None => None,
                Some(sealed) => Some(deps.keyring.open(sealed).map_err(|_| {
                    format!("The upstream key of the model {id} cannot be opened; the operator has to bind it again.")
                })?),
            };
            let name = model.as_deref().unwrap_or(id.model());
            Upstream::new(url, *allow_private_network, name, key.as_ref(), dialer.clone())
                .map(Target::Upstream)
                .map_err(|why| format!("The binding of the model {id} cannot be used: {why}."))
        }
        Backend::Simulator {
            latency_ms,
            tokens_per_second,
        } => Ok(Target::Simulator(Simulator {
            latency_ms: *latency_ms,
            tokens_per_second: *tokens_per_second,
        })),
    }
}

fn facts(id: &ModelId, known: Option<&CatalogModel>) -> Model {
    Model {
        id: known
            .map_or_else(|| id.to_string(), |known| known.id.to_string())
            .into(),
        name: known.map_or(id.model(), |known| known.id.model()).to_owned(),
        publisher: known.map(|known| known.publisher.clone()).unwrap_or_default(),
        task: known.map_or(Task::ChatCompletion, |known| known.task),
        version: known.map(|known| known.version.clone()).unwrap_or_default(),
        context_tokens: known.map_or(CONTEXT_TOKENS, |known| known.context_tokens),
    }
}

fn prices(catalog: &Catalog, id: &ModelId) -> PriceList {
    match catalog.find(id) {
        Some(model) => PriceList {
            prices: Meter::ALL.map(|meter| model.price(meter).0),
            currency: model.currency.clone(),
        },
        None => PriceList {
            prices: [0; Meter::ALL.len()],
            currency: "USD".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_answers_when_it_is_provisioned_and_online() {
        let check = |provisioning, state, expected| assert_eq!(condition(provisioning, state), expected);
        check("Succeeded", EndpointState::Online, Some(Condition::Online));
        check("Succeeded", EndpointState::Suspended, Some(Condition::Suspended));
        check("Succeeded", EndpointState::Reinstating, Some(Condition::Creating));
        check("Creating", EndpointState::Online, Some(Condition::Creating));
        check("Creating", EndpointState::Unknown, Some(Condition::Creating));
        check("Failed", EndpointState::CreationFailed, Some(Condition::Failed));
        check("Deleting", EndpointState::Online, None);
    }
}
