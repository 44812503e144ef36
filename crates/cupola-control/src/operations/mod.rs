//! Long-running operations: how they begin, and the two addresses that clients poll.
//!
//! Clients ask for the status at once and then every `Retry-After` seconds, and no client takes less than a second (a
//! zero counts as absent, which means thirty). So the first question waits a little for the answer: most operations end
//! within milliseconds, and then nobody sleeps.

mod result;
mod status;

use crate::dispatch::{Call, Caller, Reply, Route, route, signed_in};
use crate::{answer, cognitive, dispatch};
use cupola_core::{Code, Problem, ResourceId};
use cupola_store::UnitOfWork;
use cupola_store::operations::{Operation, Status};
use std::time::Duration;

/// Seconds between two polls: the least that every client takes.
const RETRY_AFTER_S: &str = "1";

/// How long a question for the status waits for the end of the operation.
pub(crate) const PATIENCE: Duration = Duration::from_millis(900);

pub(crate) const ROUTES: &[Route] = &[
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{region}/mfeOperationsStatus/{operation}",
        signed_in!(status::get),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{region}/mfeOperationResults/{operation}",
        signed_in!(result::get),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{region}/operationsStatus/{operation}",
        signed_in!(status::get),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{region}/operationResults/{operation}",
        signed_in!(result::get),
    ),
    route(
        "GET",
        "/subscriptions/{subscription}/operationresults/{operation}",
        signed_in!(result::get),
    ),
];

/// Where the operations of a namespace are asked for: the words of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Family {
    namespace: &'static str,
    status: &'static str,
    result: &'static str,
}

const MACHINE_LEARNING: Family = Family {
    namespace: "Microsoft.MachineLearningServices",
    status: "mfeOperationsStatus",
    result: "mfeOperationResults",
};
const COGNITIVE_SERVICES: Family = Family {
    namespace: cognitive::NAMESPACE,
    status: "operationsStatus",
    result: "operationResults",
};

/// An operation that was begun in a unit of work.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) id: String,
    subscription: String,
    region: String,
    family: Family,
}

/// Begins an operation on a resource, in the unit of work that changes it.
pub(crate) async fn begin(
    work: &mut UnitOfWork,
    call: &Call,
    principal: &str,
    resource: &ResourceId,
    region: &str,
) -> Result<Begun, Problem> {
    let id = call.new_id();
    work.operations()
        .start(&id, &resource.to_string(), principal, call.now)
        .await?;
    call.trace.begins(&id);
    Ok(Begun {
        id,
        subscription: resource.subscription.clone().unwrap_or_default(),
        region: region.to_owned(),
        family: if cognitive::is_of(resource) {
            COGNITIVE_SERVICES
        } else {
            MACHINE_LEARNING
        },
    })
}

/// Begins an operation whose work is in this very unit of work: whoever polls it finds it done.
pub(crate) async fn begin_done(
    work: &mut UnitOfWork,
    call: &Call,
    principal: &str,
    resource: &ResourceId,
    region: &str,
) -> Result<Begun, Problem> {
    let begun = begin(work, call, principal, resource, region).await?;
    work.operations()
        .finish(&begun.id, &Status::Succeeded { at: call.now })
        .await?;
    Ok(begun)
}

impl Begun {
    fn path(&self, what: &str) -> String {
        format!(
            "/subscriptions/{}/providers/{}/locations/{}/{what}/{}",
            self.subscription, self.family.namespace, self.region, self.id
        )
    }

    /// Tells the client of a PUT where to ask.
    pub(crate) fn follow(&self, call: &Call, mut reply: Reply) -> Reply {
        let status = self.path(self.family.status);
        answer::set(&mut reply, "azure-asyncoperation", &link(call, &status));
        answer::set(&mut reply, "retry-after", RETRY_AFTER_S);
        answer::set(&mut reply, "x-ms-async-operation-timeout", "PT1H");
        reply
    }

    /// Tells the client of a DELETE or POST where to ask; older clients ask at `Location`.
    pub(crate) fn follow_both(&self, call: &Call, mut reply: Reply) -> Reply {
        answer::set(
            &mut reply,
            "location",
            &link(call, &self.path(self.family.result)),
        );
        self.follow(call, reply)
    }

    /// Tells the client of a group's DELETE where to ask.
    pub(crate) fn follow_location(&self, call: &Call, mut reply: Reply) -> Reply {
        let result = format!(
            "/subscriptions/{}/operationresults/{}",
            self.subscription, self.id
        );
        answer::set(&mut reply, "location", &link(call, &result));
        answer::set(&mut reply, "retry-after", RETRY_AFTER_S);
        reply
    }
}

fn link(call: &Call, path: &str) -> String {
    format!(
        "{}{path}?api-version={}",
        call.origin,
        dispatch::encode(&call.api_version)
    )
}

/// The operation that a path names, once it has ended or patience has. Only who began it may ask, or who may read what
/// it is about; to anybody else it is as if it were not there.
pub(crate) async fn asked(call: &Call, caller: &Caller) -> Result<Operation, Problem> {
    let id = call.param("operation");
    let mut changes = call.control.store().changes();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        changes.mark_unchanged();
        let found = call.control.store().reader().await?.operations().find(id).await?;
        let operation = permitted(call, caller, found)?;
        if operation.status != Status::InProgress {
            return Ok(operation);
        }
        let waited = tokio::time::timeout_at(deadline, changes.changed()).await;
        if !matches!(waited, Ok(Ok(()))) {
            return Ok(operation);
        }
    }
}

fn permitted(call: &Call, caller: &Caller, found: Option<Operation>) -> Result<Operation, Problem> {
    let scope = ResourceId::subscription(call.param("subscription")).to_string();
    if let Some(operation) = found {
        if operation.principal == caller.principal.id {
            return Ok(operation);
        }
        let about = ResourceId::parse(&operation.resource);
        if about.is_some_and(|id| caller.may_read(&id)) {
            return Ok(operation);
        }
    }
    caller.decide(
        "Microsoft.MachineLearningServices/locations/mfeOperationsStatus/read",
        &scope,
    )?;
    Err(Problem::new(
        Code::OperationNotFound,
        "The operation was not found. It is kept for a day after its end; look at the resource itself.",
    ))
}
