//! `GET {endpoint}/providers/Cupola.Billing/requests?$top&from&to`: the newest records of the ledger for a serverless endpoint,
//! an account or a deployment of an account. What was refused has no record; metrics count it.

use super::usage::instant;
use crate::answer;
use crate::dispatch::{Call, Reply};
use crate::facets;
use crate::paging::{self, Token};
use cupola_core::name::printable;
use cupola_core::rbac::Granted;
use cupola_core::time::iso8601;
use cupola_core::usage::Meter;
use cupola_core::{Code, Problem, ResourceId, Timestamp};
use cupola_store::{RECENT_MAX, RecentQuestion, RecentRequest};
use cupola_wire::arm::Page;
use serde_json::{Map, Value, json};

const PAGE_ITEMS: u32 = 50;

pub(super) async fn list(call: Call, _grant: Granted) -> Result<Reply, Problem> {
    let text = call.param("scope");
    let (endpoint, deployment) = asked(text).ok_or_else(|| {
        Problem::new(
            Code::InvalidRequestContent,
            format!(
                "'{}' answers no requests: ask for those of a serverless endpoint, an account or a deployment of an account.",
                text.split('/').map(printable).collect::<Vec<_>>().join("/")
            ),
        )
    })?;
    let top = call.query.get("$top").and_then(|top| top.parse().ok());
    let limit = top.unwrap_or(PAGE_ITEMS).clamp(1, RECENT_MAX);
    let token = call.query.get("$skiptoken").and_then(place);
    let until = instant(&call, "to")?.map(|to| (to, String::new()));
    let before = token.or(until);
    let question = RecentQuestion {
        endpoint: &endpoint,
        deployment: deployment.as_deref(),
        from: instant(&call, "from")?,
        before: before.as_ref().map(|(at, id)| (*at, id.as_str())),
        limit,
    };
    let mut reader = call.control.store().reader().await?;
    let found = reader.recent_requests(&question).await?;
    let is_full = found.len() == limit as usize;
    let next_link = found.last().filter(|_| is_full).map(|last| {
        let here = format!("{}.{}", last.at.as_millisecond(), last.id);
        paging::next(&call, Token::SkipToken, &here)
    });
    let value = found.iter().map(shown).collect();
    Ok(answer::ok(&Page { value, next_link }))
}

/// The endpoint or account, and the deployment.
fn asked(text: &str) -> Option<(String, Option<String>)> {
    let id = ResourceId::parse(text)?;
    let (_, below, deployment) = facets::scope(&id)?;
    let kind = id.resource_type().to_ascii_lowercase();
    let serves = kind.ends_with("/serverlessendpoints") || kind.starts_with("microsoft.cognitiveservices/");
    serves.then_some((below, deployment))
}

fn place(token: &str) -> Option<(Timestamp, String)> {
    let (at, id) = token.split_once('.')?;
    let at = Timestamp::from_millisecond(at.parse().ok()?).ok()?;
    Some((at, id.to_owned()))
}

fn shown(request: &RecentRequest) -> Value {
    let quantities: Map<String, Value> = Meter::ALL
        .into_iter()
        .filter(|meter| *meter != Meter::Requests)
        .map(|meter| (meter, meter.quantity(&request.usage)))
        .filter(|(_, quantity)| *quantity > 0)
        .map(|(meter, quantity)| (meter.as_str().to_owned(), quantity.into()))
        .collect();
    let ms = |us: u64| us as f64 / 1e3;
    json!({
        "id": request.id,
        "time": iso8601(request.at),
        "operation": request.operation,
        "deployment": request.deployment,
        "model": facets::model_name(&request.model),
        "credential": request.credential,
        "status": request.status,
        "outcome": request.outcome,
        "usage": quantities,
        "totalTokens": request.usage.total(),
        // Exact, and therefore text.
        "cost": request.cost.to_string(),
        "currency": request.currency,
        "durationMs": request.took_us.map(ms),
        "timeToFirstTokenMs": request.first_token_us.map(ms),
        "x-ms-request-id": request.id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_and_deployments_have_requests() {
        let check = |id: &str, expected: Option<Option<&str>>| {
            let found = asked(id);
            let found = found.as_ref().map(|(_, deployment)| deployment.as_deref());
            assert_eq!(found, expected, "{id}");
        };
        let group = "/subscriptions/s/resourceGroups/g/providers";
        let workspace = format!("{group}/Microsoft.MachineLearningServices/workspaces/w");
        let account = format!("{group}/Microsoft.CognitiveServices/accounts/a");
        check(&format!("{workspace}/serverlessEndpoints/e"), Some(None));
        check(&account, Some(None));
        check(&format!("{account}/deployments/d"), Some(Some("d")));
        check(&workspace, None);
        check("/subscriptions/s", None);
        check("", None);
    }

    #[test]
    fn pages_go_on_behind_their_last() {
        let check = |token: &str, expected: Option<(i64, &str)>| {
            let found = place(token);
            let found = found.as_ref().map(|(at, id)| (at.as_millisecond(), id.as_str()));
            assert_eq!(found, expected, "{token}");
        };
        check("5.abc", Some((5, "abc")));
        check("5.", Some((5, "")));
        check("x.abc", None);
        check("5", None);
    }
}
