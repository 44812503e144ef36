//! Every route, and the one action that opens it.

use super::platform::{Client, ORIGIN, Platform};
use crate::dispatch::Access;
use crate::routes;
use cupola_core::rbac::{Granted, Permissions, RoleAssignment, RoleDefinition};
use cupola_core::{Timestamp, chance};
use cupola_store::roles::CustomRole;
use serde_json::json;

/// Routes that whoever signed in may use, with the reason. A route that is not here needs an action.
const FOR_EVERYBODY: &[(&str, &str)] = &[
    ("/tenants", "the tenant of the token itself"),
    (
        "/subscriptions",
        "shows those in which the caller holds something",
    ),
    (
        "…/locations/{region}/mfeOperation",
        "who began the operation, or may read what it is about",
    ),
    (
        "…/operationresults/",
        "who began the operation, or may read what it is about",
    ),
    ("…/operationResults/", "who began the deployment, or may read it"),
    (
        "…/operationsStatus/",
        "who began the operation, or may read what it is about",
    ),
    (
        "/providers/Microsoft.CognitiveServices/operations",
        "the actions that this program knows",
    ),
    (
        "…/providers/Microsoft.MachineLearningServices/registries",
        "the catalog is for everybody",
    ),
    ("…/providers/Cupola.Catalog/", "the catalog is for everybody"),
    ("…/registrymanagement/", "the catalog is for everybody"),
    (
        "/providers/Microsoft.Resources/checkResourceName",
        "arithmetic on what was sent",
    ),
    (
        "/providers/Microsoft.Resources/calculateTemplateHash",
        "arithmetic on what was sent",
    ),
    (
        "/providers/Cupola.Resources/compileBicep",
        "arithmetic on what was sent",
    ),
    (
        "…/providers/Cupola.Audit/events/",
        "what the caller did, or may read the log of",
    ),
    (
        "…/Microsoft.Authorization/providerOperations",
        "the actions that this program knows",
    ),
    ("…/Microsoft.Authorization/permissions", "what the caller holds"),
    ("…/v1.0/", "names of principals; reading alone"),
];

/// Somebody whose one role has these actions, at the root.
pub(crate) async fn holder<'a>(platform: &'a Platform, actions: &[&str], scope: &str) -> Client<'a> {
    let principal = platform.principal("Holder", "secret", &[]).await;
    let id = || chance::uuid(&*platform.deps.entropy);
    let role = CustomRole {
        definition: RoleDefinition {
            id: id(),
            name: format!("Only {}", id()),
            description: String::new(),
            built_in: false,
            assignable_scopes: vec!["/".into()],
            permissions: vec![Permissions {
                actions: actions.iter().map(|action| (*action).to_owned()).collect(),
                ..Permissions::default()
            }],
        },
        created_at: Timestamp::UNIX_EPOCH,
        created_by: String::new(),
        updated_at: Timestamp::UNIX_EPOCH,
        updated_by: String::new(),
    };
    let held = RoleAssignment {
        id: id(),
        scope: scope.to_owned(),
        role: role.definition.id.clone(),
        principal: principal.id.clone(),
        principal_type: "ServicePrincipal".into(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let grant = Granted::to_platform("test");
    let mut work = platform.store.begin().await.expect("a unit of work");
    assert!(work.access().put_custom_role(&grant, &role).await.expect("put"));
    assert!(work.access().assign(&grant, &held).await.expect("assigned"));
    work.save().await.expect("saved");
    platform.with_token(&platform.token_of(&principal, ORIGIN))
}

#[tokio::test]
async fn each_route_is_opened_by_its_own_action_and_by_no_other() {
    let platform = Platform::start().await;
    let mut walked = 0;
    for route in routes::all() {
        let (Access::Action(action, _) | Access::List(action, _)) = &route.access else {
            continue;
        };
        // Subscribing asks for more than its route does; it has a story of its own.
        if *action == "Microsoft.MachineLearningServices/workspaces/marketplaceSubscriptions/write" {
            continue;
        }
        let path = super::access::sample(route.path, &platform.report.subscription_id);
        let body = Some("{}".to_owned());
        let name = format!("{} {} by {action}", route.method, route.path);
        let with = holder(&platform, &[action], "/").await;
        let seen = with.send(route.method, &path, body.clone(), &[]).await;
        assert_ne!(seen.status, 403, "{name}: {}", seen.text);
        assert_ne!(seen.status, 401, "{name}: {}", seen.text);
        if let Access::Action(..) = &route.access {
            let without = holder(&platform, &["Nobody.Knows/this/read"], "/").await;
            let seen = without.send(route.method, &path, body, &[]).await;
            let is_around = [
                "Microsoft.Resources/subscriptions/read",
                "Microsoft.Resources/subscriptions/resourceGroups/read",
            ]
            .contains(action);
            if !is_around {
                assert_eq!(seen.status, 403, "{name}: {}", seen.text);
            }
        }
        walked += 1;
    }
    assert!(walked > 50, "{walked}");
}

#[test]
fn what_everybody_may_use_is_listed_with_a_reason() {
    for route in routes::all() {
        if let Access::SignedIn(_) = &route.access {
            let reason = FOR_EVERYBODY
                .iter()
                .find(|(path, _)| match path.strip_prefix('…') {
                    Some(part) => route.path.contains(part),
                    None => route.path == *path,
                });
            assert!(
                reason.is_some_and(|(_, reason)| !reason.is_empty()),
                "{} {} needs a reason",
                route.method,
                route.path
            );
        }
    }
}

#[tokio::test]
async fn custom_roles_are_made_held_and_taken_away() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let scope = platform.subscription();
    let id = "11111111-2222-3333-4444-555555555555";
    let path = format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}");
    let role = |name: &str, actions: serde_json::Value| {
        json!({"properties": {"roleName": name, "description": "d", "assignableScopes": [scope],
            "permissions": [{"actions": actions, "notActions": []}, {"actions": [], "dataActions": ["A.B/c/*"]}]}})
    };
    let odd = admin.put(&path, role("Watcher", json!(["read"]))).await;
    assert_eq!(odd.summary(), "400 InvalidActionOrNotAction");
    assert_eq!(
        admin
            .put(&path, role("reader", json!(["*/read"])))
            .await
            .summary(),
        "409 RoleDefinitionWithSameNameExists"
    );
    let reads = json!(["Microsoft.Resources/subscriptions/resourceGroups/read"]);
    admin.put(&path, role("Watcher", reads.clone())).await.is(201);
    let again = admin.put(&path, role("Watcher", reads)).await.is(201);
    assert_eq!(
        again.body["properties"]["permissions"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(again.body["properties"]["type"], "CustomRole");
    let named = format!(
        "{scope}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01&$filter=roleName%20eq%20'watcher'"
    );
    assert_eq!(admin.get(&named).await.names(), [id]);

    let someone = platform.principal("Ann", "secret", &[]).await;
    let ann = platform.with_token(&platform.token_of(&someone, ORIGIN));
    assert_eq!(
        ann.get(&platform.group()).await.summary(),
        "403 AuthorizationFailed"
    );
    let assignment = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/{id}",
        platform.group()
    );
    let body = |description: &str, kind: &str| json!({"properties": {"roleDefinitionId": id, "principalId": someone.id, "principalType": kind, "description": description}});
    assert_eq!(
        admin.put(&assignment, body("why", "User")).await.summary(),
        "400 UnmatchedPrincipalType"
    );
    admin
        .put(&assignment, body("why", "ServicePrincipal"))
        .await
        .is(201);
    let changed = admin
        .put(&assignment, body("because", "ServicePrincipal"))
        .await
        .is(200);
    assert_eq!(changed.body["properties"]["description"], "because");
    let moved = assignment.replace("/resourceGroups/cupola", "");
    assert_eq!(
        admin.put(&moved, body("x", "ServicePrincipal")).await.summary(),
        "400 RoleAssignmentUpdateNotPermitted"
    );
    ann.get(&platform.group()).await.is(200);
    let permissions = ann
        .get(&format!(
            "{}/providers/Microsoft.Authorization/permissions",
            platform.group()
        ))
        .await
        .is(200);
    assert_eq!(
        permissions.body["value"][0]["actions"][0],
        "Microsoft.Resources/subscriptions/resourceGroups/read"
    );
    assert_eq!(
        admin.delete(&path).await.summary(),
        "400 RoleDefinitionHasAssignments"
    );
    admin.delete(&assignment).await.is(200);
    admin.delete(&path).await.is(200);
    admin.delete(&path).await.is(204);
}

#[tokio::test]
async fn a_role_is_written_only_by_who_may_at_each_of_its_scopes() {
    let platform = Platform::start().await;
    let writer = holder(
        &platform,
        &["Microsoft.Authorization/roleDefinitions/*"],
        &platform.group(),
    )
    .await;
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions/11111111-2222-3333-4444-555555555555",
        platform.group()
    );
    let body = |scope: &str| json!({"properties": {"roleName": "R", "assignableScopes": [scope], "permissions": [{"actions": ["*"]}]}});
    assert_eq!(
        writer.put(&path, body(&platform.subscription())).await.summary(),
        "403 LinkedAuthorizationFailed"
    );
    writer.put(&path, body(&platform.group())).await.is(201);
}

#[tokio::test]
async fn subscribing_takes_the_rights_of_the_marketplace() {
    let platform = Platform::start().await;
    let model = super::platform::PARTNER;
    let body = json!({"properties": {"modelId": model}});
    let ml = "Microsoft.MachineLearningServices/workspaces/*";
    let plain = holder(&platform, &[ml], &platform.workspace()).await;
    let refused = plain.put(&platform.marketplace("command-r"), body.clone()).await;
    assert_eq!(refused.summary(), "403 AuthorizationFailed");
    assert!(
        refused.message().contains("Microsoft.MarketplaceOrdering/"),
        "{}",
        refused.text
    );
    let scientist = platform
        .someone(&[("AzureML Data Scientist", &platform.group())])
        .await;
    assert_eq!(
        scientist
            .put(&platform.marketplace("command-r"), body.clone())
            .await
            .summary(),
        "403 AuthorizationFailed"
    );
    let buyer = holder(
        &platform,
        &[ml, "Microsoft.MarketplaceOrdering/*", "Microsoft.SaaS/*"],
        &platform.group(),
    )
    .await;
    buyer
        .put(&platform.marketplace("command-r"), body.clone())
        .await
        .is(201);
    let developer = platform
        .someone(&[("Azure AI Developer", &platform.workspace())])
        .await;
    developer
        .put(&platform.marketplace("command-r"), body)
        .await
        .is(200);

    let terms = format!(
        "{}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/cohere/offers/command-r-offer/plans/command-r-plan/agreements/current",
        platform.subscription()
    );
    let mut seen = buyer.get(&terms).await;
    assert_eq!(seen.status, 403, "the group is not the subscription");
    let admin = platform.admin().await;
    seen = admin.get(&terms).await.is(200);
    assert_eq!(seen.body["properties"]["accepted"], false);
    let mut accepted = seen.body.clone();
    accepted["properties"]["accepted"] = true.into();
    assert_eq!(
        admin.put(&terms, accepted.clone()).await.is(200).body["properties"]["accepted"],
        true
    );
    accepted["properties"]["signature"] = "other".into();
    assert_eq!(
        admin.put(&terms, accepted).await.summary(),
        "400 InvalidRequestContent"
    );
    let plan = format!(
        "{}/providers/Microsoft.MarketplaceOrdering/agreements/cohere/offers/command-r-offer/plans/command-r-plan",
        platform.subscription()
    );
    assert_eq!(
        admin
            .post(&format!("{plan}/cancel"), json!({}))
            .await
            .is(200)
            .body["properties"]["state"],
        "Canceled"
    );
    assert_eq!(
        admin.get(&plan).await.is(200).body["properties"]["accepted"],
        false
    );
}

#[tokio::test]
async fn of_two_at_once_one_wins_and_the_etag_tells_the_other() {
    let platform = Platform::start().await;
    platform.simulate(&[super::platform::DIRECT]).await;
    let (one, other) = (platform.admin().await, platform.admin().await);
    let endpoint = platform.endpoint("hello");
    let group = format!("{}/resourceGroups/new", platform.subscription());
    for (path, body) in [
        (&group, json!({"location": "eastus2"})),
        (&endpoint, super::platform::endpoint_body(super::platform::DIRECT)),
    ] {
        let put = |client: &Client<'_>, name: &'static str, value: String| {
            let (token, body) = (client.token.clone().expect("a token"), body.to_string());
            let client = platform.with_token(&token);
            async move { client.send("PUT", path, Some(body), &[(name, &value)]).await }
        };
        let (a, b) = tokio::join!(
            put(&one, "if-none-match", "*".into()),
            put(&other, "if-none-match", "*".into())
        );
        let mut both = [a.status.as_u16(), b.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [201, 412], "{path}");
        let etag = one.get(path).await.is(200).header("etag").to_owned();
        assert!(!etag.is_empty(), "{path}");
        let (a, b) = tokio::join!(put(&one, "if-match", etag.clone()), put(&other, "if-match", etag));
        let mut both = [a.status.as_u16(), b.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 412], "{path}");
    }
}
