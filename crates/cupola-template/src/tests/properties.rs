//! What holds for any template, however broken.

use super::reading::any_json;
use super::{known, resolved};
use crate::{Facts, Node, evaluate};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A template with most constructs in it.
fn rich() -> Value {
    json!({
        "$schema": "s", "contentVersion": "1.0.0.0", "languageVersion": "2.0",
        "definitions": {"n": {"type": "string", "minLength": 1}, "r": {"$ref": "#/definitions/n"}},
        "parameters": {
            "a": {"type": "string", "defaultValue": "[concat(newGuid(), utcNow())]"},
            "b": {"$ref": "#/definitions/r", "defaultValue": "x"},
            "c": {"type": "array", "defaultValue": [1, 2], "items": {"type": "int"}, "allowedValues": [1, 2]}
        },
        "functions": [{"namespace": "f", "members": {"g": {"parameters": [{"name": "p", "type": "string"}],
            "output": {"type": "string", "value": "[toUpper(parameters('p'))]"}}}}],
        "variables": {"copy": [{"name": "v", "count": 3, "input": "[copyIndex('v')]"}], "w": "[f.g(parameters('b'))]"},
        "resources": {
            "e": {"existing": true, "type": "N.X/e", "apiVersion": "1", "name": "e"},
            "l": {"type": "N.X/l", "apiVersion": "1", "name": "[concat('l', copyIndex())]",
                "copy": {"name": "l", "count": "[length(variables('v'))]", "mode": "serial", "batchSize": 2},
                "properties": {"copy": [{"name": "q", "count": 2, "input": "[copyIndex('q')]"}], "k": "[reference('e').z]"}},
            "d": {"type": "Microsoft.Resources/deployments", "apiVersion": "1", "name": "d", "dependsOn": ["l"],
                "condition": "[not(empty(parameters('c')))]",
                "properties": {"mode": "Incremental", "template": {"$schema": "s", "contentVersion": "1",
                    "resources": [{"type": "N.X/i", "apiVersion": "1", "name": "[variables('w')]"}],
                    "outputs": {"o": {"type": "string", "value": "[reference('X').y]"}}}}},
            "s": {"type": "N.X/s", "apiVersion": "1", "name": "s", "scope": "[resourceId('N.X/l', 'l1')]",
                "resources": [{"type": "t", "apiVersion": "1", "name": "t"}]}
        },
        "outputs": {"o": {"type": "string", "value": "[reference('d').outputs.o.value]"},
            "p": {"type": "array", "copy": {"count": 2, "input": "[copyIndex()]"}}}
    })
}

/// All places in a value.
fn places(value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    found.push(path.clone());
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        path.push(key);
        places(value, path, found);
        path.pop();
    }
}

fn put(value: &mut Value, path: &[String], new: Value) {
    let target = path.iter().try_fold(value, |value, key| match value {
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        other => other.get_mut(key),
    });
    if let Some(target) = target {
        *target = new;
    }
}

fn survives(template: &Value, parameters: &Value) -> Vec<crate::Complaint> {
    let (plan, complaints) = evaluate(&Node::from_value(template), parameters, &known());
    for at in 0..plan.resources.len() {
        let _ = plan.resolve(at, &Facts::new());
    }
    let _ = (
        plan.outputs(&Facts::new()),
        plan.providers(),
        plan.dependencies(),
        plan.shown_parameters(),
    );
    complaints
}

#[test]
fn the_rich_template_is_right() {
    assert_eq!(survives(&rich(), &Value::Null), []);
}

#[test]
fn every_single_mutation_is_survived() {
    let mut found = Vec::new();
    places(&rich(), &mut Vec::new(), &mut found);
    let news = [
        json!(null),
        json!("[nope("),
        json!("[copyIndex()]"),
        json!("[parameters('a')]"),
        json!({}),
        json!([]),
        json!(-1),
    ];
    for path in &found {
        for new in &news {
            let mut mutated = rich();
            put(&mut mutated, path, new.clone());
            survives(&mutated, &json!({"a": {"value": "A"}}));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutations_are_survived(picks in prop::collection::vec((any::<prop::sample::Index>(), any_json()), 1..5), parameters in any_json()) {
        let mut found = Vec::new();
        places(&rich(), &mut Vec::new(), &mut found);
        let mut mutated = rich();
        for (pick, new) in picks {
            put(&mut mutated, &found[pick.index(found.len())], new);
        }
        survives(&mutated, &parameters);
    }

    #[test]
    fn literal_bodies_come_out_as_they_go_in(properties in any_json()) {
        // Nothing in it may look like an expression, like an escape, or like a loop.
        let text = properties.to_string();
        prop_assume!(!text.contains("\"[") && !text.contains("\"copy\""));
        let template = json!({"$schema": "s", "contentVersion": "1", "resources": [
            {"type": "N.X/a", "apiVersion": "1", "name": "a", "properties": properties}]});
        let (plan, complaints) = evaluate(&Node::from_value(&template), &Value::Null, &known());
        prop_assert_eq!(complaints, vec![]);
        let expected = json!({"properties": properties});
        prop_assert_eq!(resolved(&plan.resolve(0, &Facts::new())), expected.to_string());
    }
}
