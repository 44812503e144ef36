//! The audit record: every change in the unit of work that makes it, every refusal by itself.
//!
//! What a resource was and is, is read where the change is recorded: the unit of work sees what it will be, and a reader
//! beside it what it was. Nothing is kept before `redact` has seen it.

pub(crate) mod redact;

use crate::answer::Exchange;
use crate::control::Control;
use crate::dispatch::{Call, Caller, Doing, Trace};
use cupola_core::rbac::{Granted, Principal};
use cupola_core::{Problem, ResourceId};
use cupola_store::audit::{Entry, Event};
use cupola_store::operations::Status;
use cupola_store::resources::Resources;
use cupola_store::{Resource, StoreError, UnitOfWork};
use redact::redacted;
use serde_json::{Value, json};

// An operation has a line that began it, and few beside it.
const LINES_MAX: u32 = 10;
/// What a failed operation is shown with in the activity log.
pub(crate) const CONFLICT: u16 = 409;
// Of what a caller holds, a refusal names this many.
const HELD_MAX: usize = 50;

/// Records a change. The fields `before` and `after` of `detail` stand for the object of the change where it is not the
/// resource at the scope.
pub(crate) async fn change(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
    outcome: &str,
    mut detail: Value,
) -> Result<(), StoreError> {
    let (before, after) = match (take(&mut detail, "before"), take(&mut detail, "after")) {
        (None, None) => images(work, call, grant).await?,
        given => given,
    };
    let entry = Entry {
        at: call.now,
        principal: grant.principal().id.clone(),
        action: grant.action().to_owned(),
        scope: grant.scope().to_owned(),
        outcome: outcome.to_owned(),
        correlation: call.correlation.clone(),
        detail: kept(&call.trace, &detail),
    };
    let event = Event {
        before: before.as_ref().map(|image| kept(&call.trace, image)),
        after: after.as_ref().map(|image| kept(&call.trace, image)),
        ..event(entry, grant.principal(), &call.trace)
    };
    work.audit().record(&event).await
}

/// Records what became of a change that an operation went on with: the line that began it once more, with its end.
pub(crate) async fn ended(work: &mut UnitOfWork, operation: &str, status: &Status) -> Result<(), StoreError> {
    let (at, error) = match status {
        Status::Succeeded { at } => (*at, None),
        Status::Failed { at, error } => (*at, Some(error)),
        _ => return Ok(()),
    };
    let lines = work.audit().named(operation, None, LINES_MAX).await?;
    let began = |line: &Event| line.operation == operation && line.entry.outcome == "Accepted";
    let Some(begun) = lines.into_iter().find(began) else {
        return Ok(());
    };
    let code = |error: &Value| error["code"].as_str().unwrap_or("Failed").to_owned();
    let message = |error: &Value| redact::shortened(error["message"].as_str().unwrap_or_default());
    let event = Event {
        status: error.map_or(0, |_| CONFLICT),
        message: error.map(message).unwrap_or_default(),
        before: None,
        after: None,
        entry: Entry {
            at,
            outcome: error.map_or_else(|| "Succeeded".to_owned(), code),
            detail: json!({}),
            ..begun.entry
        },
        ..begun
    };
    work.audit().record(&event).await
}

// A template may put a secure value into any field, so of what comes from one only the shape is kept.
fn kept(trace: &Trace, value: &Value) -> Value {
    if !trace.inside {
        return redacted(value);
    }
    let mut shape = redact::shape(value);
    for name in ["id", "provisioningState", "etag"] {
        if let Some(plain) = value.get(name) {
            shape[name] = plain.clone();
        }
    }
    redacted(&shape)
}

fn take(detail: &mut Value, name: &str) -> Option<Value> {
    detail.as_object_mut()?.shift_remove(name)
}

// Only a write or a delete changes the resource at its scope; an action such as listKeys leaves it as it is.
async fn images(
    work: &mut UnitOfWork,
    call: &Call,
    grant: &Granted,
) -> Result<(Option<Value>, Option<Value>), StoreError> {
    let verb = grant.action().rsplit('/').next().unwrap_or_default();
    let changes = verb.eq_ignore_ascii_case("write") || verb.eq_ignore_ascii_case("delete");
    let Some(id) = ResourceId::parse(grant.scope()).filter(|_| changes) else {
        return Ok((None, None));
    };
    let mut reader = call.control.store().reader().await?;
    Ok((
        image(reader.resources(), &id).await?,
        image(work.resources(), &id).await?,
    ))
}

async fn image(mut resources: Resources<'_>, id: &ResourceId) -> Result<Option<Value>, StoreError> {
    Ok(resources.find(id).await?.map(|resource| shown(&resource)))
}

fn shown(resource: &Resource) -> Value {
    let mut shown = json!({
        "id": resource.id.to_string(),
        "location": resource.location,
        "kind": resource.kind,
        "tags": resource.tags,
        "sku": resource.sku,
        "identity": resource.identity,
        "properties": resource.properties,
        "provisioningState": resource.provisioning_state,
        "etag": resource.etag,
    });
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}

/// Records that somebody was denied something, with what they hold there: the reason in full.
pub(crate) async fn denied(
    control: &Control,
    exchange: &Exchange,
    caller: &Caller,
    action: &str,
    scope: &str,
    problem: &Problem,
) {
    let held: Vec<Value> = caller
        .reaching(scope)
        .take(HELD_MAX)
        .map(|(held, role)| {
            json!({
                "id": held.assignment.id,
                "scope": held.assignment.scope,
                "role": held.assignment.role,
                "roleName": role.map(|role| role.name.as_str()),
                "conditional": held.conditional,
            })
        })
        .collect();
    let doing = Doing {
        principal: Some(caller.principal.clone()),
        action: action.to_owned(),
        scope: scope.to_owned(),
    };
    keep(
        control,
        refusal(exchange, &doing, problem, json!({"assignments": held})),
    )
    .await;
}

/// Records that a change came to nothing. What the body has under the names of secrets is taken out of the message.
pub(crate) async fn problem(
    control: &Control,
    exchange: &Exchange,
    doing: &Doing,
    problem: &Problem,
    body: &[u8],
) {
    let mut event = refusal(exchange, doing, problem, json!({}));
    if exchange.trace.inside {
        event.message = "The operations of the deployment have the message.".to_owned();
        event.target = String::new();
    } else {
        event.message = redact::without(&event.message, body);
        event.target = redact::without(&event.target, body);
    }
    keep(control, event).await;
}

/// Records a token that was good once.
pub(crate) async fn expired(control: &Control, exchange: &Exchange, oid: &str, problem: &Problem) {
    let doing = Doing {
        principal: None,
        action: "signIn".to_owned(),
        scope: "/".to_owned(),
    };
    let mut event = refusal(exchange, &doing, problem, json!({}));
    event.entry.principal = oid.to_owned();
    keep(control, event).await;
}

fn refusal(exchange: &Exchange, doing: &Doing, problem: &Problem, detail: Value) -> Event {
    let entry = Entry {
        at: exchange.now,
        principal: doing
            .principal
            .as_ref()
            .map(|who| who.id.clone())
            .unwrap_or_default(),
        action: doing.action.clone(),
        scope: doing.scope.clone(),
        outcome: problem.code.as_str().to_owned(),
        correlation: exchange.correlation.clone(),
        detail,
    };
    let nobody = Principal {
        id: String::new(),
        app_id: None,
        display_name: String::new(),
        kind: "",
    };
    Event {
        status: problem.http_status(),
        message: redact::shortened(&problem.message),
        target: problem.target.clone().unwrap_or_default(),
        ..event(
            entry,
            doing.principal.as_ref().unwrap_or(&nobody),
            &exchange.trace,
        )
    }
}

fn event(entry: Entry, principal: &Principal, trace: &Trace) -> Event {
    Event {
        caller: principal
            .app_id
            .clone()
            .unwrap_or_else(|| principal.display_name.clone()),
        caller_kind: principal.kind.to_owned(),
        caller_name: principal.display_name.clone(),
        method: trace.method.clone(),
        address: trace.address.clone(),
        user_agent: trace.user_agent.clone(),
        client_request: trace.client_request.clone(),
        request: trace.request.clone(),
        operation: trace.operation().to_owned(),
        ..entry.into()
    }
}

// A refusal stands whether or not it could be recorded.
async fn keep(control: &Control, event: Event) {
    let kept = async {
        let mut work = control.store().begin().await?;
        work.audit().record(&event).await?;
        work.save().await
    };
    if let Err(error) = kept.await {
        let Entry {
            principal,
            action,
            scope,
            ..
        } = &event.entry;
        tracing::error!(error = %error, principal, action, scope, "a refusal could not be recorded");
    }
}
