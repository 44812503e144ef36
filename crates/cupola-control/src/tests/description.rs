//! The description of the API as a judge: what it says is routed, and whatever a story is answered fits it.

use super::platform::{Platform, Seen};
use crate::description::{PARTS, merge};
use crate::dispatch::{fit, segments};
use crate::routes;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

const METHODS: [&str; 6] = ["get", "put", "patch", "post", "delete", "head"];

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| merge(PARTS).expect("a description"));

type Judges = HashMap<(&'static str, String, String), Validator>;

// By method, path and status.
static JUDGES: LazyLock<Judges> = LazyLock::new(|| {
    let mut judges = HashMap::new();
    for (path, method, operation) in operations() {
        for (status, answer) in operation["responses"].as_object().expect("answers") {
            let schema = &answer["content"]["application/json"]["schema"];
            if !schema.is_null() {
                let whole = json!({"allOf": [schema], "components": DOCUMENT["components"]});
                let judge = jsonschema::validator_for(&whole).expect("a schema");
                judges.insert((method, path.to_owned(), status.clone()), judge);
            }
        }
    }
    judges
});

fn operations() -> Vec<(&'static str, &'static str, &'static Value)> {
    let document: &'static Value = &DOCUMENT;
    let paths = document["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        METHODS
            .iter()
            .filter_map(move |method| Some((path.as_str(), *method, item.get(*method)?)))
    });
    all.collect()
}

/// Fails the story whose answer breaks the description.
pub(super) fn judge(method: &str, path: &str, seen: &Seen) {
    let path = path.split('?').next().unwrap_or_default();
    if !seen.status.is_success() {
        return;
    }
    for (pattern, known, operation) in operations() {
        let fits = segments(path).is_some_and(|path| fit(pattern, &path).is_some());
        if !known.eq_ignore_ascii_case(method) || !fits {
            continue;
        }
        let status = seen.status.as_str();
        assert!(
            operation["responses"].get(status).is_some(),
            "{method} {path} answers {status}, which the description does not have"
        );
        if let Some(judge) = JUDGES.get(&(known, pattern.to_owned(), status.to_owned())) {
            let faults: Vec<String> = judge
                .iter_errors(&seen.body)
                .map(|fault| fault.to_string())
                .collect();
            assert!(
                faults.is_empty(),
                "{method} {path} breaks the description: {faults:?}\n{:#}",
                seen.body
            );
        }
    }
}

fn same_shape(one: &str, other: &str) -> bool {
    let shape = |path: &str| -> Vec<String> {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let plain = segments.map(|segment| if segment.starts_with('{') { "{}" } else { segment });
        plain.map(str::to_ascii_lowercase).collect()
    };
    shape(one) == shape(other)
}

#[test]
fn what_is_described_is_routed() {
    let routed = |method: &str, path: &str| {
        routes::all().any(|route| route.method.eq_ignore_ascii_case(method) && same_shape(route.path, path))
    };
    let missing: Vec<String> = operations()
        .iter()
        // The data plane's routes are the gateway's; its suite and the portal's browser hold those.
        .filter(|(_, _, operation)| operation["x-cupola-plane"] != "data")
        .filter(|(path, method, _)| !routed(method, path))
        .map(|(path, method, _)| format!("{method} {path}"))
        .collect();
    assert!(missing.is_empty(), "described, and not there: {missing:#?}");
    assert!(
        !routed("get", "/subscriptions/{subscription}/nothing"),
        "the comparison can fail"
    );
}

#[test]
fn what_is_described_is_whole() {
    let mut ids: Vec<&str> = operations()
        .iter()
        .filter_map(|(_, _, one)| one["operationId"].as_str())
        .collect();
    assert_eq!(ids.len(), operations().len(), "each operation has an operationId");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), operations().len(), "and it is its own");
    assert!(JUDGES.len() >= 15, "answers have schemas");
    // References of requests and parameters too, which no judge reads.
    let text = DOCUMENT.to_string();
    for reference in text
        .split("\"$ref\":\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(DOCUMENT.pointer(reference).is_some(), "{reference} leads nowhere");
    }
    for (path, _, operation) in operations() {
        let parameters = operation["parameters"].as_array().expect("parameters");
        let named = |name: &str| {
            parameters.iter().any(|one| {
                let one = one["$ref"]
                    .as_str()
                    .and_then(|at| DOCUMENT.pointer(&at[1..]))
                    .unwrap_or(one);
                one["in"] == "path" && one["name"] == name
            })
        };
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            assert!(named(name), "{path} does not say what {name} is");
        }
    }
}

#[test]
fn every_part_is_one_of_the_parts() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    for entry in std::fs::read_dir(folder).expect("openapi/") {
        let name = entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned();
        assert!(
            PARTS.iter().any(|(known, _)| *known == name),
            "add {name} to PARTS in description.rs"
        );
    }
}

#[tokio::test]
async fn the_description_is_served_to_everybody() {
    let platform = Platform::start().await;
    let seen = platform.anonymous().get("/openapi.json").await.is(200);
    assert_eq!(seen.body["openapi"], "3.1.0");
    assert!(seen.body["paths"]["/subscriptions"]["get"].is_object());
}
