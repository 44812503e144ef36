//! The templates that come out are ones that the template engine takes.

use cupola_core::Timestamp;
use cupola_template::{Deployer, Known, Mode, Node, ResourceGroup, Subscription, evaluate};
use serde_json::{Map, Value, json};

use super::samples::whole;
use super::template;

fn known(group: bool) -> Known {
    Known {
        subscription: Subscription {
            id: "11111111-1111-1111-1111-111111111111".into(),
            display_name: "Demo".into(),
            tenant_id: "22222222-2222-2222-2222-222222222222".into(),
        },
        resource_group: group.then(|| ResourceGroup {
            name: "group".into(),
            location: "westeurope".into(),
            tags: Map::new(),
        }),
        deployment: "main".into(),
        location: (!group).then(|| "westeurope".into()),
        mode: Mode::Incremental,
        environment: json!({}),
        now: Timestamp::UNIX_EPOCH,
        deployer: Deployer::default(),
        seed: "seed".into(),
    }
}

/// A value for each parameter that asks for one.
fn parameters(name: &str) -> Value {
    match name {
        "decorators" => json!({ "password": { "value": "12345678" } }),
        "nested" => json!({ "create": { "value": true } }),
        "types" => json!({
            "one": { "value": { "name": "Basic", "tags": { "a": "b" } } }
        }),
        "modules" => json!({ "names": { "value": ["a", "b"] } }),
        "imports" => json!({ "given": { "value": { "port": 2 } } }),
        "comments" => json!({ "a": { "value": "x" } }),
        _ => json!({}),
    }
}

#[test]
fn nothing_is_said_against_what_comes_out() {
    let mut said = Vec::new();
    for (name, files) in whole() {
        let template = template(&files);
        let (plan, complaints) = evaluate(
            &Node::from_value(&template),
            &parameters(name),
            &known(name != "subscription"),
        );
        said.extend(
            complaints
                .iter()
                .map(|complaint| format!("{name}: {}: {}", complaint.target, complaint.message)),
        );
        let written = match &template["resources"] {
            Value::Array(resources) => resources.len(),
            Value::Object(resources) => resources.len(),
            _ => 0,
        };
        if complaints.is_empty() && plan.resources.len() < written {
            said.push(format!(
                "{name}: {} of {written} resources are planned",
                plan.resources.len()
            ));
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}
