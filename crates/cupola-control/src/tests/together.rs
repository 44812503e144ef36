//! Parts that meet: locks and deployments, deployments and the record, what one resource says of another.

use super::authorization::holder;
use super::deployments::{body, endpoint, template};
use super::platform::{DIRECT, PARTNER, Platform, Seen};
use serde_json::{Value, json};

fn lock(scope: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/locks/keep")
}

fn level(level: &str) -> Value {
    json!({"properties": {"level": level}})
}

fn storage(name: &str) -> Value {
    json!({
        "type": "Microsoft.Storage/storageAccounts",
        "apiVersion": "2023-01-01",
        "name": name,
        "location": "eastus2",
        "properties": {},
    })
}

fn summary(seen: &Seen) -> String {
    let properties = &seen.body["properties"];
    let mut words = vec![properties["provisioningState"].as_str().unwrap_or_default()];
    let mut error = &properties["error"];
    while let Some(code) = error["code"].as_str() {
        words.push(code);
        error = &error["details"][0];
    }
    words.join(" ")
}

#[tokio::test]
async fn a_template_changes_nothing_that_is_locked() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let locked = platform.endpoint("hello");
    platform
        .admin()
        .await
        .put(&lock(&locked), level("CanNotDelete"))
        .await
        .is(201);

    // Complete mode would delete the workspace, and with it what is locked.
    let mut complete = body(template(json!([storage("stays")])), json!({}));
    complete["properties"]["mode"] = "Complete".into();
    let ended = platform.deploy("complete", complete).await;
    assert_eq!(
        summary(&ended),
        "Failed DeploymentFailed ScopeLocked",
        "{}",
        ended.text
    );
    platform.admin().await.get(&locked).await.is(200);

    // Its name stands in no refusal's way once the lock is gone.
    platform.admin().await.delete(&lock(&locked)).await.is(200);
    platform
        .admin()
        .await
        .put(&lock(&locked), level("ReadOnly"))
        .await
        .is(201);
    let ended = platform
        .deploy("write", body(template(json!([endpoint("hello")])), json!({})))
        .await;
    assert_eq!(
        summary(&ended),
        "Failed DeploymentFailed ScopeLocked",
        "{}",
        ended.text
    );

    let other = format!("{}/resourceGroups/frozen", platform.subscription());
    let admin = platform.admin().await;
    admin.put(&other, json!({"location": "eastus2"})).await.is(201);
    admin.put(&lock(&other), level("ReadOnly")).await.is(201);
    let inner = template(json!([storage("within")]));
    let nested = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "resourceGroup": "frozen",
        "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": inner},
    });
    let ended = platform
        .deploy("elsewhere", body(template(json!([nested])), json!({})))
        .await;
    assert_eq!(
        summary(&ended),
        "Failed DeploymentFailed ScopeLocked",
        "{}",
        ended.text
    );
    let within = format!("{other}/providers/Microsoft.Storage/storageAccounts/within");
    platform.admin().await.get(&within).await.is(404);
}

#[tokio::test]
async fn the_record_tells_how_a_deployment_went_and_who_asked_for_it() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let path = platform.deployment("told");
    let mut odd = endpoint("odd");
    odd["properties"]["modelSettings"]["modelId"] = "azureml://registries/nowhere/models/nothing".into();
    let request = body(template(json!([endpoint("good"), odd])), json!({}));
    let correlation = "12345678-0000-0000-0000-00000000abcd";
    let headers = [
        ("x-ms-correlation-request-id", correlation),
        ("user-agent", "az/2.0"),
    ];
    let admin = platform.admin().await;
    admin
        .send("PUT", &path, Some(request.to_string()), &headers)
        .await
        .is(201);
    drop(admin);
    let ended = platform.until_it_ends(&path).await;
    assert!(
        summary(&ended).starts_with("Failed DeploymentFailed"),
        "{}",
        ended.text
    );

    let admin = platform.admin().await;
    let told = admin
        .get(&format!("/providers/Cupola.Audit/events/{correlation}"))
        .await
        .is(200);
    let lines: Vec<String> = told.body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|event| {
            let properties = &event["properties"];
            assert_eq!(properties["clientIpAddress"], "10.0.0.9", "{event}");
            assert_eq!(properties["userAgent"], "az/2.0", "{event}");
            let scope = properties["scope"].as_str().unwrap_or_default();
            format!(
                "{} {}",
                scope.rsplit('/').next().unwrap_or_default(),
                properties["outcome"].as_str().unwrap_or_default()
            )
        })
        .collect();
    for line in [
        "told Accepted",
        "told DeploymentFailed",
        "good Accepted",
        "odd UserError",
    ] {
        assert!(
            lines.iter().any(|known| known == line),
            "{line} is not in {lines:?}"
        );
    }
    assert_eq!(
        lines[0], "told DeploymentFailed",
        "the end comes first, because it is the newest"
    );
    let message = told.body["value"][0]["properties"]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(message.contains("serverlessEndpoints/odd'"), "{message}");

    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=eventTimestamp%20ge%20'1970-01-01T00:00:00Z'%20and%20correlationId%20eq%20'{correlation}'",
        platform.subscription()
    );
    let seen = admin.get(&log).await.is(200);
    let statuses: Vec<&str> = seen.body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|event| event["resourceId"] == path.as_str())
        .filter_map(|event| event["status"]["value"].as_str())
        .collect();
    assert_eq!(statuses, ["Failed", "Accepted"], "{}", seen.text);
}

#[tokio::test]
async fn a_deployment_that_is_deleted_with_its_group_ends_for_whoever_polls() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let path = platform.deployment("doomed");
    let group = platform.group();
    let admin = platform.admin().await;
    let put = admin
        .put(&path, body(template(json!([endpoint("e")])), json!({})))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    admin.delete(&group).await.is(202);
    drop(admin);
    for _ in 0..3 {
        platform.work().await;
    }
    let admin = platform.admin().await;
    let seen = admin.get(&status).await.is(200);
    assert_eq!(seen.body["status"], "Failed", "{}", seen.text);
    // Nothing came back.
    admin.put(&group, json!({"location": "eastus2"})).await.is(201);
    let resources = admin.get(&format!("{group}/resources")).await.is(200);
    assert_eq!(resources.names(), [] as [&str; 0]);
    admin.get(&path).await.is(404);
}

#[tokio::test]
async fn whoever_exports_a_group_sees_what_they_may_read() {
    let platform = Platform::start().await;
    let export = format!("{}/exportTemplate", platform.group());
    let action = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action";
    let seen = holder(&platform, &[action], "/")
        .await
        .post(&export, json!({}))
        .await
        .is(200);
    assert_eq!(seen.body["template"]["resources"], json!([]), "{}", seen.text);
    let both = [action, "Microsoft.MachineLearningServices/workspaces/read"];
    let seen = holder(&platform, &both, "/")
        .await
        .post(&export, json!({}))
        .await
        .is(200);
    assert_eq!(
        seen.body["template"]["resources"][0]["name"], "hello-project",
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn a_project_joins_a_hub_where_its_maker_may_and_the_refusal_tells_of_no_hub() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let mine = format!("{}/resourceGroups/mine", platform.subscription());
    admin.put(&mine, json!({"location": "eastus2"})).await.is(201);
    let workspace = |group: &str, name: &str| {
        format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}")
    };
    let hub = workspace(&platform.group(), "hub");
    admin
        .put(&hub, json!({"location": "eastus2", "kind": "Hub"}))
        .await
        .is(201);
    let shared = json!({"properties": {"category": "CustomKeys", "target": "https://t.test", "authType": "None", "isSharedToAll": true}});
    admin
        .put(&format!("{hub}/connections/shared"), shared)
        .await
        .is(200);

    let contributor = platform.someone(&[("Contributor", &mine)]).await;
    let project =
        |hub: &str| json!({"location": "eastus2", "kind": "Project", "properties": {"hubResourceId": hub}});
    let path = workspace(&mine, "spy");
    for hub in [&hub, &workspace(&platform.group(), "no-such-hub")] {
        let refused = contributor.put(&path, project(hub)).await;
        assert_eq!(
            refused.summary(),
            "403 LinkedAuthorizationFailed",
            "{}",
            refused.text
        );
    }
    let actions = [
        "Microsoft.MachineLearningServices/workspaces/write",
        "Microsoft.MachineLearningServices/workspaces/hubs/join/action",
    ];
    holder(&platform, &actions, "/")
        .await
        .put(&path, project(&hub))
        .await
        .is(201);
    // Who may write the project changes it without a right at the hub.
    contributor.put(&path, project(&hub)).await.is(200);
}

#[tokio::test]
async fn the_result_of_a_what_if_is_for_whoever_asked() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let path = format!("{}/whatIf", platform.deployment("ask"));
    let asked = admin
        .post(&path, body(template(json!([storage("s")])), json!({})))
        .await
        .is(202);
    let location = asked.header("location").to_owned();
    let reader = platform.someone(&[("Reader", "/")]).await;
    assert_eq!(reader.get(&location).await.summary(), "404 OperationNotFound");
    admin.get(&location).await.is(200);
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({"a": inner}))
}

#[tokio::test]
async fn what_is_kept_can_be_read_again_however_deep_it_is() {
    let mut platform = Platform::start().await;
    let path = |name: &str| format!("{}/providers/Contoso.Deep/things/{name}", platform.group());
    let admin = platform.admin().await;
    for depth in [1, 90, 97, 98, 99, 100, 120, 126] {
        for field in ["properties", "plan", "sku", "identity"] {
            let mut body = json!({"location": "eastus2"});
            body[field] = nested(depth);
            let put = admin.put(&path(&format!("d{depth}{field}")), body).await;
            assert!([201, 400].contains(&put.status.as_u16()), "{}", put.text);
            assert_eq!(put.status == 400, depth > 99, "{depth} {}", put.text);
        }
    }
    admin
        .get(&format!("{}/resources", platform.group()))
        .await
        .is(200);
    let log = format!(
        "{}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$filter=eventTimestamp%20ge%20'1970-01-01T00:00:00Z'",
        platform.subscription()
    );
    admin.get(&log).await.is(200);
    drop(admin);

    // Parameters and outputs of a template are kept too.
    for depth in [60, 110, 120, 121, 122, 123, 124] {
        let mut deep = template(json!([]));
        deep["parameters"] = json!({"p": {"type": "object"}});
        deep["outputs"] = json!({"o": {"type": "object", "value": "[createObject('x', createObject('y', parameters('p')))]"}});
        let path = platform.deployment(&format!("deep{depth}"));
        let put = platform
            .admin()
            .await
            .put(&path, body(deep, json!({"p": {"value": nested(depth)}})))
            .await;
        if put.status == 201 {
            platform.until_it_ends(&path).await;
        } else {
            assert_eq!(put.status, 400, "{}", put.text);
        }
        let list = format!("{}/providers/Microsoft.Resources/deployments", platform.group());
        platform.admin().await.get(&list).await.is(200);
    }
}

#[tokio::test]
async fn trials_of_nested_deployments_stay_nowhere_in_memory() {
    let platform = Platform::start().await;
    let nested = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner",
        "properties": {"mode": "Incremental", "expressionEvaluationOptions": {"scope": "inner"}, "template": template(json!([storage("s")]))},
    });
    let path = format!("{}/validate", platform.deployment("trial"));
    platform
        .admin()
        .await
        .post(&path, body(template(json!([nested])), json!({})))
        .await
        .is(200);
    assert_eq!(platform.control.runs().len(), 0);
}

#[tokio::test]
async fn assignments_are_listed_in_pages_that_leave_none_out_and_have_a_bound() {
    use cupola_core::rbac::{Granted, RoleAssignment};
    let platform = Platform::start().await;
    let reader = crate::roles::built_in()
        .iter()
        .find(|role| role.name == "Reader")
        .expect("a role");
    let principal = platform.principal("Many", "secret", &[]).await;
    let grant = Granted::to_platform("test");
    let mut work = platform.store.begin().await.expect("begun");
    for at in 0..2000 {
        let held = RoleAssignment {
            id: format!("{at:08x}-0000-4000-8000-000000000000"),
            scope: format!("{}/resourceGroups/g{at:04}", platform.subscription()),
            role: reader.id.clone(),
            principal: principal.id.clone(),
            principal_type: "ServicePrincipal".into(),
            created_at: cupola_core::Timestamp::UNIX_EPOCH,
        };
        work.access().assign(&grant, &held).await.expect("assigned");
    }
    work.save().await.expect("saved");
    let admin = platform.admin().await;
    let mut link = "/providers/Microsoft.Authorization/roleAssignments".to_owned();
    let (mut names, mut pages) = (Vec::new(), 0);
    loop {
        let seen = admin.get(&link).await.is(200);
        names.extend(seen.names().into_iter().map(str::to_owned));
        pages += 1;
        match seen.body["nextLink"].as_str() {
            Some(next) => next.clone_into(&mut link),
            None => break,
        }
    }
    assert_eq!(pages, 5);
    names.sort_unstable();
    names.dedup();
    // Those of the first start are among them.
    assert_eq!(names.len(), 2001);
    let at = format!("{}/resourceGroups/g0007", platform.subscription());
    let mine = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()%20and%20principalId%20eq%20'{}'",
        at, principal.id
    );
    assert_eq!(
        admin.get(&mine).await.is(200).names(),
        ["00000007-0000-4000-8000-000000000000"]
    );

    let one_more = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/ffffffff-0000-4000-8000-000000000000",
        platform.subscription()
    );
    let give = json!({"properties": {"roleDefinitionId": reader.id, "principalId": principal.id}});
    let refused = admin.put(&one_more, give).await;
    assert_eq!(
        refused.summary(),
        "400 RoleAssignmentLimitExceeded",
        "{}",
        refused.text
    );
    let other = platform.principal("Other", "secret", &[]).await;
    let give = json!({"properties": {"roleDefinitionId": reader.id, "principalId": other.id}});
    admin.put(&one_more, give).await.is(201);
}

#[tokio::test]
async fn the_identity_of_a_resource_is_a_principal_as_long_as_the_resource_is() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let hub = format!(
        "{}/providers/Microsoft.MachineLearningServices/workspaces/hub",
        platform.group()
    );
    let body = |kind: &str| json!({"location": "eastus2", "kind": "Hub", "identity": {"type": kind, "principalId": "forged"}});
    let made = admin.put(&hub, body("SystemAssigned")).await.is(201);
    let principal = made.body["identity"]["principalId"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_ne!(principal, "forged");
    assert_eq!(made.body["identity"]["tenantId"], platform.control.tenant());
    let again = admin.put(&hub, body("SystemAssigned,UserAssigned")).await.is(200);
    assert_eq!(again.body["identity"]["principalId"], principal.as_str());
    admin.patch(&hub, json!({"tags": {"a": "b"}})).await.is(200);

    let reader = crate::roles::built_in()
        .iter()
        .find(|role| role.name == "Reader")
        .expect("a role");
    let role = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555",
        platform.group()
    );
    let give = |id: &str| json!({"properties": {"roleDefinitionId": reader.id, "principalId": id, "principalType": "ServicePrincipal"}});
    admin.put(&role, give(&principal)).await.is(201);
    let names = |seen: &Seen| seen.body["value"][0]["displayName"].as_str().map(str::to_owned);
    let by_ids = "/v1.0/directoryObjects/getByIds";
    let seen = admin.post(by_ids, json!({"ids": [&principal]})).await.is(200);
    assert_eq!(names(&seen).as_deref(), Some("hub"));
    assert_eq!(seen.body["value"][0]["servicePrincipalType"], "ManagedIdentity");
    // It cannot be made to sign in.
    let password = format!("/v1.0/servicePrincipals/{principal}/addPassword");
    assert_eq!(admin.post(&password, json!({})).await.status, 404);

    let none = admin.put(&hub, body("None")).await.is(200);
    assert_eq!(none.body["identity"], json!({"type": "None"}));
    admin.get(&role).await.is(404);
    let other = admin.put(&hub, body("SystemAssigned")).await.is(200);
    let other = other.body["identity"]["principalId"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert_ne!(other, principal);
    admin.put(&role, give(&other)).await.is(201);
    admin.delete(&hub).await.is(202);
    admin.get(&role).await.is(404);
    let seen = admin.post(by_ids, json!({"ids": [other]})).await.is(200);
    assert_eq!(names(&seen), None);

    let user = format!(
        "{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mine",
        platform.group()
    );
    let first = admin.put(&user, json!({"location": "eastus2"})).await.is(201);
    let second = admin
        .put(
            &user,
            json!({"location": "eastus2", "properties": {"principalId": "forged"}}),
        )
        .await
        .is(200);
    assert_eq!(first.body["properties"], second.body["properties"]);
    for name in ["principalId", "clientId", "tenantId"] {
        assert!(
            crate::roles::is_guid(first.body["properties"][name].as_str().unwrap_or_default()),
            "{name}"
        );
    }
    let group = platform.group();
    admin.delete(&group).await.is(202);
    let gone = first.body["properties"]["principalId"].clone();
    let seen = admin.post(by_ids, json!({"ids": [gone]})).await.is(200);
    assert_eq!(names(&seen), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_makes_it_and_none_breaks() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT, PARTNER]).await;
    let group = platform.group();
    let role = crate::roles::built_in()
        .iter()
        .find(|role| role.name == "Reader")
        .expect("a role");
    let principal = platform.principal("Somebody", "secret", &[]).await;
    let of_roles = |kind: &str| {
        format!("{group}/providers/Microsoft.Authorization/{kind}/11111111-2222-3333-4444-555555555555")
    };
    let hub = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/hub");
    let things = [
        (
            format!("{}/resourceGroups/another", platform.subscription()),
            json!({"location": "eastus2"}),
        ),
        (
            hub.clone(),
            json!({"location": "eastus2", "kind": "Hub", "identity": {"type": "SystemAssigned"}}),
        ),
        (
            format!("{hub}/connections/conn"),
            json!({"properties": {"category": "CustomKeys", "target": "https://t.test", "authType": "None"}}),
        ),
        (platform.endpoint("hello"), super::platform::endpoint_body(DIRECT)),
        (
            platform.marketplace("cmd"),
            json!({"properties": {"modelId": PARTNER}}),
        ),
        (
            of_roles("roleAssignments"),
            json!({"properties": {"roleDefinitionId": role.id, "principalId": principal.id}}),
        ),
        (
            of_roles("roleDefinitions"),
            json!({"properties": {"roleName": "Own", "assignableScopes": [group], "permissions": [{"actions": ["*/read"]}]}}),
        ),
        (lock(&group), level("CanNotDelete")),
        (
            platform.deployment("d"),
            body(template(json!([storage("s")])), json!({})),
        ),
        (
            format!("{group}/providers/Contoso.X/things/t"),
            json!({"location": "eastus2", "identity": {"type": "SystemAssigned"}}),
        ),
    ];
    for (path, body) in &things {
        let admin = platform.admin().await;
        let (a, b, c, d) = tokio::join!(
            admin.put(path, body.clone()),
            admin.put(path, body.clone()),
            admin.put(path, body.clone()),
            admin.put(path, body.clone())
        );
        let seen = [a, b, c, d];
        let made = seen.iter().filter(|seen| seen.status == 201).count();
        let rest = seen
            .iter()
            .all(|seen| [200, 201, 409].contains(&seen.status.as_u16()));
        // Some types say the same status however often they are put.
        let same = ["/connections/", "/roleDefinitions/"]
            .iter()
            .any(|kind| path.contains(kind));
        assert!(
            rest && (made == 1 || same),
            "{path}: {:?}",
            seen.map(|seen| seen.text)
        );
        let etag = admin.get(path).await.is(200).header("etag").to_owned();
        if etag.is_empty() {
            continue;
        }
        let headers = [("if-match", etag.as_str())];
        let put = || admin.send("PUT", path, Some(body.to_string()), &headers);
        let (a, b, c) = tokio::join!(put(), put(), put());
        let mut statuses = [a.status.as_u16(), b.status.as_u16(), c.status.as_u16()];
        statuses.sort_unstable();
        // What says the same again changes nothing, so nobody has changed it under the others.
        let unchanged = admin.get(path).await.header("etag") == etag;
        assert_eq!(
            statuses,
            if unchanged { [200; 3] } else { [200, 412, 412] },
            "{path}"
        );
        let stale = [("if-match", "\"stale\"")];
        let refused = admin.send("PUT", path, Some(body.to_string()), &stale).await;
        assert_eq!(refused.summary(), "412 PreconditionFailed", "{path}");
    }
}
