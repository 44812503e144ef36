//! `GET /providers/Microsoft.CognitiveServices/operations`: the actions of this namespace.

use super::super::NAMESPACE;
use crate::answer;
use crate::dispatch::{Access, Call, Caller, Reply};
use crate::routes;
use cupola_core::Problem;
use cupola_wire::arm::Page;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) async fn list(_call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let actions: BTreeSet<&str> = routes::all()
        .filter_map(|route| match &route.access {
            Access::Action(action, _) | Access::List(action, _) => Some(*action),
            _ => None,
        })
        .filter(|action| action.starts_with(NAMESPACE))
        .collect();
    let shown: Vec<Value> = actions.into_iter().map(shown).collect();
    Ok(answer::ok(&Page::whole(shown)))
}

fn shown(action: &str) -> Value {
    let mut parts: Vec<&str> = action.split('/').skip(1).collect();
    if parts.last() == Some(&"action") {
        parts.pop();
    }
    let verb = parts.pop().unwrap_or_default();
    json!({
        "name": action,
        "isDataAction": false,
        "origin": "user,system",
        "display": {
            "provider": NAMESPACE,
            "resource": parts.join("/"),
            "operation": verb,
            "description": format!("The right to {verb} {}.", parts.join(" ")),
        },
    })
}
