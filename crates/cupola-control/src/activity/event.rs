//! A line of the audit record, in the shape of the monitor's events.

use super::words::words;
use cupola_core::ResourceId;
use cupola_core::time::iso8601;
use cupola_store::audit::Event;
use http::StatusCode;
use serde_json::{Value, json};

/// What became of a request, in the monitor's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) status: &'static str,
    pub(super) level: &'static str,
    event: (&'static str, &'static str),
}

pub(super) fn outcome(event: &Event) -> Outcome {
    match event.entry.outcome.as_str() {
        "Succeeded" => Outcome {
            status: "Succeeded",
            level: "Informational",
            event: ("EndRequest", "End request"),
        },
        "Accepted" => Outcome {
            status: "Accepted",
            level: "Informational",
            event: ("BeginRequest", "Begin request"),
        },
        _ => Outcome {
            status: "Failed",
            level: "Error",
            event: ("EndRequest", "End request"),
        },
    }
}

/// The namespace of what the event is about.
pub(super) fn provider(event: &Event) -> &str {
    event
        .entry
        .action
        .split_once('/')
        .map_or("", |(namespace, _)| namespace)
}

// The number of the line, written as a GUID: clients take nothing else for an id.
const PREFIX: &str = "00000000-0000-4000-8000-";

/// The id of an event.
pub(crate) fn event_id(number: i64) -> String {
    format!("{PREFIX}{number:012x}")
}

/// The number of the line that an event's id names.
pub(crate) fn number_of(id: &str) -> Option<i64> {
    let digits = id.strip_prefix(PREFIX)?;
    i64::from_str_radix(digits, 16).ok()
}

// 100-nanosecond steps since the year 1, which some clients compute with.
fn ticks(event: &Event) -> i128 {
    (i128::from(event.entry.at.as_millisecond()) + 62_135_596_800_000) * 10_000
}

pub(super) fn shown(event: &Event, tenant: &str) -> Value {
    let entry = &event.entry;
    let id = ResourceId::parse(&entry.scope);
    let named = |value: &str, shown: &str| json!({"value": value, "localizedValue": shown});
    let outcome = outcome(event);
    let number = event_id(event.id);
    let at = iso8601(entry.at);
    let kind = id.as_ref().map(ResourceId::resource_type).unwrap_or_default();
    let subscription = id
        .as_ref()
        .and_then(|id| id.subscription.clone())
        .unwrap_or_default();
    let operation = if event.operation.is_empty() {
        &event.request
    } else {
        &event.operation
    };
    json!({
        "authorization": {"action": entry.action, "scope": entry.scope},
        "caller": event.caller,
        "category": named("Administrative", "Administrative"),
        "channels": "Operation",
        "claims": claims(event),
        "correlationId": entry.correlation,
        "description": event.message,
        "eventDataId": number,
        "eventName": named(outcome.event.0, outcome.event.1),
        "eventTimestamp": at,
        "httpRequest": {
            "clientRequestId": event.client_request,
            "clientIpAddress": event.address,
            "method": event.method,
            "uri": entry.scope,
        },
        "id": format!("{}/events/{number}/ticks/{}", entry.scope.trim_end_matches('/'), ticks(event)),
        "level": outcome.level,
        "operationId": operation,
        "operationName": named(&entry.action, &words(&entry.action)),
        "resourceGroupName": id.as_ref().and_then(|id| id.group.clone()).unwrap_or_default(),
        "resourceId": entry.scope,
        "resourceProviderName": named(provider(event), provider(event)),
        "resourceType": named(&kind, &kind),
        "status": named(outcome.status, outcome.status),
        "subStatus": sub_status(event),
        "submissionTimestamp": at,
        "subscriptionId": subscription,
        "tenantId": tenant,
        "properties": properties(event),
    })
}

fn claims(event: &Event) -> Value {
    let mut claims = json!({
        "http://schemas.microsoft.com/identity/claims/objectidentifier": event.entry.principal,
        "name": event.caller_name,
        "idtyp": if event.caller_kind == "User" { "user" } else { "app" },
    });
    let name = if event.caller_kind == "User" {
        "upn"
    } else {
        "appid"
    };
    claims[name] = event.caller.as_str().into();
    claims
}

fn sub_status(event: &Event) -> Value {
    match StatusCode::from_u16(event.status) {
        Ok(status) => {
            let reason: String = reason(status);
            json!({"value": reason, "localizedValue": format!("{reason} (HTTP Status Code: {})", event.status)})
        }
        Err(_) => json!({"value": "", "localizedValue": ""}),
    }
}

// `Not Found` as one word, the way the service writes it.
fn reason(status: StatusCode) -> String {
    status
        .canonical_reason()
        .unwrap_or_default()
        .split_whitespace()
        .collect()
}

// Every value is text, as in the monitor.
fn properties(event: &Event) -> Value {
    let mut properties = json!({
        "eventCategory": "Administrative",
        "entity": event.entry.scope,
        "message": event.entry.action,
        "serviceRequestId": event.request,
        "userAgent": event.user_agent,
    });
    if let Ok(status) = StatusCode::from_u16(event.status) {
        properties["statusCode"] = reason(status).into();
        let error = json!({"error": {
            "code": event.entry.outcome,
            "message": event.message,
            "target": event.target,
        }});
        properties["statusMessage"] = error.to_string().into();
    }
    for (name, image) in [("before", &event.before), ("after", &event.after)] {
        if let Some(image) = image {
            properties[name] = image.to_string().into();
        }
    }
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again_by_its_id() {
        for number in [1, 255, 1 << 40] {
            assert_eq!(number_of(&event_id(number)), Some(number));
            assert!(crate::roles::is_guid(&event_id(number)));
        }
        assert_eq!(number_of("00000000-0000-4000-9000-000000000001"), None);
    }
}
