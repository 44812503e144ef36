//! `Cupola.Catalog`: the models there are, and what each is bound to.

mod backend;
mod delete;
mod get;
mod list;
mod model_file;
mod models;
mod pool;
mod put;

pub(crate) use model_file::check as check_model_file;

use crate::control::Control;
use crate::dispatch::{Call, Caller, Route, action, route, signed_in};
use cupola_backend::fleet::Worker;
use cupola_core::{ModelId, Problem};
use cupola_store::bindings::Binding;
use serde_json::{Value, json};

const LIST: &str = "/providers/Cupola.Catalog/registries/{registry}/bindings";
const ONE: &str = "/providers/Cupola.Catalog/registries/{registry}/bindings/{model}";

const READ: &str = "Cupola.Catalog/registries/bindings/read";

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/providers/Cupola.Catalog/models",
        signed_in!(models::list),
    ),
    route("GET", LIST, action!(READ, list::list)),
    route("GET", ONE, action!(READ, get::get)),
    route(
        "PUT",
        ONE,
        action!("Cupola.Catalog/registries/bindings/write", put::put),
    ),
    route(
        "DELETE",
        ONE,
        action!("Cupola.Catalog/registries/bindings/delete", delete::delete),
    ),
];

/// The model in the path, with the casing of the catalog where it has it.
fn model(call: &Call) -> Result<ModelId, Problem> {
    let text = format!(
        "azureml://registries/{}/models/{}",
        call.param("registry"),
        call.param("model")
    );
    let id: ModelId = text.parse()?;
    Ok(call
        .control
        .catalog()
        .find(&id)
        .map_or(id, |model| model.id.clone()))
}

/// May this caller see where a model is served from? Anybody may see that it is.
fn may_see(caller: &Caller, model: &ModelId) -> bool {
    caller.decide(READ, &path(model)).is_ok()
}

fn path(model: &ModelId) -> String {
    format!(
        "/providers/Cupola.Catalog/registries/{}/bindings/{}",
        model.registry(),
        model.model()
    )
}

fn shown(control: &Control, binding: &Binding) -> Value {
    json!({
        "id": path(&binding.model),
        "name": binding.model.model(),
        "type": "Cupola.Catalog/registries/bindings",
        "properties": pool::properties(binding),
        "worker": control.fleet().worker(&binding.model).map(|worker| shown_worker(&worker)),
        "status": status(control, &binding.model),
    })
}

/// How the backends are doing, as this process's gateway sees it; empty while nothing is deployed.
fn status(control: &Control, model: &ModelId) -> Vec<Value> {
    let members = control.fleet().members(model).into_iter().map(|member| {
        json!({
            "name": member.name,
            "breaker": member.breaker,
            "askedAgainInMs": member.asked_again_in_ms,
            "inFlight": member.in_flight,
            "waiting": member.waiting,
            "answered": member.answered,
            "failed": member.failed,
            "lastError": member.last_error,
        })
    });
    members.collect()
}

/// What the node observes, for the operator who wonders why a model does not answer.
fn shown_worker(worker: &Worker) -> Value {
    match worker {
        Worker::Starting => json!({"state": "starting"}),
        Worker::Ready { context_tokens, .. } => json!({"state": "ready", "contextTokens": context_tokens}),
        Worker::BackingOff { reason, failures } => {
            json!({"state": "backing-off", "reason": reason, "failures": failures})
        }
        Worker::Broken { reason } => json!({"state": "broken", "reason": reason}),
    }
}
