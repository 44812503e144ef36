//! The end of a run in the audit record: how a deployment went is found under the correlation of the request that began it.

use super::{Document, WRITE};
use crate::audit::{CONFLICT, redact};
use cupola_core::Timestamp;
use cupola_store::audit::{Entry, Event};
use cupola_store::deployments::Deployment;
use cupola_store::{StoreError, UnitOfWork};
use serde_json::{Value, json};

/// Reasons that are named; the operations of the deployment have the rest.
const REASONS_MAX: usize = 10;
/// Nested deployments within nested deployments.
const DEPTH_MAX: usize = 8;

/// Records the end, in the unit of work that tells it.
pub(crate) async fn record(
    work: &mut UnitOfWork,
    deployment: &Deployment,
    document: &Document,
    now: Timestamp,
) -> Result<(), StoreError> {
    let who = work.access().principal(&deployment.principal).await?;
    let error = document.error.as_ref();
    let entry = Entry {
        at: now,
        principal: deployment.principal.clone(),
        action: WRITE.to_owned(),
        scope: deployment.id.to_string(),
        outcome: error
            .map_or("Succeeded", |error| {
                error["code"].as_str().unwrap_or("DeploymentFailed")
            })
            .to_owned(),
        correlation: document.correlation.clone(),
        detail: json!({"state": deployment.state, "resources": document.output_resources.len()}),
    };
    let event = Event {
        caller: who
            .as_ref()
            .map(|who| who.app_id.clone().unwrap_or_else(|| who.display_name.clone()))
            .unwrap_or_default(),
        caller_kind: who.as_ref().map(|who| who.kind.to_owned()).unwrap_or_default(),
        caller_name: who.map(|who| who.display_name).unwrap_or_default(),
        status: error.map_or(0, |_| CONFLICT),
        method: "PUT".to_owned(),
        address: document.source.address.clone(),
        user_agent: document.source.user_agent.clone(),
        operation: deployment.run.clone(),
        message: error.map(message).unwrap_or_default(),
        ..entry.into()
    };
    work.audit().record(&event).await
}

// Codes and places alone: a message may repeat a value of the template.
fn message(error: &Value) -> String {
    let mut reasons = Vec::new();
    collect(error, 0, &mut reasons);
    if reasons.is_empty() {
        return String::new();
    }
    redact::shortened(&format!("The deployment failed: {}.", reasons.join("; ")))
}

fn collect(error: &Value, depth: usize, reasons: &mut Vec<String>) {
    let details = error["details"].as_array().filter(|details| !details.is_empty());
    match details {
        Some(details) if depth < DEPTH_MAX => {
            for detail in details {
                collect(detail, depth + 1, reasons);
            }
        }
        _ if reasons.len() == REASONS_MAX => {}
        _ => {
            let code = error["code"].as_str().unwrap_or("Failed");
            reasons.push(match error["target"].as_str() {
                Some(target) => format!("{code} at '{target}'"),
                None => code.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: Value, expected: &str) {
        assert_eq!(message(&error), expected, "{error}");
    }

    #[test]
    fn the_reasons_of_a_failure_are_codes_and_places() {
        check(
            json!({"code": "DeploymentCanceled"}),
            "The deployment failed: DeploymentCanceled.",
        );
        let inner = json!({"code": "ScopeLocked", "target": "/a", "message": "secret"});
        check(
            json!({"code": "DeploymentFailed", "details": [{"code": "X", "details": [inner]}, {"code": "Y"}]}),
            "The deployment failed: ScopeLocked at '/a'; Y.",
        );
        let many: Vec<Value> = (0..50).map(|_| json!({"code": "Z"})).collect();
        assert_eq!(
            message(&json!({"details": many})).matches('Z').count(),
            REASONS_MAX
        );
    }
}
