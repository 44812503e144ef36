//! An inference in the ledger, told like a line of the audit record.

use cupola_core::time::iso8601;
use cupola_core::usage::Meter;
use cupola_store::RequestUsage;
use serde_json::{Value, json};

/// What the request with this id was charged, and for what.
pub(super) fn shown(id: &str, usage: &RequestUsage) -> Value {
    let RequestUsage {
        endpoint,
        operation,
        credential,
        outcome,
        ..
    } = usage;
    let (result, sentence) = ended(outcome);
    let quantities: Vec<String> = usage
        .quantities
        .iter()
        .map(|(meter, quantity)| counted(*meter, *quantity))
        .collect();
    let deployment = usage.deployment.as_deref();
    let of = deployment.map_or_else(
        || format!("'{endpoint}'"),
        |name| format!("the deployment '{name}' of '{endpoint}'"),
    );
    let who = who(credential);
    let sentences = [
        format!(
            "{who} asked {of} for '{operation}' of the model '{}'.",
            usage.model
        ),
        sentence.to_owned(),
        format!(
            "Charged: {}, which is {} {}.",
            quantities.join(", "),
            usage.cost,
            usage.currency
        ),
    ];
    json!({
        "id": format!("/providers/Cupola.Audit/events/{id}"),
        "name": id,
        "type": "Cupola.Audit/events",
        "properties": {
            "explanation": sentences,
            "wouldAllow": [],
            "commands": [],
            "outcome": result,
            "action": operation,
            "scope": endpoint,
            "callerName": who,
            "caller": credential,
            "timestamp": iso8601(usage.at),
            "requestId": id,
            "detail": {
                "deployment": deployment,
                "model": usage.model,
                "credential": credential,
                "outcome": outcome,
                "usage": usage.quantities.iter().map(|(meter, quantity)| (meter.as_str(), *quantity))
                    .collect::<std::collections::BTreeMap<_, _>>(),
                "cost": usage.cost.to_string(),
                "currency": usage.currency,
            },
        },
    })
}

/// Such as `3 prompt tokens`, or `1 request`: every meter is a plural.
fn counted(meter: Meter, quantity: u64) -> String {
    let many = meter.as_str().replace('_', " ");
    let name = match quantity {
        1 => many.strip_suffix('s').unwrap_or(&many),
        _ => &many,
    };
    format!("{quantity} {name}")
}

fn who(credential: &str) -> String {
    match credential {
        "primary" | "secondary" => format!("The {credential} key"),
        "" => "Somebody".to_owned(),
        principal => format!("The principal '{principal}'"),
    }
}

/// The outcome of the ledger, as people read it.
fn ended(outcome: &str) -> (&'static str, &'static str) {
    match outcome {
        "complete" => ("Succeeded", "It was answered to its end."),
        "estimated" => (
            "Succeeded",
            "It was answered to its end; the backend did not count, so the tokens are those that went out.",
        ),
        "client-left" => (
            "ClientLeft",
            "The client left before the end; it is charged for what had gone out.",
        ),
        "backend-failed" => (
            "BackendFailed",
            "The model's server broke its answer off; what had gone out is charged.",
        ),
        "content-filter" => (
            "ContentFiltered",
            "The content policy kept back the prompt, or some of the completion.",
        ),
        _ => ("Unknown", "How it ended is not known."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cupola_core::Timestamp;
    use cupola_core::money::Cost;

    #[test]
    fn one_of_something_is_no_plural() {
        let told = |quantity| -> Vec<String> {
            Meter::ALL
                .into_iter()
                .map(|meter| counted(meter, quantity))
                .collect()
        };
        assert_eq!(
            told(1).join(", "),
            "1 prompt token, 1 cached prompt token, 1 completion token, 1 reasoning token, 1 request, 1 search unit, \
             1 image, 1 finetune prompt token, 1 finetune completion token"
        );
        assert!(told(0).iter().chain(&told(2)).all(|text| text.ends_with('s')));
    }

    #[test]
    fn a_request_is_told_in_sentences() {
        let usage = RequestUsage {
            at: Timestamp::UNIX_EPOCH,
            endpoint: "/subscriptions/s/x/e".to_owned(),
            deployment: None,
            model: "m".to_owned(),
            operation: "chat".to_owned(),
            credential: "primary".to_owned(),
            outcome: "complete".to_owned(),
            quantities: vec![(Meter::PromptTokens, 3), (Meter::Requests, 1)],
            cost: Cost(450_000),
            currency: "USD".to_owned(),
        };
        let event = shown("abc", &usage);
        assert_eq!(
            event["properties"]["explanation"],
            json!([
                "The primary key asked '/subscriptions/s/x/e' for 'chat' of the model 'm'.",
                "It was answered to its end.",
                "Charged: 3 prompt tokens, 1 request, which is 0.00000045 USD.",
            ])
        );
        assert_eq!(
            event["properties"]["detail"]["usage"],
            json!({ "prompt_tokens": 3, "requests": 1 })
        );
        for outcome in [
            "complete",
            "estimated",
            "client-left",
            "backend-failed",
            "content-filter",
        ] {
            assert_ne!(ended(outcome).0, "Unknown", "{outcome}");
        }
    }
}
