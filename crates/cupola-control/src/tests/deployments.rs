//! Template deployments: judged, run, told, undone by nobody but their caller.

use super::platform::{Client, DIRECT, PARTNER, Platform, Seen};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const SCHEMA: &str =
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
const SECRET: &str = "hunter2-and-more";

pub(super) fn template(resources: Value) -> Value {
    json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources})
}

pub(super) fn body(template: Value, parameters: Value) -> Value {
    json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}})
}

pub(super) fn endpoint(name: &str) -> Value {
    json!({
        "type": "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints",
        "apiVersion": "2024-04-01",
        "name": format!("hello-project/{name}"),
        "location": "eastus2",
        "sku": {"name": "Consumption"},
        "properties": {"modelSettings": {"modelId": DIRECT}},
    })
}

fn workspace(name: &str) -> Value {
    json!({
        "type": "Microsoft.MachineLearningServices/workspaces",
        "apiVersion": "2024-04-01",
        "name": name,
        "location": "eastus2",
        "kind": "Hub",
        "properties": {"friendlyName": name},
    })
}

fn nested(name: &str, inner: Value) -> Value {
    json!({
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": name,
        "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner},
    })
}

impl Platform {
    pub(super) fn deployment(&self, name: &str) -> String {
        format!(
            "{}/providers/Microsoft.Resources/deployments/{name}",
            self.group()
        )
    }

    /// Lets jobs run until a deployment has ended.
    pub(super) async fn until_it_ends(&mut self, path: &str) -> Seen {
        for _ in 0..100 {
            self.work().await;
            let seen = self.admin().await.get(path).await.is(200);
            let state = seen.body["properties"]["provisioningState"]
                .as_str()
                .unwrap_or_default();
            if !["Accepted", "Running"].contains(&state) {
                return seen;
            }
            self.clock.advance(Duration::from_secs(1));
        }
        panic!("'{path}' does not end");
    }

    pub(super) async fn deploy(&mut self, name: &str, body: Value) -> Seen {
        let path = self.deployment(name);
        let put = self.admin().await.put(&path, body).await;
        assert!([200, 201].contains(&put.status.as_u16()), "{}", put.text);
        self.until_it_ends(&path).await
    }
}

fn state(seen: &Seen) -> &str {
    seen.body["properties"]["provisioningState"]
        .as_str()
        .unwrap_or_default()
}

fn codes(error: &Value) -> Vec<String> {
    let mut found = vec![error["code"].as_str().unwrap_or_default().to_owned()];
    for detail in error["details"].as_array().into_iter().flatten() {
        found.extend(codes(detail));
    }
    found
}

async fn what_if(client: &Client<'_>, path: &str, body: Value) -> Vec<Value> {
    let asked = client.post(&format!("{path}/whatIf"), body).await.is(202);
    let told = client.get(asked.header("location")).await.is(200);
    assert_eq!(told.body["status"], "Succeeded");
    told.body["properties"]["changes"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

fn kinds(changes: &[Value]) -> Vec<(String, String)> {
    let name = |change: &Value| {
        let id = change["resourceId"].as_str().unwrap_or_default();
        id.rsplit('/').next().unwrap_or_default().to_owned()
    };
    changes
        .iter()
        .map(|change| {
            (
                name(change),
                change["changeType"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

#[tokio::test]
async fn the_endpoint_template_of_the_documents_is_deployed_and_told() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let path = platform.deployment("First.Run_(1)");
    // As the command line sends it: the key without quotes, comments, a raw newline in a string.
    let text = format!(
        "{{\"properties\": {{\"parameters\": {{\"endpointName\": {{\"value\": \"From-Template\"}}}}, \"mode\": \"Incremental\", template:{{\n\
         // an endpoint\n\"$schema\": \"{SCHEMA}\", \"contentVersion\": \"1.0.0.0\", /* all of it */\n\
         \"parameters\": {{\"endpointName\": {{\"type\": \"String\", \"metadata\": {{\"description\": \"a\nb\"}}}}, \"location\": {{\"type\": \"string\", \"defaultValue\": \"eastus2\"}}}},\n\
         \"resources\": [{{\"type\": \"Microsoft.MachineLearningServices/workspaces/serverlessEndpoints\", \"apiVersion\": \"2024-04-01\",\
         \"name\": \"[concat('hello-project', '/', parameters('endpointName'))]\", \"location\": \"[parameters('location')]\",\
         \"sku\": {{\"name\": \"Consumption\"}}, \"properties\": {{\"modelSettings\": {{\"modelId\": \"{DIRECT}\"}}}}}}],\n\
         \"outputs\": {{\"uri\": {{\"type\": \"string\", \"value\": \"[reference(resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', 'hello-project', parameters('endpointName')), '2024-04-01').inferenceEndpoint.uri]\"}}}}\
         }}}}}}"
    );
    let admin = platform.admin().await;
    let validated = admin
        .send("POST", &format!("{path}/validate"), Some(text.clone()), &[])
        .await
        .is(200);
    let resources = &validated.body["properties"]["validatedResources"];
    assert!(
        resources[0]["id"]
            .as_str()
            .is_some_and(|id| id.ends_with("/serverlessEndpoints/From-Template"))
    );
    assert!(
        platform
            .stored(&platform.endpoint("From-Template"))
            .await
            .is_none(),
        "nothing was written"
    );

    let put = admin.send("PUT", &path, Some(text), &[]).await.is(201);
    assert_eq!(state(&put), "Accepted");
    assert_eq!(put.header("retry-after"), "1");
    let status = put.header("azure-asyncoperation").to_owned();
    assert!(status.contains("/operationStatuses/"), "{status}");
    let (seen, status) = {
        let seen = platform.until_it_ends(&path).await;
        let status = platform.admin().await.get(&status).await.is(200);
        (seen, status)
    };
    assert_eq!(status.body["status"], "Succeeded", "{}", seen.text);
    let properties = &seen.body["properties"];
    assert_eq!(seen.body["type"], "Microsoft.Resources/deployments");
    assert_eq!(seen.body["name"], "First.Run_(1)");
    assert_eq!(properties["mode"], "Incremental");
    assert_eq!(
        properties["parameters"]["endpointName"],
        json!({"type": "String", "value": "From-Template"})
    );
    assert!(
        properties["outputs"]["uri"]["value"]
            .as_str()
            .is_some_and(|uri| uri.contains("From-Template")),
        "{properties}"
    );
    assert!(
        properties["templateHash"]
            .as_str()
            .is_some_and(|hash| hash.parse::<u64>().is_ok())
    );
    assert!(
        properties["duration"]
            .as_str()
            .is_some_and(|text| text.starts_with("PT") && text.ends_with('S'))
    );
    assert_eq!(properties["outputResources"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        properties["providers"][0]["namespace"],
        "Microsoft.MachineLearningServices"
    );

    // Operations, with the provider in the path and without, in any case.
    let admin = platform.admin().await;
    let short = format!(
        "{}/deployments/FIRST.run_(1)/operations",
        platform.group().replace("resourceGroups", "resourcegroups")
    );
    let told = admin.get(&short).await.is(200);
    let steps = told.body["value"].as_array().expect("steps");
    let verbs: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["properties"]["provisioningOperation"].as_str())
        .collect();
    assert_eq!(verbs, ["Create", "EvaluateDeploymentOutput"]);
    assert_eq!(steps[0]["properties"]["statusCode"], "Created");
    assert_eq!(
        steps[0]["properties"]["targetResource"]["resourceName"],
        "hello-project/From-Template"
    );
    let one = steps[0]["operationId"].as_str().expect("an id");
    let alone = admin.get(&format!("{path}/operations/{one}")).await.is(200);
    assert_eq!(alone.body, steps[0]);
    admin
        .get(&format!("{path}/operations/0000000000000000"))
        .await
        .is(404);

    // The template as it was sent, the list with its slash, existence, deletion.
    let exported = admin
        .post(&format!("{path}/exportTemplate"), json!({}))
        .await
        .is(200);
    assert_eq!(
        exported.body["template"]["resources"][0]["name"],
        "[concat('hello-project', '/', parameters('endpointName'))]"
    );
    let listed = admin
        .get(&format!(
            "{}/?api-version=2021-04-01&%24filter=provisioningState%20eq%20'Succeeded'",
            platform.deployment("x").trim_end_matches("/x")
        ))
        .await
        .is(200);
    assert_eq!(listed.names(), ["First.Run_(1)"]);
    admin.send("HEAD", &path, None, &[]).await.is(204);
    let again = admin.delete(&path).await.is(202);
    assert!(again.header("location").contains("/operationresults/"));
    let gone = admin.get(again.header("location")).await;
    assert!(gone.status.is_success(), "{}", gone.text);
    admin.delete(&path).await.is(204);
    admin.send("HEAD", &path, None, &[]).await.is(404);
    assert!(
        platform
            .stored(&platform.endpoint("From-Template"))
            .await
            .is_some(),
        "what it deployed stays"
    );
}

#[tokio::test]
async fn an_undeclared_parameter_is_refused_in_the_words_of_the_service() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let broken = template(json!([{
        "type": "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions",
        "apiVersion": "2024-04-01",
        "name": "hello-project/cohere",
        "location": "[parameters('location')]",
        "properties": {"modelId": PARTNER},
    }]));
    for (verb, path) in [("POST", "/validate"), ("PUT", ""), ("POST", "/whatIf")] {
        let path = format!("{}{path}", platform.deployment("sub"));
        let seen = admin
            .send(
                verb,
                &path,
                Some(body(broken.clone(), json!({})).to_string()),
                &[],
            )
            .await;
        assert_eq!(
            seen.summary(),
            "400 InvalidTemplate",
            "{verb} {path}: {}",
            seen.text
        );
        assert!(
            seen.message()
                .contains("The template parameter 'location' is not found"),
            "{}",
            seen.message()
        );
    }
}

#[tokio::test]
async fn every_fault_of_a_template_is_told_with_its_line() {
    let platform = Platform::start().await;
    let text = format!(
        "{{\"properties\": {{\"template\": {{\"$schema\": \"{SCHEMA}\", \"contentVersion\": \"1.0.0.0\",\n\"variables\": {{\"a\": \"[nowhere()]\"}},\n\
         \"resources\": [\n{{\"type\": \"N.X/a\", \"apiVersion\": \"2024-01-01\", \"name\": \"a/b\"}}]}}}}}}"
    );
    let seen = platform
        .admin()
        .await
        .send("PUT", &platform.deployment("d"), Some(text), &[])
        .await;
    assert_eq!(seen.summary(), "400 InvalidTemplate");
    let details = seen.body["error"]["details"].as_array().expect("details");
    assert!(details.len() >= 2, "{}", seen.text);
    assert!(
        details.iter().all(|detail| detail["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("Line "))),
        "{}",
        seen.text
    );
    let cyclic = template(json!([
        {"type": "N.X/a", "apiVersion": "2024-01-01", "name": "a", "dependsOn": ["b"]},
        {"type": "N.X/a", "apiVersion": "2024-01-01", "name": "b", "dependsOn": ["a"]},
    ]));
    let seen = platform
        .admin()
        .await
        .put(&platform.deployment("d"), body(cyclic, json!({})))
        .await;
    assert_eq!(seen.summary(), "400 InvalidTemplate");
    assert!(
        seen.message().to_lowercase().contains("circular"),
        "{}",
        seen.message()
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_never_a_fault_of_ours() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let path = platform.deployment("d");
    for wrong in [
        "",
        "{",
        "[]",
        "null",
        "{\"properties\": []}",
        "{properties:{template:}}",
        "\u{0}",
        "{\"properties\":{\"template\":{\"resources\":5}}}",
    ] {
        for (verb, path) in [
            ("PUT", path.clone()),
            ("POST", format!("{path}/validate")),
            ("POST", format!("{path}/whatIf")),
        ] {
            let seen = admin.send(verb, &path, Some(wrong.to_owned()), &[]).await;
            assert_eq!(seen.status, 400, "{verb} {wrong}: {}", seen.text);
        }
    }
    let large = format!(
        "{{\"properties\": {{\"template\": {{\"x\": \"{}\"}}}}}}",
        "x".repeat(4 * 1024 * 1024)
    );
    assert_eq!(
        admin.send("PUT", &path, Some(large), &[]).await.summary(),
        "413 RequestBodyTooLarge"
    );
    let fits = format!(
        "{{\"properties\": {{\"template\": {{\"x\": \"{}\"}}}}}}",
        "x".repeat(2 * 1024 * 1024)
    );
    assert_eq!(admin.send("PUT", &path, Some(fits), &[]).await.status, 400);
    for name in ["a%20b", "%C3%A9%2A", &"n".repeat(65)] {
        let seen = admin
            .put(&platform.deployment(name), body(template(json!([])), json!({})))
            .await;
        assert_eq!(seen.summary(), "400 InvalidResourceName", "{name}");
    }
    assert_eq!(admin.get(&path).await.summary(), "404 DeploymentNotFound");
    let elsewhere = path.replace("/resourceGroups/cupola/", "/resourceGroups/nowhere/");
    assert_eq!(admin.get(&elsewhere).await.summary(), "404 ResourceGroupNotFound");
    assert_eq!(
        admin
            .put(&elsewhere, body(template(json!([])), json!({})))
            .await
            .summary(),
        "404 ResourceGroupNotFound"
    );
}

#[tokio::test]
async fn a_loop_and_its_dependents_are_deployed_in_order() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let mut round = endpoint("");
    round["name"] = "[format('hello-project/loop-{0}', copyIndex())]".into();
    round["copy"] = json!({"name": "loop", "count": 5, "mode": "serial", "batchSize": 2});
    let mut after = endpoint("after");
    after["dependsOn"] = json!(["loop"]);
    let seen = platform
        .deploy("loop", body(template(json!([after, round])), json!({})))
        .await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    let told = platform
        .admin()
        .await
        .get(&format!("{}/operations", platform.deployment("loop")))
        .await
        .is(200);
    assert_eq!(told.body["value"].as_array().map(Vec::len), Some(6));
    let mut made = Vec::new();
    for name in ["loop-0", "loop-1", "loop-2", "loop-4", "after"] {
        made.push(
            platform
                .stored(&platform.endpoint(name))
                .await
                .expect("there")
                .created
                .at,
        );
    }
    assert!(made.is_sorted(), "{made:?}");
    assert!(made[1] < made[2] && made[3] < made[4], "{made:?}");
}

#[tokio::test]
async fn a_failing_resource_fails_the_deployment_and_stops_only_what_hangs_on_it() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let mut unbound = endpoint("unbound");
    unbound["properties"]["modelSettings"]["modelId"] = "azureml://registries/cupola/models/no-such".into();
    let mut after = endpoint("after");
    after["dependsOn"] = json!([
        "[resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', 'hello-project', 'unbound')]"
    ]);
    let request = body(template(json!([unbound, after, endpoint("beside")])), json!({}));
    let refused = platform
        .admin()
        .await
        .post(&format!("{}/validate", platform.deployment("f")), request.clone())
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(
        codes(&refused.body["error"])[..2],
        ["InvalidTemplateDeployment", "PreflightValidationCheckFailed"],
        "{}",
        refused.text
    );
    let seen = platform.deploy("f", request).await;
    assert_eq!(state(&seen), "Failed");
    let error = &seen.body["properties"]["error"];
    assert_eq!(codes(error), ["DeploymentFailed", "UserError"], "{error}");
    assert!(
        error["details"][0]["target"]
            .as_str()
            .is_some_and(|target| target.ends_with("/unbound")),
        "{error}"
    );
    assert!(platform.stored(&platform.endpoint("beside")).await.is_some());
    assert!(platform.stored(&platform.endpoint("after")).await.is_none());
    let told = platform
        .admin()
        .await
        .get(&format!("{}/operations", platform.deployment("f")))
        .await
        .is(200);
    let failed: Vec<&Value> = told.body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|step| step["properties"]["provisioningState"] == "Failed")
        .collect();
    assert_eq!(failed.len(), 1, "{}", told.text);
    assert_eq!(failed[0]["properties"]["statusMessage"]["status"], "Failed");
}

#[tokio::test]
async fn an_endpoint_that_is_accepted_and_fails_later_fails_its_deployment() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let path = platform.deployment("late");
    platform
        .admin()
        .await
        .put(&path, body(template(json!([endpoint("late")])), json!({})))
        .await
        .is(201);
    platform.work().await;
    assert_eq!(state(&platform.admin().await.get(&path).await), "Running");
    platform.clock.advance(Duration::from_secs(61));
    let seen = platform.until_it_ends(&path).await;
    assert_eq!(
        codes(&seen.body["properties"]["error"]),
        ["DeploymentFailed", "ResourceDeploymentFailure", "UserError"],
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn nested_deployments_are_deployments_and_hand_on_their_outputs() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let mut inner = template(json!([endpoint("inner")]));
    inner["parameters"] = json!({"word": {"type": "string"}});
    inner["outputs"] = json!({"said": {"type": "string", "value": "[concat(parameters('word'), '!')]"}});
    let mut first = nested("inner-run", inner);
    first["properties"]["parameters"] = json!({"word": {"value": "hello"}});
    let mut outer = template(json!([first]));
    outer["outputs"] =
        json!({"heard": {"type": "string", "value": "[reference('inner-run').outputs.said.value]"}});
    let seen = platform.deploy("outer-run", body(outer, json!({}))).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    assert_eq!(seen.body["properties"]["outputs"]["heard"]["value"], "hello!");
    let inner = platform
        .admin()
        .await
        .get(&platform.deployment("inner-run"))
        .await
        .is(200);
    assert_eq!(
        inner.body["properties"]["correlationId"],
        seen.body["properties"]["correlationId"]
    );
    assert!(platform.stored(&platform.endpoint("inner")).await.is_some());
}

#[tokio::test]
async fn nobody_deploys_what_they_could_not_put() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let admin = platform.admin().await;
    let other = format!("{}/resourceGroups/other", platform.subscription());
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    let developer = platform.someone(&[("Contributor", &platform.group())]).await;
    let mut away = nested("away", template(json!([])));
    away["resourceGroup"] = "other".into();
    let refused = developer
        .put(
            &platform.deployment("d"),
            body(template(json!([away.clone()])), json!({})),
        )
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(
        codes(&refused.body["error"]),
        ["InvalidTemplateDeployment", "AuthorizationFailed"],
        "{}",
        refused.text
    );
    // Within a nested template it is found when that is put.
    let deep = nested("deep", template(json!([away])));
    let deep_request = body(template(json!([deep])), json!({}));
    let refused = developer
        .post(
            &format!("{}/validate", platform.deployment("d")),
            deep_request.clone(),
        )
        .await;
    assert!(
        codes(&refused.body["error"]).contains(&"AuthorizationFailed".to_owned()),
        "{}",
        refused.text
    );
    developer
        .put(&platform.deployment("d"), deep_request)
        .await
        .is(201);
    let seen = platform.until_it_ends(&platform.deployment("d")).await;
    assert!(
        codes(&seen.body["properties"]["error"]).contains(&"AuthorizationFailed".to_owned()),
        "{}",
        seen.text
    );
    // A reader may not even ask.
    let reader = platform.someone(&[("Reader", &platform.group())]).await;
    for what in ["", "/validate", "/whatIf"] {
        let verb = if what.is_empty() { "PUT" } else { "POST" };
        let path = format!("{}{what}", platform.deployment("r"));
        let seen = reader
            .send(
                verb,
                &path,
                Some(body(template(json!([])), json!({})).to_string()),
                &[],
            )
            .await;
        assert_eq!(seen.summary(), "403 AuthorizationFailed");
    }
}

#[tokio::test]
async fn rights_that_are_taken_away_while_it_runs_are_gone() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let principal = platform
        .principal("Leaver", "s", &[("Contributor", &platform.group())])
        .await;
    let token = platform.token_of(&principal, super::platform::ORIGIN);
    let path = platform.deployment("leaver");
    platform
        .with_token(&token)
        .put(&path, body(template(json!([endpoint("left")])), json!({})))
        .await
        .is(201);
    let grant = cupola_core::rbac::Granted::to_platform("test");
    let mut work = platform.store.begin().await.expect("begun");
    for held in work.access().held(&principal.id).await.expect("read") {
        work.access()
            .unassign(&grant, &held.assignment.id)
            .await
            .expect("gone");
    }
    work.save().await.expect("saved");
    let seen = platform.until_it_ends(&path).await;
    assert!(
        codes(&seen.body["properties"]["error"]).contains(&"AuthorizationFailed".to_owned()),
        "{}",
        seen.text
    );
    assert!(platform.stored(&platform.endpoint("left")).await.is_none());
}

#[tokio::test]
async fn complete_mode_deletes_what_the_template_does_not_name() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("named", DIRECT).await;
    platform.deployed("unnamed", DIRECT).await;
    let group = platform.group();
    let other = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/other-hub");
    platform
        .admin()
        .await
        .put(
            &other,
            json!({"location": "eastus2", "kind": "Hub", "properties": {}}),
        )
        .await
        .is(201);
    let mut request = body(template(json!([endpoint("named")])), json!({}));
    request["properties"]["mode"] = "Complete".into();
    let path = platform.deployment("complete");
    let changes = what_if(&platform.admin().await, &path, request.clone()).await;
    let kind_of = |name: &str| {
        kinds(&changes)
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, kind)| kind)
    };
    assert_eq!(kind_of("named").as_deref(), Some("NoChange"), "{changes:?}");
    assert_eq!(kind_of("unnamed").as_deref(), Some("Delete"));
    assert_eq!(kind_of("other-hub").as_deref(), Some("Delete"));
    assert_eq!(
        kind_of("hello-project").as_deref(),
        Some("Ignore"),
        "it holds what is named"
    );
    let seen = platform.deploy("complete", request).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    assert!(platform.stored(&platform.endpoint("named")).await.is_some());
    assert!(platform.stored(&platform.endpoint("unnamed")).await.is_none());
    assert!(platform.stored(&other).await.is_none());
    assert!(platform.stored(&platform.workspace()).await.is_some());
}

#[tokio::test]
async fn what_if_tells_each_change_and_writes_nothing() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("same", DIRECT).await;
    platform.deployed("tagged", DIRECT).await;
    platform.deployed("beside", DIRECT).await;
    let before = platform.audit().await.len();
    let mut tagged = endpoint("tagged");
    tagged["tags"] = json!({"cost": "lab"});
    let inner = nested("inner", template(json!([endpoint("deep")])));
    let request = body(
        template(json!([endpoint("same"), tagged, endpoint("new"), inner])),
        json!({}),
    );
    let admin = platform.admin().await;
    let changes = what_if(&admin, &platform.deployment("w"), request.clone()).await;
    let told = kinds(&changes);
    for (name, kind) in [
        ("same", "NoChange"),
        ("tagged", "Modify"),
        ("new", "Create"),
        ("deep", "Create"),
        ("beside", "Ignore"),
    ] {
        assert!(
            told.contains(&(name.to_owned(), kind.to_owned())),
            "{name}: {told:?}"
        );
    }
    let tagged = changes
        .iter()
        .find(|change| change["changeType"] == "Modify")
        .expect("one");
    assert_eq!(tagged["delta"][0]["path"], "tags.cost", "{tagged}");
    let new = changes
        .iter()
        .find(|change| change["changeType"] == "Create")
        .expect("one");
    for field in ["apiVersion", "id", "name", "type"] {
        assert!(new["after"][field].is_string(), "{field}: {new}");
    }
    assert!(platform.stored(&platform.endpoint("new")).await.is_none());
    admin.get(&platform.deployment("w")).await.is(404);
    assert_eq!(platform.audit().await.len(), before);
    let mut short = request;
    short["properties"]["whatIfSettings"] = json!({"resultFormat": "ResourceIdOnly"});
    let changes = what_if(&admin, &platform.deployment("w"), short).await;
    assert!(
        changes
            .iter()
            .all(|change| change.get("after").is_none() && change.get("before").is_none())
    );
    // Somebody else's question is nobody's business.
    let asked = admin
        .post(
            &format!("{}/whatIf", platform.deployment("w")),
            body(template(json!([])), json!({})),
        )
        .await
        .is(202);
    let stranger = platform.someone(&[]).await;
    assert_eq!(stranger.get(asked.header("location")).await.status, 403);
}

#[tokio::test]
async fn one_run_of_a_name_at_a_time() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let path = platform.deployment("twice");
    let request = body(template(json!([endpoint("slow")])), json!({}));
    let (one, two) = (platform.admin().await, platform.admin().await);
    let (first, second) = tokio::join!(one.put(&path, request.clone()), two.put(&path, request.clone()));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", first.text, second.text);
    platform.work().await;
    let admin = platform.admin().await;
    assert_eq!(admin.put(&path, request).await.summary(), "409 DeploymentActive");
    assert_eq!(admin.delete(&path).await.summary(), "409 DeploymentActive");
    admin.post(&format!("{path}/cancel"), json!({})).await.is(204);
    let seen = admin.get(&path).await.is(200);
    assert_eq!(state(&seen), "Canceled");
    let status = if first.status == 201 { first } else { second };
    let told = admin.get(status.header("azure-asyncoperation")).await.is(200);
    assert_eq!(told.body["status"], "Canceled");
    assert_eq!(admin.post(&format!("{path}/cancel"), json!({})).await.status, 409);
    let steps = admin.get(&format!("{path}/operations")).await.is(200);
    assert_eq!(
        steps.body["value"][0]["properties"]["provisioningState"],
        "Canceled"
    );
    platform.work().await;
    platform.work().await;
    assert_eq!(
        state(&platform.admin().await.get(&path).await),
        "Canceled",
        "it stays as it ended"
    );
}

#[tokio::test]
async fn a_failure_deploys_an_earlier_run_again_where_that_was_asked_for() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform
        .deploy("good", body(template(json!([endpoint("kept")])), json!({})))
        .await;
    platform
        .admin()
        .await
        .delete(&platform.endpoint("kept"))
        .await
        .is(202);
    platform.work().await;
    let mut bad = endpoint("bad");
    bad["properties"]["modelSettings"]["modelId"] = "azureml://registries/cupola/models/no-such".into();
    let mut request = body(template(json!([bad])), json!({}));
    request["properties"]["onErrorDeployment"] =
        json!({"type": "SpecificDeployment", "deploymentName": "nobody"});
    assert_eq!(
        platform
            .admin()
            .await
            .put(&platform.deployment("bad"), request.clone())
            .await
            .status,
        400
    );
    request["properties"]["onErrorDeployment"] = json!({"type": "LastSuccessful"});
    let seen = platform.deploy("bad", request).await;
    assert_eq!(state(&seen), "Failed");
    assert_eq!(
        seen.body["properties"]["onErrorDeployment"],
        json!({"type": "LastSuccessful", "deploymentName": "good", "provisioningState": "Succeeded"})
    );
    assert!(
        platform.stored(&platform.endpoint("kept")).await.is_some(),
        "deployed again"
    );
}

#[tokio::test]
async fn a_subscription_is_deployed_into_with_groups_and_what_is_in_them() {
    let mut platform = Platform::start().await;
    let path = format!(
        "{}/providers/Microsoft.Resources/deployments/wide",
        platform.subscription()
    );
    let mut inside = nested("inside", template(json!([workspace("new-hub")])));
    inside["resourceGroup"] = "made".into();
    inside["dependsOn"] = json!(["made"]);
    let wide = template(json!([
        {"type": "Microsoft.Resources/resourceGroups", "apiVersion": "2024-11-01", "name": "made", "location": "eastus2"},
        inside,
    ]));
    let mut request = body(wide, json!({}));
    let admin = platform.admin().await;
    assert_eq!(
        admin.put(&path, request.clone()).await.summary(),
        "400 LocationRequired"
    );
    request["location"] = "East US 2".into();
    let validated = admin.post(&format!("{path}/validate"), request.clone()).await;
    assert_eq!(validated.status, 200, "{}", validated.text);
    let put = admin.put(&path, request).await;
    assert_eq!(put.status, 201, "{}", put.text);
    assert_eq!(put.body["location"], "eastus2");
    let seen = platform.until_it_ends(&path).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    let made = format!("{}/resourceGroups/made", platform.subscription());
    assert!(platform.stored(&made).await.is_some());
    assert!(
        platform
            .stored(&format!(
                "{made}/providers/Microsoft.MachineLearningServices/workspaces/new-hub"
            ))
            .await
            .is_some()
    );
}

#[tokio::test]
async fn secure_values_are_seen_nowhere() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let mut leaking = endpoint("leaking");
    // The refusal of an endpoint repeats the model that it was asked for.
    leaking["properties"]["modelSettings"]["modelId"] =
        "[concat('azureml://registries/cupola/models/', parameters('secret'))]".into();
    let mut secretive = template(json!([leaking]));
    secretive["parameters"] = json!({"secret": {"type": "secureString"}, "whole": {"type": "secureObject"}});
    secretive["outputs"] = json!({"out": {"type": "secureString", "value": "[parameters('secret')]"}});
    let parameters =
        json!({"secret": {"value": SECRET}, "whole": {"value": {"deep": ["deep-secret-value"]}}});
    let request = body(secretive.clone(), parameters.clone());
    let path = platform.deployment("secretive");
    let admin = platform.admin().await;
    let mut texts = vec![
        admin
            .post(&format!("{path}/validate"), request.clone())
            .await
            .text,
        admin.put(&path, request.clone()).await.is(201).text,
    ];
    let asked = admin.post(&format!("{path}/whatIf"), request).await.is(202);
    texts.push(admin.get(asked.header("location")).await.is(200).text);
    let failed = platform.until_it_ends(&path).await;
    assert_eq!(state(&failed), "Failed");
    assert!(failed.text.contains("*******"), "{}", failed.text);
    assert_eq!(
        failed.body["properties"]["parameters"]["secret"],
        json!({"type": "SecureString"})
    );
    texts.push(failed.text);
    secretive["resources"] = json!([]);
    let good = platform
        .deploy("secretive-too", body(secretive, parameters))
        .await;
    assert_eq!(state(&good), "Succeeded", "{}", good.text);
    texts.push(good.text);
    let admin = platform.admin().await;
    texts.push(admin.get(&format!("{path}/operations")).await.is(200).text);
    texts.push(
        admin
            .get(platform.deployment("x").trim_end_matches("/x"))
            .await
            .is(200)
            .text,
    );
    for text in &texts {
        assert!(
            !text.contains(SECRET) && !text.contains("deep-secret-value"),
            "{text}"
        );
    }
    for file in ["cupola.db", "cupola.db-wal"] {
        let bytes = std::fs::read(platform.folder.path().join(file)).expect("read");
        for secret in [SECRET, "deep-secret-value"] {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {file}");
        }
    }
}

#[tokio::test]
async fn the_history_is_bounded_and_comes_in_pages() {
    let mut platform = Platform::start().await;
    for number in 0..4 {
        platform
            .deploy(&format!("run-{number}"), body(template(json!([])), json!({})))
            .await;
        platform.clock.advance(Duration::from_secs(1));
    }
    let admin = platform.admin().await;
    let list = platform.deployment("x").trim_end_matches("/x").to_owned();
    let first = admin
        .get(&format!("{list}?api-version=2021-04-01&$top=3"))
        .await
        .is(200);
    assert_eq!(first.names(), ["run-3", "run-2", "run-1"]);
    let next = first.body["nextLink"].as_str().expect("a link").to_owned();
    assert_eq!(admin.get(&next).await.is(200).names(), ["run-0"]);
    let id = cupola_core::ResourceId::parse(&platform.group()).expect("an id");
    let mut work = platform.store.begin().await.expect("begun");
    assert_eq!(work.deployments().bound(&id, 2).await.expect("bounded"), 2);
}

#[tokio::test]
async fn a_group_is_written_as_a_template_that_can_be_deployed() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("kept", DIRECT).await;
    let admin = platform.admin().await;
    let exported = admin
        .post(
            &format!("{}/exportTemplate", platform.group()),
            json!({"resources": ["*"]}),
        )
        .await
        .is(200);
    let template = exported.body["template"].clone();
    assert!(
        template["resources"].as_array().is_some_and(|all| all.len() >= 2),
        "{template}"
    );
    let seen = platform.deploy("again", body(template.clone(), json!({}))).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    let hash = platform
        .admin()
        .await
        .post("/providers/Microsoft.Resources/calculateTemplateHash", template)
        .await
        .is(200);
    assert_eq!(hash.body["templateHash"], seen.body["properties"]["templateHash"]);
}

#[tokio::test]
async fn bicep_is_compiled_with_complaints_at_their_places() {
    let platform = Platform::start().await;
    let compile = async |bicep: Value| {
        let path = "/providers/Cupola.Resources/compileBicep";
        platform.admin().await.post(path, json!({ "bicep": bicep })).await
    };
    let good = compile("param who string = 'you'\noutput said string = 'hello ${who}'".into()).await;
    let good = good.is(200).body;
    assert_eq!(good["template"]["parameters"]["who"]["defaultValue"], "you");
    assert_eq!(good["diagnostics"], json!([]));

    let wrong = compile("output a string = 'x'\noutput b string = nothing\n".into()).await;
    let wrong = wrong.is(200).body;
    assert_eq!(wrong["template"], Value::Null);
    let first = &wrong["diagnostics"][0];
    assert_eq!(
        (&first["level"], &first["code"], &first["line"], &first["column"]),
        (&json!("Error"), &json!("BCP057"), &json!(2), &json!(19)),
        "{wrong}"
    );

    // Files of the machine are not there for it.
    let away = compile("module m '../../etc/passwd' = { name: 'm' }".into()).await;
    let away = away.is(200).body;
    assert_eq!(away["template"], Value::Null);
    assert!(!away.to_string().contains("root:"), "{away}");

    compile(Value::Null).await.is(400);
    compile("a".repeat(2 * 1024 * 1024).into()).await.is(413);
}

#[tokio::test]
async fn an_offer_is_subscribed_to_and_its_model_deployed_in_one_template() {
    let mut platform = Platform::start().await;
    platform.simulate(&[PARTNER]).await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("there", DIRECT).await;
    let mut cohere = endpoint("cohere");
    cohere["properties"]["modelSettings"]["modelId"] = PARTNER.into();
    cohere["dependsOn"] = json!([
        "[resourceId('Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions', 'hello-project', 'cohere-sub')]"
    ]);
    let subscribe = json!({
        "type": "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions",
        "apiVersion": "2024-04-01",
        "name": "hello-project/cohere-sub",
        "properties": {"modelId": PARTNER},
    });
    let mut both = template(json!([cohere, subscribe]));
    let of = |name: &str| {
        format!(
            "resourceId('Microsoft.MachineLearningServices/workspaces/serverlessEndpoints', 'hello-project', '{name}')"
        )
    };
    both["outputs"] = json!({
        "key": {"type": "string", "value": format!("[listKeys({}, '2024-04-01').primaryKey]", of("cohere"))},
        "other": {"type": "string", "value": format!("[reference({}, '2024-04-01', 'Full').location]", of("there"))},
    });
    let request = body(both, json!({}));
    let path = platform.deployment("partner");
    let admin = platform.admin().await;
    let validated = admin.post(&format!("{path}/validate"), request.clone()).await;
    assert_eq!(validated.status, 200, "{}", validated.text);
    let seen = platform.deploy("partner", request).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
    let outputs = &seen.body["properties"]["outputs"];
    assert!(
        outputs["key"]["value"].as_str().is_some_and(|key| key.len() > 20),
        "{outputs}"
    );
    assert_eq!(outputs["other"]["value"], "eastus2");
    let told = platform
        .admin()
        .await
        .get(&format!("{path}/operations"))
        .await
        .is(200);
    let verbs: Vec<&str> = told.body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["properties"]["provisioningOperation"].as_str())
        .collect();
    assert_eq!(verbs, ["Create", "Create", "Read", "EvaluateDeploymentOutput"]);
}

#[tokio::test]
async fn cancelling_a_deployment_cancels_those_within_it() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let deep = nested("deepest", template(json!([endpoint("slow")])));
    let outer = body(
        template(json!([nested("deep", template(json!([deep])))])),
        json!({}),
    );
    let path = platform.deployment("outermost");
    platform.admin().await.put(&path, outer).await.is(201);
    for _ in 0..4 {
        platform.work().await;
    }
    let admin = platform.admin().await;
    assert_eq!(
        state(&admin.get(&platform.deployment("deepest")).await.is(200)),
        "Running"
    );
    admin.post(&format!("{path}/cancel"), json!({})).await.is(204);
    for name in ["outermost", "deep", "deepest"] {
        assert_eq!(
            state(&admin.get(&platform.deployment(name)).await.is(200)),
            "Canceled",
            "{name}"
        );
    }
    platform.work().await;
    let mut reader = platform.store.reader().await.expect("a reader");
    let due = reader
        .jobs()
        .due(cupola_core::Timestamp::MAX, 10)
        .await
        .expect("read");
    assert!(
        due.iter().all(|job| job.kind != crate::jobs::deploy::KIND),
        "{due:?}"
    );
}

#[tokio::test]
async fn what_others_change_meanwhile_is_tried_again() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let inner = nested("shared", template(json!([endpoint("slow")])));
    let request = body(template(json!([inner])), json!({}));
    let (one, two) = (platform.deployment("one"), platform.deployment("two"));
    platform.admin().await.put(&one, request.clone()).await.is(201);
    platform.work().await;
    platform.admin().await.put(&two, request).await.is(201);
    platform.work().await;
    assert_eq!(
        state(&platform.admin().await.get(&two).await),
        "Running",
        "the other's nested run goes on"
    );
    platform.observe(
        DIRECT,
        cupola_backend::fleet::Worker::Ready {
            socket: "/s".into(),
            context_tokens: 1,
        },
    );
    assert_eq!(state(&platform.until_it_ends(&one).await), "Succeeded");
    let seen = platform.until_it_ends(&two).await;
    assert_eq!(state(&seen), "Succeeded", "{}", seen.text);
}

#[tokio::test]
async fn a_second_memory_of_a_run_does_not_put_everything_again() {
    let mut platform = Platform::start().await;
    platform.bind_engine().await;
    let path = platform.deployment("once");
    let put = body(template(json!([endpoint("once")])), json!({}));
    platform.admin().await.put(&path, put).await.is(201);
    // The first steps: the endpoint is put, and waits for its worker.
    platform.work().await;
    // What a slower hand would bring: a memory of the same run in which nothing was done yet.
    let id = cupola_core::ResourceId::parse(&path).expect("an id");
    let mut reader = platform.store.reader().await.expect("a reader");
    let deployment = reader
        .deployments()
        .find(&id)
        .await
        .expect("read")
        .expect("there");
    let sealed = reader
        .deployments()
        .request(&id)
        .await
        .expect("read")
        .expect("kept");
    drop(reader);
    let judged = crate::deployments::request::unseal(&platform.control, &sealed).expect("unsealed");
    let late = crate::jobs::deploy::Live::new(&deployment, judged, Vec::new());
    platform.control.runs().remember(&deployment.run, late);
    platform.work().await;
    let puts = platform.audit().await;
    let puts = puts
        .iter()
        .filter(|line| line.action.ends_with("serverlessEndpoints/write"));
    assert_eq!(puts.count(), 1, "the endpoint is put once");
}
