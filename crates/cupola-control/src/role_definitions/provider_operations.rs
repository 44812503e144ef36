//! `GET /providers/Microsoft.Authorization/providerOperations`: which actions there are, for those who write roles. They
//! come from the route table, so what is listed is what is asked for.

use crate::answer;
use crate::dispatch::{Access, Call, Caller, Reply};
use crate::routes;
use cupola_core::name::printable;
use cupola_core::{Code, Problem};
use cupola_wire::arm::Page;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

// Namespace, then type, then the actions of the type.
type Actions = BTreeMap<&'static str, BTreeMap<&'static str, BTreeSet<&'static str>>>;

pub(super) async fn list(_call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let all = actions();
    let shown = all.iter().map(|(namespace, types)| shown(namespace, types));
    Ok(answer::ok(&Page::whole(shown.collect())))
}

pub(super) async fn get(call: Call, _caller: Caller) -> Result<Reply, Problem> {
    let wanted = call.param("namespace");
    let all = actions();
    all.iter()
        .find(|(namespace, _)| namespace.eq_ignore_ascii_case(wanted))
        .map(|(namespace, types)| answer::ok(&shown(namespace, types)))
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidResourceType,
                format!(
                    "The resource provider '{}' is not one of this server's.",
                    printable(wanted)
                ),
            )
        })
}

fn actions() -> Actions {
    let mut all = Actions::new();
    for route in routes::all() {
        let (Access::Action(action, _) | Access::List(action, _)) = &route.access else {
            continue;
        };
        let Some((namespace, rest)) = action.split_once('/') else {
            continue;
        };
        // `workspaces/read` is about workspaces, and so is `workspaces/listKeys/action`.
        let verbs = if rest.ends_with("/action") { 2 } else { 1 };
        let kind = rest.rsplitn(verbs + 1, '/').nth(verbs).unwrap_or("");
        all.entry(namespace)
            .or_default()
            .entry(kind)
            .or_default()
            .insert(action);
    }
    all
}

fn shown(namespace: &str, types: &BTreeMap<&str, BTreeSet<&str>>) -> Value {
    let operations = |actions: &BTreeSet<&str>| -> Vec<Value> {
        actions
            .iter()
            .map(|action| {
                json!({
                    "name": action,
                    "displayName": action,
                    "description": format!("The right to {}.", spoken(action)),
                    "origin": "user,system",
                    "properties": null,
                    "isDataAction": false,
                })
            })
            .collect()
    };
    let of = |kind: &str| types.get(kind).map(operations).unwrap_or_default();
    let kinds: Vec<Value> = types
        .keys()
        .filter(|kind| !kind.is_empty())
        .map(|kind| json!({"name": kind, "displayName": kind, "operations": of(kind)}))
        .collect();
    json!({
        "id": format!("/providers/Microsoft.Authorization/providerOperations/{namespace}"),
        "name": namespace,
        "type": "Microsoft.Authorization/providerOperations",
        "displayName": namespace,
        "resourceTypes": kinds,
        "operations": of(""),
    })
}

fn spoken(action: &str) -> String {
    let mut parts: Vec<&str> = action.split('/').skip(1).collect();
    if parts.last() == Some(&"action") {
        parts.pop();
    }
    let verb = parts.pop().unwrap_or("use");
    format!("{verb} {}", parts.join(" "))
}
