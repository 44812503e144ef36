//! `GET /providers/Cupola.Audit/events/{id}`: what the record has under a request id, a correlation id, an operation id or
//! the id of an event; and what a request for a model was charged. Everybody sees what they did themselves, and what happened where they may read the log.

use super::{charged, reasons};
use crate::activity::{event_id, number_of};
use crate::answer;
use crate::dispatch::{Call, Caller, Reply};
use cupola_core::name::{fold, printable};
use cupola_core::time::iso8601;
use cupola_core::{Code, Problem};
use cupola_store::audit::Event;
use cupola_store::operations::Status;
use cupola_wire::arm::Page;
use serde_json::{Value, json};

const READ: &str = "Microsoft.Insights/eventtypes/values/read";
const EVENTS_MAX: u32 = 100;
const ID_CHARS_MAX: usize = 64;

pub(super) async fn get(call: Call, caller: Caller) -> Result<Reply, Problem> {
    let id = call.param("id");
    let not_found = || {
        Problem::new(
            Code::ResourceNotFound,
            format!(
                "The record has nothing under '{}' that you may see. Take the id from x-ms-request-id, \
                 x-request-id, x-ms-correlation-request-id or the operation's address; lines are kept for 90 days.",
                printable(id)
            ),
        )
    };
    if id.len() > ID_CHARS_MAX {
        return Err(not_found());
    }
    let mut reader = call.control.store().reader().await?;
    let found = reader.audit().named(id, number_of(&fold(id)), EVENTS_MAX).await?;
    let roles = reader.access().custom_roles().await?;
    let failure = match reader.operations().find(id).await? {
        Some(operation) => match operation.status {
            Status::Failed { error, .. } => Some(error),
            _ => None,
        },
        None => None,
    };
    let mut value: Vec<Value> = found
        .iter()
        .filter(|event| may_see(&caller, event))
        .map(|event| {
            // A line that tells the end has the reason itself.
            let began = event.operation == fold(id) && event.entry.outcome == "Accepted";
            let error = failure.as_ref().filter(|_| began);
            shown(event, &reasons::of(event, &roles, error))
        })
        .collect();
    // A request for a model has a record in the ledger, and lines of its own only where something was found in it.
    if let Some(usage) = reader.request_usage(id).await?
        && (usage.credential == caller.principal.id || caller.decide(READ, &usage.endpoint).is_ok())
    {
        value.push(charged::shown(&fold(id), &usage));
    }
    if value.is_empty() {
        return Err(not_found());
    }
    Ok(answer::ok(&Page::whole(value)))
}

fn may_see(caller: &Caller, event: &Event) -> bool {
    event.entry.principal == caller.principal.id || caller.decide(READ, &event.entry.scope).is_ok()
}

fn shown(event: &Event, reasons: &reasons::Reasons) -> Value {
    let entry = &event.entry;
    json!({
        "id": format!("/providers/Cupola.Audit/events/{}", event_id(event.id)),
        "name": event_id(event.id),
        "type": "Cupola.Audit/events",
        "properties": {
            "explanation": reasons.sentences,
            "wouldAllow": reasons.would_allow,
            "commands": reasons.commands,
            "outcome": entry.outcome,
            "status": event.status,
            "message": event.message,
            "target": event.target,
            "action": entry.action,
            "scope": entry.scope,
            "principalId": entry.principal,
            "caller": event.caller,
            "callerName": event.caller_name,
            "callerType": event.caller_kind,
            "clientIpAddress": event.address,
            "userAgent": event.user_agent,
            "method": event.method,
            "timestamp": iso8601(entry.at),
            "requestId": event.request,
            "correlationId": entry.correlation,
            "operationId": event.operation,
            "clientRequestId": event.client_request,
            "before": event.before,
            "after": event.after,
            "detail": entry.detail,
        },
    })
}
