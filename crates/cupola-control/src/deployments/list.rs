//! `GET …/deployments`: the history of a scope, the latest first.

use super::{document, scope};
use crate::dispatch::{Call, Reply, View};
use crate::paging::{self, Token};
use crate::{answer, kinds};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cupola_core::{Problem, Timestamp};
use cupola_store::deployments::Deployment;
use serde_json::{Value, json};

const PAGE_ITEMS: usize = 100;
const PAGE_ITEMS_MAX: usize = 800;

pub(super) async fn list(call: Call, view: View) -> Result<Reply, Problem> {
    let mut reader = call.control.store().reader().await?;
    let scope = kinds::require_scope(reader.resources(), &scope(&call)).await?.id;
    let top = call.query.get("$top").and_then(|top| top.parse::<usize>().ok());
    let limit = top.map_or(PAGE_ITEMS, |top| top.clamp(1, PAGE_ITEMS_MAX));
    let state = wanted_state(call.query.get("$filter").unwrap_or_default());
    let mut value: Vec<Value> = Vec::new();
    let mut last: Option<Deployment> = None;
    let mut before = begin(&call);
    let next_link = 'all: loop {
        let at = before.as_ref().map(|(at, id)| (*at, id.as_str()));
        let found = reader.deployments().list(&scope, at, PAGE_ITEMS as u32).await?;
        let is_last = found.len() < PAGE_ITEMS;
        for deployment in found {
            let wanted = state
                .as_ref()
                .is_none_or(|state| state.eq_ignore_ascii_case(&deployment.state));
            if wanted && view.sees(&deployment.id) {
                if value.len() == limit {
                    break 'all last.as_ref().map(|last| link(&call, last));
                }
                value.push(document::shown(&deployment)?);
            }
            before = Some((deployment.changed_at, deployment.id.folded()));
            last = Some(deployment);
        }
        if is_last {
            break None;
        }
    };
    Ok(answer::ok(&match next_link {
        Some(next) => json!({"value": value, "nextLink": next}),
        None => json!({"value": value}),
    }))
}

// `provisioningState eq 'Failed'` is the one filter that the service has; any other is no reason to refuse a list.
fn wanted_state(filter: &str) -> Option<String> {
    let mut words = filter.split_whitespace();
    let field = words.next()?;
    let is = words.next()?;
    let value = words.next()?;
    (field.eq_ignore_ascii_case("provisioningState") && is.eq_ignore_ascii_case("eq"))
        .then(|| value.trim_matches(['\'', '"']).to_owned())
}

fn begin(call: &Call) -> Option<(Timestamp, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(call.query.get("$skiptoken")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (at, id) = text.split_once(' ')?;
    Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, id.to_owned()))
}

fn link(call: &Call, last: &Deployment) -> String {
    let token = format!("{} {}", last.changed_at.as_millisecond(), last.id.folded());
    paging::next(call, Token::SkipToken, &URL_SAFE_NO_PAD.encode(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filter: &str, expected: Option<&str>) {
        assert_eq!(wanted_state(filter).as_deref(), expected, "{filter}");
    }

    #[test]
    fn one_filter_is_known() {
        check("provisioningState eq 'Failed'", Some("Failed"));
        check("PROVISIONINGSTATE EQ 'x'", Some("x"));
        check("", None);
        check("name eq 'a'", None);
        check("provisioningState ne 'Failed'", None);
        check("provisioningState eq", None);
    }
}
