//! Plans of templates that are right.

use super::{known, planned, resolved, template, told};
use crate::{Facts, Need, Plan, Resolved, evaluate, read};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn told_plan(sections: &str, parameters: Value) -> String {
    told(&template(sections), parameters)
}

/// A plan without complaints.
fn good(sections: &str) -> Plan {
    let (plan, complaints) = planned(&template(sections), &Value::Null);
    assert!(complaints.is_empty(), "{complaints:?}");
    plan
}

#[test]
fn the_endpoint_template_of_the_documents() {
    assert_snapshot!(told_plan(
        r#"
        parameters: {
            projectName: {type: "string"},
            endpointName: {"type": "String", "defaultValue": "phi", minLength: 3, maxLength: 52},
            key: {type: "securestring", defaultValue: "[newGuid()]"},
            created: {type: "string", defaultValue: "[utcNow('yyyy-MM-dd')]"},
        "location": {"type": "string", "defaultValue": "[resourceGroup().location]"}},
        variables: {modelId: "azureml://registries/azureml/models/Phi-4", full: "[concat(variables('MODELID'), '!')]"},
        resources: [{
            "type": "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
            "apiVersion": "2024-04-01",
            "name": "[concat(parameters('projectName'), '/', parameters('endpointName'))]",
            "location": "[parameters('location')]",
            "tags": {"[parameters('projectName')]": "x", "[[literal]": "[[y]"},
            "sku": {"name": "Consumption"},
            "properties": {"modelSettings": {"modelId": "[variables('modelId')]"}, "nothing": null}
        }],
        outputs: {
            id: {type: "string", value: "[resourceId('Microsoft.MachineLearningServices/workspaces', parameters('projectName'))]"},
            secret: {type: "securestring", value: "[parameters('key')]"},
            not: {type: "string", condition: false, value: "[no.such()]"}
        }"#,
        json!({"projectname": {"value": "p"}, "endpointName": {"value": null}}),
    ));
}

#[test]
fn conditions_skip_resources_and_the_edges_to_them() {
    assert_snapshot!(told_plan(
        r#"
        parameters: {with: {type: "bool", defaultValue: false}},
        resources: [
            {type: "N.X/a", apiVersion: "1", name: "a", condition: "[parameters('with')]",
             properties: {x: "[split(parameters('nope'), 3)]"}},
            {type: "N.X/b", apiVersion: "1", name: "b", dependsOn: ["a", "[resourceId('N.X/c', 'c')]"]},
            {type: "N.X/c", apiVersion: "1", name: "c", condition: "True"}
        ]"#,
        Value::Null,
    ));
}

#[test]
fn loops_of_resources_run_at_once_or_in_batches() {
    assert_snapshot!(told_plan(
        r#"
        resources: [
            {type: "N.X/a", apiVersion: "1", name: "[concat('a', copyIndex(1))]", copy: {name: "loop", count: 3},
             properties: {index: "[copyIndex()]", ports: "[range(copyIndex('loop'), 2)]",
                          copy: [{name: "items", count: 2, input: {of: "[copyIndex()]", item: "[copyIndex('items', 10)]"}}]}},
            {type: "N.X/b", apiVersion: "1", name: "[concat('b', copyIndex())]", dependsOn: ["loop"],
             copy: {name: "slow", count: 5, mode: "Serial", batchSize: 2}},
            {type: "N.X/none", apiVersion: "1", name: "never", copy: {name: "no", count: 0}},
            {type: "N.X/c", apiVersion: "1", name: "c", dependsOn: ["[concat('N.X/b/', 'b4')]"]}
        ]"#,
        Value::Null,
    ));
}

#[test]
fn loops_make_variables_and_outputs() {
    assert_snapshot!(told_plan(
        r#"
        variables: {
            copy: [{name: "names", count: 3, input: "[concat('n', copyIndex('names'))]"}],
            object: {copy: [{name: "squares", count: 3, input: "[mul(copyIndex('squares'), copyIndex('squares'))]"}], other: 1},
            last: "[last(variables('names'))]"
        },
        resources: [],
        outputs: {
            object: {type: "object", value: "[variables('object')]"},
            last: {type: "string", value: "[variables('last')]"},
            copied: {type: "array", copy: {count: "[length(variables('names'))]", input: "[variables('names')[copyIndex()]]"}}
        }"#,
        Value::Null,
    ));
}

#[test]
fn children_take_type_and_name_from_their_parent() {
    assert_snapshot!(told_plan(
        r#"
        resources: [
            {type: "N.X/a", apiVersion: "1", name: "a", resources: [
                {type: "b", apiVersion: "2", name: "b", dependsOn: ["[resourceId('N.X/a', 'a')]"], resources: [
                    {type: "c", apiVersion: "3", name: "c", properties: {}}
                ]}
            ]},
            {type: "N.X/a/b", apiVersion: "1", name: "a/other"},
            {type: "N.L/locks", apiVersion: "1", name: "lock", scope: "N.X/a/a"},
            {type: "N.L/locks", apiVersion: "1", name: "lock", scope: "[resourceId('N.X/a/b', 'a', 'b')]"},
            {type: "N.X/a/providers/locks", apiVersion: "1", name: "a/N.L/old"}
        ]"#,
        Value::Null,
    ));
}

#[test]
fn symbols_name_resources_in_language_version_2() {
    assert_snapshot!(told_plan(
        r#"
        languageVersion: "2.0",
        resources: {
            hub: {existing: true, type: "N.X/hubs", apiVersion: "1", name: "hub", resourceGroup: "elsewhere"},
            project: {type: "N.X/projects", apiVersion: "2", name: "p", dependsOn: ["hub"],
                      properties: {hub: "[resourceInfo('hub').id]", key: "[reference('hub').key]"}},
            endpoints: {copy: {name: "endpoints", count: 2}, type: "N.X/projects/endpoints", apiVersion: "3",
                        name: "[format('{0}/e{1}', 'p', copyIndex())]", dependsOn: ["project"],
                        properties: {of: "[reference('project', '2', 'full').location]"}}
        },
        outputs: {
            first: {type: "string", value: "[reference('endpoints[0]').uri]"},
            all: {type: "array", value: "[map(references('endpoints', 'full'), lambda('e', lambdaVariables('e').name))]"},
            keys: {type: "object", value: "[listKeys('endpoints[1]', '2024-04-01')]"}
        }"#,
        Value::Null,
    ));
}

#[test]
fn user_functions_see_their_own_parameters() {
    assert_snapshot!(told_plan(
        r#"
        functions: [{namespace: "ns", members: {
            greet: {parameters: [{name: "who", type: "string"}], output: {type: "string", value: "[concat('hi ', parameters('WHO'))]"}},
            twice: {parameters: [{name: "x", type: "string"}], output: {type: "string", value: "[concat(ns.greet(parameters('x')), ns.greet(parameters('x')))]"}}
        }}],
        resources: [],
        outputs: {a: {type: "string", value: "[NS.twice('you')]"}}"#,
        Value::Null,
    ));
}

#[test]
fn types_are_checked_as_deep_as_they_are_told() {
    assert_snapshot!(told_plan(
        r##"
        languageVersion: "2.0",
        definitions: {
            name: {type: "string", minLength: 2},
            pet: {type: "object", discriminator: {propertyName: "kind", mapping: {
                cat: {type: "object", properties: {kind: {type: "string"}, lives: {type: "int", maxValue: 9}}, additionalProperties: false},
                dog: {"$ref": "#/definitions/dog"}}}},
            dog: {type: "object", properties: {kind: {type: "string"}, name: {"$ref": "#/definitions/name"}}}
        },
        parameters: {
            one: {"$ref": "#/definitions/name"},
            pets: {type: "array", items: {"$ref": "#/definitions/pet"}, maxLength: 9},
            pair: {type: "array", prefixItems: [{type: "int"}, {type: "string", nullable: true}], items: false},
            maybe: {type: "string", nullable: true},
            sealed: {type: "object", properties: {a: {type: "string"}, b: {type: "int", nullable: true}}, additionalProperties: {type: "bool"}}
        },
        resources: {}"##,
        json!({
            "one": {"value": "x"},
            "pets": {"value": [{"kind": "cat", "lives": 10, "name": "t"}, {"kind": "dog"}, {"kind": "cow"}, {"kind": "dog", "name": "rex"}]},
            "pair": {"value": [1, null, 3]},
            "sealed": {"value": {"c": true, "d": 1}},
        }),
    ));
}

#[test]
fn groups_are_planned_at_subscription_scope() {
    let text = template(
        r#"resources: [
            {type: "Microsoft.Resources/resourceGroups", apiVersion: "1", name: "new", location: "westus"},
            {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "in", resourceGroup: "new",
             properties: {mode: "Incremental", expressionEvaluationOptions: {scope: "inner"}, parameters: {},
                template: {"$schema": "s", contentVersion: "1.0.0.0", resources: []}}},
            {type: "Microsoft.Resources/deployments", apiVersion: "1", name: "wide", location: "westus",
             properties: {mode: "Incremental", template: {"$schema": "s", contentVersion: "1.0.0.0", resources: []}}}
        ]"#,
    );
    let known = crate::Known {
        resource_group: None,
        location: Some("westus".to_owned()),
        ..known()
    };
    let (plan, complaints) = evaluate(&read(&text).expect("readable"), &Value::Null, &known);
    assert_eq!(complaints, []);
    let ids: Vec<String> = plan
        .resources
        .iter()
        .map(|planned| planned.id.replace(super::SUBSCRIPTION, "S"))
        .collect();
    assert_eq!(
        ids,
        [
            "/subscriptions/S/resourceGroups/new",
            "/subscriptions/S/resourceGroups/new/providers/Microsoft.Resources/deployments/in",
            "/subscriptions/S/providers/Microsoft.Resources/deployments/wide",
        ]
    );
    assert_eq!(plan.resources[1].depends_on, [0]);
    assert_eq!(plan.resources[0].location.as_deref(), Some("westus"));
}

#[test]
fn bodies_are_ready_when_the_facts_are() {
    let plan = good(
        r#"resources: [
            {type: "N.X/a", apiVersion: "1", name: "a"},
            {type: "N.X/b", apiVersion: "1", name: "b", location: "x", properties: {
                uri: "[reference(resourceId('N.X/a', 'a'), '5').uri]", whole: "[reference('a', '1', 'Full').kind]",
                key: "[listKeys(resourceId('N.X/a', 'a'), '1').primaryKey]"}}
        ]"#,
    );
    assert_eq!(plan.resources[1].depends_on, [0]);
    let mut facts = Facts::new();
    let Resolved::Needs(needs) = plan.resolve(1, &facts) else {
        panic!("{:?}", plan.resolve(1, &facts))
    };
    assert_eq!(needs.len(), 3, "{needs:?}");
    facts.learn_resource(
        &plan.resources[0].id.to_uppercase(),
        json!({"kind": "k", "properties": {"uri": "u"}}),
    );
    let Resolved::Needs(needs) = plan.resolve(1, &facts) else {
        panic!("{:?}", plan.resolve(1, &facts))
    };
    assert!(
        matches!(&needs[..], [Need::List { function, .. }] if function == "listkeys"),
        "{needs:?}"
    );
    facts.learn(&needs[0], json!({"primaryKey": "p"}));
    assert_eq!(
        resolved(&plan.resolve(1, &facts)),
        r#"{"location":"x","properties":{"uri":"u","whole":"k","key":"p"}}"#
    );
    // What is not there is a fault at run time, with id and place.
    facts.learn_resource(&plan.resources[0].id, json!({"kind": "k", "properties": {}}));
    assert_snapshot!(resolved(&plan.resolve(1, &facts)).replace(super::SUBSCRIPTION, "SUB"));
    assert!(matches!(plan.resolve(7, &facts), Resolved::Failed(_)));
}

#[test]
fn a_preview_keeps_what_is_not_known() {
    let plan = good(
        r#"resources: [{type: "N.X/a", apiVersion: "1", name: "a"}, {type: "N.X/b", apiVersion: "1", name: "b",
            properties: {uri: "[concat( reference('a').uri, toUpper('x') )]", size: "[add(1, 1)]"}}]"#,
    );
    assert_eq!(
        resolved(&plan.preview(1, &Facts::new())),
        r#"{"properties":{"uri":"[concat(reference('a').uri, toUpper('x'))]","size":2}}"#
    );
}

#[test]
fn secrets_are_not_printed() {
    let text = template(
        r#"parameters: {p: {type: "securestring"}}, variables: {v: "[parameters('p')]"},
        resources: [{type: "N.X/a", apiVersion: "1", name: "a", properties: {p: "[variables('v')]"}}]"#,
    );
    let (plan, complaints) = planned(&text, &json!({"p": {"value": "hush-hush"}}));
    let body = plan.resolve(0, &Facts::new());
    assert!(resolved(&body).contains("hush-hush"));
    let printed = format!(
        "{plan:?} {:?} {body:?} {complaints:?} {:?}",
        plan.parameters,
        known()
    );
    assert!(
        !printed.contains("hush-hush") && !printed.contains("seed"),
        "{printed}"
    );
}

#[test]
fn the_deployment_shows_providers_and_dependencies() {
    let plan = good(
        r#"parameters: {s: {type: "secureObject", defaultValue: {}}, t: {type: "array", defaultValue: [1]}},
        resources: [
            {type: "N.X/a", apiVersion: "1", name: "a", location: "eastus"},
            {type: "n.x/A", apiVersion: "1", name: "b", location: "westus", dependsOn: ["a"]},
            {type: "N.X/a/c", apiVersion: "1", name: "a/c"},
            {type: "N.Y/z", apiVersion: "1", name: "no", condition: false}
        ]"#,
    );
    let shown = json!([plan.shown_parameters(), plan.providers(), plan.dependencies()]);
    assert_snapshot!(
        serde_json::to_string_pretty(&shown)
            .expect("text")
            .replace(super::SUBSCRIPTION, "SUB")
    );
}

#[test]
fn the_hash_follows_the_meaning_of_the_text() {
    let hash = |text: &str| planned(text, &Value::Null).0.template_hash;
    let one = hash("{\"$schema\": \"s\", \"contentVersion\": \"1\", \"resources\": []}");
    assert_eq!(
        one,
        hash("{contentVersion: \"1\", // x\n\"$schema\": \"s\", resources: []}")
    );
    assert_ne!(
        one,
        hash("{contentVersion: \"2\", \"$schema\": \"s\", resources: []}")
    );
    assert!(one.parse::<u64>().is_ok());
}

#[test]
fn the_surroundings_are_known() {
    let plan = good(
        r#"resources: [], outputs: {all: {type: "array", value: "[createArray(subscription().displayName,
            resourceGroup().tags.team, deployment().name, deployment().properties.mode, environment().name,
            tenant().tenantId)]"}}"#,
    );
    assert_eq!(
        resolved(&plan.outputs(&Facts::new())),
        r#"{"all":{"type":"Array","value":["Main","blue","main","Incremental","AzureCloud","22222222-2222-2222-2222-222222222222"]}}"#
    );
}

#[test]
fn long_chains_of_variables_are_no_deep_recursion() {
    let variables: Vec<String> = (0..2000)
        .map(|at| format!("v{at}: \"[add(variables('v{}'), 1)]\"", at + 1))
        .chain(["v2000: 0".to_owned()])
        .collect();
    let plan = good(&format!(
        "variables: {{{}}}, resources: [], outputs: {{o: {{type: \"int\", value: \"[variables('v0')]\"}}}}",
        variables.join(",")
    ));
    assert_eq!(
        resolved(&plan.outputs(&Facts::new())),
        r#"{"o":{"type":"Int","value":2000}}"#
    );
}

/// The constructs of the template that the SDK creates hubs with: options, names from hashes, null for absence, texts for
/// truths, keys that are expressions, children with conditions, deployments into other groups.
#[test]
fn a_hub_with_what_belongs_to_it() {
    assert_snapshot!(told_plan(
        r#"
        "parameters": {
            "workspaceName": {"type": "string", "metadata": {"description": "x"}},
            "kind": {"type": "string", "defaultValue": "hub", "allowedValues": ["Default", "hub", "featurestore"]},
            "location": {"type": "string", "defaultValue": "[resourceGroup().location]"},
            "storageOption": {"type": "string", "defaultValue": "new", "allowedValues": ["new", "existing"]},
            "storageName": {"type": "string", "defaultValue": "[concat('st', uniqueString(resourceGroup().id, parameters('workspaceName')))]"},
            "storageGroup": {"type": "string", "defaultValue": "[resourceGroup().name]"},
            "registry": {"type": "string", "defaultValue": "none"},
            "isolated": {"type": "string", "defaultValue": "false"},
            "container": {"type": "string", "defaultValue": "[concat('c', newGuid())]"},
            "tagValues": {"type": "object", "defaultValue": {}},
            "settings": {"type": "object", "defaultValue": {"a": ["[[x]"]}}
        },
        "variables": {
            "tenantId": "[subscription().tenantId]",
            "enabled": true,
            "storage": "[resourceId(parameters('storageGroup'), 'Microsoft.Storage/storageAccounts', parameters('storageName'))]",
            "rules": {"defaultAction": "deny", "ids": [{"id": "[variables('storage')]"}]},
            "isHub": "[equals(parameters('kind'), 'hub')]",
            "deploymentName": "[concat('link-', uniqueString(parameters('storageName')))]"
        },
        "resources": [
            {"condition": "[and(variables('enabled'), equals(parameters('storageOption'), 'new'))]",
             "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-04-01", "name": "[parameters('storageName')]",
             "location": "[parameters('location')]", "tags": "[parameters('tagValues')]", "sku": {"name": "Standard_LRS"},
             "properties": {"acls": "[if(equals(parameters('isolated'), 'true'), variables('rules'), json('null'))]"}},
            {"condition": "[not(variables('isHub'))]", "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
             "apiVersion": "2021-04-01", "name": "[concat(parameters('storageName'), '/default/', parameters('container'))]",
             "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('storageName'))]"]},
            {"condition": "[variables('enabled')]", "type": "Microsoft.MachineLearningServices/workspaces",
             "apiVersion": "2023-08-01-preview", "name": "[parameters('workspaceName')]", "kind": "[parameters('kind')]",
             "location": "[parameters('location')]", "tags": "[parameters('tagValues')]",
             "dependsOn": ["[resourceId('Microsoft.Storage/storageAccounts', parameters('storageName'))]",
                           "[resourceId('Microsoft.Storage/storageAccounts/blobServices/containers', parameters('storageName'), 'default', parameters('container'))]"],
             "identity": {"type": "systemAssigned", "userAssignedIdentities": {"[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'me')]": {}}},
             "properties": {"storageAccount": "[variables('storage')]", "registry": "[if(not(equals(parameters('registry'), 'none')), parameters('registry'), json('null'))]",
                            "hbi": "[parameters('isolated')]", "config": "[if(variables('isHub'), parameters('settings'), json('{}'))]", "tenant": "[variables('tenantId')]"},
             "resources": [
                {"condition": "[equals(parameters('kind'), 'featurestore')]", "type": "connections", "apiVersion": "2022-05-01", "name": "off",
                 "dependsOn": ["[parameters('workspaceName')]"],
                 "properties": {"id": "[reference(resourceId('N.X/none', 'none'), '1').clientId]"}},
                {"condition": "[variables('isHub')]", "type": "connections", "apiVersion": "2022-05-01", "name": "on",
                 "dependsOn": ["[parameters('workspaceName')]"], "properties": {"category": "Serverless"}}]},
            {"condition": "[variables('isHub')]", "type": "Microsoft.Resources/deployments", "apiVersion": "2020-06-01",
             "name": "[variables('deploymentName')]", "resourceGroup": "other",
             "dependsOn": ["[resourceId('Microsoft.MachineLearningServices/workspaces', parameters('workspaceName'))]"],
             "properties": {"mode": "Incremental", "template": {"$schema": "s", "contentVersion": "1.0.0.0", "resources": [
                {"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": "[guid(variables('storage'), 'role')]",
                 "scope": "[variables('storage')]", "properties": {"tags": "[parameters('tagValues')]", "rules": "[array(variables('rules'))]"}}]}}}
        ]"#,
        json!({"workspaceName": {"value": "hub1"}, "container": {"value": null}, "tagValues": {"value": {"cost": "42"}}}),
    ));
}

#[test]
fn plans_travel_between_threads() {
    fn travels<T: Send + Sync>() {}
    travels::<Plan>();
    travels::<Facts>();
}
