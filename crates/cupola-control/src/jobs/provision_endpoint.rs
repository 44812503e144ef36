//! Brings an endpoint online once its backend answers, or says why it will not.
//!
//! Each step looks at what is so now: the resource, its binding, the worker. It writes once, at the end, in the unit of
//! work that also ends the operation and removes the job; until then there is nothing to undo and nothing to repeat.

use super::{Attempt, Step};
use crate::audit;
use crate::control::Control;
use crate::owned;
use crate::serverless_endpoints::put::{subscription_to, unbound};
use cupola_backend::fleet::Worker;
use cupola_core::catalog::Sale;
use cupola_core::rbac::Granted;
use cupola_core::{Code, ModelId, Problem, ResourceId, chance};
use cupola_store::bindings::{Backend, Binding};
use cupola_store::operations::Status;
use cupola_store::{Resource, StoreError, UnitOfWork};
use cupola_wire::arm::{EndpointProperties, EndpointState, error_object};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const KIND: &str = "provision-endpoint";

/// How long a worker may take to load its model.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the job is about.
pub(crate) fn payload(endpoint: &ResourceId, operation: &str) -> Value {
    json!({"endpoint": endpoint.to_string(), "operation": operation})
}

/// What is to be done about an endpoint.
#[derive(Debug, Clone, PartialEq)]
enum Verdict {
    /// It answers.
    Online,
    /// Its backend answers and its marketplace subscription is gone.
    Suspended,
    /// It will not answer.
    Failed(Problem),
    /// Ask again later.
    Wait,
}

pub(super) async fn step(control: &Control, attempt: &Attempt) -> Result<Step, StoreError> {
    let payload = &attempt.job.payload;
    let operation = payload["operation"].as_str().unwrap_or_default();
    let endpoint = payload["endpoint"].as_str().and_then(ResourceId::parse);
    let mut work = control.store().begin().await?;
    let found = match &endpoint {
        Some(id) => work.resources().find(id).await?,
        None => None,
    };
    let now = control.now();
    let status = match found {
        None => Status::Failed {
            at: now,
            error: error_object(&deleted()),
        },
        // Another job brought it to its end; this operation ends the same way.
        Some(endpoint) if endpoint.provisioning_state != "Creating" => ended(&endpoint, now),
        Some(endpoint) => {
            let body: EndpointProperties = owned::body(&endpoint)?;
            let verdict = verdict(control, &mut work, &endpoint, &body, attempt.waited).await?;
            match finish(control, &mut work, endpoint, body, verdict).await? {
                Some(status) => status,
                None => return Ok(Step::Waiting),
            }
        }
    };
    work.operations().finish(operation, &status).await?;
    audit::ended(&mut work, operation, &status).await?;
    work.jobs().done(attempt.job.id).await?;
    work.save().await?;
    Ok(Step::Done)
}

async fn verdict(
    control: &Control,
    work: &mut UnitOfWork,
    endpoint: &Resource,
    body: &EndpointProperties,
    waited: Duration,
) -> Result<Verdict, StoreError> {
    let Ok(model) = body.model_settings.model_id.parse::<ModelId>() else {
        return Err(StoreError::Corrupt(format!("'{}' names no model", endpoint.id)));
    };
    let binding = work.bindings().find(&model).await?;
    let worker = control.fleet().worker(&model);
    let verdict = decide(&model, binding.as_ref(), worker.as_ref(), waited);
    if verdict == Verdict::Online && lost_its_subscription(control, work, endpoint, &model).await? {
        return Ok(Verdict::Suspended);
    }
    Ok(verdict)
}

fn decide(model: &ModelId, binding: Option<&Binding>, worker: Option<&Worker>, waited: Duration) -> Verdict {
    let failed = |why: String| Verdict::Failed(Problem::user(why, &["BackendNotReady"]));
    // Whatever is no worker answers at once.
    let waits = |binding: &Binding| {
        let mut members = binding.members.iter();
        members.all(|member| matches!(member.backend, Backend::Engine { .. }))
    };
    match (binding, worker) {
        (None, _) => Verdict::Failed(unbound(model)),
        (Some(binding), _) if !waits(binding) => Verdict::Online,
        (_, Some(Worker::Ready { .. })) => Verdict::Online,
        (_, Some(Worker::Broken { reason })) => failed(format!(
            "The worker of {model} cannot run: {reason}. Bind the model to a file that is one with: cupola catalog bind \
             {model} --engine FILE_OR_DIR, then create the endpoint again."
        )),
        _ if waited < PATIENCE => Verdict::Wait,
        (_, worker) => {
            let last = match worker {
                Some(Worker::BackingOff { reason, failures }) => {
                    format!("It exited {failures} times; the last time it said: {reason}.")
                }
                Some(Worker::Starting) => "It is still loading its model.".to_owned(),
                _ => "None was started.".to_owned(),
            };
            failed(format!(
                "The worker of {model} was not ready within {} seconds. {last} The server's log has more; create the \
                 endpoint again to try again.",
                PATIENCE.as_secs()
            ))
        }
    }
}

async fn lost_its_subscription(
    control: &Control,
    work: &mut UnitOfWork,
    endpoint: &Resource,
    model: &ModelId,
) -> Result<bool, StoreError> {
    let Some(model) = control
        .catalog()
        .find(model)
        .filter(|model| matches!(model.sale, Sale::Partner(_)))
    else {
        return Ok(false);
    };
    let Some(workspace) = endpoint.id.parent() else {
        return Ok(false);
    };
    Ok(subscription_to(work.resources(), &workspace, model)
        .await?
        .is_none())
}

async fn finish(
    control: &Control,
    work: &mut UnitOfWork,
    mut endpoint: Resource,
    mut body: EndpointProperties,
    verdict: Verdict,
) -> Result<Option<Status>, StoreError> {
    let now = control.now();
    let (state, provisioning, status) = match verdict {
        Verdict::Wait => return Ok(None),
        Verdict::Online => (EndpointState::Online, "Succeeded", Status::Succeeded { at: now }),
        Verdict::Suspended => (
            EndpointState::Suspended,
            "Succeeded",
            Status::Succeeded { at: now },
        ),
        Verdict::Failed(problem) => {
            tracing::warn!(resource.id = %endpoint.id, "an endpoint could not be deployed: {}", problem.message);
            (
                EndpointState::CreationFailed,
                "Failed",
                Status::Failed {
                    at: now,
                    error: error_object(&problem),
                },
            )
        }
    };
    let grant = Granted::to_platform(KIND);
    body.endpoint_state = state;
    endpoint.properties = json!(body);
    provisioning.clone_into(&mut endpoint.provisioning_state);
    endpoint.etag = format!("\"{}\"", chance::hex::<8>(control.entropy()));
    // Whoever asked for it is who changed it; the platform only finished it.
    endpoint.modified.at = now;
    work.resources().put(&grant, &endpoint).await?;
    Ok(Some(status))
}

fn deleted() -> Problem {
    Problem::new(
        Code::ResourceNotFound,
        "The endpoint was deleted before it was ready.",
    )
}

fn ended(endpoint: &Resource, at: cupola_core::Timestamp) -> Status {
    if endpoint.provisioning_state == "Succeeded" {
        return Status::Succeeded { at };
    }
    let problem = Problem::user(
        format!(
            "The endpoint '{}' could not be deployed; an operation beside this one says why.",
            endpoint.id.name()
        ),
        &["BackendNotReady"],
    );
    Status::Failed {
        at,
        error: error_object(&problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(backend: Option<Backend>, worker: Option<Worker>, waited_s: u64, expected: &str) {
        let model: ModelId = "azureml://registries/r/models/m".parse().expect("a model id");
        let binding = backend.clone().map(|backend| Binding::of(model.clone(), backend));
        let verdict = decide(
            &model,
            binding.as_ref(),
            worker.as_ref(),
            Duration::from_secs(waited_s),
        );
        let found = match &verdict {
            Verdict::Failed(problem) => format!("Failed: {}", problem.message),
            other => format!("{other:?}"),
        };
        assert!(
            found.contains(expected),
            "{backend:?}, {worker:?} after {waited_s} s: {found}"
        );
    }

    #[test]
    fn an_endpoint_is_online_when_its_backend_is() {
        let engine = || {
            Some(Backend::Engine {
                path: "/m.gguf".into(),
            })
        };
        let simulator = Some(Backend::Simulator {
            settings: serde_json::Map::new(),
        });
        let ready = Worker::Ready {
            socket: "/s".into(),
            context_tokens: 1,
        };
        let backing_off = Worker::BackingOff {
            reason: "no memory".into(),
            failures: 3,
        };
        check(None, None, 0, "cupola catalog bind");
        check(simulator, None, 0, "Online");
        check(engine(), Some(ready), 0, "Online");
        check(engine(), None, 59, "Wait");
        check(engine(), Some(Worker::Starting), 59, "Wait");
        check(engine(), Some(backing_off.clone()), 1, "Wait");
        check(engine(), None, 60, "None was started");
        check(engine(), Some(Worker::Starting), 60, "still loading");
        check(engine(), Some(backing_off), 60, "no memory");
        check(
            engine(),
            Some(Worker::Broken {
                reason: "not a GGUF".into(),
            }),
            0,
            "not a GGUF",
        );
    }
}
