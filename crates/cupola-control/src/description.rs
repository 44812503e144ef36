//! `GET /openapi.json`: the description of what the portal asks of this API, in parts that are merged here.

use crate::answer;
use crate::dispatch::{Call, Reply, Route, anonymous, unversioned};
use cupola_core::Problem;
use serde_json::{Map, Value};
use std::sync::LazyLock;

pub(crate) const ROUTES: &[Route] = &[unversioned("GET", "/openapi.json", anonymous!(get))];

// A part for each area, so that whoever describes routes of one area touches one file. The first has what all share.
pub(crate) const PARTS: &[(&str, &str)] = &[
    ("cupola.yaml", include_str!("../openapi/cupola.yaml")),
    ("catalog.yaml", include_str!("../openapi/catalog.yaml")),
    ("endpoints.yaml", include_str!("../openapi/endpoints.yaml")),
    ("govern.yaml", include_str!("../openapi/govern.yaml")),
    ("marketplace.yaml", include_str!("../openapi/marketplace.yaml")),
    ("operations.yaml", include_str!("../openapi/operations.yaml")),
    ("playground.yaml", include_str!("../openapi/playground.yaml")),
    ("policies.yaml", include_str!("../openapi/policies.yaml")),
    ("registries.yaml", include_str!("../openapi/registries.yaml")),
    (
        "subscriptions.yaml",
        include_str!("../openapi/subscriptions.yaml"),
    ),
    ("templates.yaml", include_str!("../openapi/templates.yaml")),
    ("usage.yaml", include_str!("../openapi/usage.yaml")),
    ("workspaces.yaml", include_str!("../openapi/workspaces.yaml")),
];

static DOCUMENT: LazyLock<Result<Value, String>> = LazyLock::new(|| merge(PARTS));

async fn get(_call: Call) -> Result<Reply, Problem> {
    match &*DOCUMENT {
        Ok(document) => Ok(answer::ok(document)),
        Err(why) => {
            tracing::error!("the description of the API cannot be read: {why}");
            Err(Problem::internal())
        }
    }
}

/// The parts as one document; `Err` says which part is wrong and how.
pub(crate) fn merge(parts: &[(&str, &str)]) -> Result<Value, String> {
    let mut whole = Value::Null;
    for (name, text) in parts {
        let part: Value = serde_saphyr::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        if whole.is_null() {
            whole = part;
            continue;
        }
        for (key, value) in fields(&part) {
            match key.as_str() {
                "paths" => add(&mut whole["paths"], value, name)?,
                "components" => {
                    for (kind, table) in fields(value) {
                        add(&mut whole["components"][kind.as_str()], table, name)?;
                    }
                }
                _ => return Err(format!("{name}: '{key}' belongs into the first part")),
            }
        }
    }
    Ok(whole)
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn add(table: &mut Value, more: &Value, name: &str) -> Result<(), String> {
    if table.is_null() {
        *table = Value::Object(Map::new());
    }
    let Some(table) = table.as_object_mut() else {
        return Err(format!("{name}: there is no table to add to"));
    };
    for (key, value) in fields(more) {
        if table.insert(key.clone(), value.clone()).is_some() {
            return Err(format!("{name}: '{key}' is there already"));
        }
    }
    Ok(())
}
