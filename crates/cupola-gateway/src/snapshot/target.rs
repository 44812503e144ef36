//! What really infers for a model, made from its binding.

use super::Model;
use crate::GatewayDeps;
use cupola_backend::{
    Dialer, Engine, Member, Pool, Share, Simulator, SimulatorSettings, Target, Timeouts, Upstream,
    UpstreamSettings,
};
use cupola_core::ModelId;
use cupola_core::catalog::{Catalog, CatalogModel, Task};
use cupola_core::usage::Meter;
use cupola_store::PriceList;
use cupola_store::bindings::{self, Backend, Binding};
use cupola_wire::Dialect;
use std::sync::Arc;
use std::time::Duration;

// What a model without a known context is taken to hold; it only bounds estimates.
const CONTEXT_TOKENS: u32 = 4096;

/// What every deployment of a model shares.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) model: Model,
    pub(super) prices: Arc<PriceList>,
    pub(super) target: Result<Arc<Pool>, String>,
}

/// `before` is what was made from the binding the last time: members that did not change go on as they were.
pub(super) fn serve(
    deps: &GatewayDeps,
    dialer: &Dialer,
    id: &ModelId,
    binding: Option<&Binding>,
    before: Option<&Pool>,
) -> Served {
    let known = deps.catalog.find(id);
    let target = match (known, binding) {
        (None, _) => Err(format!("The model {id} is no longer in the catalog.")),
        (_, None) => Err(format!(
            "The model {id} is bound to no backend; the operator binds it with 'cupola catalog bind {id}'."
        )),
        (Some(_), Some(binding)) => pool(deps, dialer, binding, before).map(Arc::new),
    };
    Served {
        model: facts(id, known),
        prices: Arc::new(prices(&deps.catalog, id)),
        target,
    }
}

/// A member that cannot be used is left out, as long as there is another one.
fn pool(
    deps: &GatewayDeps,
    dialer: &Dialer,
    binding: &Binding,
    before: Option<&Pool>,
) -> Result<Pool, String> {
    let mut members = Vec::with_capacity(binding.members.len());
    let mut refused = None;
    for bound in &binding.members {
        let known = before.and_then(|before| before.member(&bound.name));
        match target(deps, dialer, &binding.model, bound, known.map(Arc::as_ref)) {
            Ok(target) => {
                // With the key as it is sealed: another key is another member.
                let made_from = serde_json::to_string(bound).unwrap_or_default();
                members.push(Member::new(&bound.name, made_from, target, share(&bound.share)));
            }
            Err(reason) => {
                tracing::error!(model.id = %binding.model, backend.name = %bound.name, reason, "a backend of a model cannot be used");
                refused.get_or_insert(reason);
            }
        }
    }
    match refused {
        Some(reason) if members.is_empty() => Err(reason),
        _ => Ok(Pool::new(members, before)),
    }
}

fn share(bound: &bindings::Share) -> Share {
    let usual = Share::default();
    Share {
        weight: bound.weight,
        priority: bound.priority,
        concurrency_max: bound.concurrency_max,
        queue_max: bound.queue_max.unwrap_or(usual.queue_max),
    }
}

fn target(
    deps: &GatewayDeps,
    dialer: &Dialer,
    id: &ModelId,
    bound: &bindings::Member,
    before: Option<&Member>,
) -> Result<Target, String> {
    let dialer = dialer
        .clone()
        .with_timeouts(timeouts(dialer.timeouts(), &bound.share));
    match &bound.backend {
        Backend::Engine { .. } => Ok(Target::Engine(Engine::new(
            id.clone(),
            deps.fleet.clone(),
            dialer,
        ))),
        Backend::Upstream {
            url,
            dialect,
            api_version,
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
            let unusable = |why: String| format!("The binding of the model {id} cannot be used: {why}.");
            let dialect = dialect
                .as_deref()
                .map_or(Some(Dialect::default()), Dialect::parse);
            let settings = UpstreamSettings {
                url: url.clone(),
                dialect: dialect.ok_or_else(|| unusable("its dialect is not known".to_owned()))?,
                model: model.clone().unwrap_or_else(|| id.model().to_owned()),
                api_version: api_version.clone(),
                allow_private_network: *allow_private_network,
            };
            Upstream::new(&settings, key.as_ref(), dialer)
                .map(Target::Upstream)
                .map_err(unusable)
        }
        Backend::Simulator { settings } => {
            let settings = SimulatorSettings::read(settings).map_err(|why| {
                format!("The settings of the simulator of the model {id} cannot be used: {why}.")
            })?;
            let simulator = Simulator::new(settings);
            Ok(Target::Simulator(match before.map(|before| &before.target) {
                Some(Target::Simulator(before)) => simulator.continuing(before),
                _ => simulator,
            }))
        }
        Backend::Forecaster => Ok(Target::Forecaster),
    }
}

fn timeouts(usual: Timeouts, bound: &bindings::Share) -> Timeouts {
    let or =
        |bound: Option<u32>, usual: Duration| bound.map_or(usual, |ms| Duration::from_millis(u64::from(ms)));
    Timeouts {
        connect: or(bound.connect_ms, usual.connect),
        first_byte: or(bound.first_byte_ms, usual.first_byte),
        idle: or(bound.idle_ms, usual.idle),
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
