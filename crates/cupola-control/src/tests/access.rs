//! Who may do what: every route, and the rules that people meet.

use super::platform::{DIRECT, Platform, endpoint_body};
use crate::dispatch::Access;
use crate::routes;
use cupola_core::rbac::allows;
use serde_json::json;

pub(crate) fn sample(pattern: &str, subscription: &str) -> String {
    let path = pattern.replace("/{scope*}", &format!("/subscriptions/{subscription}"));
    let path = path.replace("{subscription}", subscription);
    path.split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "some-name"
            } else {
                segment
            }
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_route_has_an_authorization_case_and_refuses_strangers() {
    let platform = Platform::start().await;
    let stranger = platform.someone(&[]).await;
    let (mut guarded, mut open) = (0, Vec::new());
    for route in routes::all().chain(crate::opaque::ROUTES) {
        let path = sample(route.path, &platform.report.subscription_id);
        let body = Some("{}".to_owned());
        let nobody = platform
            .anonymous()
            .send(route.method, &path, body.clone(), &[])
            .await;
        let known = stranger.send(route.method, &path, body, &[]).await;
        let name = format!("{} {}", route.method, route.path);
        // The directory has a shape of errors of its own.
        let directory = route.path.starts_with("/v1.0/");
        let unknown = if directory {
            "401 InvalidAuthenticationToken"
        } else {
            "401 AuthenticationFailed"
        };
        let denied = if directory {
            "403 Authorization_RequestDenied"
        } else {
            "403 AuthorizationFailed"
        };
        match &route.access {
            Access::Anonymous(_) => {
                assert_ne!(nobody.summary().get(..12), Some("401 Authenti"), "{name}");
                open.push(route.path);
            }
            Access::SignedIn(_) => {
                assert_eq!(nobody.summary(), unknown, "{name}");
                assert_ne!(known.status, 401, "{name}");
            }
            Access::List(..) | Access::Action(..) | Access::Derived(..) => {
                let scope = path.rsplit_once('?').map_or(path.as_str(), |(path, _)| path);
                let action = &*route.access.action(scope).expect("an action");
                assert_eq!(nobody.summary(), unknown, "{name}");
                assert_eq!(known.summary(), denied, "{name}");
                assert!(known.message().contains(action), "{name}: {}", known.message());
                guarded += 1;
            }
        }
    }
    assert!(guarded > 40, "{guarded}");
    // Whoever adds a line here has thought about it.
    assert_eq!(
        open,
        [
            "/healthz",
            "/openapi.json",
            "/metadata/endpoints",
            "/adfs/.well-known/openid-configuration",
            "/adfs/discovery/keys",
            "/adfs/oauth2/token",
            "/adfs/oauth2/authorize",
            "/adfs/oauth2/devicecode",
            "/adfs/oauth2/logout",
            "/{tenant}/v2.0/.well-known/openid-configuration",
            "/{tenant}/.well-known/openid-configuration",
            "/{tenant}/discovery/v2.0/keys",
            "/{tenant}/oauth2/v2.0/token",
            "/{tenant}/oauth2/v2.0/authorize",
            "/{tenant}/oauth2/v2.0/devicecode",
            "/{tenant}/oauth2/v2.0/logout",
            "/common/discovery/instance",
            "/common/userrealm/{user}",
            "/devicelogin",
            "/devicelogin",
            "/sign-in",
            "/sign-in",
            "/sign-in/continue",
            "/sign-in/password",
            "/sign-in/password",
            "/sign-in/invite",
            "/sign-in/invite",
            "/portal/session/token",
            "/portal/session/end",
            "/sign-in/external/{name}",
            "/sign-in/callback",
        ]
    );
}

/// Ends of POSTs that only read: their question needs a body, or the service made them so.
const READING_POSTS: [&str; 2] = ["/getStatus", "/Microsoft.CostManagement/query"];

fn reads_by_post(path: &str) -> bool {
    READING_POSTS.iter().any(|end| path.ends_with(end))
}

#[test]
fn reading_and_changing_need_actions_of_their_own() {
    for route in routes::all() {
        if let Access::List(action, _) | Access::Action(action, _) = &route.access {
            let wanted: &[&str] = match route.method {
                "GET" | "HEAD" => &["/read"],
                "PUT" | "PATCH" => &["/write"],
                "DELETE" => &["/delete"],
                // The directory makes its objects by POST.
                _ if route.path.starts_with("/v1.0/") => &["/write", "/action"],
                _ => &["/action", "/getStatus"],
            };
            let fits = wanted.iter().any(|suffix| action.ends_with(suffix)) || reads_by_post(route.path);
            assert!(fits, "{} {} by {action}", route.method, route.path);
        }
    }
    let reader = crate::roles::built_in()
        .iter()
        .find(|role| role.name == "Reader")
        .expect("a role");
    assert!(routes::all().all(|route| match &route.access {
        Access::Action(action, _) if route.method != "GET" => {
            reads_by_post(route.path) || !allows(&reader.permissions, action)
        }
        _ => true,
    }));
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_what_exists() {
    let platform = Platform::start().await;
    let stranger = platform.someone(&[]).await;
    let real = stranger.get(&platform.workspace()).await;
    let made_up = stranger.get("/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/x/providers/Microsoft.MachineLearningServices/workspaces/y").await;
    assert_eq!(
        (real.status, made_up.status),
        (
            403.try_into().expect("a status"),
            403.try_into().expect("a status")
        )
    );
    assert_eq!(
        stranger.get("/subscriptions").await.is(200).body["value"],
        json!([])
    );
    assert_eq!(
        stranger.get("/tenants").await.is(200).body["value"][0]["tenantId"],
        platform.report.tenant_id.as_str()
    );
}

#[tokio::test]
async fn a_reader_may_look_and_not_take_the_keys() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    platform.deployed("hello", DIRECT).await;
    let reader = platform.someone(&[("Reader", &platform.subscription())]).await;
    let endpoint = platform.endpoint("hello");
    reader.get(&endpoint).await.is(200);
    let refused = reader.post(&format!("{endpoint}/listKeys"), json!({})).await;
    assert_eq!(refused.summary(), "403 AuthorizationFailed");
    assert!(
        refused.message().contains("serverlessEndpoints/listKeys/action"),
        "{}",
        refused.message()
    );
    assert_eq!(refused.header("x-ms-failure-cause"), "gateway");
    assert_eq!(
        reader.put(&endpoint, endpoint_body(DIRECT)).await.summary(),
        "403 AuthorizationFailed"
    );
    assert_eq!(
        reader.delete(&endpoint).await.summary(),
        "403 AuthorizationFailed"
    );
    let audit = platform.audit().await;
    assert_eq!(audit[0].outcome, "AuthorizationFailed");
    assert_eq!(
        audit[0].action,
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/delete"
    );
}

#[tokio::test]
async fn an_ai_developer_of_one_workspace_works_there_and_sees_the_way_to_it() {
    let mut platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let group = format!("{}/resourceGroups/other", platform.subscription());
    platform
        .admin()
        .await
        .put(&group, json!({"location": "eastus2"}))
        .await
        .is(201);
    let workspace = platform.workspace();
    let developer = platform.someone(&[("Azure AI Developer", &workspace)]).await;
    let token = developer.token.clone().expect("a token");
    assert_eq!(
        developer.get("/subscriptions").await.names().len(),
        0,
        "subscriptions have no name"
    );
    assert_eq!(
        developer.get("/subscriptions").await.body["value"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        developer
            .get(&format!("{}/resourceGroups", platform.subscription()))
            .await
            .names(),
        [] as [&str; 0]
    );
    let list = format!(
        "{}/providers/Microsoft.MachineLearningServices/workspaces",
        platform.subscription()
    );
    assert_eq!(developer.get(&list).await.names(), ["hello-project"]);
    developer.get(&workspace).await.is(200);
    let put = developer
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    platform.work().await;
    let developer = platform.with_token(&token);
    assert_eq!(developer.get(&status).await.is(200).body["status"], "Succeeded");
    developer
        .post(&format!("{}/listKeys", platform.endpoint("hello")), json!({}))
        .await
        .is(200);
    assert_eq!(
        developer.delete(&workspace).await.summary(),
        "403 AuthorizationFailed"
    );
    assert_eq!(
        developer
            .get(&format!("{}/resources", platform.subscription()))
            .await
            .names(),
        ["hello-project", "hello"]
    );
}

#[tokio::test]
async fn only_its_beginner_and_readers_may_follow_an_operation() {
    let platform = Platform::start().await;
    platform.simulate(&[DIRECT]).await;
    let put = platform
        .admin()
        .await
        .put(&platform.endpoint("hello"), endpoint_body(DIRECT))
        .await
        .is(201);
    let status = put.header("azure-asyncoperation").to_owned();
    let stranger = platform.someone(&[]).await;
    assert_eq!(stranger.get(&status).await.summary(), "403 AuthorizationFailed");
    assert_eq!(
        stranger
            .get(&status.replace("mfeOperationsStatus/", "mfeOperationsStatus/0"))
            .await
            .summary(),
        "403 AuthorizationFailed"
    );
    let reader = platform.someone(&[("Reader", &platform.workspace())]).await;
    assert_eq!(reader.get(&status).await.is(200).body["status"], "InProgress");
    let admin = platform.admin().await;
    assert_eq!(
        admin
            .get(&status.replace("mfeOperationsStatus/", "mfeOperationsStatus/0"))
            .await
            .summary(),
        "404 OperationNotFound"
    );
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let someone = platform.principal("Ann", "secret", &[]).await;
    let ann = platform.with_token(&platform.token_of(&someone, super::platform::ORIGIN));
    let scope = platform.group();
    let id = format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/11111111-2222-3333-4444-555555555555"
    );
    let body = |principal: &str, role: &str| {
        let role = format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            platform.subscription()
        );
        json!({"properties": {"roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal"}})
    };
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    assert_eq!(
        admin
            .put(&id, body("00000000-0000-0000-0000-000000000001", reader))
            .await
            .summary(),
        "400 PrincipalNotFound"
    );
    assert_eq!(
        admin.put(&id, body(&someone.id, "0")).await.summary(),
        "400 RoleDefinitionDoesNotExist"
    );
    assert_eq!(ann.get(&scope).await.summary(), "403 AuthorizationFailed");
    let made = admin.put(&id, body(&someone.id, reader)).await.is(201);
    assert_eq!(made.body["properties"]["principalId"], someone.id.as_str());
    admin.put(&id, body(&someone.id, reader)).await.is(200);
    let nowhere = id.replace("resourceGroups/cupola", "resourceGroups/nowhere");
    assert_eq!(
        admin.put(&nowhere, body(&someone.id, reader)).await.summary(),
        "404 ResourceNotFound"
    );
    ann.get(&scope).await.is(200);
    let other = id.replace("11111111", "99999999");
    assert_eq!(
        admin.put(&other, body(&someone.id, reader)).await.summary(),
        "409 RoleAssignmentExists"
    );
    let list = format!("{scope}/providers/Microsoft.Authorization/roleAssignments");
    assert_eq!(
        admin.get(&list).await.names().len(),
        2,
        "the administrator's and Ann's"
    );
    let filtered = format!(
        "{list}?api-version=2022-04-01&$filter=principalId%20eq%20'{}'",
        someone.id
    );
    assert_eq!(
        admin.get(&filtered).await.names(),
        ["11111111-2222-3333-4444-555555555555"]
    );
    assert_eq!(
        ann.put(&other, body(&someone.id, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"))
            .await
            .summary(),
        "403 AuthorizationFailed"
    );
    admin.delete(&id).await.is(200);
    admin.delete(&id).await.is(204);
    assert_eq!(ann.get(&scope).await.summary(), "403 AuthorizationFailed");
    let definitions = format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions",
        platform.subscription()
    );
    assert_eq!(admin.get(&definitions).await.names().len(), 10);
    let named = format!(
        "{definitions}?api-version=2022-05-01-preview&$filter=roleName%20eq%20'Azure%20AI%20Developer'"
    );
    assert_eq!(
        admin.get(&named).await.names(),
        ["64702f94-c441-49e6-a78b-ef80e0188fee"]
    );
    let root = admin
        .get("/providers/Microsoft.Authorization/roleAssignments")
        .await
        .is(200);
    let owner = root.body["value"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(admin.delete(&owner).await.summary(), "409 Conflict");
}

#[tokio::test]
async fn an_owner_under_a_condition_is_not_the_one_who_stays() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let role = "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    let list = "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01";
    let all = admin.get(list).await.is(200);
    let own = all.body["value"]
        .as_array()
        .and_then(|all| {
            all.iter()
                .find(|one| one["properties"]["roleDefinitionId"] == role)
        })
        .and_then(|one| one["id"].as_str())
        .expect("the first owner");
    let second = platform.principal("Second", "secret", &[]).await;
    let body = json!({"properties": {
        "roleDefinitionId": role, "principalId": second.id, "principalType": "ServicePrincipal",
        "condition": "@Resource[x] StringEquals 'y'", "conditionVersion": "2.0",
    }});
    let path = "/providers/Microsoft.Authorization/roleAssignments/11111111-2222-4333-8444-555555555555";
    admin.put(path, body).await.is(201);
    assert_eq!(
        admin.delete(own).await.status,
        409,
        "the second one may give no roles"
    );
}
