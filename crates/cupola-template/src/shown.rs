//! What a deployment shows of its plan: `providers` and `dependencies`.

use crate::plan::{Plan, Planned};
use cupola_core::name::fold;
use serde_json::{Value, json};
use std::collections::HashMap;

/// `[{"namespace", "resourceTypes": [{"resourceType", "locations"}]}]`
pub(crate) fn providers(plan: &Plan) -> Value {
    let mut namespaces: Listed<Listed<Vec<Option<String>>>> = Listed::new();
    for planned in deployed(plan) {
        let (namespace, kind) = planned.kind.split_once('/').unwrap_or((&planned.kind, ""));
        let kinds = entry(&mut namespaces, namespace);
        let locations = entry(kinds, kind);
        if !locations.contains(&planned.location) {
            locations.push(planned.location.clone());
        }
    }
    let shown = namespaces.into_iter().map(|(namespace, kinds)| {
        let kinds: Vec<Value> = kinds
            .into_iter()
            .map(|(kind, locations)| json!({"resourceType": kind, "locations": locations}))
            .collect();
        json!({"namespace": namespace, "resourceTypes": kinds})
    });
    shown.collect()
}

/// `[{"dependsOn": [{"id", "resourceType", "resourceName"}], "id", "resourceType", "resourceName"}]`
pub(crate) fn dependencies(plan: &Plan) -> Value {
    let names: HashMap<usize, Value> = plan.resources.iter().map(shown).enumerate().collect();
    plan.resources
        .iter()
        .enumerate()
        .filter(|(_, planned)| !planned.shown_depends_on.is_empty())
        .map(|(at, planned)| {
            let before: Vec<&Value> = planned
                .shown_depends_on
                .iter()
                .filter_map(|at| names.get(at))
                .collect();
            let mut entry = json!({"dependsOn": before});
            if let (Some(entry), Some(Value::Object(own))) = (entry.as_object_mut(), names.get(&at)) {
                entry.extend(own.clone());
            }
            entry
        })
        .collect()
}

fn shown(planned: &Planned) -> Value {
    json!({"id": planned.id, "resourceType": planned.kind, "resourceName": planned.name})
}

fn deployed(plan: &Plan) -> impl Iterator<Item = &Planned> {
    plan.resources
        .iter()
        .filter(|planned| !planned.skipped && !planned.existing)
}

/// A map that keeps its order and compares keys without case.
type Listed<T> = Vec<(String, T)>;

fn entry<'l, T: Default>(list: &'l mut Listed<T>, key: &str) -> &'l mut T {
    let at = list
        .iter()
        .position(|(other, _)| fold(other) == fold(key))
        .unwrap_or_else(|| {
            list.push((key.to_owned(), T::default()));
            list.len() - 1
        });
    &mut list[at].1
}
