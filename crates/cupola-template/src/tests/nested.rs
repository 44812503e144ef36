//! Nested deployments.

use super::{planned, resolved, template, told};
use crate::{Facts, Node, Plan, Resolved, evaluate, evaluate_nested, read};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn good(sections: &str) -> Plan {
    let (plan, complaints) = planned(&template(sections), &Value::Null);
    assert!(complaints.is_empty(), "{complaints:?}");
    plan
}

/// The template that a nested deployment gets, when nothing is learnt.
fn inner(sections: &str) -> Value {
    match good(sections).resolve(0, &Facts::new()) {
        Resolved::Ready(body) => body["properties"]["template"].clone(),
        other => panic!("{}", resolved(&other)),
    }
}

#[test]
fn inner_scope_travels_as_it_is() {
    let plan = good(
        r#"parameters: {x: {type: "string", defaultValue: "X"}}, resources: [
            {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", resourceGroup: "other",
             subscriptionId: "33333333-3333-3333-3333-333333333333",
             properties: {mode: "Incremental", expressionEvaluationOptions: {scope: "Inner"},
                parameters: {x: {value: "[parameters('x')]"}},
                template: {"$schema": "s", contentVersion: "1.0.0.0", parameters: {x: {type: "string"}},
                    resources: [{type: "N.X/a", apiVersion: "1", name: "[parameters('x')]"}]}}}]"#,
    );
    assert_eq!(
        plan.resources[0].id,
        "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/other/providers/Microsoft.Resources/deployments/d"
    );
    let Resolved::Ready(body) = plan.resolve(0, &Facts::new()) else {
        panic!("not ready")
    };
    assert_eq!(body["properties"]["parameters"], json!({"x": {"value": "X"}}));
    assert_eq!(
        body["properties"]["template"]["resources"][0]["name"],
        json!("[parameters('x')]")
    );
    assert!(body.get("resourceGroup").is_none());
    let template = plan.inner_template(0).expect("inner");
    let (inner, complaints) = evaluate(template, &body["properties"]["parameters"], plan.known());
    assert_eq!(complaints, []);
    assert_eq!(inner.resources[0].name, "X");
}

#[test]
fn faults_inside_are_told_with_their_place_in_the_whole() {
    let text = template(
        "resources: [{type: \"Microsoft.Resources/deployments\", apiVersion: \"1\", name: \"d\", properties: {mode: \"Incremental\",
         expressionEvaluationOptions: {scope: \"inner\"}, template: {\"$schema\": \"s\", contentVersion: \"1\",
         resources: [{type: \"N.X/a\", apiVersion: \"1\", name: \"[parameters('x')]\"}]}}}]",
    );
    let whole = read(&text).expect("readable");
    let (plan, complaints) = evaluate(&whole, &Value::Null, &super::known());
    assert_eq!(complaints, []);
    let inner = plan.inner_template(0).expect("inner");
    let (_, complaints) = evaluate_nested(inner, &whole, &Value::Null, &super::known());
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert_eq!((complaints[0].line, complaints[0].column), (Some(4), Some(63)));
}

#[test]
fn deployments_further_down_know_what_is_inside() {
    let template = inner(
        r#"resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", properties: {mode: "Incremental",
            template: {"$schema": "s", contentVersion: "1", resources: [
                {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "deep", properties: {mode: "Incremental",
                    template: {"$schema": "s", contentVersion: "1", resources: [{type: "N.X/a", apiVersion: "1", name: "a"}],
                        outputs: {o: {type: "string", value: "[reference('a').x]"}}}}}],
                outputs: {o: {type: "string", value: "[reference('deep').outputs.o.value]"}}}}}]"#,
    );
    assert_eq!(
        template["outputs"]["o"]["value"],
        json!("[reference('deep').outputs.o.value]")
    );
    let deep = &template["resources"][0]["properties"]["template"];
    assert_eq!(deep["outputs"]["o"]["value"], json!("[reference('a').x]"));
}

#[test]
fn outer_scope_is_evaluated_here() {
    let template = inner(
        r#"parameters: {x: {type: "string", defaultValue: "[[not an expression]"}}, variables: {y: {a: [1, "[[z]"]}},
        resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", properties: {mode: "Incremental",
            template: {"$schema": "s", contentVersion: "1.0.0.0", resources: [
                {type: "N.X/a", apiVersion: "1", name: "[toLower('A')]", location: "[resourceGroup().location]",
                 properties: {x: "[parameters('x')]", y: "[variables('y')]", "[concat('k', 1)]": "[[kept]"}}]}}}]"#,
    );
    assert_eq!(
        template["resources"][0],
        json!({"type": "N.X/a", "apiVersion": "1", "name": "a", "location": "eastus",
            "properties": {"x": "[[not an expression]", "y": {"a": [1, "[[z]"]}, "k1": "[[kept]"}})
    );
}

#[test]
fn what_is_only_known_inside_stays_an_expression() {
    let template = inner(
        r#"parameters: {x: {type: "string", defaultValue: "it's"}}, variables: {n: 2},
        resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", properties: {mode: "Incremental",
            template: {"$schema": "s", contentVersion: "1.0.0.0", resources: [
                {type: "N.X/a", apiVersion: "1", name: "a"},
                {type: "N.X/b", apiVersion: "1", name: "[concat(parameters('x'), copyIndex())]", copy: {name: "l", count: "[variables('n')]"}},
                {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "deep", properties: {mode: "Incremental",
                    expressionEvaluationOptions: {scope: "inner"}, parameters: {p: {value: "[parameters('x')]"}},
                    template: {contentVersion: "[parameters('p')]"}}}],
            outputs: {o: {type: "string", value: "[concat(parameters('x'), reference(resourceId('N.X/a', 'a'), '1').uri, string(variables('n')))]"},
                n: {type: "string", value: "[reference('a').y]"}}}}}]"#,
    );
    assert_eq!(
        template["resources"][1]["name"],
        json!("[concat('it''s', copyIndex())]")
    );
    assert_eq!(template["resources"][1]["copy"], json!({"name": "l", "count": 2}));
    assert_eq!(
        template["resources"][2]["properties"]["template"]["contentVersion"],
        json!("[parameters('p')]")
    );
    assert_eq!(
        template["resources"][2]["properties"]["parameters"]["p"]["value"],
        json!("it's")
    );
    let own = format!(
        "/subscriptions/{}/resourceGroups/rg/providers/N.X/a/a",
        super::SUBSCRIPTION
    );
    assert_eq!(
        template["outputs"]["o"]["value"],
        json!(format!("[concat('it''s', reference('{own}', '1').uri, '2')]"))
    );
    assert_eq!(template["outputs"]["n"]["value"], json!("[reference('a').y]"));
    let (plan, complaints) = evaluate(&Node::from_value(&template), &Value::Null, &super::known());
    assert_eq!(complaints, []);
    assert_eq!(plan.resources[1].name, "it's0");
}

#[test]
fn outer_scope_waits_for_resources_around_it() {
    let plan = good(
        r#"resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", properties: {mode: "Incremental",
            template: {"$schema": "s", contentVersion: "1.0.0.0", resources: [
                {type: "N.X/b", apiVersion: "1", name: "b", properties: {of: "[reference(resourceId('N.X/a', 'a')).id]"}}]}}},
            {type: "N.X/a", apiVersion: "1", name: "a"}]"#,
    );
    assert_eq!(plan.resources[0].depends_on, [1]);
    let mut facts = Facts::new();
    assert!(matches!(plan.resolve(0, &facts), Resolved::Needs(_)));
    facts.learn_resource(&plan.resources[1].id, json!({"properties": {"id": "7"}}));
    let Resolved::Ready(body) = plan.resolve(0, &facts) else {
        panic!("not ready")
    };
    assert_eq!(
        body["properties"]["template"]["resources"][0]["properties"]["of"],
        json!("7")
    );
}

#[test]
fn deployments_have_a_template() {
    let (_, complaints) = planned(
        &template(
            r#"resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d", properties: {mode: "Incremental"}},
            {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "e", properties: {parametersLink: {uri: "x"}, template: {}}}]"#,
        ),
        &Value::Null,
    );
    assert_eq!(complaints.len(), 2, "{complaints:?}");
    assert!(
        complaints[0].message.contains("has no template"),
        "{complaints:?}"
    );
    assert!(
        complaints[1].message.contains("links to its parameters"),
        "{complaints:?}"
    );
}

#[test]
fn links_lead_out_of_here() {
    assert_snapshot!(told(
        &template(
            r#"resources: [{type: "Microsoft.Resources/deployments", apiVersion: "1", name: "d",
                properties: {mode: "Incremental", templateLink: {uri: "https://x.test/t.json"}}}]"#,
        ),
        Value::Null,
    ));
}
