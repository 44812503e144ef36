//! What really infers for a model, made from its binding.

use super::Model;
use crate::GatewayDeps;
use cupola_backend::{Dialer, Engine, Simulator, SimulatorSettings, Target, Upstream};
use cupola_core::ModelId;
use cupola_core::catalog::{Catalog, CatalogModel, Task};
use cupola_core::usage::Meter;
use cupola_store::PriceList;
use cupola_store::bindings::Backend;
use std::sync::Arc;

// What a model without a known context is taken to hold; it only bounds estimates.
const CONTEXT_TOKENS: u32 = 4096;

/// What every deployment of a model shares.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) model: Model,
    pub(super) prices: Arc<PriceList>,
    pub(super) target: Result<Arc<Target>, String>,
}

/// `before` is what was made from the binding the last time: a simulator goes on counting requests.
pub(super) fn serve(
    deps: &GatewayDeps,
    dialer: &Dialer,
    id: &ModelId,
    backend: Option<&Backend>,
    before: Option<&Target>,
) -> Served {
    let known = deps.catalog.find(id);
    let target = match (known, backend) {
        (None, _) => Err(format!("The model {id} is no longer in the catalog.")),
        (_, None) => Err(format!(
            "The model {id} is bound to no backend; the operator binds it with 'cupola catalog bind {id}'."
        )),
        (Some(_), Some(backend)) => target(deps, dialer, id, backend, before)
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

fn target(
    deps: &GatewayDeps,
    dialer: &Dialer,
    id: &ModelId,
    backend: &Backend,
    before: Option<&Target>,
) -> Result<Target, String> {
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
        Backend::Simulator { settings } => {
            let settings = SimulatorSettings::read(settings).map_err(|why| {
                format!("The settings of the simulator of the model {id} cannot be used: {why}.")
            })?;
            let simulator = Simulator::new(settings);
            Ok(Target::Simulator(match before {
                Some(Target::Simulator(before)) => simulator.continuing(before),
                _ => simulator,
            }))
        }
        Backend::Forecaster => Ok(Target::Forecaster),
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
