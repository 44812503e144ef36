//! The published API descriptions as judges: whatever a story is answered about a Machine Learning resource must be valid.

use super::platform::Seen;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

const SWAGGER: &str = include_str!("../../tests/contract/ml-serverless-2026-05-01.trimmed.json");
const TYPES: &str =
    include_str!("../../tests/contract/Microsoft.MachineLearningServices-2026-05-01.types.json");

const ML: &str = "Microsoft.MachineLearningServices/workspaces";

/// Fails the story where an answer breaks its description, or shows what only a few operations may show.
pub(super) fn judge(method: &str, path: &str, seen: &Seen) {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
    if !seen.status.is_success() {
        return;
    }
    if path.ends_with("/listkeys") || path.ends_with("/regeneratekeys") {
        if path.contains("/serverlessendpoints/") {
            must_be("keys", &seen.body, method, &path);
        }
        return;
    }
    // The generic list shows envelopes without bodies.
    let is_list_of_all = path.ends_with("/resources") && !path.contains("/microsoft.saas/");
    let items = match seen.body.get("value") {
        Some(Value::Array(items)) if !is_list_of_all => items.as_slice(),
        _ => std::slice::from_ref(&seen.body),
    };
    for item in items
        .iter()
        .filter(|item| !is_list_of_all && item.get("id").is_some())
    {
        if let Some(kind) = item["type"].as_str() {
            must_be(kind, item, method, &path);
        }
    }
    if !path.ends_with("/listsecrets") && path.contains("/microsoft.machinelearningservices/workspaces") {
        for secret in ["\"credentials\"", "primaryKey", "secondaryKey"] {
            assert!(
                !seen.text.contains(secret),
                "{method} {path} shows {secret}: {}",
                seen.text
            );
        }
    }
}

fn must_be(kind: &str, value: &Value, method: &str, path: &str) {
    let Some(judge) = JUDGES.get(kind) else { return };
    let faults: Vec<String> = judge.iter_errors(value).map(|fault| fault.to_string()).collect();
    assert!(
        faults.is_empty(),
        "{method} {path} breaks the description of {kind}: {faults:?}\n{value:#}"
    );
}

static JUDGES: LazyLock<HashMap<String, Validator>> = LazyLock::new(|| {
    let swagger: Value = serde_json::from_str(SWAGGER).expect("JSON");
    let types: Value = serde_json::from_str(TYPES).expect("JSON");
    let mut definitions = Map::new();
    for (name, table) in types.as_object().expect("tables") {
        definitions.insert(name.clone(), schema_of(table));
    }
    definitions.insert(
        "CustomKeys".into(),
        json!({"properties": {"keys": {"additionalProperties": {"type": "string"}}}}),
    );
    let system_data = definitions["SystemData"].clone();
    definitions.insert("systemData".into(), system_data);
    // The swagger is read last: it is nearer to the wire.
    for (name, schema) in swagger["definitions"].as_object().expect("definitions") {
        let mut schema = schema.clone();
        here(&mut schema);
        definitions.insert(name.clone(), schema);
    }
    let judge = |definition: &str, required: &[&str], properties: &[&str]| {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": definitions,
            "allOf": [
                {"$ref": format!("#/definitions/{definition}")},
                {"required": required, "properties": {"properties": {"required": properties}}},
            ],
        });
        jsonschema::validator_for(&schema).expect(definition)
    };
    // What clients read without a null check is required here, whatever the description says.
    let envelope = ["id", "name", "type", "systemData", "properties"];
    HashMap::from([
        (
            format!("{ML}/serverlessEndpoints"),
            judge(
                "ServerlessEndpoint",
                &envelope,
                &["authMode", "modelSettings", "endpointState", "provisioningState"],
            ),
        ),
        (
            format!("{ML}/marketplaceSubscriptions"),
            judge(
                "MarketplaceSubscription",
                &envelope,
                &["modelId", "marketplacePlan", "provisioningState"],
            ),
        ),
        (
            ML.to_owned(),
            judge(
                &pointer("workspaces"),
                &["id", "name", "type", "location", "systemData", "properties"],
                &["workspaceId", "provisioningState"],
            ),
        ),
        (
            format!("{ML}/connections"),
            judge(
                &pointer("workspaces/connections"),
                &envelope,
                &["category", "target", "authType"],
            ),
        ),
        (
            "keys".to_owned(),
            judge("EndpointAuthKeys", &["primaryKey", "secondaryKey"], &[]),
        ),
    ])
});

// The name of a resource's table, as part of a JSON pointer in a URI.
fn pointer(kind: &str) -> String {
    format!("Resource Microsoft.MachineLearningServices/{kind}@2026-05-01")
        .replace('/', "~1")
        .replace(' ', "%20")
}

// References to other files of the specification lead to the tables.
fn here(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(to)) = fields.get_mut("$ref")
                && let Some((_, name)) = to.clone().rsplit_once("/definitions/")
            {
                *to = format!("#/definitions/{name}");
            }
            fields.values_mut().for_each(here);
        }
        Value::Array(items) => items.iter_mut().for_each(here),
        _ => {}
    }
}

fn schema_of(table: &Value) -> Value {
    let mut schema = object_of(table.get("properties"));
    schema["type"] = "object".into();
    if let Some(others) = table["additionalProperties"].as_str() {
        schema["additionalProperties"] = type_of(others);
    }
    if let Some(variants) = table["variants"].as_object() {
        schema["anyOf"] = variants
            .values()
            .map(|variant| object_of(Some(variant)))
            .collect();
    }
    schema
}

fn object_of(properties: Option<&Value>) -> Value {
    let (mut shapes, mut required) = (Map::new(), Vec::new());
    for (name, property) in properties.and_then(Value::as_object).into_iter().flatten() {
        // The tables are of templates: there every resource says its version.
        if name == "apiVersion" {
            continue;
        }
        shapes.insert(name.clone(), type_of(property["type"].as_str().expect("a type")));
        let flags = property["flags"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if flags.iter().any(|flag| flag == "Required") {
            required.push(name.clone());
        }
    }
    json!({"properties": shapes, "required": required})
}

fn type_of(text: &str) -> Value {
    let text = text.split(" {").next().unwrap_or_default().trim();
    if text.contains('\'') {
        let choices: Vec<&str> = text.split('|').map(str::trim).collect();
        // A list that ends with `string` is open.
        if choices.contains(&"string") {
            return json!({"type": "string"});
        }
        let choices: Vec<&str> = choices.iter().map(|choice| choice.trim_matches('\'')).collect();
        return json!({"enum": choices});
    }
    match (text, text.strip_suffix("[]")) {
        (_, Some(items)) => json!({"type": "array", "items": type_of(items)}),
        ("string", _) => json!({"type": "string"}),
        ("bool", _) => json!({"type": "boolean"}),
        ("int", _) => json!({"type": "integer"}),
        (named, _) => json!({"$ref": format!("#/definitions/{named}")}),
    }
}

#[test]
fn the_judges_find_faults() {
    let id = "/subscriptions/s/resourceGroups/g/providers/x";
    let data = json!({"createdBy": "a", "createdByType": "User", "createdAt": "t", "lastModifiedBy": "a", "lastModifiedByType": "User", "lastModifiedAt": "t"});
    let good = |kind: &str, properties: Value| json!({"id": id, "name": "n", "type": kind, "location": "eastus2", "systemData": data, "properties": properties});
    let faults = |value: &Value| {
        JUDGES[value["type"].as_str().expect("a type")]
            .iter_errors(value)
            .count()
    };
    let connection = json!({"authType": "ApiKey", "category": "Serverless", "target": "https://x"});
    let workspace = json!({"workspaceId": "w", "provisioningState": "Succeeded", "friendlyName": "f"});
    let endpoint = json!({"authMode": "Key", "modelSettings": {"modelId": "m"}, "endpointState": "Online", "provisioningState": "Succeeded"});
    for (kind, properties, field, wrong) in [
        (
            format!("{ML}/connections"),
            connection,
            "authType",
            json!("Magic"),
        ),
        (ML.to_owned(), workspace, "friendlyName", json!(5)),
        (
            format!("{ML}/serverlessEndpoints"),
            endpoint,
            "inferenceEndpoint",
            Value::Null,
        ),
    ] {
        let mut value = good(&kind, properties);
        assert_eq!(faults(&value), 0, "{kind}");
        value["properties"][field] = wrong;
        assert_ne!(faults(&value), 0, "{kind} {field}");
        let mut value = value.clone();
        value.as_object_mut().expect("an object").remove("systemData");
        assert_ne!(faults(&value), 0, "{kind} without systemData");
    }
}
